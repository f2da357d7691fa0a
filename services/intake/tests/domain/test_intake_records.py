"""Applications, drafts and persons, as pure rules."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from relevo_contracts.intake import ApplicationSubmitted, ApplicationWithdrawn, PersonErased
from relevo_intake.domain import application as applications
from relevo_intake.domain import draft as drafts
from relevo_intake.domain import person as persons
from relevo_intake.domain.application import Application
from relevo_intake.domain.draft import Draft, DraftChanged, DraftWasSubmitted, NoSuchDraft

NOW = datetime(2019, 9, 12, 15, tzinfo=UTC)


def an_application() -> Application:
    return Application(
        application_id="a" * 32,
        person_id="b" * 32,
        call_id="1" * 32,
        edition_id="2" * 32,
        contact_id="c" * 32,
        receipt_hash="r",
        confirmation_hash="k",
        submitted_at=NOW,
        consent_version="1",
    )


def a_draft() -> Draft:
    return Draft(
        draft_id="d" * 32,
        person_id="b" * 32,
        call_id="1" * 32,
        receipt_hash="r",
        saved_at=NOW,
        expires_at=NOW + timedelta(days=30),
    )


def test_a_submitted_application_is_told_by_ids_and_instants_alone() -> None:
    _, (event,) = applications.submit(an_application())
    assert event == ApplicationSubmitted(
        application_id="a" * 32, call_id="1" * 32, edition_id="2" * 32, submitted_at=NOW, late=False
    )


def test_withdrawing_is_told_once() -> None:
    withdrawn, events = applications.withdraw(an_application(), NOW)
    assert [type(event) for event in events] == [ApplicationWithdrawn]
    assert applications.withdraw(withdrawn, NOW + timedelta(days=1)) == (withdrawn, ())


def test_rule_14_an_erased_application_points_to_no_contact_and_stays_counted() -> None:
    erased, events = applications.erase(an_application(), NOW)
    assert (erased.state, erased.contact_id, erased.confirmation_hash) == ("erased", "", "")
    assert [type(event) for event in events] == [ApplicationWithdrawn]
    assert erased.application_id == "a" * 32


def test_rule_14_an_erasure_is_told_once_with_all_ids() -> None:
    person, (event,) = persons.erase(None, "b" * 32, ["a" * 32], ["e" * 32], NOW)
    assert event == PersonErased(
        person_id="b" * 32, application_ids=("a" * 32,), participant_ids=("e" * 32,), erased_at=NOW
    )
    assert persons.erase(person, "b" * 32, ["a" * 32], [], NOW + timedelta(days=1)) == (person, ())


def test_a_draft_saved_from_two_devices_is_not_overwritten() -> None:
    saved = drafts.save(a_draft(), 1, NOW)
    assert saved.revision == 2
    with pytest.raises(DraftChanged):
        drafts.save(saved, 1, NOW)


def test_a_submitted_draft_is_closed_for_editing() -> None:
    submitted = drafts.submit(a_draft(), 1)
    with pytest.raises(DraftWasSubmitted):
        drafts.save(submitted, 1, NOW)
    assert drafts.expire(submitted, NOW + timedelta(days=99)) is submitted


def test_a_draft_that_nobody_came_back_to_expires_at_its_instant_and_not_before() -> None:
    assert drafts.expire(a_draft(), NOW + timedelta(days=30) - timedelta(milliseconds=1)).state == "open"
    expired = drafts.expire(a_draft(), NOW + timedelta(days=30))
    assert (expired.state, expired.receipt_hash) == ("expired", "")
    with pytest.raises(NoSuchDraft):
        drafts.save(expired, 1, NOW)
