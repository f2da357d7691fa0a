"""What scheduling does about the events of intake."""

from __future__ import annotations

from relevo_chassis.delivery.change import Change, Decision, Found, New, Row
from relevo_chassis.delivery.consume import Subscription
from relevo_chassis.http.granted import on_grant_changed
from relevo_chassis.people.vault import destroyed
from relevo_contracts import Envelope, stream_of
from relevo_contracts.intake import (
    GrantChanged,
    ParticipantEnrolled,
    ParticipantWithdrawn,
    PersonErased,
    ReceiptRenewed,
)
from relevo_scheduling.deadlines import leave_row
from relevo_scheduling.domain import attendance, roster
from relevo_scheduling.domain.programme import programme_id_of
from relevo_scheduling.domain.sealed import RETENTIONS
from relevo_scheduling.store import ATTENDANCE, PROGRAMME, ROSTER, link_rows, roster_in


def on_participant_enrolled(event: ParticipantEnrolled, envelope: Envelope) -> Change:
    """Expect the participant from the enrolment on, under the requirements in force then; nobody who is erased by now.

    One whose enrolment arrives after the week was closed gets an outcome at once, like everybody else; a late
    correction can still turn it round.
    """
    ref, roster_ref = ATTENDANCE(event.participant_id), ROSTER(event.edition_id)
    programme_ref = PROGRAMME(programme_id_of(event.edition_id))

    def decide(found: Found) -> Decision:
        enrolled = attendance.enrol(
            found[ref], event.participant_id, event.edition_id, event.requirements, event.enrolled_at
        )
        if not enrolled.takes_part:
            return Decision([New(ref, enrolled)])
        listed = roster.join(roster_in(found, event.edition_id), event.participant_id, event.enrolled_at)
        programme = found[programme_ref]
        if programme is None or programme.closing is None:
            return Decision([New(ref, enrolled), New(roster_ref, listed)])
        entry = listed.entry_of(event.participant_id)
        settled, events = attendance.close(enrolled, entry, programme.in_force(), envelope.time)
        return Decision([New(ref, settled), New(roster_ref, listed)], events)

    return Change([ref, roster_ref, programme_ref], decide, envelope.time, envelope.id, envelope.chain_id)


def on_participant_withdrawn(event: ParticipantWithdrawn, envelope: Envelope) -> Change:
    """Expect the participant no longer; the calendar link stops working."""
    ref, roster_ref = ATTENDANCE(event.participant_id), ROSTER(event.edition_id)

    def decide(found: Found) -> Decision:
        before = found[ref]
        if before is None:
            return Decision()
        listed = roster.leave(roster_in(found, event.edition_id), event.participant_id)
        return Decision(
            [New(ref, attendance.withdraw(before, event.withdrawn_at)), New(roster_ref, listed)],
            rows=link_rows(before.link_hash, None, event.participant_id),
        )

    return Change([ref, roster_ref], decide, envelope.time, envelope.id, envelope.chain_id)


def on_receipt_renewed(event: ReceiptRenewed, envelope: Envelope) -> Change:
    """The calendar link stops working: whoever had the code before may have made it, or have it (rule 19)."""
    ref = ATTENDANCE(event.participant_id)

    def decide(found: Found) -> Decision:
        before = found[ref]
        if before is None:
            return Decision()
        after = attendance.renew_code(before, event.renewals)
        return Decision([New(ref, after)], rows=link_rows(before.link_hash, None, event.participant_id))

    return Change([ref], decide, envelope.time, envelope.id, envelope.chain_id)


def on_person_erased(event: PersonErased, envelope: Envelope) -> Change:
    """Drop calendar links and keys, and mark the erasure, whether the enrolment has arrived or not (rule 14).

    Only the attendance knows the edition whose roster is to be left, so that follows as a deadline, due at once.
    """
    refs = [ATTENDANCE(id) for id in event.participant_ids]

    def decide(found: Found) -> Decision:
        states, rows = [], list[Row]()
        for ref in refs:
            before = found[ref]
            states.append(New(ref, attendance.erase(before, ref.id, event.erased_at)))
            rows += destroyed(ref.id, RETENTIONS, before.sealed if before else ())
            if before:
                rows += link_rows(before.link_hash, None, ref.id)
            if before and before.edition_id:
                rows.append(leave_row(before.edition_id, ref.id, envelope.time))
        return Decision(states, rows=rows)

    return Change(refs, decide, envelope.time, envelope.id, envelope.chain_id)


SUBSCRIPTIONS = (
    Subscription(
        "scheduling_intake",
        stream_of("intake"),
        {
            ParticipantEnrolled: on_participant_enrolled,
            ParticipantWithdrawn: on_participant_withdrawn,
            ReceiptRenewed: on_receipt_renewed,
            PersonErased: on_person_erased,
            GrantChanged: on_grant_changed,
        },
    ),
)
