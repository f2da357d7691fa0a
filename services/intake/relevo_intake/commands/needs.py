"""What participants need for the on-site week: stated and taken back by them, read by whoever sees to it, destroyed 14
days after the last day of the week."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple

from relevo_chassis.delivery.change import Asked, Busy, Change, Decision, Found, New, Ref, Row, Unknown, unrepeated
from relevo_chassis.delivery.lease import Holding
from relevo_chassis.http.etag import must_match
from relevo_chassis.ids import new_id
from relevo_chassis.people.keys import KeyServiceAway
from relevo_chassis.people.vault import NoLongerKept, PersonErased, PersonKey, sealed_row
from relevo_contracts import derived_id
from relevo_intake.commands.danger import in_danger
from relevo_intake.commands.departures import needs_destroyed
from relevo_intake.commands.office import Office
from relevo_intake.commands.readings import by_the_service, record_reading
from relevo_intake.domain import needs
from relevo_intake.domain.application import Application
from relevo_intake.domain.needs import Into, Needs, NeedsAreGone, StatedNeeds, Week
from relevo_intake.domain.participant import NoSuchParticipant, Participant, participant_id_of
from relevo_intake.domain.sealed import Language
from relevo_intake.shown import Audience, Purpose, needs_shown
from relevo_intake.store import ENDING
from relevo_intake.store.choosing import PARTICIPANT
from relevo_intake.store.needs import NEEDS, WEEK, enrolled_in_edition, kept_needs, weeks_going
from relevo_intake.store.people import SLICE

POLL_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class SeeOwnNeeds:
    """Whose, as they ask themselves."""

    application: Application


@dataclass(frozen=True, slots=True)
class StateNeeds:
    """All that somebody needs, in place of what they stated before, of which they saw ``tag``."""

    application: Application
    needs: Needs
    tag: str


@dataclass(frozen=True, slots=True)
class ClearNeeds:
    """Who takes back what they stated."""

    application: Application


@dataclass(frozen=True, slots=True)
class SeeNeeds:
    """Of which participant, as whoever sees to it asks."""

    participant_id: str


@dataclass(frozen=True, slots=True)
class CountNeeds:
    """In which edition."""

    edition_id: str


@dataclass(frozen=True, slots=True)
class DestroyNeeds:
    """Of whose week the time is over."""

    edition_id: str


class OpenedNeeds(NamedTuple):
    """What somebody needs, if they stated it, and when the week is, if that is known."""

    stated: StatedNeeds
    needs: Needs | None
    week: Week | None
    in_danger: bool = False


class Interpreted(NamedTuple):
    """For how many people one language is to be interpreted into another."""

    source: Language
    into: Into
    people: int


class NeedsCount(NamedTuple):
    """How many take part, how many of them stated what they need, and what is to be interpreted for how many."""

    edition_id: str
    participants: int
    stated: int
    interpreted: Sequence[Interpreted]


async def see_own_needs(office: Office, query: SeeOwnNeeds, asked: Asked) -> OpenedNeeds:
    """One's own, opened on record. Raises ``NoSeatAccepted`` or ``NeedsAreGone``."""
    participant, stated, week = await _known(office, participant_id_of(query.application.application_id))
    one = needs.may_state(participant, week, asked.now)
    return await _opened(office, stated or needs.none_stated(one), week, asked, "applicant", "own")


async def state_needs(office: Office, command: StateNeeds, asked: Asked) -> OpenedNeeds:
    """Seal it in the place of what was there.

    Raises ``NoSeatAccepted``, ``NeedsAreGone``, ``ChangedSince`` or ``DaysAreFarFromWeek``.
    """
    one, wanted = command.application, command.needs
    refs = _refs(participant_id_of(one.application_id), one.edition_id)
    key = await _key_to_seal(office, one.person_id, refs, asked.now)
    sealed = sealed_row(key, Needs.field_set, wanted)

    def decide(found: Found) -> Decision[OpenedNeeds]:
        participant, before, week = _present(found, refs, asked.now)
        stated = before or needs.none_stated(participant)
        must_match(command.tag, stated)
        needs.must_be_around_week(wanted, week, asked.now)
        after = needs.state(stated, asked.now)
        return Decision([New(refs.stated, after)], rows=[sealed], answer=OpenedNeeds(after, wanted, week))

    return unrepeated(await office.commits.commit(asked.change(refs, decide)))


async def clear_needs(office: Office, command: ClearNeeds, asked: Asked) -> None:
    """Destroy what was stated, with its key. Again is no-op. Raises ``NoSeatAccepted`` or ``NeedsAreGone``."""
    one = command.application
    refs = _refs(participant_id_of(one.application_id), one.edition_id)

    def decide(found: Found) -> Decision:
        _, before, _ = _present(found, refs, asked.now)
        if before is None or before.changed_at is None:
            return Decision()
        return Decision([New(refs.stated, needs.clear(before))], rows=needs_destroyed(before))

    await office.commits.commit(asked.change(refs, decide))


async def see_needs(office: Office, query: SeeNeeds, asked: Asked) -> OpenedNeeds:
    """A participant's, opened on record. Raises ``NoSuchParticipant``, ``NeedsAreGone`` or ``PersonErased``."""
    participant, stated, week = await _known(office, query.participant_id)
    if participant is None or participant.state != "enrolled":
        raise NoSuchParticipant(participant_id=query.participant_id)
    needs.must_be_kept(week, asked.now)
    endangered = bool(await in_danger(office, [participant.application_id]))
    stated = stated or needs.none_stated(participant)
    return await _opened(office, stated, week, asked, "travel", "needs", endangered=endangered)


