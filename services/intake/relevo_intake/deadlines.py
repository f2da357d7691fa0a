"""What intake does when its time has come: a call closes, a draft is given up, an offer is told of and expires, a
lost code may be renewed, what was needed for a week goes, a thread with the secretariat ends."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from relevo_chassis.delivery import deadlines
from relevo_chassis.delivery.change import Change, Decision, Found, New, Row
from relevo_chassis.delivery.deadlines import Deadline, OnDue
from relevo_chassis.people.vault import destroyed
from relevo_intake.commands.gates import gate, with_gates
from relevo_intake.commands.thread_ends import THREAD_ENDS, on_thread_end_due, over_with, removed
from relevo_intake.domain import call, draft, needs
from relevo_intake.domain.application import Application
from relevo_intake.domain.call import Call
from relevo_intake.domain.draft import Draft
from relevo_intake.domain.gate import applications_at
from relevo_intake.domain.needs import Week
from relevo_intake.domain.recovery import Ask, Recovery
from relevo_intake.domain.sealed import RETENTIONS, DraftDossier
from relevo_intake.domain.seating import offers
from relevo_intake.domain.seating.state import Offer
from relevo_intake.letters import letter_row
from relevo_intake.store.choosing import SEATING
from relevo_intake.store.needs import WEEK
from relevo_intake.store.people import APPLICATION, CALL, DRAFT, RECOVERY, gates_of
from relevo_intake.store.threads import THREAD
from relevo_intake.words import LetterKind

CALL_CLOSES = "call_closes"
DRAFT_EXPIRES = "draft_expires"
OFFER_EXPIRES = "offer_expires"
OFFER_NEAR = "offer_near"
RECOVERY_OPENS = "recovery_opens"
NEEDS_GO = "needs_go"
REMINDED_BEFORE = timedelta(days=2)


def call_close_row(announced: Call) -> Row:
    """The deadline of a call: its close."""
    key = f"{CALL_CLOSES}/{announced.call_id}"
    return deadlines.put(Deadline(key, CALL_CLOSES, announced.call_id, announced.closes_at))


def on_call_close_due(deadline: Deadline, now: datetime) -> Change:
    """The call's instant has come: its close is told, with how many came in, and all its gates are closed."""
    ref, gate_refs = CALL(deadline.aggregate_id), gates_of(deadline.aggregate_id)

    def decide(found: Found) -> Decision:
        present = found[ref]
        if present is None:
            return Decision()
        closed, events = call.close(present, applications_at(each for ref in gate_refs if (each := found[ref])), now)
        return Decision(with_gates(found, closed), events) if events else Decision()

    return Change([ref, *gate_refs], decide, now, deadline.cause_id)


def draft_expiry_row(saved: Draft) -> Row:
    """The deadline of a draft: nobody came back."""
    key, facts = f"{DRAFT_EXPIRES}/{saved.draft_id}", {"call_id": saved.call_id}
    return deadlines.put(Deadline(key, DRAFT_EXPIRES, saved.draft_id, saved.expires_at, facts))


def drop_draft_expiry(draft_id: str) -> Row:
    """A draft was submitted or given up: its deadline is for nothing."""
    return deadlines.drop(f"{DRAFT_EXPIRES}/{draft_id}")


def draft_destroyed(found: Found, discarded: Draft, now: datetime) -> Decision:
    """A draft that is given up: its person's keys go with it, its texts, and what was written to the secretariat."""
    ref, thread_ref = DRAFT(discarded.draft_id), THREAD(discarded.draft_id)
    rows = destroyed(discarded.person_id, RETENTIONS, [DraftDossier.field_set])
    written = removed(discarded.person_id, found[thread_ref])
    return Decision([New(ref, discarded), *over_with(found, discarded.draft_id, now)], rows=[*rows, *written])


def on_draft_expiry_due(deadline: Deadline, now: datetime) -> Change:
    """Nobody came back: the draft, its texts and its person's keys go; later when the call is open longer by now."""
    ref, thread_ref = DRAFT(deadline.aggregate_id), THREAD(deadline.aggregate_id)
    gate_ref = gate(deadline.facts.get("call_id", ""))

    def decide(found: Found) -> Decision:
        saved, one = found[ref], found[gate_ref]
        if saved is None:
            return Decision()
        kept = draft.keep(saved, one.closes_at) if one else saved
        expired = draft.expire(kept, now)
        if expired.state == "expired" and saved.state == "open":
            return draft_destroyed(found, expired, now)
        return Decision([New(ref, kept)], rows=[draft_expiry_row(kept)]) if kept != saved else Decision()

    return Change([ref, gate_ref, thread_ref], decide, now, deadline.cause_id)


def offer_deadline_rows(offer: Offer, call_id: str) -> list[Row]:
    """The deadlines of an offer: when it is told of once more, and when it expires."""
    facts = {"offer_id": offer.offer_id}
    expiry = Deadline(f"{OFFER_EXPIRES}/{offer.offer_id}", OFFER_EXPIRES, call_id, offer.expires_at, facts)
    near = Deadline(f"{OFFER_NEAR}/{offer.offer_id}", OFFER_NEAR, call_id, offer_reminder_at(offer), facts)
    return [deadlines.put(expiry), deadlines.put(near)]


