"""Another receipt code for whoever lost theirs (rule 19): chosen, asked for, refused, renewed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import ClassVar, NamedTuple

import structlog

from relevo_chassis.delivery.change import Asked, Busy, Decided, Decision, Found, New, Repeat, Row, Unknown, unrepeated
from relevo_chassis.delivery.lease import Holding
from relevo_chassis.ids import new_code, new_id
from relevo_chassis.kept import Kept
from relevo_chassis.people.keys import KeyServiceAway
from relevo_chassis.people.vault import SealBroken
from relevo_contracts import derived_id
from relevo_contracts.model import Frozen
from relevo_intake import codes
from relevo_intake.commands.office import ANYBODY, Office
from relevo_intake.deadlines import drop_recovery_opening, recovery_letter, recovery_opening_row
from relevo_intake.domain import application, participant, recovery
from relevo_intake.domain.application import Application, NoSuchApplication
from relevo_intake.domain.contact import Contact, confirmed_id
from relevo_intake.domain.kept import LOST_CODE
from relevo_intake.domain.participant import participant_id_of
from relevo_intake.domain.recovery import Ask, NoSuchRecovery, Recovery, Way
from relevo_intake.letters import letter_row
from relevo_intake.letters.queue import LETTERS
from relevo_intake.store.choosing import PARTICIPANT
from relevo_intake.store.people import APPLICATION, CALL, CONTACT, DETAILS, LOST, RECOVERY, recovery_of_code

log = structlog.get_logger(__name__)

AT_ONCE = 20
POLL_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class ChooseRecovery:
    """How the holder of an application wants a lost code recovered."""

    application: Application
    way: Way
    hours: int
    word: str | None


class Lost(Frozen):
    """What somebody says who lost their code, kept sealed for the service until it is answered."""

    kept: ClassVar[Kept] = LOST_CODE

    contact: str
    word: str | None


@dataclass(frozen=True, slots=True)
class RefuseRecovery:
    """The holder of the code so far says no."""

    application: Application


@dataclass(frozen=True, slots=True)
class RenewCode:
    """The code from the letter."""

    code: str


class Renewed(NamedTuple):
    """What the holder is told, once."""

    application_id: str
    receipt_code: str


async def recovery_of(office: Office, application_id: str) -> Recovery:
    """As it was chosen, or as it is for whoever chose nothing."""
    return await office.store.state(RECOVERY(application_id)) or Recovery(application_id=application_id)


async def choose_recovery(office: Office, command: ChooseRecovery, asked: Asked) -> Recovery | Repeat:
    """Whoever asks for another code already asks in vain. Raises ``NoContactToRecoverBy`` or ``NoSuchApplication``."""
    id = command.application.application_id
    ref, application_ref = RECOVERY(id), APPLICATION(id)
    word = "" if command.word is None else codes.word_hash(office.vault, id, command.word)

    def decide(found: Found) -> Decision[Recovery]:
        one = found[application_ref]
        if one is None or one.state == "erased":
            raise NoSuchApplication()
        before = found[ref] or Recovery(application_id=id)
        chosen = recovery.choose(before, command.way, command.hours, word, has_contact=one.has_contact)
        return Decision([New(ref, chosen)], rows=[drop_recovery_opening(id)], answer=chosen)

    return await office.commits.commit(asked.change([ref, application_ref], decide))


async def note_lost(office: Office, lost: Lost, asked: Asked) -> None:
    """Somebody lost their code. What comes of it is looked at afterwards, so that the answer is the same for all."""
    id = new_id()
    sealed = office.vault.service_key.seal(f"lost/{id}", lost)
    await office.store.insert(LOST, {"_id": id, "asked_at": asked.now, "sealed": sealed})


async def answer_lost(office: Office, now: datetime) -> int:
    """Look at what was noted, oldest first; returns how many. Done twice it comes to the same.

    What cannot be read holds up nothing behind it: it is removed, and said to operators.
    """
    rows = await office.store.rows(LOST, {}, sort=[("asked_at", 1)], limit=AT_ONCE)
    for row in rows:
        try:
            lost = office.vault.service_key.open(f"lost/{row['_id']}", Lost, bytes(row["sealed"]))
        except SealBroken:
            log.error("lost_code_unreadable")
        else:
            for one in await _named(office, lost):
                await _ask(office, one, lost, Asked(ANYBODY, now, derived_id("lost", row["_id"], one.application_id)))
        await office.store.remove_rows(LOST, {"_id": row["_id"]})
    return len(rows)


async def keep_answering(office: Office, now: Callable[[], datetime], lease: Holding) -> None:
    """Answer whoever lost their code, one replica at a time, for as long as the service runs."""
    while True:
        with suppress(Busy, Unknown, KeyServiceAway):
            if await lease.acquire() and await answer_lost(office, now()):
                continue
        await asyncio.sleep(POLL_SECONDS)


async def refuse_recovery(office: Office, command: RefuseRecovery, asked: Asked) -> Recovery | Repeat:
    """The letter does not go out, and one that went out opens nothing. Raises ``NothingToRefuse``."""
    id = command.application.application_id
    ref = RECOVERY(id)

    def decide(found: Found) -> Decision[Recovery]:
        refused = recovery.refuse(found[ref], asked.now)
        decided = Decided("recovery_refused", ref, (command.application.call_id,))
        return Decision([New(ref, refused)], rows=[drop_recovery_opening(id)], answer=refused, on_record=[decided])

    return await office.commits.commit(asked.change([ref], decide))


async def renew_code(office: Office, command: RenewCode, asked: Asked) -> Renewed:
    """Another receipt code in place of the lost one, and of every session that was opened with it. Of whoever takes
    part it is told, so that what the lost one had opened elsewhere ends too.

    Raises ``NoSuchRecovery``.
    """
    hashed, fresh = codes.recovery_hash(office.vault, command.code), new_code()
    known = await recoverable(office, command.code, asked.now)
    ref, application_ref = RECOVERY(known.application_id), APPLICATION(known.application_id)
    participant_ref = PARTICIPANT(participant_id_of(known.application_id))

    def decide(found: Found) -> Decision[Renewed]:
        one = found[application_ref]
        if one is None or not one.alive:
            raise NoSuchRecovery()
        renewed = recovery.renew(found[ref], hashed, asked.now)
        changed = application.renew(one, codes.receipt_hash(office.vault, fresh))
        events = participant.receipt_renewed(found[participant_ref], changed.renewals, asked.now)
        decided = Decided("code_renewed", ref, (one.call_id,))
        states = [New(ref, renewed), New(application_ref, changed)]
        return Decision(states, events, answer=Renewed(one.application_id, fresh), on_record=[decided])

    return unrepeated(await office.commits.commit(asked.change([ref, application_ref, participant_ref], decide)))


async def recoverable(office: Office, code: str, now: datetime) -> Recovery:
    """What the code of a letter would recover, within an hour of its sending. Raises ``NoSuchRecovery``."""
    found = await recovery_of_code(office.store, codes.recovery_hash(office.vault, code))
    if found is None or found.asked is None or now < found.asked.opens_at:
        raise NoSuchRecovery()
    letter = await office.store.row(LETTERS, found.asked.letter_id)
    sent_at = letter.get("sent_at") if letter else None
    if letter is None or (sent_at is not None and datetime.now(UTC) > sent_at + recovery.LETTER_LASTS):
        raise NoSuchRecovery()
    return found


async def _named(office: Office, lost: Lost) -> Sequence[Application]:
    """Of the applications that name the contact, one for each call: whose word it is, or else which counts."""
    calls = await office.store.select(CALL, {})
    ids = [codes.contact_id(office.vault, each.call_id, lost.contact, "") for each in calls]
    contacts = await office.store.states(CONTACT, ids)
    linked = [each.application_id for contact in contacts.values() for each in contact.linked]
    chosen = await office.store.states(RECOVERY, linked)
    named = [_one_of(office, contact, chosen, lost) for contact in contacts.values()]
    found = await office.store.states(APPLICATION, [each for each in named if each])
    return [each for each in found.values() if each.alive and each.has_contact]


def _one_of(office: Office, contact: Contact, chosen: dict[str, Recovery], lost: Lost) -> str | None:
    live = [each.application_id for each in contact.linked if not each.withdrawn]
    for id in live if lost.word else []:
        if id in chosen and chosen[id].word_hash == codes.word_hash(office.vault, id, lost.word or ""):
            return id
    return confirmed_id(contact) or (live[-1] if live else None)


async def _ask(office: Office, one: Application, lost: Lost, asked: Asked) -> None:
    id, ask_id = one.application_id, asked.cause_id
    ref, application_ref, details_ref = RECOVERY(id), APPLICATION(id), DETAILS(id)
    word = None if lost.word is None else codes.word_hash(office.vault, id, lost.word)
    wanted = Ask(
        ask_id=ask_id,
        asked_at=asked.now,
        opens_at=asked.now,
        code_hash=codes.recovery_hash(office.vault, codes.recovery_code(office.vault, ask_id)),
        letter_id=recovery_letter(one, ask_id, asked.now).id,
    )

    def decide(found: Found) -> Decision:
        present, corrected = found[application_ref], found[details_ref]
        if present is None or not present.alive:
            return Decision()
        until = corrected.no_recovery_until if corrected else None
        before = found[ref] or Recovery(application_id=id)
        after = recovery.ask(before, wanted, word_hash=word, no_recovery_until=until)
        rows = _following(present, after, ask_id, asked.now)
        return Decision([New(ref, after)], rows=rows)

    await office.commits.commit(asked.change([ref, application_ref, details_ref], decide))


def _following(one: Application, after: Recovery, ask_id: str, now: datetime) -> list[Row]:
    """The letter with the code at once, or word to the contact that one goes out when the waiting time is over."""
    if after.asked is None or after.asked.ask_id != ask_id:
        return []
    if after.asked.opens_at <= now:
        return [recovery_letter(one, ask_id, now)]
    facts = {"application_id": one.application_id, "ask_id": ask_id, "opens_at": after.asked.opens_at.isoformat()}
    notice = letter_row(ask_id, one.person_id, "recovery_asked", facts, now)
    return [notice, recovery_opening_row(after, after.asked)]
