"""What people and the secretariat write to each other: asked and asked further by the person, answered or closed by
staff, read by both. Whoever opens what was written goes on record before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from relevo_chassis.delivery.change import Asked, Change, Decided, Decision, Found, New, Ref, Repeat, Row, unrepeated
from relevo_chassis.ids import new_id
from relevo_chassis.kept import EndedData
from relevo_chassis.people.vault import SEALED, NoLongerKept, PersonErased, PersonKey, reason_row, sealed_row
from relevo_intake.commands.calls import call_of
from relevo_intake.commands.office import Office
from relevo_intake.commands.readings import record_reading
from relevo_intake.domain import thread
from relevo_intake.domain.application import Application
from relevo_intake.domain.draft import Draft
from relevo_intake.domain.thread import Message, MessageText, NoSuchThread, Thread, WhyClosed
from relevo_intake.letters import letter_row
from relevo_intake.shown import Purpose
from relevo_intake.store import ENDING
from relevo_intake.store.people import APPLICATION, DRAFT
from relevo_intake.store.threads import THREAD


@dataclass(frozen=True, slots=True)
class WriteMessage:
    """What whoever sent an application, or begins one, asks."""

    own: Application | Draft
    text: MessageText


@dataclass(frozen=True, slots=True)
class SeeOwnThread:
    """``limit`` of one's own messages, the newest first, older than ``before``; ``mark`` what is there as read."""

    own: Application | Draft
    limit: int
    before: int | None = None
    mark: bool = True


@dataclass(frozen=True, slots=True)
class CloseOwnThread:
    """Whoever asked needs no answer any more."""

    own: Application | Draft


@dataclass(frozen=True, slots=True)
class SeeThread:
    """``limit`` messages of a thread, the newest first, older than ``before``."""

    thread_id: str
    limit: int
    before: int | None = None


@dataclass(frozen=True, slots=True)
class AnswerThread:
    """What is answered to what was read up to this message."""

    thread_id: str
    read_to: int
    text: MessageText


@dataclass(frozen=True, slots=True)
class CloseThread:
    """Why nothing is answered to what was read up to this message."""

    thread_id: str
    read_to: int
    reason: str


class OpenedThread(NamedTuple):
    """A thread with some of its messages, the newest first, and their texts by number where they are kept.

    ``answer_days`` is the target of the call now, ``at`` the instant.
    """

    thread: Thread
    messages: Sequence[Message]
    texts: Mapping[int, MessageText]
    answer_days: int
    at: datetime


class ThreadNow(NamedTuple):
    """A thread as it stands after it was changed, without what was written."""

    thread: Thread
    at: datetime


async def write_message(office: Office, command: WriteMessage, asked: Asked) -> ThreadNow | Repeat:
    """Ask, sealed under one's own key. The target is that of the call, as it is now.

    Raises ``TooManyMessages``, ``TooManyUnanswered``, ``ThreadIsFull``, ``NoLongerKept`` or ``PersonErased``.
    """
    own_ref, call = _own_ref(command.own), await call_of(office.store, command.own.call_id)
    ref, key = THREAD(own_ref.id), await _key_to_write(office, command.own, asked)
    over_ref = ENDING.kind(command.own.person_id)

    def decide(found: Found) -> Decision[ThreadNow]:
        _require_there(found[own_ref])
        _require_kept(found[over_ref])
        before = found[ref] or _none_yet(command.own, call.edition_id, asked.now)
        after = thread.ask(before, call.answer_days, asked.now)
        row = sealed_row(key, thread.text_at(ref.id, after.last), command.text)
        return Decision([New(ref, after)], rows=[row], answer=ThreadNow(after, asked.now))

    return await office.commits.commit(asked.change([ref, own_ref, over_ref], decide))


async def see_own_thread(office: Office, query: SeeOwnThread, asked: Asked) -> OpenedThread:
    """One's own thread. Whoever sees the newest of it has read all that is there, unless they only look."""
    own_ref, call = _own_ref(query.own), await call_of(office.store, query.own.call_id)
    found = await office.store.state(THREAD(own_ref.id))
    if found is None:
        found = _none_yet(query.own, call.edition_id, asked.now)
        over = await office.store.state(ENDING.kind(query.own.person_id))
        if over is not None and MessageText.retention in over.ended:
            found = thread.end(found, over.ended[MessageText.retention])
    opened = await _opened(office, "own", found, query.limit, query.before, asked)
    if query.mark and query.before is None and found.unread:
        await _note_read(office, found, asked)
    return opened._replace(answer_days=call.answer_days)


async def close_own_thread(office: Office, command: CloseOwnThread, asked: Asked) -> ThreadNow | Repeat:
    """Say that no answer is needed any more. Raises ``NoSuchThread``."""
    ref = THREAD(_own_ref(command.own).id)

    def decide(found: Found) -> Decision[ThreadNow]:
        closed = thread.close_own(_existing(found[ref], ref.id), asked.now)
        return Decision([New(ref, closed)], answer=ThreadNow(closed, asked.now))

    return await office.commits.commit(asked.change([ref], decide))


async def see_thread(office: Office, query: SeeThread, asked: Asked) -> OpenedThread:
    """What somebody wrote and was answered, for staff. Raises ``NoSuchThread``."""
    found = _existing(await office.store.state(THREAD(query.thread_id)), query.thread_id)
    opened = await _opened(office, "thread", found, query.limit, query.before, asked)
    return opened._replace(answer_days=(await call_of(office.store, found.call_id)).answer_days)


