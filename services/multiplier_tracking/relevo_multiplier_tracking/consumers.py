"""What this service does about the events of intake and scheduling, in whatever order they arrive."""

from __future__ import annotations

from collections.abc import Callable

from relevo_chassis.delivery.change import Change, Decision, Found, New, Row
from relevo_chassis.delivery.consume import Subscription
from relevo_chassis.http.granted import on_grant_changed
from relevo_chassis.people.vault import destroyed
from relevo_contracts import Envelope, derived_id, stream_of
from relevo_contracts.intake import (
    DangerPassed,
    DangerReported,
    GrantChanged,
    ParticipantEnrolled,
    ParticipantWithdrawn,
    PersonErased,
)
from relevo_contracts.scheduling import OnsiteCompleted, OnsiteCorrected, OnsiteNotCompleted
from relevo_multiplier_tracking.commands.saving import saved
from relevo_multiplier_tracking.commands.targets import rows_of_erased
from relevo_multiplier_tracking.domain import danger, joining, period
from relevo_multiplier_tracking.domain.commitment import Commitment, Outcome
from relevo_multiplier_tracking.domain.sealed import RETENTIONS
from relevo_multiplier_tracking.store import COMMITMENT, REACH


def on_participant_enrolled(event: ParticipantEnrolled, envelope: Envelope) -> Change:
    """Know the requirements in force on that day; the commitment opens when the on-site week is completed too."""

    def enrolled(commitment: Commitment) -> Outcome:
        return _still(joining.enrol(commitment, event.edition_id, event.requirements, envelope.time), envelope)

    return _change(event.participant_id, event.edition_id, enrolled, envelope)


def on_onsite_completed(event: OnsiteCompleted, envelope: Envelope) -> Change:
    """Open the commitment, due so many days after the last on-site day (rule 7)."""

    def completed(commitment: Commitment) -> Outcome:
        return _still(joining.complete_onsite(commitment, event.edition_id, event.last_on, envelope.time), envelope)

    return _change(event.participant_id, event.edition_id, completed, envelope)


def on_onsite_not_completed(event: OnsiteNotCompleted, envelope: Envelope) -> Change:
    """No commitment opens without a correction."""

    def missed(commitment: Commitment) -> Outcome:
        return joining.miss_onsite(commitment, event.edition_id)

    return _change(event.participant_id, event.edition_id, missed, envelope)


def on_onsite_corrected(event: OnsiteCorrected, envelope: Envelope) -> Change | None:
    """An outcome that this version does not know has no effect here."""
    if event.outcome == "other":
        return None
    step_id = derived_id("step", envelope.id)

    def corrected(commitment: Commitment) -> Outcome:
        completed = event.outcome == "completed"
        outcome = joining.correct_onsite(commitment, event.edition_id, completed, event.last_on, envelope.time, step_id)
        return _still(outcome, envelope)

    return _change(event.participant_id, event.edition_id, corrected, envelope)


def on_participant_withdrawn(event: ParticipantWithdrawn, envelope: Envelope) -> Change:
    """What was fulfilled stays fulfilled; anything else ends here."""

    def withdrawn(commitment: Commitment) -> Outcome:
        return joining.withdraw_participant(commitment, event.edition_id, envelope.time)

    return _change(event.participant_id, event.edition_id, withdrawn, envelope)


def on_participant_in_danger(event: DangerReported, envelope: Envelope) -> Change:
    """The days stand still (rule 25)."""

    def in_danger(commitment: Commitment) -> Outcome:
        return danger.enter(commitment, event.began_at, _step_id(envelope), envelope.time)

    return _change(event.participant_id, event.edition_id, in_danger, envelope)


def on_participant_out_of_danger(event: DangerPassed, envelope: Envelope) -> Change:
    """The days run again, if they stood still because of it."""

    def out_of_danger(commitment: Commitment) -> Outcome:
        return danger.leave(commitment, _step_id(envelope), envelope.time)

    return _change(event.participant_id, event.edition_id, out_of_danger, envelope)


def on_person_erased(event: PersonErased, envelope: Envelope) -> Change:
    """Destroy the keys and texts of all this person's participations; what was counted stays counted (rule 14)."""
    refs = {id: COMMITMENT(joining.commitment_id_of(id)) for id in event.participant_ids}

    def decide(found: Found) -> Decision:
        states: list[New] = []
        rows: list[Row] = []
        for participant_id, ref in refs.items():
            before = found[ref]
            after, _ = joining.erase(before or joining.expected(participant_id), envelope.time)
            new, changed = saved(before, after, None, envelope.time)
            states.extend(new)
            rows.extend((*changed, *destroyed(participant_id, RETENTIONS, before.sealed if before else ())))
            rows.extend(rows_of_erased(before, envelope.time) if before else ())
        return Decision(states=states, rows=rows)

    return Change(
        refs=list(refs.values()), decide=decide, now=envelope.time, cause_id=envelope.id, chain_id=envelope.chain_id
    )


def _still(outcome: Outcome, envelope: Envelope) -> Outcome:
    """Whatever opens while the participant is in danger stands still at once."""
    commitment, events = outcome
    since = commitment.in_danger_since or envelope.time
    after, more = period.stand_still(commitment, since, _step_id(envelope), envelope.time)
    return after, (*events, *more)


def _step_id(envelope: Envelope) -> str:
    return derived_id("step", "danger", envelope.id)


def _change(
    participant_id: str, edition_id: str, transition: Callable[[Commitment], Outcome], envelope: Envelope
) -> Change:
    ref, reach_ref = COMMITMENT(joining.commitment_id_of(participant_id)), REACH(edition_id)

    def decide(found: Found) -> Decision:
        before = found[ref]
        after, events = transition(before or joining.expected(participant_id))
        states, rows = saved(before, after, found[reach_ref], envelope.time)
        return Decision(states=states, events=events, rows=rows)

    return Change(
        refs=[ref, reach_ref], decide=decide, now=envelope.time, cause_id=envelope.id, chain_id=envelope.chain_id
    )


SUBSCRIPTIONS = (
    Subscription(
        "multiplier_tracking_intake",
        stream_of("intake"),
        {
            ParticipantEnrolled: on_participant_enrolled,
            ParticipantWithdrawn: on_participant_withdrawn,
            DangerReported: on_participant_in_danger,
            DangerPassed: on_participant_out_of_danger,
            PersonErased: on_person_erased,
            GrantChanged: on_grant_changed,
        },
    ),
    Subscription(
        "multiplier_tracking_scheduling",
        stream_of("scheduling"),
        {
            OnsiteCompleted: on_onsite_completed,
            OnsiteNotCompleted: on_onsite_not_completed,
            OnsiteCorrected: on_onsite_corrected,
        },
    ),
)
