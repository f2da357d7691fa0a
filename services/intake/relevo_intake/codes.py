"""Codes that people hold, and what is kept of them: a receipt instead of an account, a confirmation, late access.

Only keyed hashes are stored. A confirmation code is derived from its application under the service's key, so that the
letter that carries it can be written at any time and nothing in the database gives it away.
"""

from __future__ import annotations

from typing import Protocol

from relevo_chassis.ids import normalised
from relevo_intake.domain.address import mailbox

_DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


class KeyedHash(Protocol):
    """The vault's keyed hash."""

    def keyed_hash(self, purpose: str, *parts: str | bytes) -> str: ...


def receipt_hash(vault: KeyedHash, code: str) -> str:
    return vault.keyed_hash("receipt", normalised(code))


def recovery_code(vault: KeyedHash, ask_id: str) -> str:
    """What the letter carries that leads to another receipt code, once."""
    return _code(vault.keyed_hash("recovery-code", ask_id))


def recovery_hash(vault: KeyedHash, code: str) -> str:
    return vault.keyed_hash("recovery", normalised(code))


def word_hash(vault: KeyedHash, application_id: str, word: str) -> str:
    """Of a word that its holder chose, written with or without capitals and spaces around."""
    return vault.keyed_hash("word", application_id, " ".join(word.casefold().split()))


def handle_hash(vault: KeyedHash, handle: str) -> str:
    return vault.keyed_hash("handle", handle)


def subject_of(vault: KeyedHash, application_id: str) -> str:
    """Who whoever sent an application is to the services: the same whatever code they come in with."""
    return vault.keyed_hash("subject", application_id)[:32]


def late_code_hash(vault: KeyedHash, call_id: str, code: str) -> str:
    return vault.keyed_hash("late-code", call_id, normalised(code))


def confirmation_code(vault: KeyedHash, application_id: str, named: int = 0) -> str:
    """What the holder of the contact says with that the application stands; another when another contact is named."""
    return _code(vault.keyed_hash("confirmation-code", application_id, *([str(named)] if named else [])))


def contact_code(vault: KeyedHash, application_id: str, correction_id: str) -> str:
    """What the holder of a contact that staff proposed says with that it is theirs."""
    return _code(vault.keyed_hash("contact-code", application_id, correction_id))


def _code(hashed: str) -> str:
    """128 bits in Crockford's base 32, in groups of four, the same whenever it is asked for."""
    bits = int(hashed[:32], 16)
    digits = "".join(_DIGITS[bits >> shift & 31] for shift in range(125, -1, -5))
    return "-".join(digits[start : start + 4] for start in range(0, len(digits), 4))


def confirmation_hash(vault: KeyedHash, code: str) -> str:
    return vault.keyed_hash("confirmation", normalised(code))


def contact_id(vault: KeyedHash, call_id: str, address: str | None, application_id: str) -> str:
    """What stands for an address within one call; nobody without the service's key can tell which address it is.

    An application without one has a contact of its own, which no other can name (rule 24).
    """
    if address is None:
        return vault.keyed_hash("no-contact", application_id)[:32]
    return vault.keyed_hash("contact", call_id, mailbox(address).compared)[:32]
