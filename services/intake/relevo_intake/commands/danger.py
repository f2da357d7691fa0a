"""Whoever is in danger: said by them, seen by staff, undone by them or by two of staff (rule 25)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from relevo_chassis.delivery.change import Asked, Decided, Decision, Found, New, Ref, Repeat, Row
from relevo_chassis.http.etag import must_match_if_any
from relevo_chassis.people.vault import PersonKey
from relevo_contracts.model import Event, Frozen
from relevo_intake.commands.office import Office
from relevo_intake.domain import danger
from relevo_intake.domain.application import Application, NoSuchApplication
from relevo_intake.domain.danger import Danger, NobodyIsNamed, Watch
from relevo_intake.domain.participant import Participant, participant_id_of
from relevo_intake.domain.sealed import Language
from relevo_intake.letters import letter_row
from relevo_intake.letters.queue import Addressee, letter_to
from relevo_intake.store.choosing import PARTICIPANT
from relevo_intake.store.people import APPLICATION, DANGER, WATCH, WATCHERS


@dataclass(frozen=True, slots=True)
class ReportDanger:
    """Who is in danger."""

    application: Application


@dataclass(frozen=True, slots=True)
class EndDanger:
    """Who no longer is."""

    application: Application


@dataclass(frozen=True, slots=True)
class EndDangerOf:
    """Who no longer is, as one of staff says."""

    application: Application


@dataclass(frozen=True, slots=True)
class NameWatch:
    """Who of the staff is told in an edition, and in which language; ``tag`` is the ETag of what it replaces."""

    edition_id: str
    contact: str
    language: Language
    tag: str | None


class Watcher(Frozen):
    """The address of who is told, kept sealed for the service."""

    contact: str


async def danger_of(office: Office, application: Application) -> Danger:
    """As it was said, or as it is for whoever never said anything."""
    return await office.store.state(DANGER(application.application_id)) or _none_yet(application)


async def in_danger(office: Office, application_ids: Sequence[str]) -> frozenset[str]:
    """Which of these are in danger now. One round trip."""
    found = await office.store.states(DANGER, application_ids)
    return frozenset(id for id, each in found.items() if each.since is not None)


async def report_danger(office: Office, command: ReportDanger, asked: Asked) -> Danger | Repeat:
    """From now on the person is in danger, and whoever is named for it is written to, once. Said again, nothing changes
    but that whoever was named meanwhile is written to."""
    one = command.application
    key, watcher = await office.vault.key_of(one.person_id), await watcher_of(office, one.edition_id)

    def decide(found: Found) -> Decision[Danger]:
        present, before = _present(found, one)
        after = danger.begin(before, asked.now, watched=watcher is not None)
        newly = after.watched and not (before.since and before.watched)
        letters = [_word_to(watcher, key, present, after, asked)] if watcher and newly else []
        if before.since is not None:
            return Decision([New(DANGER(one.application_id), after)], rows=letters, answer=after)
        participant = _enrolled(found, one)
        events = danger.begun(participant, after) if participant else ()
        return _decision("danger_reported", one, after, events, letters)

    return await office.commits.commit(asked.change(_refs(one), decide))


async def end_danger(office: Office, command: EndDanger, asked: Asked) -> Danger | Repeat:
    """The person says that it is over. Raises ``NotInDanger``."""
    one = command.application

    def decide(found: Found) -> Decision[Danger]:
        _, before = _present(found, one)
        return _over(found, one, danger.end(before), "danger_over", asked.now)

    return await office.commits.commit(asked.change(_refs(one), decide))


async def end_danger_of(office: Office, command: EndDangerOf, asked: Asked) -> Danger | Repeat:
    """Two of staff say that it is over, one after the other. Raises ``NotInDanger`` or ``AnotherOfStaffMustAgree``."""
    one = command.application

    def decide(found: Found) -> Decision[Danger]:
        _, before = _present(found, one)
        after = danger.end_by_staff(before, asked.by)
        if after.since is not None:
            return _decision("danger_over_proposed", one, after, ())
        return _over(found, one, after, "danger_over_agreed", asked.now)

    return await office.commits.commit(asked.change(_refs(one), decide))


async def name_watch(office: Office, command: NameWatch, asked: Asked) -> Watch | Repeat:
    """From now on this member of staff is told. The address is sealed for the service.

    Raises ``NoIfMatch`` or ``ChangedSince``.
    """
    ref = WATCH(command.edition_id)
    sealed = office.vault.service_key.seal(_place(command.edition_id), Watcher(contact=command.contact))

    def decide(found: Found) -> Decision[Watch]:
        must_match_if_any(command.tag, found[ref])
        named = Watch(edition_id=command.edition_id, language=command.language, named_at=asked.now)
        rows = [Row(WATCHERS, command.edition_id, {"sealed": sealed})]
        return Decision([New(ref, named)], rows=rows, answer=named, on_record=[Decided("watch_named", ref)])

    return await office.commits.commit(asked.change([ref], decide))


async def watch_of(office: Office, edition_id: str) -> Watch:
    """Since when somebody is told in an edition. Raises ``NobodyIsNamed``."""
    found = await office.store.state(WATCH(edition_id))
    if found is None:
        raise NobodyIsNamed(edition_id=edition_id)
    return found


async def watcher_of(office: Office, edition_id: str) -> Addressee | None:
    """Who is told in an edition; ``None`` while nobody is named."""
    watch = await office.store.state(WATCH(edition_id))
    row = await office.store.row(WATCHERS, edition_id)
    if watch is None or row is None:
        return None
    watcher = office.vault.service_key.open(_place(edition_id), Watcher, bytes(row["sealed"]))
    return Addressee(contact=watcher.contact, language=watch.language)


def _over(found: Found, one: Application, after: Danger, code: str, now: datetime) -> Decision[Danger]:
    participant = _enrolled(found, one)
    events = danger.over(participant, now) if participant else ()
    return _decision(code, one, after, events)


def _decision(
    code: str, one: Application, after: Danger, events: Sequence[Event], letters: Sequence[Row] = ()
) -> Decision[Danger]:
    ref = DANGER(one.application_id)
    decided = Decided(code, ref, (one.call_id, one.application_id))
    return Decision([New(ref, after)], events, letters, after, [decided])


def _word_to(watcher: Addressee, key: PersonKey, one: Application, after: Danger, asked: Asked) -> Row:
    """The letter to whoever is told: which application, and nothing else."""
    facts: dict[str, str | int] = {"application_id": one.application_id, "times": after.times}
    return letter_to(letter_row(asked.cause_id, one.person_id, "danger", facts, asked.now), key, watcher)


def _present(found: Found, known: Application) -> tuple[Application, Danger]:
    """Raises ``NoSuchApplication``."""
    one = found[APPLICATION(known.application_id)]
    if one is None or one.state == "erased":
        raise NoSuchApplication()
    return one, found[DANGER(one.application_id)] or _none_yet(one)


def _enrolled(found: Found, one: Application) -> Participant | None:
    """Whoever takes part."""
    participant = found[PARTICIPANT(participant_id_of(one.application_id))]
    return participant if participant is not None and participant.state == "enrolled" else None


def _refs(one: Application) -> list[Ref[Any]]:
    id = one.application_id
    return [DANGER(id), APPLICATION(id), PARTICIPANT(participant_id_of(id))]


def _none_yet(one: Application) -> Danger:
    return Danger(application_id=one.application_id, call_id=one.call_id)


def _place(edition_id: str) -> str:
    return f"watcher/{edition_id}"