async def answer_thread(office: Office, command: AnswerThread, asked: Asked) -> ThreadNow | Repeat:
    """Answer what was read, on record; the person is written to.

    Raises ``NoSuchThread``, ``WrittenSince``, ``ThreadIsFull``, ``NoLongerKept`` or ``PersonErased``.
    """
    known = _existing(await office.store.state(THREAD(command.thread_id)), command.thread_id)
    ref, key = THREAD(known.thread_id), await office.vault.key_of(known.person_id)

    def decide(found: Found) -> Decision[ThreadNow]:
        before = _existing(found[ref], ref.id)
        after = thread.answer(before, command.read_to, asked.by, asked.now)
        row = sealed_row(key, thread.text_at(ref.id, after.last), command.text)
        letters = _letters(found[APPLICATION(ref.id)], after, asked)
        return _decision(after, [row, *letters], Decided("thread_answered", ref, _under(after)), asked)

    return await office.commits.commit(asked.change([ref, APPLICATION(ref.id)], decide))


async def close_thread(office: Office, command: CloseThread, asked: Asked) -> ThreadNow | Repeat:
    """Close what was read without an answer, on record with the reason; the person is written to.

    Raises ``NoSuchThread``, ``WrittenSince``, ``NothingWaits``, ``NoLongerKept`` or ``PersonErased``.
    """
    known = _existing(await office.store.state(THREAD(command.thread_id)), command.thread_id)
    ref, key = THREAD(known.thread_id), await office.vault.key_of(known.person_id)

    def decide(found: Found) -> Decision[ThreadNow]:
        before = _existing(found[ref], ref.id)
        after = thread.close(before, command.read_to, asked.by, asked.now)
        reason = reason_row(key, thread.reason_at(ref.id, after.last), WhyClosed(text=command.reason))
        letters = _letters(found[APPLICATION(ref.id)], after, asked)
        return _decision(after, [reason, *letters], Decided("thread_closed", ref, _under(after), reason=reason), asked)

    return await office.commits.commit(asked.change([ref, APPLICATION(ref.id)], decide))


def _decision(after: Thread, rows: Sequence[Row], decided: Decided, asked: Asked) -> Decision[ThreadNow]:
    ref = THREAD(after.thread_id)
    return Decision([New(ref, after)], rows=rows, answer=ThreadNow(after, asked.now), on_record=[decided])


def _letters(one: Application | None, after: Thread, asked: Asked) -> list[Row]:
    """The letter that something waits to be read. Who only begins an application gave no address that is theirs yet."""
    if one is None or one.state == "erased":
        return []
    facts: dict[str, str | int] = {"application_id": one.application_id, "number": after.last}
    return [letter_row(asked.cause_id, one.person_id, "thread_answered", facts, asked.now)]


def _under(one: Thread) -> tuple[str, ...]:
    return (one.call_id, one.thread_id, one.edition_id)


async def _opened(
    office: Office, purpose: Purpose, found: Thread, limit: int, before: int | None, asked: Asked
) -> OpenedThread:
    """Some of the messages, one more than ``limit`` where there are more; their texts, opened on record."""
    older = [each for each in reversed(found.messages) if before is None or each.number < before][: limit + 1]
    places = {
        thread.text_at(found.thread_id, each.number): each.number for each in older[:limit] if each.kind != "closing"
    }
    texts: dict[int, MessageText] = {}
    if places:
        await record_reading(office.commits, asked, purpose, list(places), [found.person_id])
        key = (await office.vault.keys_of([found.person_id])).get(found.person_id)
        wanted = {"_id": {"$in": [f"{found.person_id}/{place}" for place in places]}}
        for row in await office.store.rows(SEALED, wanted) if key else []:
            place = row["_id"].partition("/")[2]
            text = key.open(place, MessageText, bytes(row["sealed"])) if key else None
            if text is not None:
                texts[places[place]] = text
    return OpenedThread(found, older, texts, 0, asked.now)


async def _note_read(office: Office, seen: Thread, asked: Asked) -> None:
    ref = THREAD(seen.thread_id)

    def decide(found: Found) -> Decision:
        present = found[ref]
        if present is None or present.last != seen.last:
            return Decision()
        return Decision([New(ref, thread.read(present))])

    unrepeated(await office.commits.commit(asked.change([ref], decide)))


async def _key_to_write(office: Office, own: Application | Draft, asked: Asked) -> PersonKey:
    """The keys of whoever writes, with that of what is written: made now, where there is none yet."""
    ref = _own_ref(own)

    def present(rows: Sequence[Row]) -> Change:
        def decide(found: Found) -> Decision:
            _require_there(found[ref])
            return Decision(rows=rows)

        return Change([ref], decide, asked.now, new_id())

    return await office.vault.key_to_seal(office.commits, own.person_id, [MessageText], present)


def _own_ref(own: Application | Draft) -> Ref[Any]:
    return DRAFT(own.draft_id) if isinstance(own, Draft) else APPLICATION(own.application_id)


def _require_there(own: Application | Draft | None) -> None:
    """Raises ``PersonErased`` for whoever was erased, or gave their draft up."""
    if own is not None and own.state in ("erased", "expired"):
        raise PersonErased(own.person_id)


def _require_kept(over: EndedData | None) -> None:
    """Raises ``NoLongerKept`` once nothing is kept of what somebody wrote, and nothing can be added."""
    if over is not None and MessageText.retention in over.ended:
        raise NoLongerKept(over.person_id, MessageText.retention)


def _none_yet(own: Application | Draft, edition_id: str, now: datetime) -> Thread:
    return Thread(
        thread_id=_own_ref(own).id, person_id=own.person_id, call_id=own.call_id, edition_id=edition_id, since=now
    )


def _existing(found: Thread | None, thread_id: str) -> Thread:
    """Raises ``NoSuchThread``."""
    if found is None or not found.messages:
        raise NoSuchThread(thread_id=thread_id)
    return found
