"""All that stands with whoever sent an application or begins one, and what they may do next, until when."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NamedTuple, TypeVar

from pydantic import BaseModel

from relevo_chassis.delivery.change import Asked, Ref
from relevo_intake.commands.calls import existing
from relevo_intake.commands.office import Office
from relevo_intake.commands.refilling import granted_in
from relevo_intake.commands.results import Became, became_of
from relevo_intake.domain import contact, needs
from relevo_intake.domain.application import Application
from relevo_intake.domain.call import Call
from relevo_intake.domain.contact import Contact
from relevo_intake.domain.danger import Danger
from relevo_intake.domain.draft import Draft
from relevo_intake.domain.needs import NeedsAreGone, NoSeatAccepted, StatedNeeds, Week
from relevo_intake.domain.participant import Participant, participant_id_of
from relevo_intake.domain.recovery import Recovery
from relevo_intake.domain.seating.state import Offer
from relevo_intake.domain.thread import Thread
from relevo_intake.letters.arrival import Arrival, arrival_of
from relevo_intake.store.choosing import PARTICIPANT, SEATING
from relevo_intake.store.needs import NEEDS, WEEK
from relevo_intake.store.people import CALL, CONTACT, DANGER, RECOVERY
from relevo_intake.store.threads import THREAD

S = TypeVar("S", bound=BaseModel)
Deed = Literal[
    "submit",
    "end_danger",
    "refuse_recovery",
    "confirm",
    "correct",
    "withdraw",
    "answer_offer",
    "leave",
    "state_needs",
]
"""Submit the draft; say that one is no longer in danger; refuse whoever asks for another receipt code; say by the
letter's code that this application stands; correct what one said of oneself; take the application back; accept or
decline the offer; leave the course; state what one needs for the week."""


@dataclass(frozen=True, slots=True)
class SeeMine:
    """Of which application or draft."""

    own: Application | Draft


class Next(NamedTuple):
    """What may be done next, and until when if that is not for good."""

    what: Deed
    until: datetime | None = None


class OwnNeeds(NamedTuple):
    """Whether whoever takes part stated what they need for the week, and when that is."""

    stated: StatedNeeds | None
    week: Week | None


class Mine(NamedTuple):
    """What stands ``at`` an instant; ``became`` is what the selection made of an application, once it is applied."""

    own: Application | Draft
    call: Call
    became: Became
    offer: Offer | None
    granted: bool
    participant: Participant | None
    recovery: Recovery | None
    danger: Danger | None
    letters: Arrival
    thread: Thread | None
    next: tuple[Next, ...]
    at: datetime
    needs: OwnNeeds | None = None


async def see_mine(office: Office, query: SeeMine, asked: Asked) -> Mine:
    """Nothing sealed is opened. Two round trips, and one or two for the letters."""
    own, store = query.own, office.store
    call_ref = CALL(own.call_id)
    if isinstance(own, Draft):
        return await _mine_of_draft(office, own, asked.now)
    seating_ref, contact_ref = SEATING(own.call_id), CONTACT(own.contact_id)
    participant_ref = PARTICIPANT(participant_id_of(own.application_id))
    recovery_ref = RECOVERY(own.application_id)
    danger_ref = DANGER(own.application_id)
    thread_ref = THREAD(own.application_id)
    needs_ref, week_ref = NEEDS(participant_ref.id), WEEK(own.edition_id)
    refs = (call_ref, seating_ref, contact_ref, participant_ref, recovery_ref, danger_ref, thread_ref)
    rows = await store.fetch({each.kind.name: [each.id] for each in (*refs, needs_ref, week_ref)})

    def state(ref: Ref[S]) -> S | None:
        row = rows[ref.kind.name].get(ref.id)
        return None if row is None else ref.kind.model.model_validate(row["state"])

    call, seating, named, participant = (
        existing(state(call_ref), own.call_id),
        state(seating_ref),
        state(contact_ref),
        state(participant_ref),
    )
    applied = seating is not None and seating.selection_id is not None
    became = became_of(own, seating, named)[0] if seating is not None and applied else "undecided"
    offer = seating.offer_of(own.application_id) if seating is not None else None
    granted = seating is not None and offer is not None and offer.offer_id in granted_in(office.vault, seating)
    recovery = state(recovery_ref) or Recovery(application_id=own.application_id)
    arrival = (await arrival_of(store, [own]))[own.application_id]
    danger = state(danger_ref)
    ends = [Next("end_danger")] if danger and danger.since else []
    theirs = _needs(participant, OwnNeeds(state(needs_ref), state(week_ref)), asked.now)
    stating = _stating(theirs, asked.now)
    following = (*ends, *_next(own, call, named, offer, participant, recovery, asked.now), *stating)
    written = state(thread_ref)
    return Mine(
        own, call, became, offer, granted, participant, recovery, danger, arrival, written, following, asked.now, theirs
    )


async def _mine_of_draft(office: Office, own: Draft, now: datetime) -> Mine:
    call = existing(await office.store.state(CALL(own.call_id)), own.call_id)
    written, following = await office.store.state(THREAD(own.draft_id)), tuple(_next_of_draft(own, call, now))
    return Mine(own, call, "undecided", None, False, None, None, None, "none", written, following, now)


def _needs(participant: Participant | None, known: OwnNeeds, now: datetime) -> OwnNeeds | None:
    """For whoever takes part, as long as it is kept."""
    try:
        needs.may_state(participant, known.week, now)
    except (NoSeatAccepted, NeedsAreGone):
        return None
    return known


def _stating(theirs: OwnNeeds | None, now: datetime) -> Iterator[Next]:
    """Until the week is over, while nothing is stated."""
    if theirs is not None and needs.may_still_state(theirs.stated, theirs.week, now):
        yield Next("state_needs", theirs.week.over_at if theirs.week else None)


def _next_of_draft(draft: Draft, call: Call, now: datetime) -> Iterator[Next]:
    if draft.state == "open" and call.state_at(now) == "open":
        yield Next("submit", call.closes_at)


def _next(
    own: Application,
    call: Call,
    named: Contact | None,
    offer: Offer | None,
    participant: Participant | None,
    recovery: Recovery,
    now: datetime,
) -> Iterator[Next]:
    """What hurries first."""
    if waiting := recovery.waits(now):
        yield Next("refuse_recovery", waiting.opens_at)
    if offer is not None and offer.state == "offered" and now < offer.expires_at:
        yield Next("answer_offer", offer.expires_at)
    if not own.alive:
        return
    if own.has_contact and now < call.closes_at and _unconfirmed(named, own):
        yield Next("confirm", call.closes_at)
    yield Next("correct")
    if participant is not None and participant.state == "enrolled":
        yield Next("leave")
    elif participant is None:
        yield Next("withdraw")


def _unconfirmed(named: Contact | None, own: Application) -> bool:
    return named is not None and contact.confirmed_at(named, own.application_id) is None
