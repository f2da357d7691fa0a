"""Whatever changes what a person has to do, or may rely on, is told to that person (rule 20): every type of event leads
to a letter or stands on a short list, and every kind of letter has its occasion."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import pytest

from relevo_chassis.delivery.change import Change, Decision, New
from relevo_chassis.delivery.committer import Committer
from relevo_chassis.ids import new_id
from relevo_contracts import CONTRACTS, Envelope, Event, Requirements
from relevo_contracts.asyncapi import example
from relevo_contracts.intake import SeatDeclined
from relevo_contracts.model import Id, Instant
from relevo_intake.consumers import SUBSCRIPTIONS
from relevo_intake.domain.participant import Participant
from relevo_intake.letters import truth
from relevo_intake.letters.occasions import BESIDE_EVENTS, OCCASIONS, ON_PAGES_ALONE, WITHOUT_LETTER
from relevo_intake.letters.pace import PACES
from relevo_intake.letters.queue import LETTERS
from relevo_intake.store.choosing import PARTICIPANT
from relevo_intake.words import LetterKind
from relevo_testkit.fakes import FakeStore

Choosing = Any
README = Path(__file__).resolve().parents[2] / "README.md"
NOW = datetime(2020, 1, 12, tzinfo=UTC)
TYPES: Collection[type[Event]] = [each.model for each in CONTRACTS]
NOBODY_IS_NOTIFIED = {
    "CallOpened",
    "CallExtended",
    "CallClosed",
    "ApplicationWithdrawn",
    "ApplicationReviewed",
    "ReceiptRenewed",
    "DangerReported",
    "DangerPassed",
    "GrantChanged",
    "PersonErased",
    "PersonDataDestroyed",
    "ProgrammePublished",
    "OnsiteWeekEnded",
    "AttendanceRecorded",
    "AttendanceDataDestroyed",
    "MultiplierSessionPlanned",
    "MultiplierSessionReported",
    "SupportRequested",
    "MultiplierReachCounted",
    "CommitmentDataDestroyed",
    "CertificateReady",
    "CertificatesCounted",
    "CertificateDataDestroyed",
}
"""Whoever adds one here has read the reason in ``letters/occasions.py`` and agrees that nobody need be told."""
ALWAYS_TRUE = {"support_answered", "support_closed", "contact_changed", "details_corrected"}
"""Letters that tell what was done, and stay true whatever follows."""


def silent(types: Iterable[type[Event]]) -> set[str]:
    """The types of event of which nobody said whether a person is told."""
    return {each.__name__ for each in types if each not in OCCASIONS and each not in WITHOUT_LETTER}


class DaysShortened(
    Event, service="multiplier_tracking", aggregate="commitment", verb="shortened", key="commitment_id"
):
    """An event that somebody adds one day, with no letter."""

    commitment_id: Id
    participant_id: Id
    edition_id: Id
    shortened_at: Instant


def test_rule_20_of_every_type_of_event_it_is_said_who_is_told_or_why_nobody_is() -> None:
    assert silent(TYPES) == set()
    assert silent([*TYPES, DaysShortened]) == {"DaysShortened"}
    assert OCCASIONS.keys() & WITHOUT_LETTER.keys() == set()
    assert OCCASIONS.keys() | WITHOUT_LETTER.keys() == set(TYPES)


def test_rule_20_nobody_is_told_of_these_alone_and_each_has_its_reason() -> None:
    assert {each.__name__ for each in WITHOUT_LETTER} == NOBODY_IS_NOTIFIED
    assert all(len(reason) > 15 for reason in WITHOUT_LETTER.values())


def test_rule_20_every_kind_of_letter_has_its_occasion_and_is_judged_before_it_goes_out() -> None:
    occasioned = {kind for kinds in OCCASIONS.values() for kind in kinds}
    assert occasioned & BESIDE_EVENTS.keys() == set()
    assert occasioned | BESIDE_EVENTS.keys() == set(get_args(LetterKind))
    assert set(get_args(LetterKind)) - truth.JUDGED == ALWAYS_TRUE | {"news"}


def test_the_readme_says_of_every_kind_of_letter_what_it_tells_of_how_soon_and_to_whom() -> None:
    events = {kind: [each.__name__ for each, kinds in OCCASIONS.items() if kind in kinds] for kind in PACES}
    for kind, pace in PACES.items():
        occasion = ", ".join(events[kind]) or BESIDE_EVENTS[kind]
        soon = f"at once: {pace.at_once}" if pace.at_once else "gathered"
        assert f"\n| `{kind}` | {occasion} | {soon} | {pace.to} |\n" in README.read_text("utf-8"), kind


def test_rule_20_what_a_page_alone_tells_has_its_reason() -> None:
    assert set(ON_PAGES_ALONE) == {"travel grant handed on"}
    assert all(len(reason) > 15 for reason in ON_PAGES_ALONE.values())


async def letters_of(event: Event, handlers: Mapping[type[Event], Any]) -> list[str]:
    """The kinds of letter that an event of another service leads to, for the participant that it names."""
    store = FakeStore()
    committer = Committer(store)
    committer.start()
    ref = PARTICIPANT(getattr(event, "participant_id", "e" * 32))
    state = Participant(
        participant_id=ref.id,
        application_id="a" * 32,
        person_id="b" * 32,
        call_id="1" * 32,
        edition_id="2" * 32,
        enrolled_at=NOW - timedelta(days=90),
        requirements=Requirements(),
    )
    await committer.commit(Change([ref], lambda _: Decision([New(ref, state)]), NOW, new_id()))
    id = new_id()
    if handler := handlers.get(type(event)):
        envelope = Envelope(id=id, sequence=1, time=NOW, cause_id=id, chain_id=id, event=event)
        await committer.commit(handler(event, envelope))
    await committer.close()
    return sorted(row["kind"] for row in store.collections[LETTERS].values())


HANDLERS: Mapping[type[Event], Any] = {
    kind: handler for each in SUBSCRIPTIONS for kind, handler in each.handlers.items()
}
of_other_services = pytest.mark.parametrize(
    "kind", [each for each in TYPES if each.service != "intake"], ids=lambda each: str(each.__name__)
)


def variants(kind: type[Event]) -> Iterable[Event]:
    """An event of the type with each of its codes."""
    one = example(kind)
    yield one
    for name, field in kind.model_fields.items():
        for code in get_args(field.annotation) if get_origin(field.annotation) is Literal else ():
            yield one.model_copy(update={name: code})


async def kinds_of(kind: type[Event], handlers: Mapping[type[Event], Any]) -> set[str]:
    """The kinds of letter that any event of the type leads to: one at most each time."""
    letters = [await letters_of(each, handlers) for each in variants(kind)]
    assert all(len(each) <= 1 for each in letters)
    return {each for every in letters for each in every}


@of_other_services
async def test_rule_20_an_event_of_another_service_leads_to_the_letters_that_are_said_of_it(kind: type[Event]) -> None:
    assert await kinds_of(kind, HANDLERS) == set(OCCASIONS.get(kind, ()))


async def test_rule_20_an_event_whose_letter_is_left_out_is_found() -> None:
    for kind, kinds in OCCASIONS.items():
        if kind.service != "intake":
            others = {each: handler for each, handler in HANDLERS.items() if each is not kind}
            assert await kinds_of(kind, others) != set(kinds), kind.__name__


async def lived_through(choosing: Choosing) -> None:
    """All that intake itself may tell of somebody: offers accepted, declined and expired, somebody taken off, details
    corrected by the person and by staff."""
    await choosing.review_all()
    await choosing.close()
    await choosing.selected()
    offers = await choosing.offered()
    keen, withdrawn, shy, *_ = offers
    for each in (keen, withdrawn):
        await choosing.post(f"/offers/{offers[each]}/accept", None, choosing.receipt(each))
    await choosing.post(f"/offers/{offers[shy]}/decline", None, choosing.receipt(shy))
    participants = (await choosing.ask(f"/editions/{'e' * 32}/participants"))["items"]
    [off] = [each["participant_id"] for each in participants if each["application_id"] == withdrawn]
    await choosing.post(f"/participants/{off}/withdraw", None)
    await choosing.post(f"/applications/{keen}/details", {"contact": "keen@correo.org"}, choosing.receipt(keen))
    by_staff = {"name": "Ana Nueva", "contact": "other@correo.org", "reason": "Así está en su documento."}
    await choosing.post(f"/applications/{keen}/corrections", by_staff)
    for days in (5, 7):
        choosing.on.clock.at += timedelta(days=days)
        await choosing.sweep()


async def test_rule_20_whoever_is_named_by_an_event_of_intake_is_written_the_letters_that_are_said_of_it(
    choosing: Choosing,
) -> None:
    await lived_through(choosing)
    states = choosing.on.store.collections["application"]
    kinds: dict[str, set[str]] = {}
    for row in choosing.on.store.collections[LETTERS].values():
        kinds.setdefault(row["person_id"], set()).add(row["kind"])
    participants = choosing.on.store.collections["participant"]
    occurred = set[str]()
    for kind, kinds_of_it in OCCASIONS.items():
        for event in choosing.events(kind) if kind.service == "intake" else ():
            occurred.add(kind.__name__)
            id = event.get("application_id") or (
                participants[event["participant_id"]]["state"]["application_id"] if "participant_id" in event else None
            )
            if id is None or (kind is SeatDeclined and event["because"] == "declined"):
                continue
            assert kinds[states[id]["state"]["person_id"]] & set(kinds_of_it), kind.__name__
    assert occurred == {each.__name__ for each in OCCASIONS if each.service == "intake"}
    assert {each for every in kinds.values() for each in every} == {
        each for kind, kinds_of_it in OCCASIONS.items() if kind.service == "intake" for each in kinds_of_it
    }
