"""The way out, against a real SMTP server on loopback."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from relevo_intake.domain.address import mailbox
from relevo_intake.letters.mail import MailAway, MailDelayed, MailRefused, SmtpMail
from relevo_intake.letters.render import MailMessage, Text, mail_message
from relevo_servers import free_port


class Box:
    """Takes what is sent, except to those whom it does not know or not now."""

    def __init__(self) -> None:
        self.received: list[bytes] = []

    async def handle_MAIL(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        if address == "spam@relevo.net":
            return "550 we do not take anything from you"
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        if address == "cut@correo.org":
            server.transport.abort()
        answers = {"gone@correo.org": "550 no such mailbox", "busy@correo.org": "450 come back later"}
        if address not in answers:
            envelope.rcpt_tos.append(address)
        return answers.get(address, "250 OK")

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.received.append(envelope.content)
        return "250 taken"


@pytest.fixture
def box() -> Iterator[tuple[Box, int]]:
    handler, port = Box(), free_port()
    controller = Controller(handler, hostname="127.0.0.1", port=port)
    controller.start()
    yield handler, port
    controller.stop()


def a_letter(to: str, mail_from: str = "letters@relevo.net") -> MailMessage:
    return mail_message(
        Text("Un mensaje sobre su solicitud", "Buenos días.\n"),
        letter_id="a" * 32,
        mail_from=mail_from,
        to=mailbox(to),
        language="es",
        sent_at=datetime(2019, 9, 12, tzinfo=UTC),
    )


async def test_one_line_takes_several_letters_and_survives_those_it_refuses(box: tuple[Box, int]) -> None:
    handler, port = box
    async with SmtpMail(f"smtp://127.0.0.1:{port}").connection() as line:
        await line.send(a_letter("ana@correo.org"))
        with pytest.raises(MailRefused) as refused:
            await line.send(a_letter("gone@correo.org"))
        with pytest.raises(MailDelayed):
            await line.send(a_letter("busy@correo.org"))
        await line.send(a_letter("eva@correo.org"))
    assert refused.value.code == 550
    assert len(handler.received) == 2


async def test_a_server_that_is_not_there_is_away() -> None:
    with pytest.raises(MailAway):
        async with SmtpMail(f"smtp://127.0.0.1:{free_port()}").connection():
            pytest.fail("nobody listens there")


async def test_a_line_that_breaks_at_a_letter_is_away_and_the_next_line_works(box: tuple[Box, int]) -> None:
    handler, port = box
    mail = SmtpMail(f"smtp://127.0.0.1:{port}")
    async with mail.connection() as line:
        await line.send(a_letter("ana@correo.org"))
        with pytest.raises(MailAway):
            await line.send(a_letter("cut@correo.org"))
    async with mail.connection() as line:
        await line.send(a_letter("eva@correo.org"))
    assert len(handler.received) == 2


async def test_a_server_that_turns_us_away_refuses_no_letter_for_good(box: tuple[Box, int]) -> None:
    _, port = box
    async with SmtpMail(f"smtp://127.0.0.1:{port}").connection() as line:
        with pytest.raises(MailDelayed) as delayed:
            await line.send(a_letter("ana@correo.org", mail_from="spam@relevo.net"))
    assert delayed.value.code == 550
