"""Letters go to exactly the address that was checked, and to nobody else."""

from __future__ import annotations

import string
from collections.abc import Iterator
from datetime import UTC, datetime
from email import message_from_bytes, policy
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from hypothesis import example, given
from hypothesis import strategies as st

from relevo_intake.domain.address import Mailbox, NotAnAddress, mailbox
from relevo_intake.letters.mail import SmtpMail
from relevo_intake.letters.render import MailMessage, Misaddressed, Text, mail_message
from relevo_servers import free_port

ATEXT = string.ascii_letters + string.digits + "!#$%&'*+-/=?^_`{|}~"
CHECKED = [
    mailbox(written)
    for written in (
        "ana@correo.org",
        "o'brien+tag@sub.correo.org",
        ATEXT[:64] + "@correo.org",
        "ana@STRAẞE.example",
        "ana@пример.рф",
        f"{'a' * 64}@{'b' * 63}.{'b' * 63}.{'c' * 57}.org",
    )
]
locals_ = st.lists(st.text(ATEXT, min_size=1, max_size=20), min_size=1, max_size=3).map(".".join)
domains = st.lists(st.text(min_size=1, max_size=12), min_size=1, max_size=3).map(".".join)


def written_to(address: Mailbox) -> MailMessage:
    text = Text("Un mensaje sobre su solicitud", "Buenos días.\n")
    return mail_message(
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
        self.received: list[tuple[list[str], Any]] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.received.append((list(envelope.rcpt_tos), message_from_bytes(envelope.content, policy=policy.default)))
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
    async with SmtpMail(f"smtp://127.0.0.1:{port}").connection() as line:
        for each in CHECKED:
            await line.send(written_to(each))
    assert [recipients for recipients, _ in handler.received] == [[str(each)] for each in CHECKED]
    assert [message["To"] for _, message in handler.received] == [str(each) for each in CHECKED]
