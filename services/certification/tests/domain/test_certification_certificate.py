"""The rules of a certificate, each by its clause."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from relevo_certification.domain.certificate import (
    AlreadyRevoked,
    Certificate,
    Issued,
    NothingIssued,
    NothingUnderReview,
    Outcome,
    erase,
    issue,
    keep,
    note_fulfilled,
    note_not_fulfilled,
    note_onsite,
    revoke,
    supersede,
    withdraw,
)
from relevo_certification.domain.count import Count, Figures, added, fall_due, figures, next_count_at, release
from relevo_contracts.certification import CertificateKept, CertificatePutUnderReview

EDITION, PARTICIPANT = "e" * 32, "a" * 32
EARLIER, LATER, NOW = (datetime(2020, 1, day, tzinfo=UTC) for day in (1, 2, 3))


def blank() -> Certificate:
    return Certificate(participant_id=PARTICIPANT)


def after(*steps: Any, start: Certificate | None = None) -> Certificate:
    found = start or blank()
    for step in steps:
        found = step(found)[0]
    return found


def completed(certificate: Certificate) -> Outcome:
    return note_onsite(certificate, EDITION, "completed", EARLIER)


def fulfilled(certificate: Certificate) -> Outcome:
    return note_fulfilled(certificate, EDITION, LATER)


def reviewed(certificate: Certificate) -> Outcome:
    return note_not_fulfilled(certificate, EDITION, "verification_withdrawn", NOW)


def corrected(certificate: Certificate) -> Outcome:
    return note_onsite(certificate, EDITION, "not_completed", NOW, "onsite_corrected")


@pytest.fixture
def made(making: Any) -> Issued:
    return Issued(certificate_id="1" * 32, issued_at=NOW, facts=making.facts(), list_number=1, position=7)


@pytest.fixture
def issued(made: Issued) -> Certificate:
    return issue(after(completed, fulfilled), made)[0]


@pytest.mark.parametrize("order", [(completed, fulfilled), (fulfilled, completed)])
def test_rule_12_a_certificate_is_ready_when_both_stand_in_whatever_order_they_came(order: Any) -> None:
    certificate, events = order[1](after(order[0]))
    assert certificate.standing == "ready"
    assert certificate.identity == "wanted"
    assert [(type(each).__name__, each.ready_at) for each in events] == [("CertificateReady", LATER)]


@pytest.mark.parametrize("steps", [(completed,), (fulfilled,), (corrected, fulfilled), (completed, reviewed)])
def test_rule_12_a_certificate_is_ready_only_when_both_stand(steps: Any) -> None:
    certificate = after(*steps)
    assert (certificate.standing, certificate.identity) == ("waiting", "not_asked")


def test_rule_12_a_withdrawn_verification_takes_back_what_was_ready_and_says_so() -> None:
    certificate, events = reviewed(after(completed, fulfilled))
    assert certificate.standing == "waiting"
    (event,) = events
    assert isinstance(event, CertificatePutUnderReview)
    assert event.certificate_id is None


@pytest.mark.parametrize(
    ("withdrawal", "because"), [(reviewed, "verification_withdrawn"), (corrected, "onsite_corrected")]
)
def test_rules_6_and_12_what_was_issued_is_put_under_review_and_never_revoked_silently(
    issued: Certificate, withdrawal: Any, because: str
) -> None:
    certificate, events = withdrawal(issued)
    assert (certificate.standing, certificate.review, certificate.revoked_at) == ("issued", because, None)
    assert [(type(each).__name__, each.because) for each in events] == [("CertificatePutUnderReview", because)]


def test_rule_12_a_second_withdrawal_does_not_put_it_under_review_twice(issued: Certificate) -> None:
    certificate, events = corrected(after(reviewed, start=issued))
    assert certificate.review == "verification_withdrawn"
    assert events == ()


def test_rule_12_a_review_ends_by_itself_when_all_stands_again(issued: Certificate) -> None:
    certificate, events = fulfilled(after(reviewed, start=issued))
    assert certificate.review is None
    assert events == (
        CertificateKept(participant_id=PARTICIPANT, edition_id=EDITION, certificate_id="1" * 32, kept_at=LATER),
    )
    assert fulfilled(certificate)[1] == (), "what stands already is told once"


def test_rule_12_a_coordinator_may_keep_a_certificate_after_a_review(issued: Certificate) -> None:
    kept, (event,) = keep(after(reviewed, start=issued), NOW)
    assert (kept.standing, kept.review) == ("issued", None)
    assert isinstance(event, CertificateKept)
    assert (event.certificate_id, event.kept_at) == ("1" * 32, NOW)
    with pytest.raises(NothingUnderReview):
        keep(kept, NOW)


def test_rule_13_a_revoked_certificate_stays_with_day_and_reason(issued: Certificate) -> None:
    certificate, _ = revoke(issued, "misuse", NOW)
    assert (certificate.standing, certificate.revoked_at, certificate.revoked_because) == ("revoked", NOW, "misuse")
    assert certificate.current is not None
    with pytest.raises(AlreadyRevoked):
        revoke(certificate, "misuse", NOW)


def test_rule_13_a_superseded_certificate_leads_to_the_new_one_and_is_not_revoked(
    issued: Certificate, made: Issued
) -> None:
    new = made.model_copy(update={"certificate_id": "2" * 32, "position": 8})
    certificate, events = supersede(issued, new, "name_corrected", NOW)
    old = certificate.issue_of("1" * 32)
    assert old is not None
    assert old.superseded_by_id == "2" * 32
    assert (certificate.standing, certificate.revoked_at) == ("issued", None)
    assert [type(each).__name__ for each in events] == ["CertificateIssued", "CertificateSuperseded"]


def test_nothing_is_revoked_that_was_not_issued() -> None:
    with pytest.raises(NothingIssued):
        revoke(after(completed, fulfilled), "misuse", NOW)


def test_rule_12_who_left_gets_no_certificate_and_an_issued_one_goes_to_a_coordinator(issued: Certificate) -> None:
    left = after(completed, lambda it: withdraw(it, EDITION, NOW), fulfilled)
    assert left.standing == "waiting"
    assert withdraw(issued, EDITION, NOW)[0].review == "participant_withdrawn"


def test_rule_14_nothing_is_issued_to_the_erased_and_what_was_issued_stays(issued: Certificate) -> None:
    assert after(completed, fulfilled, erase).standing == "waiting"
    assert after(erase, completed, fulfilled).standing == "waiting"
    assert erase(issued)[0].standing == "issued"


def test_rule_14_figures_say_what_there_is_and_keep_what_was_counted(issued: Certificate, made: Issued) -> None:
    new = made.model_copy(update={"certificate_id": "2" * 32, "position": 8})
    ready = after(completed, fulfilled)
    corrected_one = supersede(issued, new, "name_corrected", NOW)[0]
    revoked = revoke(corrected_one, "misuse", NOW)[0]
    everybody = [blank(), ready, issued, corrected_one, revoked]
    counted = figures(everybody)
    assert counted == Figures(ready=4, issued=3, revoked=1, superseded=2, corrected=2, known=5)
    assert figures(erase(each)[0] for each in everybody) == counted
    assert added(figures(everybody[:2]), figures(everybody[2:])) == counted


def test_figures_are_counted_once_a_day_and_told_when_they_say_anything_new() -> None:
    due = fall_due(Count(edition_id=EDITION), NOW)
    count, events = release(due, Figures(ready=90, issued=21, known=120))
    assert [(each.counted_on, each.ready, each.issued, each.revoked) for each in events] == [(NOW.date(), 90, 20, 0)]
    assert (count.counted_on, count.due_on) == (NOW.date(), None)
    assert fall_due(count, NOW) == count
    assert release(count, Figures()) == (count, ())
    tomorrow = fall_due(count, NOW + timedelta(days=1))
    rested, nothing = release(tomorrow, Figures(ready=99, issued=29, known=120))
    assert (rested.counted_on, nothing) == (date(2020, 1, 4), ())
    assert next_count_at(NOW) == datetime(2020, 1, 4, tzinfo=UTC)


@pytest.mark.parametrize(
    ("counted", "released"),
    [
        (Figures(ready=30, issued=30, known=30), {}),
        (Figures(ready=30, issued=0, known=40), {}),
        (Figures(ready=44, issued=44, known=60), {"issued": 40}),
        (Figures(ready=44, issued=44, revoked=9, known=60), {"issued": 40}),
        (Figures(ready=44, issued=40, superseded=12, corrected=9, known=60), {"issued": 40}),
        (Figures(ready=44, issued=40, superseded=12, corrected=10, known=60), {"issued": 40, "superseded": 10}),
        (Figures(ready=90, issued=60, revoked=12, known=120), {"issued": 60, "ready": 90, "revoked": 10}),
    ],
)
def test_rule_27_certificates_are_told_of_only_where_ten_have_one_and_ten_have_none(
    counted: Figures, released: dict[str, int]
) -> None:
    _, events = release(fall_due(Count(edition_id=EDITION), NOW), counted)
    nothing = {"ready": 0, "issued": 0, "revoked": 0, "superseded": 0}
    found = [each.model_dump(exclude={"edition_id", "counted_on"}) for each in events]
    assert found == ([nothing | released] if released else [])