def drop_offer_deadlines(offer_id: str) -> list[Row]:
    """An offer was answered or taken back: neither of its deadlines is for anything."""
    return [deadlines.drop(f"{OFFER_EXPIRES}/{offer_id}"), deadlines.drop(f"{OFFER_NEAR}/{offer_id}")]


def offer_reminder_at(offer: Offer) -> datetime:
    """Two days before an offer expires, and of a short one when half of its time is over."""
    return max(offer.expires_at - REMINDED_BEFORE, offer.offered_at + (offer.expires_at - offer.offered_at) / 2)


def on_offer_expiry_due(deadline: Deadline, now: datetime) -> Change:
    """An offer's time is over: what the sweeper commits."""
    ref = SEATING(deadline.aggregate_id)

    def decide(found: Found) -> Decision:
        seating = found[ref]
        if seating is None:
            return Decision()
        freed, events = offers.expire(seating, deadline.facts["offer_id"], now)
        if not events:
            return Decision()
        offer = freed.offer(deadline.facts["offer_id"])
        return Decision([New(ref, freed)], events, [letter_about(offer, "offer_expired", deadline.cause_id, now)])

    return Change([ref], decide, now, deadline.cause_id)


def on_offer_reminder_due(deadline: Deadline, now: datetime) -> Change:
    """An offer will expire soon: whoever has not answered is told once more."""
    ref = SEATING(deadline.aggregate_id)

    def decide(found: Found) -> Decision:
        seating = found[ref]
        if seating is None:
            return Decision()
        offer = seating.offer(deadline.facts["offer_id"])
        if offer.state != "offered" or now >= offer.expires_at:
            return Decision()
        return Decision(rows=[letter_about(offer, "offer_near", deadline.cause_id, now)])

    return Change([ref], decide, now, deadline.cause_id)


def recovery_opening_row(asked_for: Recovery, asked: Ask) -> Row:
    """The deadline of the waiting time in which the code so far can refuse."""
    key, facts = f"{RECOVERY_OPENS}/{asked_for.application_id}", {"ask_id": asked.ask_id}
    return deadlines.put(Deadline(key, RECOVERY_OPENS, asked_for.application_id, asked.opens_at, facts))


def drop_recovery_opening(application_id: str) -> Row:
    return deadlines.drop(f"{RECOVERY_OPENS}/{application_id}")


def on_recovery_opening_due(deadline: Deadline, now: datetime) -> Change:
    """Nobody refused: the letter with the code goes out."""
    ref, application_ref = RECOVERY(deadline.aggregate_id), APPLICATION(deadline.aggregate_id)

    def decide(found: Found) -> Decision:
        waited, one = found[ref], found[application_ref]
        if one is None or not one.alive or waited is None or waited.asked is None:
            return Decision()
        if waited.asked.ask_id != deadline.facts["ask_id"]:
            return Decision()
        return Decision(rows=[recovery_letter(one, waited.asked.ask_id, now)])

    return Change([ref, application_ref], decide, now, deadline.cause_id)


def recovery_letter(one: Application, ask_id: str, now: datetime) -> Row:
    """The letter whose code leads to another receipt code."""
    facts = {"application_id": one.application_id, "ask_id": ask_id}
    return letter_row(ask_id, one.person_id, "recovery", facts, now)


def letter_about(offer: Offer, kind: LetterKind, cause_id: str, now: datetime) -> Row:
    """A letter that tells of an offer."""
    facts = {"application_id": offer.application_id, "expires_at": offer.expires_at.isoformat()}
    return letter_row(cause_id, offer.person_id, kind, facts, now)


def needs_row(week: Week) -> Row:
    """The deadline of what is needed for a week: 14 days after its last day; a week that is moved moves it."""
    return deadlines.put(Deadline(f"{NEEDS_GO}/{week.edition_id}", NEEDS_GO, week.edition_id, week.needs_go_at))


def on_needs_due(deadline: Deadline, now: datetime) -> Change:
    """From now on none of it is read or stated; every key is destroyed in portions (``commands/needs.py``)."""
    ref = WEEK(deadline.aggregate_id)

    def decide(found: Found) -> Decision:
        week = found[ref]
        if week is None or (after := needs.going(week, now)) == week:
            return Decision()
        return Decision([New(ref, after)])

    return Change([ref], decide, now, deadline.cause_id)


ON_DUE: Mapping[str, OnDue] = {
    CALL_CLOSES: on_call_close_due,
    DRAFT_EXPIRES: on_draft_expiry_due,
    OFFER_EXPIRES: on_offer_expiry_due,
    OFFER_NEAR: on_offer_reminder_due,
    RECOVERY_OPENS: on_recovery_opening_due,
    THREAD_ENDS: on_thread_end_due,
    NEEDS_GO: on_needs_due,
}
