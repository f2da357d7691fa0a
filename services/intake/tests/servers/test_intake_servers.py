"""The whole of intake on a real nats-server, a real mongod and a real SMTP server."""

from __future__ import annotations

import asyncio
import dataclasses
import email
import re
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from email import policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import httpx
import pytest_asyncio
from aiosmtpd.smtp import SMTP

from relevo_chassis import clock
from relevo_chassis.delivery.store import Store
from relevo_chassis.ids import new_id
from relevo_contracts import decode
from relevo_contracts.intake import ApplicationSubmitted, CallClosed
from relevo_intake.consumers import SUBSCRIPTIONS
from relevo_intake.domain.sealed import IDENTITY, STATEMENT
from relevo_intake.letters.queue import AT_ONCE, LETTERS
from relevo_intake.main import SERVICE
from relevo_intake.settings import IntakeSettings
from relevo_intake.store import COLLECTIONS, KINDS
from relevo_servers import free_port
from relevo_testkit.backup import backed_up, restored
from relevo_testkit.serving import serving
from relevo_testkit.stand import FakeTokens
from relevo_testkit.streams import Streams
from relevo_testkit.surroundings import Surroundings
from relevo_testkit.waiting import until

Form = Callable[..., dict[str, Any]]
OPENS = datetime(2019, 9, 12, 13, tzinfo=UTC)
CLOSES = datetime(2019, 9, 27, 4, 59, tzinfo=UTC)
PEOPLE = 60


class Mailbox:
    """Takes every letter."""

    def __init__(self) -> None:
        self.letters: list[EmailMessage] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        parsed = email.message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(parsed, EmailMessage)
        self.letters.append(parsed)
        return "250 taken"


@dataclasses.dataclass
class Service:
    """Intake in this process, with everything it stands on."""

    http: httpx.AsyncClient
    tokens: FakeTokens
    store: Store
    settings: IntakeSettings
    mailbox: Mailbox

    async def post(self, path: str, body: Any = None, who: dict[str, str] | None = None) -> Any:
        headers = {**(who or {}), "Idempotency-Key": new_id()}
        answer = await self.http.post(path, headers=headers, **({} if body is None else {"json": body}))
        assert answer.status_code in (200, 201), answer.text
        return answer.json()


@pytest_asyncio.fixture
async def mailbox() -> AsyncIterator[tuple[Mailbox, int]]:
    box, port = Mailbox(), free_port()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(box, loop=loop), "127.0.0.1", port)
    yield box, port
    server.close()


@pytest_asyncio.fixture
async def settings(
    surroundings: Surroundings, streams: Streams, mailbox: tuple[Mailbox, int], key_folder: Path
) -> IntakeSettings:
    await streams.of("intake", "scheduling", "multiplier_tracking", "certification")
    await streams.erasures("intake")
    await streams.durables(SUBSCRIPTIONS)
    return surroundings.settings(
        IntakeSettings,
        clock_file=surroundings.clock_at(OPENS),
        token_keys=key_folder,
        smtp_url=f"smtp://127.0.0.1:{mailbox[1]}",
        mail_from="letters@relevo.net",
        public_url="http://127.0.0.1:8101",
    )


@asynccontextmanager
async def served(settings: IntakeSettings, mailbox: Mailbox) -> AsyncIterator[Service]:
    async with serving(settings, SERVICE) as at:
        await at.until_ready()
        yield Service(at.http, at.tokens, at.shell.store, settings, mailbox)


@pytest_asyncio.fixture
async def service(settings: IntakeSettings, mailbox: tuple[Mailbox, int]) -> AsyncIterator[Service]:
    async with served(settings, mailbox[0]) as made:
        yield made


async def test_a_call_from_its_opening_to_its_close_with_letters_and_events(
    service: Service, streams: Streams, call_form: dict[str, Any], application_form: Form
) -> None:
    await service.post("/calls", call_form, service.tokens.bearer("coordinator-1", "coordinator"))
    path = f"/calls/{call_form['call_id']}/applications"
    began = time.monotonic()
    forms = [application_form(contact=f"a{number // 2}@correo.org") for number in range(PEOPLE)]
    await asyncio.gather(*(service.post(path, form) for form in forms))
    assert time.monotonic() - began < 20

    def all_have_a_receipt() -> bool:
        return len(service.mailbox.letters) == PEOPLE

    await until(all_have_a_receipt)
    first = next(each for each in service.mailbox.letters if each["To"] == "a0@correo.org")
    assert first["Subject"] == "Confirme su solicitud, por favor"
    link = re.search(r"/confirm/\S+", str(first.get_content()))
    assert link is not None
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    pressed = await service.http.post(link.group(), headers=form, content=b"")
    assert pressed.status_code == 200, pressed.text

    clock.move(Path(str(service.settings.clock_file)), CLOSES + timedelta(seconds=1))

    async def published() -> Counter[type]:
        wires = await streams.stored("EVENTS_INTAKE")
        return Counter(type(decode(wire.headers, wire.body).event) for wire in wires)

    async def the_close_is_published() -> bool:
        return (await published())[CallClosed] == 1

    await until(the_close_is_published)
    assert (await published())[ApplicationSubmitted] == PEOPLE
    coordinator = service.tokens.bearer("coordinator-1", "coordinator")
    listed = await service.http.get(f"/calls/{call_form['call_id']}/undecided-contacts?limit=200", headers=coordinator)
    assert len(listed.json()["items"]) == PEOPLE // 2 - 1, "one pair was settled by the holder of its contact"

    async def all_letters_are_sent() -> bool:
        return await service.store.count_rows(LETTERS, {"state": "sent"}) == PEOPLE + 1

    await until(all_letters_are_sent)
    ids = [each["Message-ID"] for each in service.mailbox.letters]
    assert len(set(ids)) == len(ids) == PEOPLE + 1, "each letter once"


