"""What a participant owes, set right by a coordinator: expected from when, excused from what (rule 16)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from relevo_chassis.delivery.change import Asked, Decided, Decision, Found, New, Repeat, Row
from relevo_chassis.ids import new_id
from relevo_chassis.people.vault import sealed_row
from relevo_scheduling import store
from relevo_scheduling.commands.groups import own_changes, reconsidered
from relevo_scheduling.commands.keys import participant_key
from relevo_scheduling.commands.office import Office
from relevo_scheduling.commands.readings import Purpose, record_reading
from relevo_scheduling.domain import excuses, roster
from relevo_scheduling.domain.attendance import Attendance
from relevo_scheduling.domain.programme import Programme, Published
from relevo_scheduling.domain.roster import Entry, Excuse, NoSuchParticipant
from relevo_scheduling.domain.sealed import ExcuseText, excuse_at
from relevo_scheduling.store import ATTENDANCE, PROGRAMME, ROSTER, programme_in, roster_in


@dataclass(frozen=True, slots=True)
class ExcuseParticipant:
    programme_id: str
    participant_id: str
    session_id: str
    text: ExcuseText


@dataclass(frozen=True, slots=True)
class WithdrawExcuse:
    programme_id: str
    participant_id: str
    excuse_id: str


@dataclass(frozen=True, slots=True)
class ExpectParticipant:
    programme_id: str
    participant_id: str
    from_at: datetime


@dataclass(frozen=True, slots=True)
class SeeExcuses:
    participant_id: str
    purpose: Purpose


@dataclass(frozen=True, slots=True)
class SetRight:
    """How a participant stands afterwards."""

    attendance: Attendance
    entry: Entry
    published: Published | None


@dataclass(frozen=True, slots=True)
class OpenedExcuses:
    """A participant's excuses with their reasons, by the excuse's id, while the participant is not erased."""

    excuses: tuple[Excuse, ...]
    texts: Mapping[str, ExcuseText]
    purpose: Purpose


async def excuse_participant(office: Office, command: ExcuseParticipant, asked: Asked) -> SetRight | Repeat:
    """Excuse a participant from a session; the reason is sealed under their key."""
    excuse_id = new_id()
    new_excuse = Excuse(excuse_id=excuse_id, session_id=command.session_id, excused_at=asked.now, excused_by=asked.by)

    def edit(entry: Entry, attendance: Attendance, programme: Programme) -> Entry:
        return excuses.excuse(entry, programme.in_force(), attendance.requirements, new_excuse)

    read = await store.programme_of(office.store, command.programme_id)
    key = await participant_key(office, command.participant_id, asked, ExcuseText)
    reason = sealed_row(key, excuse_at(excuse_id), command.text)
    edited = _EntryEdit(read, command.participant_id, "excuse_given", edit, reason, (excuse_at(excuse_id),))
    return await _set_right(office, edited, asked)


async def withdraw_excuse(office: Office, command: WithdrawExcuse, asked: Asked) -> SetRight | Repeat:
    """Take an excuse back: the session is owed again."""

    def edit(entry: Entry, _: Attendance, __: Programme) -> Entry:
        return excuses.withdraw_excuse(entry, command.excuse_id, asked.by, asked.now)

    read = await store.programme_of(office.store, command.programme_id)
    return await _set_right(office, _EntryEdit(read, command.participant_id, "excuse_withdrawn", edit), asked)


async def expect_participant(office: Office, command: ExpectParticipant, asked: Asked) -> SetRight | Repeat:
    """Expect a participant from an instant on; nothing of before is owed."""

    def edit(entry: Entry, _: Attendance, __: Programme) -> Entry:
        return roster.expect(entry, command.from_at, asked.by, asked.now)

    read = await store.programme_of(office.store, command.programme_id)
    return await _set_right(office, _EntryEdit(read, command.participant_id, "expected_from", edit), asked)


async def see_excuses(office: Office, query: SeeExcuses, asked: Asked) -> OpenedExcuses:
    """A participant's excuses with their reasons; whoever sees any goes on record before they are opened."""
    attendance = await store.attendance_of(office.store, query.participant_id)
    listed = await store.roster_of(office.store, attendance.edition_id or "")
    excuses_of_them = listed.entry_of(query.participant_id).excuses
    if not excuses_of_them:
        return OpenedExcuses((), {}, query.purpose)
    places = {excuse_at(each.excuse_id): each.excuse_id for each in excuses_of_them}
    await record_reading(office.commits, asked, query.purpose, places, [query.participant_id])
    opened = await store.sealed_texts(office.store, office.vault, query.participant_id, places, ExcuseText)
    return OpenedExcuses(excuses_of_them, {places[place]: text for place, text in opened.items()}, query.purpose)


@dataclass(frozen=True, slots=True)
class _EntryEdit:
    """An edit of somebody's entry on the roster, as it goes on record; ``sealed`` is what is kept with it."""

    programme: Programme
    participant_id: str
    code: str
    of: Callable[[Entry, Attendance, Programme], Entry]
    reason: Row | None = None
    sealed: tuple[str, ...] = ()


async def _set_right(office: Office, edit: _EntryEdit, asked: Asked) -> SetRight | Repeat:
    programme_id, edition_id, id = edit.programme.programme_id, edit.programme.edition_id, edit.participant_id
    ref, roster_ref, attendance_ref = PROGRAMME(programme_id), ROSTER(edition_id), ATTENDANCE(id)

    def decide(found: Found) -> Decision[SetRight]:
        programme, attendance, before = programme_in(found, ref), found[attendance_ref], roster_in(found, edition_id)
        if attendance is None:
            raise NoSuchParticipant(participant_id=id)
        entry = edit.of(roster.known(before, id), attendance, programme)
        after = roster.replaced(before, entry)
        [changed], events = reconsidered(found, programme, after, [id], asked.now)
        events += own_changes(programme, before, after, [id], asked.now)
        kept = changed.model_copy(update={"sealed": (*changed.sealed, *edit.sealed)})
        states = [New(roster_ref, after), New(attendance_ref, kept)]
        decided = Decided(edit.code, attendance_ref, under=(programme_id, edition_id), reason=edit.reason)
        answer = SetRight(kept, entry, programme.published)
        return Decision(states, events, answer=answer, on_record=[decided])

    return await office.commits.commit(asked.change([ref, roster_ref, attendance_ref], decide))
