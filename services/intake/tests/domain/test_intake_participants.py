"""Participants: enrolled once, under the requirements of the day, withdrawn once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from relevo_contracts import Requirements
from relevo_contracts.intake import ParticipantEnrolled, ParticipantWithdrawn
from relevo_intake.domain import participant as participants
from relevo_intake.domain.application import Application

NOW = datetime(2019, 11, 1, tzinfo=UTC)


def an_application() -> Application:
    return Application(
        application_id="a" * 32,
        person_id="b" * 32,
        call_id="c" * 32,
        edition_id="e" * 32,
        contact_id="d" * 32,
        receipt_hash="r",
        confirmation_hash="k",
        submitted_at=NOW,
        consent_version="1",
    )


def test_whoever_is_enrolled_keeps_the_requirements_of_that_day() -> None:
    in_force = Requirements(multiplier_people=12)
    participant, (event,) = participants.enrol(None, an_application(), in_force, NOW)
    assert isinstance(event, ParticipantEnrolled)
    assert event.requirements == participant.requirements == in_force
    again = participants.enrol(participant, an_application(), Requirements(), NOW + timedelta(days=1))
    assert again == (participant, ())


def test_one_application_leads_to_one_participant_whatever_happens_twice() -> None:
    first, _ = participants.enrol(None, an_application(), Requirements(), NOW)
    second, _ = participants.enrol(None, an_application(), Requirements(), NOW)
    assert first.participant_id == second.participant_id != first.application_id


def test_a_participant_withdraws_once_and_nobody_is_named() -> None:
    participant, _ = participants.enrol(None, an_application(), Requirements(), NOW)
    withdrawn, (event,) = participants.withdraw(participant, NOW)
    assert isinstance(event, ParticipantWithdrawn)
    assert participant.person_id not in event.model_dump_json()
    assert participants.withdraw(withdrawn, NOW) == (withdrawn, ())
