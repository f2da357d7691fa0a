"""What falls due in certification, and what is done then."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from relevo_certification.calendar import day_begins_at
from relevo_certification.domain.count import Count, fall_due, next_count_at
from relevo_certification.domain.invitation import Invitation, forget_names
from relevo_certification.domain.wallet import WalletOffer, close
from relevo_certification.store import COUNT, INVITATIONS, WALLET_OFFER
from relevo_chassis.delivery.change import Change, Decision, Found, New, Row
from relevo_chassis.delivery.deadlines import Deadline, OnDue, drop, put

COUNT_DUE = "count"
INVITATION_DUE = "invitation"
WALLET_OFFER_DUE = "wallet_offer"


def count_row(edition_id: str, now: datetime) -> Row:
    """The deadline at which an edition's figures are counted next."""
    return put(Deadline(f"count/{edition_id}", COUNT_DUE, edition_id, next_count_at(now)))


def on_count_due(deadline: Deadline, now: datetime) -> Change:
    """An edition's figures are to be counted, and again tomorrow; days that were slept through are passed over."""
    ref = COUNT(deadline.aggregate_id)

    def decide(found: Found) -> Decision:
        count = fall_due(found[ref] or Count(edition_id=deadline.aggregate_id), now)
        return Decision(states=[New(ref, count)], rows=[count_row(deadline.aggregate_id, now)])

    return Change(refs=[ref], decide=decide, now=now, cause_id=deadline.cause_id)


def invitation_row(participant_id: str, made: Invitation) -> Row:
    """The deadline at which nothing is compared with the name on an invitation any more: its last day is over."""
    over_at = day_begins_at(made.facts, made.facts.last_on + timedelta(days=1))
    key = f"invitation/{made.invitation_id}"
    return put(Deadline(key, INVITATION_DUE, participant_id, over_at, {"invitation_id": made.invitation_id}))


def on_invitation_due(deadline: Deadline, now: datetime) -> Change:
    """What a name could be compared with goes; that the invitation was made, and is over, stays."""
    ref = INVITATIONS(deadline.aggregate_id)

    def decide(found: Found) -> Decision:
        before = found[ref]
        after = forget_names(before, str(deadline.facts["invitation_id"])) if before else None
        return Decision(states=[New(ref, after)] if after else [])

    return Change(refs=[ref], decide=decide, now=now, cause_id=deadline.cause_id)


def wallet_offer_rows(offered: WalletOffer) -> list[Row]:
    """The deadline at which an offer to a wallet is over, in the place of that of the offer before; if there is one."""
    key = f"wallet_offer/{offered.participant_id}"
    if offered.over_at is None:
        return [drop(key)]
    return [put(Deadline(key, WALLET_OFFER_DUE, offered.participant_id, offered.over_at))]


def on_wallet_offer_due(deadline: Deadline, now: datetime) -> Change:
    """What is kept of an offer goes when its time is over."""
    ref = WALLET_OFFER(deadline.aggregate_id)

    def decide(found: Found) -> Decision:
        offered = found[ref]
        return Decision(states=[New(ref, close(offered))] if offered else [])

    return Change(refs=[ref], decide=decide, now=now, cause_id=deadline.cause_id)


ON_DUE: Mapping[str, OnDue] = {
    COUNT_DUE: on_count_due,
    INVITATION_DUE: on_invitation_due,
    WALLET_OFFER_DUE: on_wallet_offer_due,
}
