"""The way out, against a real SMTP server on loopback."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from relevo_intake.domain.address import mailbox
from relevo_intake.letters.mail import MailAway, MailDelayed, MailRefused, SmtpMail
from relevo_intake.letters.render import Envelope, Text, envelope


class Box:
    """Takes what is sent, except to those whom it does not know or not now."""

    def __init__(self) -> None:
        self.taken: list[bytes] = []

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        answers = {"gone@correo.org": "550 no such mailbox", "busy@correo.org": "450 come back later"}
        if address not in answers:
            envelope.rcpt_tos.append(address)
        return answers.get(address, "250 OK")

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self.taken.append(envelope.content)
        return "250 taken"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture
def box() -> Iterator[tuple[Box, int]]:
    handler, port = Box(), free_port()
    controller = Controller(handler, hostname="127.0.0.1", port=port)
    controller.start()
    yield handler, port
    controller.stop()


def a_letter(to: str) -> Envelope:
    return envelope(
        Text("Un mensaje sobre su solicitud", "Buenos días.\n"),
        letter_id="a" * 32,
        mail_from="letters@relevo.net",
        to=mailbox(to),
        language="es",
        sent_at=datetime(2019, 9, 12, tzinfo=UTC),
    )


async def test_one_line_takes_several_letters_and_survives_those_it_refuses(box: tuple[Box, int]) -> None:
    handler, port = box
    async with SmtpMail(f"smtp://127.0.0.1:{port}").line() as line:
        await line.send(a_letter("ana@correo.org"))
        with pytest.raises(MailRefused) as refused:
            await line.send(a_letter("gone@correo.org"))
        with pytest.raises(MailDelayed):
            await line.send(a_letter("busy@correo.org"))
        await line.send(a_letter("eva@correo.org"))
    assert refused.value.code == 550
    assert len(handler.taken) == 2


async def test_a_server_that_is_not_there_is_away() -> None:
    with pytest.raises(MailAway):
        async with SmtpMail(f"smtp://127.0.0.1:{free_port()}").line():
            pytest.fail("nobody listens there")
