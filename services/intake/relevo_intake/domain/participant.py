"""A participant: somebody who accepted a seat."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import ClassVar, Literal

from relevo_chassis.delivery.change import Refusal
from relevo_chassis.kept import Kept
from relevo_contracts import Requirements, derived_id
from relevo_contracts.intake import ApplicantDetailsCorrected, ParticipantEnrolled, ParticipantWithdrawn, ReceiptRenewed
from relevo_contracts.model import Event, Frozen
from relevo_intake.domain.application import Application
from relevo_intake.domain.kept import TAKING_PART


class NoSuchParticipant(Refusal):
    """There is no participant with this id for whoever asks."""

    status = 404


class Participant(Frozen):
    """A participant as they stand, with the requirements in force on the day of enrolment."""

    kept: ClassVar[Kept] = TAKING_PART

    participant_id: str
    application_id: str
    person_id: str
    call_id: str
    edition_id: str
    state: Literal["enrolled", "withdrawn"] = "enrolled"
    enrolled_at: datetime
    withdrawn_at: datetime | None = None
    requirements: Requirements


Outcome = tuple[Participant, Sequence[Event]]


def participant_id_of(application_id: str) -> str:
    """One application leads to at most one participant."""
    return derived_id("participant", application_id)


def enrol(existing: Participant | None, application: Application, requirements: Requirements, now: datetime) -> Outcome:
    """Enrol whoever accepted a seat, once."""
    if existing is not None:
        return existing, ()
    participant = Participant(
        participant_id=participant_id_of(application.application_id),
        application_id=application.application_id,
        person_id=application.person_id,
        call_id=application.call_id,
        edition_id=application.edition_id,
        enrolled_at=now,
        requirements=requirements,
    )
    enrolled = ParticipantEnrolled(
        participant_id=participant.participant_id,
        application_id=participant.application_id,
        call_id=participant.call_id,
        edition_id=participant.edition_id,
        enrolled_at=now,
        requirements=requirements,
    )
    return participant, (enrolled,)


def details_corrected(participant: Participant, now: datetime) -> ApplicantDetailsCorrected:
    """What the participant said about themselves was corrected: that, and not what."""
    return ApplicantDetailsCorrected(
        participant_id=participant.participant_id, edition_id=participant.edition_id, corrected_at=now
    )


def receipt_renewed(participant: Participant | None, renewals: int, now: datetime) -> Sequence[Event]:
    """Whoever takes part was given another receipt code: what the one before had opened elsewhere is to end."""
    if participant is None or participant.state != "enrolled":
        return ()
    ids = {"participant_id": participant.participant_id, "edition_id": participant.edition_id}
    return (ReceiptRenewed(**ids, renewals=renewals, renewed_at=now),)


def withdraw(participant: Participant, now: datetime) -> Outcome:
    """The participant leaves the course. A second time changes nothing."""
    if participant.state == "withdrawn":
        return participant, ()
    withdrawn = ParticipantWithdrawn(
        participant_id=participant.participant_id,
        application_id=participant.application_id,
        call_id=participant.call_id,
        edition_id=participant.edition_id,
        withdrawn_at=now,
    )
    return participant.model_copy(update={"state": "withdrawn", "withdrawn_at": now}), (withdrawn,)