async def test_rule_20_of_two_matters_within_an_hour_one_letter_tells(
    service: Service, call_form: dict[str, Any], application_form: Form
) -> None:
    coordinator = service.tokens.bearer("coordinator-1", "coordinator")
    await service.post("/calls", call_form, coordinator)
    made = await service.post(f"/calls/{call_form['call_id']}/applications", application_form())
    for name in ("Ana Corregida", "Ana Otra Vez"):
        body = {"name": name, "reason": "Así está en su documento."}
        await service.post(f"/applications/{made['application_id']}/corrections", body, coordinator)

    def subjects() -> list[str]:
        return [str(each["Subject"]) for each in service.mailbox.letters]

    await until(lambda: subjects() == ["Confirme su solicitud, por favor"])
    clock.move(Path(str(service.settings.clock_file)), OPENS + timedelta(hours=1, minutes=5))
    await until(lambda: len(subjects()) == 2)
    assert subjects()[1] == "Hay novedades para usted"
    assert "novedades para usted en 2 asuntos" in str(service.mailbox.letters[1].get_content())

    async def all_is_marked() -> bool:
        states = Counter(row["state"] for row in await service.store.rows(LETTERS, {}))
        return states == {"sent": 2, "gathered": 2}

    await until(all_is_marked)


async def test_rule_14_an_applicant_who_is_erased_is_told_to_all(
    service: Service, streams: Streams, call_form: dict[str, Any], application_form: Form
) -> None:
    await service.post("/calls", call_form, service.tokens.bearer("coordinator-1", "coordinator"))
    receipt = await service.post(f"/calls/{call_form['call_id']}/applications", application_form())
    headers = {"Relevo-Receipt": receipt["receipt_code"]}
    await service.post(f"/applications/{receipt['application_id']}/erase", who=headers)

    async def it_is_published() -> bool:
        return any("PersonErased" in wire.headers["ce-type"] for wire in await streams.stored("EVENTS_INTAKE"))

    await until(it_is_published)
    for name in ("vault", "vault_keys", LETTERS, "contact"):
        assert await service.store.rows(name, {}) == []


async def test_rule_14_a_database_restored_from_before_an_erasure_has_forgotten_the_person_when_it_is_ready(
    settings: IntakeSettings,
    mailbox: tuple[Mailbox, int],
    streams: Streams,
    call_form: dict[str, Any],
    application_form: Form,
) -> None:
    """Applications, the link from the contact, texts and letters; ``PersonErased`` keeps its id and its number."""
    receipts = []
    async with served(settings, mailbox[0]) as service:
        await service.post("/calls", call_form, service.tokens.bearer("coordinator-1", "coordinator"))
        for name in ("ana", "eva"):
            form = application_form(contact=f"{name}@correo.org")
            receipts.append(await service.post(f"/calls/{call_form['call_id']}/applications", form))
        await until(lambda: len(mailbox[0].letters) == 2)
    store = Store.connected(str(settings.mongo_url), settings.mongo_database)
    [ana, eva] = [(await store.row("application", each["application_id"]) or {})["state"] for each in receipts]
    backup = await backed_up(store, KINDS, COLLECTIONS)
    headers = {"Relevo-Receipt": receipts[0]["receipt_code"]}
    async with served(settings, mailbox[0]) as service:
        await service.post(f"/applications/{ana['application_id']}/erase", who=headers)

        async def it_is_published() -> bool:
            return await streams.erased() == 1

        await until(it_is_published)
    [wire] = await streams.stored("ERASURES")
    queued = [{**row, "state": "queued", "next_at": AT_ONCE} for row in backup[LETTERS]]
    await restored(store, {**backup, LETTERS: queued})
    async with served(settings, mailbox[0]) as service:
        for name in ("vault", LETTERS):
            assert {row["person_id"] for row in await store.rows(name, {})} == {eva["person_id"]}
        keys = {row["_id"] for row in await store.rows("vault_keys", {})}
        assert keys == {f"{eva['person_id']}/{each}" for each in (IDENTITY, STATEMENT)}
        assert [row["_id"] for row in await store.rows("contact", {})] == [eva["contact_id"]]
        answer = await service.http.get(f"/applications/{ana['application_id']}/submission", headers=headers)
        assert answer.status_code == 410
        await until(lambda: len(mailbox[0].letters) == 3)
        assert mailbox[0].letters[2]["To"] == "eva@correo.org"
    [row] = await store.rows("outbox", {"lane": f"person/{ana['person_id']}"})
    assert (row["_id"], bytes(row["body"])) == (wire.headers["Nats-Msg-Id"], wire.body)
    store.close()
