"""The table of events: complete, unique, and spelt in the words of the domain."""

import re

import pytest
from pydantic import ValidationError

from relevo_contracts import BY_MODEL, BY_TYPE, CONTRACTS, SERVICES, Contract, Requirements, stream_of, subjects_of
from relevo_contracts.certification import CertificatesCounted
from relevo_contracts.model import figures_of

PUBLIC = {
    "CallOpened",
    "CallExtended",
    "CallClosed",
    "SelectionApplied",
    "ProgrammePublished",
    "OnsiteWeekEnded",
    "MultiplierReachCounted",
    "CertificatesCounted",
}
EVENTS_OF = {
    "intake": "CallOpened CallExtended CallClosed ApplicationSubmitted ApplicationWithdrawn ApplicationReviewed "
    "SelectionApplied SeatOffered SeatAccepted SeatDeclined ParticipantEnrolled ParticipantWithdrawn "
    "ApplicantDetailsCorrected ReceiptRenewed DangerReported DangerPassed GrantChanged PersonErased "
    "PersonDataDestroyed",
    "scheduling": "ProgrammePublished OwnSessionsChanged AttendanceRecorded OnsiteCompleted OnsiteNotCompleted "
    "OnsiteCorrected OnsiteWeekEnded AttendanceDataDestroyed",
    "multiplier_tracking": "CommitmentOpened MultiplierSessionPlanned MultiplierSessionReported "
    "MultiplierSessionVerified MultiplierSessionReturned MultiplierSessionRejected EvidenceRejected "
    "MultiplierSessionVerificationWithdrawn CommitmentCancelled "
    "CommitmentDeadlineNear CommitmentExtended CommitmentPaused CommitmentResumed DaysRequestDeclined "
    "CommitmentFulfilled CommitmentLapsed CommitmentReopened "
    "CommitmentPutUnderReview SupportRequested SupportAnswered SupportOverdue SupportClosed "
    "MultiplierReachCounted CommitmentDataDestroyed",
    "certification": "CertificateReady CertificateIssued CertificateRevoked CertificateSuperseded "
    "CertificatePutUnderReview CertificateKept CertificatesCounted CertificateDataDestroyed",
}
AGGREGATES = {
    "call": "intake",
    "application": "intake",
    "seating": "intake",
    "participant": "intake",
    "person": "intake",
    "grant": "intake",
    "person_data": "intake",
    "programme": "scheduling",
    "attendance": "scheduling",
    "attendance_data": "scheduling",
    "commitment": "multiplier_tracking",
    "commitment_data": "multiplier_tracking",
    "support_request": "multiplier_tracking",
    "reach": "multiplier_tracking",
    "certificate": "certification",
    "certificate_data": "certification",
    "count": "certification",
}
PUBLISHED_RULES = {
    "CallOpened.seats": "how many there are is set by whoever opens the call",
    "CallOpened.travel_grants": "the same",
    "SelectionApplied.seats": "the seats that were to be given, taken or not",
    "ProgrammePublished.programme_version": "counts no people",
    "ProgrammePublished.sessions": "the week as it is published",
    "ProgrammePublished.required_minutes": "the same",
}
"""Numbers of public events that are no figures about people, and why."""
STATES_OF_AFFAIRS = {"CommitmentDeadlineNear", "CertificateReady", "SupportOverdue"}
ID = r"^[0-9a-f]{32}$"

every_contract = pytest.mark.parametrize("contract", CONTRACTS, ids=lambda each: each.model.__name__)


@pytest.mark.parametrize("service", SERVICES)
def test_each_service_tells_the_events_of_the_design_and_no_others(service: str) -> None:
    assert {each.model.__name__ for each in CONTRACTS if each.model.service == service} == set(
        EVENTS_OF[service].split()
    )


def test_public_events_are_those_of_the_design() -> None:
    assert {each.model.__name__ for each in CONTRACTS if each.audience == "public"} == PUBLIC


