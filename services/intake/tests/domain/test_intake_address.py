"""One spelling for an address, and what is none is refused."""

from __future__ import annotations

import string
from unicodedata import normalize

import pytest

from relevo_intake.domain.address import NotAnAddress, mailbox

ATEXT = string.ascii_letters + string.digits + "!#$%&'*+-/=?^_`{|}~"
LABEL = "b" * 63
READ = {
    "ana@correo.org": "ana@correo.org",
    "Ana@CORREO.Org": "Ana@correo.org",
    "o'brien+tag@sub.correo.org": "o'brien+tag@sub.correo.org",
    ATEXT[:64].replace("=?", "?=") + "@correo.org": ATEXT[:64] + "@correo.org",
    "ana@straße.example": "ana@xn--strae-oqa.example",
    "ana@STRAẞE.example": "ana@xn--strae-oqa.example",
    "ana@XN--strae-oqa.example": "ana@xn--strae-oqa.example",
    "ana@bücher.org": "ana@xn--bcher-kva.org",
    normalize("NFD", "ana@BÜCHER.org"): "ana@xn--bcher-kva.org",
    "ana@σας.example": "ana@xn--mxa8ab.example",
    "ana@σασ.example": "ana@xn--mxa9ab.example",
    "ana@пример.рф": "ana@xn--e1afmkfd.xn--p1ai",
    f"{'a' * 64}@{LABEL}.{LABEL}.{'c' * 57}.org": f"{'a' * 64}@{LABEL}.{LABEL}.{'c' * 57}.org",
}
REFUSED = {
    "address_without_at": ["ana", "ana.correo.org", ""],
    "address_local_part": [
        '"ana"@correo.org', '"a,b"@correo.org', '"ana@evil.org"@correo.org', "a@b@correo.org", "a..b@correo.org",
        ".a@correo.org", "a.@correo.org", "ana(c)@correo.org", "ana @correo.org", "ana,eva@correo.org",
        "a;b@correo.org",
        "Ana <ana@correo.org", "a\\b@correo.org", "a:b@correo.org", "a\r\nBcc:x@correo.org", "a\0@correo.org",
        "=?utf-8?q?eva=40evil.org?=@correo.org", "@correo.org",
    ],
    "address_local_part_not_ascii": ["ñandú@correo.org", "аna@correo.org", "ana＠correo.org@correo.org"],
    "address_local_part_too_long": [f"{'a' * 65}@correo.org"],
    "address_domain": [
        "ana@hotmail.com,mx", "beto@yahoo,com.mx", "ana@correo.org(c)", "ana@correo.org>", "ana@correo.org;",
        "ana@correo.org.", "ana@correo..org", "ana@.correo.org", "ana@correo.org:25", "ana@correo.org\n", "ana@correo",
        "ana@[192.0.2.1]", "ana@[IPv6:2001:db8::1]", "ana@192.0.2.1", "ana@correo.0x1", "ana@-correo.org",
        "ana@a_b.org",
        "ana@correo-.org", "ana@ab--cd.org", "ana@xn--.org", "ana@xn--strasse-.org", "ana@xn--a.org", f"a@{LABEL}b.org",
        "ana@cor reo.org", "ana@\u0301orreo.org", "ana@💩.example", "ana@", f"a@{f'{LABEL}.' * 4}org", "ana@\ud800.org",
    ],
    "address_domain_mapped": [
        "ana@ｃorreo.org", "ana@correo。org", "ana@ⓒorreo.org", "ana@ﬁn.org", "ana@cor\u00adreo.org",
        "ana@cor\u200breo.org",
        "ana@correo.o\u2060rg", "ana@İstanbul.org", "ana@correo．org",
    ],
    "address_too_long": [f"{'a' * 64}@{LABEL}.{LABEL}.{'c' * 59}.org"],
}  # fmt: skip


@pytest.mark.parametrize(("written", "read"), READ.items())
def test_an_address_has_one_spelling_with_the_domain_of_idna_2008(written: str, read: str) -> None:
    assert str(mailbox(written)) == read
    assert mailbox(read) == mailbox(written)


@pytest.mark.parametrize(("code", "written"), [(code, each) for code, them in REFUSED.items() for each in them])
def test_what_is_no_mailbox_of_rfc_5321_is_refused_and_not_repeated(code: str, written: str) -> None:
    with pytest.raises(NotAnAddress) as refused:
        mailbox(written)
    assert refused.value.code == code
    assert not written or written not in str(refused.value)
