"""What scheduling does about the events of intake."""

from __future__ import annotations

from relevo_chassis.delivery.change import Change, Decision, Found, New
from relevo_chassis.delivery.consume import Subscription
from relevo_contracts import Envelope, stream_of
from relevo_contracts.intake import ParticipantEnrolled, ParticipantWithdrawn, PersonErased
from relevo_scheduling.commands.keys import destroyed
from relevo_scheduling.commands.people import leaving
from relevo_scheduling.domain import attendance as rules
from relevo_scheduling.domain import roster as roster_rules
from relevo_scheduling.domain.programme import programme_id_of
from relevo_scheduling.domain.roster import Roster
from relevo_scheduling.store import ATTENDANCE, PROGRAMME, ROSTER, link_rows


def on_participant_enrolled(event: ParticipantEnrolled, envelope: Envelope) -> Change:
    """Expect the participant from the enrolment on, under the requirements in force then; nobody who is erased by now.

    One whose enrolment arrives after the week was closed gets an outcome at once, like everybody else; a late
    correction can still turn it round.
    """
    ref, roster_ref = ATTENDANCE(event.participant_id), ROSTER(event.edition_id)
    programme_ref = PROGRAMME(programme_id_of(event.edition_id))

    def decide(found: Found) -> Decision:
        new = rules.enrol(found[ref], event.participant_id, event.edition_id, event.requirements, event.enrolled_at)
        if not new.takes_part:
            return Decision([New(ref, new)])
        known = found[roster_ref] or Roster(edition_id=event.edition_id)
        roster = roster_rules.join(known, event.participant_id, event.enrolled_at)
        programme = found[programme_ref]
        if programme is None or programme.closing is None:
            return Decision([New(ref, new), New(roster_ref, roster)])
        entry = roster.entry_of(event.participant_id)
        settled, events = rules.close(new, entry, programme.in_force(), envelope.time)
        return Decision([New(ref, settled), New(roster_ref, roster)], events)

    return Change([ref, roster_ref, programme_ref], decide, envelope.time, envelope.id, envelope.chain_id)


def on_participant_withdrawn(event: ParticipantWithdrawn, envelope: Envelope) -> Change:
    """Expect the participant no longer; the calendar link stops working."""
    ref, roster_ref = ATTENDANCE(event.participant_id), ROSTER(event.edition_id)

    def decide(found: Found) -> Decision:
        attendance = found[ref]
        if attendance is None:
            return Decision()
        roster = roster_rules.leave(found[roster_ref] or Roster(edition_id=event.edition_id), event.participant_id)
        return Decision(
            [New(ref, rules.withdraw(attendance, event.withdrawn_at)), New(roster_ref, roster)],
            rows=link_rows(attendance.link_hash, None, event.participant_id),
        )

    return Change([ref, roster_ref], decide, envelope.time, envelope.id, envelope.chain_id)


def on_person_erased(event: PersonErased, envelope: Envelope) -> Change:
    """Drop calendar links and key, and mark the erasure, whether the enrolment has arrived or not (rule 14).

    Only the attendance knows the edition whose roster is to be left, so that follows as a deadline, due at once.
    """
    refs = [ATTENDANCE(id) for id in event.participant_ids]

    def decide(found: Found) -> Decision:
        before = [(ref, found[ref]) for ref in refs]
        rows = [row for ref, known in before if known for row in link_rows(known.link_hash, None, ref.id)]
        rows += [row for ref, known in before for row in destroyed(ref.id, known)]
        rows += [leaving(each.edition_id, ref.id, envelope.time) for ref, each in before if each and each.edition_id]
        return Decision([New(ref, rules.erase(known, ref.id, event.erased_at)) for ref, known in before], rows=rows)

    return Change(refs, decide, envelope.time, envelope.id, envelope.chain_id)


SUBSCRIPTIONS = (
    Subscription(
        "scheduling_intake",
        stream_of("intake"),
        {
            ParticipantEnrolled: on_participant_enrolled,
            ParticipantWithdrawn: on_participant_withdrawn,
            PersonErased: on_person_erased,
        },
    ),
)