def test_a_number_in_a_public_event_is_a_figure_that_passed_the_gate_or_a_published_rule() -> None:
    numbers = {
        f"{each.model.__name__}.{name}": name in figures_of(each.model)
        for each in CONTRACTS
        if each.audience == "public"
        for name, field in each.model.model_fields.items()
        if field.annotation is int
    }
    assert {name for name, is_figure in numbers.items() if not is_figure} == PUBLISHED_RULES.keys()
    assert len(numbers) > len(PUBLISHED_RULES)


def test_a_figure_is_written_in_tens_and_read_as_it_was_written() -> None:
    counted = {"edition_id": "0" * 32, "counted_on": "2020-02-11", "ready": 20, "issued": 0, "revoked": 0}
    assert CertificatesCounted.model_validate({**counted, "superseded": 30}).superseded == 30
    with pytest.raises(ValidationError, match="not told in tens"):
        CertificatesCounted.model_validate({**counted, "superseded": 31})
    read = CertificatesCounted.model_validate({**counted, "superseded": 31}, context={"reading": True})
    assert read.superseded == 31


def test_types_subjects_and_schema_names_are_unique() -> None:
    for column in ("type", "subject", "schema", "model"):
        assert len({getattr(each, column) for each in CONTRACTS}) == len(CONTRACTS), column


def test_the_table_is_found_by_type_and_by_model() -> None:
    assert set(BY_TYPE) == {each.type for each in CONTRACTS}
    assert all(BY_MODEL[each.model] is each for each in CONTRACTS)


@every_contract
def test_names_are_past_tense(contract: Contract) -> None:
    words = re.findall(r"[A-Z][a-z]+", contract.model.__name__)
    assert contract.model.__name__ in STATES_OF_AFFAIRS or any(re.search(r"(ed|wn|Put|Kept)$", word) for word in words)


@every_contract
def test_the_subject_says_service_aggregate_verb_and_version(contract: Contract) -> None:
    model = contract.model
    assert contract.subject == f"events.{model.service}.{model.aggregate}.{model.verb}.v{model.version}"
    assert re.fullmatch(r"events(\.[a-z_]+){3}\.v[1-9]", contract.subject)
    assert contract.stream == stream_of(model.service)
    assert AGGREGATES[model.aggregate] == model.service


@every_contract
def test_the_key_is_an_id_that_every_event_of_the_aggregate_has(contract: Contract) -> None:
    schema = contract.model.model_json_schema()
    assert contract.model.key in schema["required"]
    assert schema["properties"][contract.model.key]["pattern"] == ID
    keys = {each.model.key for each in CONTRACTS if each.model.aggregate == contract.model.aggregate}
    assert keys == {contract.model.key}


@every_contract
def test_every_event_says_what_it_means_when_it_happened_and_in_which_edition(contract: Contract) -> None:
    fields = contract.model.model_fields
    assert (contract.model.__doc__ or "").strip()
    assert any(name.endswith(("_at", "counted_on")) for name in fields)
    is_of_a_person = contract.model.__name__ == "PersonErased" or contract.model.verb == "destroyed"
    assert "edition_id" in fields or is_of_a_person


def test_subjects_are_taken_by_whole_aggregates_so_that_sequences_have_no_holes() -> None:
    assert subjects_of("intake", "participant", "person") == ("events.intake.participant.>", "events.intake.person.>")
    assert subjects_of("scheduling") == ("events.scheduling.>",)


def test_requirements_default_to_those_of_the_second_edition() -> None:
    asked = Requirements()
    assert (asked.attendance_percent, asked.multiplier_minutes, asked.multiplier_people) == (80, 240, 10)
    assert (asked.multiplier_days, asked.reporting_days, asked.correction_days) == (60, 14, 14)
    assert asked.reminder_days == (30, 14, 7, 1)
    assert not asked.sessions_add_up
    assert not asked.issue_by_itself
