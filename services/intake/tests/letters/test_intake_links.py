"""No link in a letter is dead: each leads to the portal's door, or to a page that intake answers itself (rule 20)."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from typing import Any, cast, get_args

from fastapi.routing import APIRoute

from relevo_chassis.delivery.store import Store
from relevo_chassis.ids import new_id
from relevo_chassis.people.vault import sealed_row
from relevo_intake.domain.sealed import Identity
from relevo_intake.http import ROUTERS
from relevo_intake.letters import letter_row
from relevo_intake.letters.queue import LETTERS, news_row
from relevo_intake.letters.render import MailMessage
from relevo_intake.letters.sender import Sender
from relevo_intake.words import LetterKind
from relevo_testkit.fakes import FakeStore
from relevo_testkit.stand import fake_vault

NOW = datetime(2020, 1, 12, tzinfo=UTC)
FACTS: dict[str, Any] = {
    "application_id": "a" * 32,
    "correction_id": "4" * 32,
    "ask_id": "5" * 32,
    "named": 0,
    "by_staff": 1,
    "expires_at": "2019-11-20T23:59:00+00:00",
    "opens_at": "2019-11-20T23:59:00+00:00",
    "due_on": "2020-02-11",
    "until_on": "2020-02-11",
    "days_left": 7,
}
"""Whatever a letter of any kind names."""
DOOR, INTAKE = "https://relevo.net", "https://intake.relevo.net"


class KeepsTexts:
    """A mail server that keeps what each letter says."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[KeepsTexts]:
        yield self

    async def send(self, envelope: MailMessage) -> None:
        message: Any = message_from_bytes(envelope.content, policy=policy.default)
        self.texts.append(message.get_content())


async def as_they_are(rows: Sequence[Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    return {row["_id"]: row["facts"] for row in rows}


async def every_letter() -> list[str]:
    """What a letter of each kind says."""
    store, mail, process_time = FakeStore(), KeepsTexts(), [datetime(2026, 1, 1, tzinfo=UTC)]
    vault, person_id = fake_vault(store), new_id()
    key, rows = await vault.new_person(person_id, Identity)
    identity = Identity(name="Ana Ejemplo", contact="ana@correo.org", language="es", display="named")
    rows = [*rows, sealed_row(key, Identity.field_set, identity), news_row(new_id(), person_id, [], NOW)]
    kinds: list[LetterKind] = [each for each in get_args(LetterKind) if each != "news"]
    rows += [letter_row(new_id(), person_id, each, FACTS, NOW) for each in kinds]
    for each in rows:
        document: dict[str, Any] = {"_id": each.id, **(each.document or {})}
        await store.insert(each.collection, {**document, "state": "queued"} if each.collection == LETTERS else document)
    sender = Sender(
        cast(Store, store),
        vault,
        mail,
        as_they_are,
        mail_from="letters@relevo.net",
        public_url=INTAKE,
        door_url=DOOR,
        now=lambda: process_time[0],
    )
    while await sender.send_due():
        process_time[0] += timedelta(minutes=1)
    assert len(mail.texts) == len(get_args(LetterKind))
    return mail.texts


async def test_rule_20_every_link_leads_to_the_door_or_to_a_page_that_intake_answers() -> None:
    links = {link for text in await every_letter() for link in re.findall(r"https?://\S+", text)}
    with_code = {each for each in links if each != DOOR}
    paths = {re.sub(r"/[^/]+$", "/{code}", each.removeprefix(INTAKE)) for each in with_code}
    answered = {route.path for router in ROUTERS for route in router.routes if isinstance(route, APIRoute)}
    assert paths == {"/confirm/{code}", "/recover/{code}"}
    assert paths <= answered
    assert DOOR in links
