"""The address that is checked is exactly the one that is linked, kept and written to."""

from __future__ import annotations

import string
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from email import message_from_bytes, policy
from typing import Any
from unicodedata import normalize

import pytest
from aiosmtpd.controller import Controller
from hypothesis import example, given
from hypothesis import strategies as st

from relevo_intake.domain.address import Mailbox, NotAnAddress, mailbox
from relevo_intake.letters.mail import SmtpMail
from relevo_intake.letters.render import Envelope, Misaddressed, Text, envelope
from relevo_servers import free_port
from relevo_testkit.stand import Stand

Form = Callable[..., dict[str, Any]]
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


locals_ = st.lists(st.text(ATEXT, min_size=1, max_size=20), min_size=1, max_size=3).map(".".join)
domains = st.lists(st.text(min_size=1, max_size=12), min_size=1, max_size=3).map(".".join)


def written_to(address: Mailbox) -> Envelope:
    text = Text("Un mensaje sobre su solicitud", "Buenos días.\n")
    return envelope(
        text,
        letter_id="a" * 32,
        mail_from="letters@relevo.net",
        to=address,
        language="es",
        sent_at=datetime(2019, 9, 12, tzinfo=UTC),
    )


@given(locals_ | st.text(max_size=30), domains)
@example("ana", "hotmail.com,mx")
@example("=?us-ascii?q?ana?=", "correo.org")
def test_whatever_is_taken_is_what_the_finished_letter_names_and_nobody_else(local: str, domain: str) -> None:
    try:
        address = mailbox(f"{local}@{domain}.org")
    except NotAnAddress:
        return
    assert mailbox(str(address)) == address
    finished = written_to(address)
    headers = message_from_bytes(finished.content, policy=policy.default)
    assert [each.addr_spec for each in headers["To"].addresses] == [finished.to] == [str(address)]


@pytest.mark.parametrize(
    "forged", ["ana@hotmail.com,mx", "ana@correo.org, eva@correo.org", "ana@correo.org (x)", "Ana <ana@correo.org>"]
)
def test_a_finished_letter_that_names_another_than_was_checked_does_not_go_out(forged: str) -> None:
    local, _, domain = forged.partition("@")
    with pytest.raises(Misaddressed):
        written_to(Mailbox(local, domain))


class Box:
    """Takes every letter, and keeps whom it was for."""

    def __init__(self) -> None:
        self.taken: list[tuple[list[str], Any]] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.taken.append((list(envelope.rcpt_tos), message_from_bytes(envelope.content, policy=policy.default)))
        return "250 taken"


@pytest.fixture
def box() -> Iterator[tuple[Box, int]]:
    handler, port = Box(), free_port()
    controller = Controller(handler, hostname="127.0.0.1", port=port)
    controller.start()
    yield handler, port
    controller.stop()


async def test_a_real_mail_server_is_told_exactly_the_addresses_that_were_checked(box: tuple[Box, int]) -> None:
    handler, port = box
    async with SmtpMail(f"smtp://127.0.0.1:{port}").line() as line:
        for each in READ:
            await line.send(written_to(mailbox(each)))
    assert [recipients for recipients, _ in handler.taken] == [[read] for read in READ.values()]
    assert [message["To"] for _, message in handler.taken] == list(READ.values())


async def applied(intake: Stand, call_id: str, form: dict[str, Any]) -> str:
    answer = await intake.post(f"/calls/{call_id}/applications", form)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["application_id"])


async def test_rule_1_spellings_of_one_address_are_linked_and_different_addresses_are_not(
    intake: Stand, call_id: str, application_form: Form
) -> None:
    one = ("ana@straße.example", "ANA@STRAẞE.example", "ana@xn--strae-oqa.example", " ana@straße.example ")
    other = ("ana@strasse.example", "ana@xn--mxa8ab.example", "ana@xn--mxa9ab.example")
    ids = [await applied(intake, call_id, application_form(contact=each)) for each in (*one, *other)]
    linked = [intake.store.collections["application"][each]["state"]["contact_id"] for each in ids]
    assert len(set(linked[: len(one)])) == 1
    assert len(set(linked)) == 1 + len(other)


async def test_what_is_kept_of_an_address_is_what_letters_go_to(
    intake: Stand, call_id: str, application_form: Form
) -> None:
    answer = await intake.post(f"/calls/{call_id}/applications", application_form(contact="Ana@STRAẞE.example"))
    receipt = answer.json()
    own = await intake.http.get(
        f"/applications/{receipt['application_id']}/submission", headers={"Relevo-Receipt": receipt["receipt_code"]}
    )
    assert own.json()["identity"]["contact"] == "Ana@xn--strae-oqa.example"


@pytest.mark.parametrize("written", ["ana@hotmail.com,mx", "beto@yahoo,com.mx", '"a b"@correo.org', "ñ@correo.org"])
async def test_an_address_that_is_none_is_refused_in_words_and_a_draft_keeps_it(
    intake: Stand, call_id: str, application_form: Form, written: str
) -> None:
    refused = await intake.post(f"/calls/{call_id}/applications", application_form(contact=written))
    [error] = refused.json()["errors"]
    assert (refused.status_code, error["where"]) == (422, "body.contact")
    assert "the @" in error["reason"]
    assert written not in refused.text
    draft = await intake.post(f"/calls/{call_id}/drafts", {"contact": written})
    assert draft.status_code == 201


@pytest.mark.parametrize("length", [200, 201, 254])
async def test_an_address_may_be_as_long_as_its_description_says(
    intake: Stand, call_id: str, application_form: Form, length: int
) -> None:
    domain = f"{LABEL}.{LABEL}.{'c' * (length - 192)}.org"
    await applied(intake, call_id, application_form(contact=f"{'a' * 59}@{domain}"))
