"""Letters: short, in the person's language, betraying nothing; queued with their cause and sent once."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any, cast

import pytest

from relevo_chassis.delivery.store import Store
from relevo_chassis.ids import new_id
from relevo_chassis.people.vault import Vault, destroyed, sealed_row
from relevo_intake.codes import confirmation_code
from relevo_intake.domain.sealed import RETENTIONS, Identity, Language, Letters
from relevo_intake.letters import letter_row
from relevo_intake.letters.mail import MailAway, MailDelayed, MailRefused
from relevo_intake.letters.queue import LETTERS, news_row
from relevo_intake.letters.render import MailMessage
from relevo_intake.letters.sender import BATCH, TRIES, Sender
from relevo_intake.words import LetterKind
from relevo_testkit.fakes import FakeStore
from relevo_testkit.stand import fake_vault

NOW = datetime(2019, 9, 12, 15, tzinfo=UTC)
STARTED = datetime(2026, 1, 1, tzinfo=UTC)
APPLICATION_ID = "a" * 32
FACTS: dict[LetterKind, dict[str, str | int]] = {
    "offer": {"application_id": APPLICATION_ID, "expires_at": "2019-11-20T23:59:00+00:00"},
    "offer_near": {"application_id": APPLICATION_ID, "expires_at": "2019-11-20T23:59:00+00:00"},
    "offer_expired": {"application_id": APPLICATION_ID, "expires_at": "2019-11-20T23:59:00+00:00"},
    "reminder": {"due_on": "2020-02-11", "days_left": 7},
    "certificate": {},
    "support_answered": {},
    "contact_changed": {"application_id": APPLICATION_ID, "by_staff": 1},
}


class FakeMail:
    """A mail server in memory: takes, refuses or is away, as the test says."""

    def __init__(self) -> None:
        self.sent: list[EmailMessage] = []
        self.away = False
        self.answer: Callable[[EmailMessage], Exception | None] = lambda _: None

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[FakeMail]:
        if self.away:
            raise MailAway("OSError")
        yield self

    async def send(self, envelope: MailMessage) -> None:
        message = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(message, EmailMessage)
        assert envelope.to == message["To"]
        if failure := self.answer(message):
            raise failure
        self.sent.append(message)


class Office:
    """A sender with everything it stands on."""

    def __init__(self) -> None:
        self.store = FakeStore()
        self.vault: Vault = fake_vault(self.store)
        self.mail = FakeMail()
        self.now = STARTED
        self.untrue: set[str] = set()
        self.sender = Sender(
            cast(Store, self.store),
            self.vault,
            self.mail,
            self.facts_now,
            mail_from="letters@relevo.net",
            public_url="https://intake.relevo.net/",
            door_url="https://relevo.net/",
            now=lambda: self.now,
        )

    async def facts_now(self, rows: Sequence[Mapping[str, Any]]) -> dict[str, Mapping[str, Any] | None]:
        """All is true but what the test says is not."""
        return {row["_id"]: None if row["_id"] in self.untrue else row["facts"] for row in rows}

    async def person(
        self, language: Language = "es", contact: str | None = "ana@correo.org", letters: Letters = "all"
    ) -> str:
        person_id = new_id()
        key, rows = await self.vault.new_person(person_id, Identity)
        identity = Identity(name="Ana Ejemplo", contact=contact, language=language, display="named", letters=letters)
        for each in (*rows, sealed_row(key, Identity.field_set, identity)):
            await self.store.insert(each.collection, {"_id": each.id, **(each.document or {})})
        return person_id

    async def queue(self, person_id: str, kind: LetterKind, cause_id: str = "c" * 32) -> str:
        row = letter_row(cause_id, person_id, kind, FACTS.get(kind, {"application_id": APPLICATION_ID}), NOW)
        await self.store.insert(row.collection, {"_id": row.id, **(row.document or {}), "state": "queued"})
        return row.id

    async def news(self, person_id: str, *kinds: LetterKind) -> str:
        """A letter that tells of several matters, whose hour is over."""
        row = news_row(new_id(), person_id, [], NOW)
        await self.store.insert(row.collection, {"_id": row.id, **(row.document or {}), "facts": {"kinds": kinds}})
        return row.id

    async def rounds(self, count: int) -> None:
        """Send what is due so many times, each as soon as something is."""
        for _ in range(count):
            await self.sender.send_due()
            waiting = [
                each["next_at"] for each in self.store.collections[LETTERS].values() if each["state"] == "queued"
            ]
            self.now = max(self.now, min(waiting, default=self.now))

    def letter(self, letter_id: str) -> dict[str, Any]:
        return self.store.collections[LETTERS][letter_id]


def body_of(message: EmailMessage) -> str:
    return str(message.get_content())


def test_the_same_cause_queues_the_same_letter() -> None:
    first = letter_row("c" * 32, "b" * 32, "offer", FACTS["offer"], NOW)
    assert letter_row("c" * 32, "b" * 32, "offer", FACTS["offer"], NOW + timedelta(days=1)).id == first.id
    assert letter_row("d" * 32, "b" * 32, "offer", FACTS["offer"], NOW).id != first.id
    assert letter_row("c" * 32, "b" * 32, "enrolled", FACTS["offer"], NOW).id != first.id


async def test_rule_20_a_letter_goes_out_once_in_the_persons_language() -> None:
    office = Office()
    letter_id = await office.queue(await office.person("pt"), "offer")
    await office.sender.send_due()
    await office.sender.send_due()
    (message,) = office.mail.sent
    assert (message["To"], message["Subject"]) == ("ana@correo.org", "Há resposta ao seu pedido")
    assert message["Content-Language"] == "pt"
    assert message["Message-ID"] == f"<{letter_id}@relevo.net>"
    assert "até 20 de novembro de 2019, 23:59 UTC" in body_of(message)
    assert "Ana" not in message.as_string()
    assert office.letter(letter_id)["state"] == "sent"


async def test_a_domain_in_any_alphabet_is_written_as_mail_servers_know_it() -> None:
    office = Office()
    await office.queue(await office.person(contact="ana@bücher.org"), "offer")
    await office.sender.send_due()
    assert office.mail.sent[0]["To"] == "ana@xn--bcher-kva.org"


async def test_a_receipt_carries_the_code_that_confirms_and_the_queue_does_not() -> None:
    office = Office()
    await office.queue(await office.person(), "receipt")
    code = confirmation_code(office.vault, APPLICATION_ID)
    assert code not in str(office.store.collections)
    await office.sender.send_due()
    assert f"https://intake.relevo.net/confirm/{code}" in body_of(office.mail.sent[0])


async def test_an_outage_loses_nothing_and_is_asked_less_and_less_often() -> None:
    office = Office()
    letter_id = await office.queue(await office.person(), "offer")
    office.mail.away = True
    waits = []
    for _ in range(14):
        await office.sender.send_due()
        next_at = office.letter(letter_id)["next_at"]
        waits.append((next_at - office.now).total_seconds())
        office.now = next_at
    assert waits[:4] == [5, 10, 20, 40]
    assert waits[-1] == 3600
    office.mail.away = False
    await office.sender.send_due()
    assert len(office.mail.sent) == 1


async def test_a_sender_that_dies_between_sending_and_marking_repeats_the_letter_under_the_same_id() -> None:
    office = Office()
    letter_id = await office.queue(await office.person(), "offer")

    def die(_: EmailMessage) -> Exception:
        return KeyError("the process is gone")

    office.mail.answer = die
    with pytest.raises(KeyError):
        await office.sender.send_due()
    office.mail.answer = lambda _: None
    assert await office.sender.send_due() == 0, "claimed for a minute"
    office.now += timedelta(seconds=60)
    await office.sender.send_due()
    assert [message["Message-ID"] for message in office.mail.sent] == [f"<{letter_id}@relevo.net>"]


async def test_what_the_server_refuses_for_good_is_set_aside_and_the_rest_goes_out() -> None:
    office = Office()
    refused = await office.queue(await office.person(contact="gone@correo.org"), "offer")
    later = await office.queue(await office.person(contact="busy@correo.org"), "offer")
    await office.queue(await office.person(), "offer")
    answers = {"gone@correo.org": MailRefused(550), "busy@correo.org": MailDelayed(450)}
    office.mail.answer = lambda message: answers.get(message["To"])
    await office.sender.send_due()
    assert [message["To"] for message in office.mail.sent] == ["ana@correo.org"]
    assert (office.letter(refused)["state"], office.letter(refused)["code"]) == ("failed", 550)
    assert (office.letter(later)["state"], office.letter(later)["attempts"]) == ("queued", 1)


def breaks_at(*letter_ids: str, failure: Exception | None = None) -> Callable[[EmailMessage], Exception | None]:
    """A server at which the line breaks whenever it is handed one of these letters."""
    named = {f"<{each}@relevo.net>" for each in letter_ids}
    return lambda message: (failure or MailAway("reset")) if message["Message-ID"] in named else None


@pytest.mark.parametrize("place", [0, 4, 8])
async def test_a_letter_at_which_the_line_breaks_holds_up_none_of_its_neighbours(place: int) -> None:
    office = Office()
    letters = [await office.queue(await office.person(), "offer") for _ in range(9)]
    office.mail.answer = breaks_at(letters[place])
    await office.sender.send_due()
    assert len({message["Message-ID"] for message in office.mail.sent}) == 8
    assert (office.letter(letters[place])["state"], office.letter(letters[place])["attempts"]) == ("queued", 1)
    office.mail.answer = lambda _: None
    await office.rounds(2)
    assert len(office.mail.sent) == 9, "each once"


async def test_even_a_whole_batch_of_such_letters_keeps_nobody_waiting() -> None:
    office = Office()
    broken = [await office.queue(await office.person(), "offer") for _ in range(BATCH)]
    office.mail.answer = breaks_at(*broken)
    await office.sender.send_due()
    later = await office.queue(await office.person(), "offer")
    await office.sender.send_due()
    assert office.letter(later)["state"] == "sent"


@pytest.mark.parametrize("failure", [MailAway("reset"), MailDelayed(450)])
async def test_a_letter_that_never_goes_through_is_tried_less_and_less_for_five_days_and_set_aside(
    failure: Exception,
) -> None:
    office = Office()
    letter_id = await office.queue(await office.person(), "offer")
    office.mail.answer = breaks_at(letter_id, failure=failure)
    waits = []
    for _ in range(TRIES - 1):
        before = office.now
        await office.rounds(1)
        waits.append((office.now - before).total_seconds())
    assert waits[:4] == [5, 10, 20, 40]
    assert waits == sorted(waits)
    assert timedelta(days=4) < office.now - STARTED < timedelta(days=5)
    assert office.letter(letter_id)["state"] == "queued"
    await office.rounds(1)
    assert office.letter(letter_id)["state"] == "failed"


async def test_an_outage_of_a_month_sets_nothing_aside() -> None:
    office = Office()
    letter_id = await office.queue(await office.person(), "offer")
    office.mail.away = True
    await office.rounds(30 * 24)
    assert office.now - STARTED > timedelta(days=25)
    assert (office.letter(letter_id)["state"], office.letter(letter_id)["attempts"]) == ("queued", 0)
    office.mail.away = False
    await office.rounds(1)
    assert office.letter(letter_id)["state"] == "sent"


async def test_somebody_whose_seal_is_broken_keeps_nobody_else_from_being_written_to() -> None:
    office = Office()
    broken, whole = await office.person(), await office.person()
    letters = [await office.queue(each, "offer") for each in (broken, whole)]
    office.store.collections["vault"][f"{broken}/identity"]["sealed"] = b"\x01" + bytes(40)
    await office.sender.send_due()
    assert [office.letter(each)["state"] for each in letters] == ["failed", "sent"]


async def test_a_fault_of_our_own_at_one_letter_puts_off_that_letter_alone() -> None:
    office = Office()
    letters = [await office.queue(await office.person(), "offer") for _ in range(3)]
    office.mail.answer = breaks_at(letters[0], failure=RuntimeError("a fault"))
    with pytest.raises(RuntimeError):
        await office.sender.send_due()
    office.now += timedelta(seconds=60)
    office.mail.answer = lambda _: None
    await office.rounds(2)
    assert [office.letter(each)["state"] for each in letters] == ["sent"] * 3


async def test_a_letter_of_a_kind_that_a_later_version_queued_waits_for_that_version() -> None:
    office = Office()
    later, known = [await office.queue(await office.person(), "offer") for _ in range(2)]
    office.letter(later)["kind"] = "of_a_later_version"
    await office.sender.send_due()
    assert [office.letter(each)["state"] for each in (later, known)] == ["queued", "sent"]


async def test_what_there_is_no_time_for_is_left_and_goes_out_once() -> None:
    office = Office()
    letters = [await office.queue(await office.person(), "offer") for _ in range(6)]

    def slow(_: EmailMessage) -> None:
        office.now += timedelta(seconds=10)

    office.mail.answer = slow
    await office.sender.send_due()
    assert len(office.mail.sent) == 3, "no letter is begun whose claim could end before it is sent"
    await office.rounds(8)
    assert sorted(message["Message-ID"] for message in office.mail.sent) == sorted(
        f"<{each}@relevo.net>" for each in letters
    )


async def test_what_is_not_true_any_more_is_dropped_and_the_rest_goes_out() -> None:
    office = Office()
    letters = [await office.queue(await office.person(), "offer") for _ in range(3)]
    office.untrue.add(letters[1])
    await office.sender.send_due()
    assert [office.letter(each)["state"] for each in letters] == ["sent", "dropped", "sent"]
    assert office.letter(letters[1])["because"] == "not_true_any_more"


async def test_rule_24_who_gave_no_contact_is_written_no_letter() -> None:
    office = Office()
    letters = [await office.queue(await office.person(contact=each), "offer") for each in (None, "ana@correo.org")]
    await office.sender.send_due()
    assert [office.letter(each)["state"] for each in letters] == ["dropped", "sent"]
    assert office.letter(letters[0])["because"] == "no_contact"


@pytest.mark.parametrize(
    ("chosen", "states"),
    [
        ("all", ["sent", "sent", "sent"]),
        ("few", ["sent", "sent", "dropped"]),
        ("none", ["sent", "dropped", "dropped"]),
    ],
)
async def test_rule_20_a_person_is_written_as_many_letters_as_they_chose(chosen: Letters, states: list[str]) -> None:
    office = Office()
    person_id = await office.person(letters=chosen)
    kinds: list[LetterKind] = ["receipt", "offer", "support_answered"]
    letters = [await office.queue(person_id, kind) for kind in kinds]
    await office.sender.send_due()
    assert [office.letter(each)["state"] for each in letters] == states
    assert {office.letter(each).get("because") for each in letters} <= {None, "not_wanted"}


async def test_rule_20_news_is_of_what_a_person_wants_to_be_told_of() -> None:
    office = Office()
    kinds: list[LetterKind] = ["commitment_opened", "onsite_completed", "certificate"]
    wanting: list[Letters] = ["all", "few", "none"]
    letters = [await office.news(await office.person("en", letters=each), *kinds) for each in wanting]
    await office.sender.send_due()
    assert [office.letter(each)["state"] for each in letters] == ["sent", "sent", "dropped"]
    assert [body_of(each).splitlines()[2] for each in office.mail.sent] == [
        "there is news for you on 3 matters. You can see all of it, with the code you were given, here:",
        "there is news for you. You can see all of it, with the code you were given, here:",
    ]


async def test_rule_14_no_letter_goes_to_somebody_who_was_erased() -> None:
    office = Office()
    person_id = await office.person()
    letter_id = await office.queue(person_id, "offer")
    for row in destroyed(person_id, RETENTIONS, [Identity.field_set]):
        await office.store.remove_rows(row.collection, {"_id": row.id})
    await office.sender.send_due()
    assert office.mail.sent == []
    assert letter_id not in office.store.collections[LETTERS]


async def test_a_letter_that_lacks_a_fact_is_set_aside_and_the_rest_goes_out() -> None:
    office = Office()
    row = letter_row("e" * 32, await office.person(), "reminder", {}, NOW)
    await office.store.insert(row.collection, {"_id": row.id, **(row.document or {})})
    await office.queue(await office.person(), "offer")
    await office.sender.send_due()
    assert office.letter(row.id)["state"] == "failed"
    assert len(office.mail.sent) == 1
