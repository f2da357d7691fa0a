"""An e-mail address: the one spelling that is checked, compared and written to.

What is taken is narrower than what may be delivered somewhere, so that no mail server on the way can read another
address in it: a mailbox of RFC 5321, 4.1.2, with a dot-string before the @ and a domain after it. Quoted local parts
and address literals are allowed there and refused here: servers disagree about the first (4.1.2 itself advises against
them), and the second names no domain.

Domains follow IDNA 2008 (RFC 5891), as a letter shows them on the wire: ``straße.example`` is not ``strasse.example``.
Of the mappings of UTS 46 only those are done that everybody expects, letter case and composition (NFC). A domain in
which UTS 46 would change anything else (full-width or circled letters, ligatures, other full stops, characters that
nobody sees) is refused: what would be written to is not what the person wrote.
"""

from __future__ import annotations

import re
import unicodedata
from typing import NamedTuple

import idna

from relevo_chassis.wrong import Wrong

LONGEST = 254
"""A path of 256 octets less its angle brackets (RFC 5321, 4.5.3.1.3)."""
_LONGEST_LOCAL = 64
_LONGEST_DOMAIN = 253
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_DOT_STRING = re.compile(rf"{_ATOM}(?:\.{_ATOM})*\Z")
_ENCODED_WORD = "=?"
"""A dot-string may hold it, and readers of headers take it for something to decode (RFC 2047)."""
_UNDER_A_TOP_LEVEL = re.compile(r"[^.]\.(?:[a-z]{2,63}|xn--[a-z0-9-]+)\Z")
"""Top-level domains have letters alone (RFC 3696, 2), so that no number is taken for a name."""


class NotAnAddress(Wrong):
    """Why no letter can be written there. Never holds what was written."""


class Mailbox(NamedTuple):
    """An address in the spelling that letters go to: the domain in A-labels, in lower case."""

    local: str
    domain: str

    def __str__(self) -> str:
        return f"{self.local}@{self.domain}"

    @property
    def compared(self) -> str:
        """The same for two spellings that most likely reach one person: letter case aside before the @ too."""
        return str(self).lower()


def mailbox(text: str) -> Mailbox:
    """The mailbox that somebody wrote down. Raises ``NotAnAddress``."""
    local, at, domain = text.rpartition("@")
    if not at:
        raise NotAnAddress("address_without_at", "an e-mail address has one @, with something before and after it")
    read = Mailbox(_local_part(local), _domain(domain))
    if len(str(read)) > LONGEST:
        raise NotAnAddress("address_too_long", "an e-mail address has at most {most} characters", most=LONGEST)
    return read


def _local_part(local: str) -> str:
    if not local.isascii():
        raise NotAnAddress(
            "address_local_part_not_ascii",
            "before the @ only unaccented letters can be delivered to everywhere, so no others are taken",
        )
    if not _DOT_STRING.match(local) or _ENCODED_WORD in local:
        raise NotAnAddress(
            "address_local_part",
            "before the @ there may be letters, digits, some signs, and single full stops between them",
        )
    if len(local) > _LONGEST_LOCAL:
        raise NotAnAddress(
            "address_local_part_too_long", "before the @ there may be at most {most} characters", most=_LONGEST_LOCAL
        )
    return local


def _domain(domain: str) -> str:
    try:
        ascii_domain = idna.encode(_in_lower_case(domain), strict=True, std3_rules=True).decode("ascii")
    except idna.IDNAError:
        raise NotAnAddress("address_domain", "after the @ there is no domain that could be registered") from None
    if not _UNDER_A_TOP_LEVEL.search(ascii_domain) or len(ascii_domain) > _LONGEST_DOMAIN:
        raise NotAnAddress("address_domain", "after the @ there is no domain that could be registered")
    return ascii_domain


def _in_lower_case(domain: str) -> str:
    """The domain composed and in lower case. Raises ``NotAnAddress`` if UTS 46 would read something else in it.

    Letter by letter, as UTS 46 does it. The one letter of which that makes two (the Turkish capital I with its dot) is
    refused: whoever writes it means another one.
    """
    small = [each.lower() for each in unicodedata.normalize("NFC", domain)]
    lower = unicodedata.normalize("NFC", "".join(small))
    if idna.uts46_remap(domain, std3_rules=True) != lower or any(len(each) > 1 for each in small):
        raise NotAnAddress("address_domain_mapped", "after the @ stand characters that domains are not written with")
    return lower