async def stated_in_edition(office: Office, edition_id: str) -> list[tuple[Participant, StatedNeeds | None]]:
    """Whoever takes part, and whether they stated what they need; nothing is opened."""
    enrolled = await enrolled_in_edition(office.store, edition_id)
    found = await office.store.states(NEEDS, [each.participant_id for each in enrolled])
    return [(each, found.get(each.participant_id)) for each in enrolled]


async def count_needs(office: Office, query: CountNeeds, asked: Asked) -> NeedsCount:
    """What is to be interpreted for how many, opened on record. Raises ``NeedsAreGone``."""
    needs.must_be_kept(await office.store.state(WEEK(query.edition_id)), asked.now)
    listed = await stated_in_edition(office, query.edition_id)
    people = [one.person_id for one, stated in listed if stated and stated.changed_at]
    if people:
        await record_reading(office.commits, asked, "needs", [Needs.field_set], people)
    opened = await office.vault.open_many(people, Needs.field_set, Needs)
    pairs = Counter((source, each.into) for each in opened.values() if each for source in each.from_languages)
    interpreted = [Interpreted(source, into, count) for (source, into), count in sorted(pairs.items()) if into]
    return NeedsCount(query.edition_id, len(listed), len(people), interpreted)


async def destroy_needs(office: Office, command: DestroyNeeds, asked: Asked) -> int:
    """Destroy everybody's key of this class, and nobody's again, whoever died in between. Returns how many."""
    edition_id, destroyed = command.edition_id, 0
    while some := await kept_needs(office.store, edition_id, limit=SLICE):
        for each in some:
            because = replace(asked, cause_id=derived_id("needs", each.participant_id))
            with suppress(PersonErased):
                await ENDING.destroy(office.store, office.commits, each.person_id, Needs.retention, because)
            await office.commits.commit(because.change([NEEDS(each.participant_id)], _cleared(each)))
            destroyed += 1
    ref = WEEK(edition_id)

    def decide(found: Found) -> Decision:
        return Decision([New(ref, needs.gone(week))] if (week := found[ref]) else [])

    await office.commits.commit(asked.change([ref], decide))
    return destroyed


async def keep_needs_destroyed(office: Office, now: Callable[[], datetime], lease: Holding) -> None:
    """Until cancelled: once the time of a week's needs is over, whoever died in between, they are destroyed."""
    while True:
        with suppress(Busy, Unknown, KeyServiceAway):
            if await lease.acquire():
                for each in await weeks_going(office.store):
                    await destroy_needs(office, DestroyNeeds(each.edition_id), by_the_service(now()))
        await asyncio.sleep(POLL_SECONDS)


class _Refs(NamedTuple):
    participant: Ref[Participant]
    stated: Ref[StatedNeeds]
    week: Ref[Week]


def _refs(participant_id: str, edition_id: str) -> _Refs:
    return _Refs(PARTICIPANT(participant_id), NEEDS(participant_id), WEEK(edition_id))


def _present(found: Found, refs: _Refs, now: datetime) -> tuple[Participant, StatedNeeds | None, Week | None]:
    """Raises ``NoSeatAccepted`` or ``NeedsAreGone``."""
    week = found[refs.week]
    return needs.may_state(found[refs.participant], week, now), found[refs.stated], week


async def _key_to_seal(office: Office, person_id: str, refs: _Refs, now: datetime) -> PersonKey:
    """The keys of whoever takes part, with one for what they need. Raises ``NoSeatAccepted`` or ``NeedsAreGone``."""

    def present(rows: Sequence[Row]) -> Change:
        def decide(found: Found) -> Decision:
            _present(found, refs, now)
            return Decision(rows=rows)

        return Change(refs, decide, now, new_id())

    try:
        return await office.vault.key_to_seal(office.commits, person_id, [Needs], present)
    except NoLongerKept:
        raise NeedsAreGone() from None


def _cleared(known: StatedNeeds) -> Callable[[Found], Decision]:
    ref = NEEDS(known.participant_id)

    def decide(found: Found) -> Decision:
        return Decision([New(ref, needs.clear(stated))] if (stated := found[ref]) else [])

    return decide


async def _known(office: Office, participant_id: str) -> tuple[Participant | None, StatedNeeds | None, Week | None]:
    participant = await office.store.state(PARTICIPANT(participant_id))
    if participant is None:
        return None, None, None
    stated = await office.store.state(NEEDS(participant_id))
    return participant, stated, await office.store.state(WEEK(participant.edition_id))


async def _opened(
    office: Office,
    stated: StatedNeeds,
    week: Week | None,
    asked: Asked,
    to: Audience,
    purpose: Purpose,
    *,
    endangered: bool = False,
) -> OpenedNeeds:
    if stated.changed_at is None:
        return OpenedNeeds(stated, None, week, endangered)
    await record_reading(office.commits, asked, purpose, [Needs.field_set], [stated.person_id])
    found = await office.vault.open(stated.person_id, Needs.field_set, Needs)
    visible = needs_shown(found, to, purpose, in_danger=endangered) if found else None
    return OpenedNeeds(stated, visible, week, endangered)
