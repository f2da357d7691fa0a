"""The counts of the overview: once each, in whatever order, and never lowered."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from relevo_chassis.delivery.change import Change, Found
from relevo_contracts import Envelope
from relevo_contracts.certification import CertificateIssued, CertificateRevoked, CertificateSuperseded
from relevo_contracts.intake import (
    ApplicationReviewed,
    ApplicationSubmitted,
    ApplicationWithdrawn,
    SeatAccepted,
    SeatDeclined,
    SeatOffered,
)
from relevo_contracts.multiplier_tracking import (
    CommitmentCancelled,
    CommitmentLapsed,
    CommitmentOpened,
    CommitmentReopened,
    MultiplierReachCounted,
    MultiplierSessionReported,
    MultiplierSessionVerificationWithdrawn,
    MultiplierSessionVerified,
)
from relevo_contracts.scheduling import OnsiteCompleted, OnsiteCorrected
from relevo_portal.consumers import SUBSCRIPTIONS
from relevo_portal.domain.overview import Counts, DayCounts, total

if TYPE_CHECKING:  # the one name that mypy finds it under
    from tests.counting import EDITION, Publishing, id_of
else:
    from services.portal.tests.counting import EDITION, Publishing, id_of

HANDLERS = {event: handler for each in SUBSCRIPTIONS for event, handler in each.handlers.items()}


class Kept:
    """What the read model keeps, without a store."""

    def __init__(self) -> None:
        self.states: dict[tuple[str, str], object] = {}

    def handle(self, envelope: Envelope) -> None:
        change: Change | None = HANDLERS[type(envelope.event)](envelope.event, envelope)
        if change is None:
            return
        keys = [(ref.kind.name, ref.id) for ref in change.refs]
        decision = change.decide(Found({key: self.states.get(key) for key in keys}))  # type: ignore[misc]
        assert not decision.events
        for new in decision.states:
            self.states[new.ref.kind.name, new.ref.id] = new.state

    @property
    def days(self) -> dict[tuple[str, date], Counts]:
        found = [each for each in self.states.values() if isinstance(each, DayCounts)]
        return {(each.edition_id, each.on): each.counts for each in found}

    def total(self, edition_id: str = EDITION) -> Counts:
        found = [each for each in self.states.values() if isinstance(each, DayCounts)]
        return total(each for each in found if each.edition_id == edition_id)


def kept_of(events: Iterable[Envelope]) -> Kept:
    kept = Kept()
    for each in events:
        kept.handle(each)
    return kept


def an_edition(publish: Publishing) -> None:
    """Three apply; one is taken to the certificate, which is corrected and then revoked."""
    one, two, three = (id_of("application", number) for number in range(3))
    for application_id in (one, two, three):
        publish(ApplicationSubmitted, application_id=application_id)
    publish(ApplicationWithdrawn, application_id=three, later=1)
    for reviews in (1, 2):
        publish(ApplicationReviewed, application_id=one, reviews=reviews, later=2)
    publish(ApplicationReviewed, application_id=two, reviews=1, later=2)
    call_id = id_of("call", 1)
    for number in (1, 2):
        publish(SeatOffered, call_id=call_id, offer_id=id_of("offer", number), later=3)
    publish(SeatAccepted, call_id=call_id, offer_id=id_of("offer", 1), later=4)
    publish(SeatDeclined, call_id=call_id, offer_id=id_of("offer", 2), later=5)
    person, commitment, session = id_of("participant", 1), id_of("commitment", 1), id_of("session", 1)
    publish(OnsiteCompleted, participant_id=person, later=50)
    publish(OnsiteCorrected, participant_id=person, outcome="not_completed", later=51)
    publish(OnsiteCorrected, participant_id=person, outcome="completed", later=52)
    publish(CommitmentOpened, commitment_id=commitment, later=52)
    publish(MultiplierSessionReported, commitment_id=commitment, session_id=session, revision=1, later=60)
    publish(MultiplierSessionReported, commitment_id=commitment, session_id=session, revision=2, later=61)
    publish(CommitmentLapsed, commitment_id=commitment, later=62)
    publish(CommitmentReopened, commitment_id=commitment, later=63)
    publish(MultiplierSessionVerified, commitment_id=commitment, session_id=session, later=64)
    publish(MultiplierSessionVerificationWithdrawn, commitment_id=commitment, session_id=session, later=64)
    publish(MultiplierSessionVerified, commitment_id=commitment, session_id=session, later=65)
    publish(CommitmentCancelled, commitment_id=commitment, later=66)
    for later, figure in ((65, 10), (70, 30)):
        on = date(2020, 1, later - 60)
        publish(MultiplierReachCounted, counted_on=on, people_reached=figure, later=later)
    first, second = id_of("certificate", 1), id_of("certificate", 2)
    publish(CertificateIssued, participant_id=person, certificate_id=first, later=80)
    publish(CertificateIssued, participant_id=person, certificate_id=second, later=81)
    publish(CertificateSuperseded, participant_id=person, certificate_id=first, later=81)
    publish(CertificateRevoked, participant_id=person, certificate_id=first, superseded_by_id=second, later=82)
    publish(CertificateRevoked, participant_id=person, certificate_id=second, superseded_by_id=None, later=83)


WHOLE = Counts(
    applied=3, withdrawn=1, reviewed=2, offered=2, accepted=1, declined=1, attended=2, attendance_undone=1,
    multiplying=1, lapsed=1, reopened=1, cancelled=1, reported=1, verified=2, verification_undone=1,
    certified=2, superseded=1, revoked=1,
    people_reached=30,
)  # fmt: skip


@pytest.fixture
def publish() -> Publishing:
    return Publishing()


def test_everything_that_happens_is_counted_on_its_day(publish: Publishing) -> None:
    an_edition(publish)
    kept = kept_of(publish.events)
    assert kept.total() == WHOLE
    assert kept.days[EDITION, date(2019, 10, 25)] == Counts(applied=3)
    assert kept.days[EDITION, date(2019, 10, 27)] == Counts(reviewed=2)
    assert kept.days[EDITION, date(2020, 1, 10)].people_reached == 30


def test_a_day_is_utcs(publish: Publishing) -> None:
    publish(ApplicationSubmitted, application_id=id_of("application", 1), later=0.49)
    publish(ApplicationSubmitted, application_id=id_of("application", 2), later=0.5)
    days = kept_of(publish.events).days
    assert [on for _, on in sorted(days)] == [date(2019, 10, 25), date(2019, 10, 26)]


@settings(deadline=None, max_examples=30)
@given(st.data())
def test_in_whatever_order_and_however_often_events_come_the_counts_are_the_same(data: st.DataObject) -> None:
    publish, other = Publishing(), Publishing(id_of("edition", 2))
    an_edition(publish)
    other(ApplicationSubmitted, application_id=id_of("application", 9))
    events = [*publish.events, *other.events]
    again = data.draw(st.lists(st.sampled_from(events), max_size=20))
    kept = kept_of(data.draw(st.permutations([*events, *again])))
    assert kept.days == kept_of(events).days
    assert kept.total() == WHOLE
    assert kept.total(other.edition_id) == Counts(applied=1)


@settings(deadline=None, max_examples=30)
@given(st.data())
def test_no_count_is_ever_lowered_whatever_is_undone(data: st.DataObject) -> None:
    publish = Publishing()
    an_edition(publish)
    kept, before = Kept(), Counts()
    for each in data.draw(st.permutations(publish.events)):
        kept.handle(each)
        now = kept.total()
        counted = set(Counts.model_fields) - {"people_reached"}
        assert all(getattr(now, name) >= getattr(before, name) for name in counted)
        before = now


def test_rule_14_what_was_counted_stays_counted_when_whoever_it_was_is_erased(publish: Publishing) -> None:
    """Whoever is erased withdraws: that is a count of its own, and the portal hears nothing else of it."""
    application_id = id_of("application", 1)
    publish(ApplicationSubmitted, application_id=application_id)
    before = kept_of(publish.events).total()
    publish(ApplicationWithdrawn, application_id=application_id)
    after = kept_of(publish.events).total()
    assert after.model_copy(update={"withdrawn": 0}) == before
    assert {each.verb for each in HANDLERS} & {"erased", "destroyed", "danger_reported", "details_corrected"} == set()


def test_what_is_kept_names_nothing_by_an_id_that_it_has_elsewhere(publish: Publishing) -> None:
    an_edition(publish)
    kept = kept_of(publish.events)
    spelled = repr(kept.states)
    ids = {
        getattr(each.event, name)
        for each in publish.events
        for name in type(each.event).model_fields
        if name.endswith("_id") and name != "edition_id" and getattr(each.event, name)
    }
    assert ids
    assert [id for id in ids if id in spelled] == []
