"""Rule 1: applications of one contact are linked, never dropped; a stranger who knows an address buries nobody."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from relevo_intake.domain import contact as contacts
from relevo_intake.domain.contact import ConfirmationsAreOver, Contact, Linked, NoSuchContact, NothingToDecide

START = datetime(2019, 9, 12, tzinfo=UTC)
CLOSES = START + timedelta(days=15)
EMPTY = Contact(contact_id="c" * 32, call_id="1" * 32)
FIRST, SECOND, THIRD = "a" * 32, "b" * 32, "d" * 32


def linked(*ids: str) -> Contact:
    contact: Contact | None = None
    for place, application_id in enumerate(ids):
        application = Linked(application_id=application_id, submitted_at=START + timedelta(hours=place))
        contact = contacts.link(contact, EMPTY, application)
    assert contact is not None
    return contact


def confirmed(contact: Contact, application_id: str, hours: int) -> Contact:
    return contacts.confirm(contact, application_id, START + timedelta(hours=hours), CLOSES)


def after_close(contact: Contact) -> dict[str, str]:
    return {
        each.application_id: contacts.standing(contact, each.application_id, closed=True) for each in contact.linked
    }


def test_rule_1_an_application_alone_stands_without_confirmation() -> None:
    assert after_close(linked(FIRST)) == {FIRST: "stands"}


def test_rule_1_all_linked_stay_reviewable_until_the_holder_of_the_contact_has_spoken() -> None:
    contact = linked(FIRST, SECOND)
    assert [contacts.standing(contact, each, closed=False) for each in (FIRST, SECOND)] == ["reviewable"] * 2
    spoken = confirmed(contact, SECOND, 5)
    assert [contacts.standing(spoken, each, closed=False) for each in (FIRST, SECOND)] == ["superseded", "reviewable"]
    third = contacts.link(spoken, EMPTY, Linked(application_id=THIRD, submitted_at=START + timedelta(hours=6)))
    assert contacts.standing_ids([third], closed=False) == (SECOND,)
    again = contacts.withdraw(third, SECOND)
    assert contacts.standing_ids([again], closed=False) == (FIRST, THIRD)


def test_rule_1_what_stands_anyway_may_be_confirmed_after_the_close_and_nothing_else() -> None:
    after = int((CLOSES - START).total_seconds() / 3600) + 1
    alone = confirmed(linked(FIRST), FIRST, after)
    assert contacts.confirmed_at(alone, FIRST) is not None
    assert after_close(alone) == {FIRST: "stands"}
    decided = contacts.decide(linked(FIRST, SECOND), FIRST, CLOSES, CLOSES)
    assert after_close(confirmed(decided, FIRST, after)) == {FIRST: "stands", SECOND: "superseded"}
    for contact in (linked(FIRST, SECOND), decided):
        with pytest.raises(ConfirmationsAreOver):
            confirmed(contact, SECOND, after)


def test_rule_1_at_the_close_the_confirmed_one_stands() -> None:
    contact = confirmed(linked(FIRST, SECOND), FIRST, 5)
    assert after_close(contact) == {FIRST: "stands", SECOND: "superseded"}


def test_rule_1_the_newest_confirmation_stands() -> None:
    contact = confirmed(confirmed(linked(FIRST, SECOND), SECOND, 5), FIRST, 6)
    assert after_close(contact) == {FIRST: "stands", SECOND: "superseded"}


def test_rule_1_several_that_nobody_confirmed_go_to_a_coordinator() -> None:
    contact = linked(FIRST, SECOND)
    assert contact.undecided
    assert after_close(contact) == {FIRST: "undecided", SECOND: "undecided"}
    decided = contacts.decide(contact, FIRST, CLOSES, CLOSES)
    assert not decided.undecided
    assert after_close(decided) == {FIRST: "stands", SECOND: "superseded"}


def test_rule_1_a_coordinator_may_correct_a_decision() -> None:
    decided = contacts.decide(linked(FIRST, SECOND), FIRST, CLOSES, CLOSES)
    assert after_close(contacts.decide(decided, SECOND, CLOSES, CLOSES))[SECOND] == "stands"


def test_rule_1_a_coordinator_does_not_decide_before_the_close_or_over_the_holder() -> None:
    with pytest.raises(NothingToDecide):
        contacts.decide(linked(FIRST, SECOND), FIRST, CLOSES - timedelta(seconds=1), CLOSES)
    with pytest.raises(NothingToDecide):
        contacts.decide(confirmed(linked(FIRST, SECOND), FIRST, 5), SECOND, CLOSES, CLOSES)


def test_rule_1_a_confirmation_after_the_close_changes_nothing_unless_the_application_was_let_in_late() -> None:
    contact = linked(FIRST, SECOND)
    with pytest.raises(ConfirmationsAreOver):
        contacts.confirm(contact, FIRST, CLOSES, CLOSES)
    late = Linked(application_id=THIRD, submitted_at=CLOSES + timedelta(days=1), late=True)
    let_in = contacts.confirm(contacts.link(contact, EMPTY, late), THIRD, CLOSES + timedelta(days=2), CLOSES)
    assert after_close(let_in)[THIRD] == "stands"


def test_rule_1_a_withdrawn_application_leaves_the_others_as_if_it_had_never_been() -> None:
    contact = contacts.withdraw(linked(FIRST, SECOND), SECOND)
    assert not contact.undecided
    assert after_close(contact) == {FIRST: "stands", SECOND: "gone"}


def test_rule_1_the_confirmed_one_withdrawn_leaves_the_choice_open_again() -> None:
    contact = contacts.withdraw(confirmed(linked(FIRST, SECOND, THIRD), FIRST, 5), FIRST)
    assert after_close(contact) == {FIRST: "gone", SECOND: "undecided", THIRD: "undecided"}


def test_rule_14_an_erased_person_leaves_no_trace_in_the_contact() -> None:
    decided = contacts.decide(linked(FIRST, SECOND), SECOND, CLOSES, CLOSES)
    left = contacts.forget(decided, SECOND)
    assert SECOND not in left.model_dump_json()
    assert contacts.forget(left, FIRST).linked == ()


def test_rule_1_an_application_of_another_contact_cannot_be_confirmed_here() -> None:
    with pytest.raises(NoSuchContact):
        confirmed(linked(FIRST), SECOND, 1)


def test_nobody_can_flood_a_mailbox_through_us() -> None:
    contact = linked(*(f"{number:032x}" for number in range(10)))
    assert contacts.may_get_receipt(contact, START + timedelta(hours=10))
    flooded = contacts.link(contact, EMPTY, Linked(application_id=THIRD, submitted_at=START + timedelta(hours=10)))
    assert not contacts.may_get_receipt(flooded, START + timedelta(hours=10))
    assert contacts.may_get_receipt(flooded, START + timedelta(hours=25))
    assert contacts.standing(flooded, THIRD, closed=False) == "reviewable"


class StrangerAndHolder(RuleBasedStateMachine):
    """A stranger submits and withdraws at will with the holder's address; only the holder reads the letters."""

    def __init__(self) -> None:
        super().__init__()
        self.contact: Contact | None = None
        self.now = START
        self.holders: list[str] = []
        self.strangers: list[str] = []
        self.withdrawn: set[str] = set()
        self.confirmed: str | None = None

    def _submit(self) -> str:
        self.now += timedelta(minutes=1)
        application_id = f"{len(self.holders) + len(self.strangers):032x}"
        self.contact = contacts.link(self.contact, EMPTY, Linked(application_id=application_id, submitted_at=self.now))
        return application_id

    @initialize()
    def the_holder_submits(self) -> None:
        self.holders.append(self._submit())

    @rule()
    def the_holder_submits_again(self) -> None:
        self.holders.append(self._submit())

    @rule()
    def a_stranger_submits(self) -> None:
        self.strangers.append(self._submit())

    @precondition(lambda self: set(self.strangers) - self.withdrawn)
    @rule(data=st.data())
    def a_stranger_withdraws_their_own(self, data: st.DataObject) -> None:
        assert self.contact is not None
        gone = data.draw(st.sampled_from(sorted(set(self.strangers) - self.withdrawn)))
        self.withdrawn.add(gone)
        self.contact = contacts.withdraw(self.contact, gone)

    @rule(data=st.data())
    def the_holder_confirms(self, data: st.DataObject) -> None:
        assert self.contact is not None
        self.now += timedelta(minutes=1)
        self.confirmed = data.draw(st.sampled_from(self.holders))
        self.contact = contacts.confirm(self.contact, self.confirmed, self.now, CLOSES)

    @invariant()
    def nothing_of_the_holder_is_ever_dropped(self) -> None:
        if self.contact is None:
            return
        present = {each.application_id for each in self.contact.linked if not each.withdrawn}
        assert set(self.holders) <= present
        reviewable = set(contacts.standing_ids([self.contact], closed=False))
        assert reviewable == (present if self.confirmed is None else {self.confirmed})

    @invariant()
    def at_the_close_a_stranger_has_not_buried_the_holder(self) -> None:
        if self.contact is None:
            return
        statuses = after_close(self.contact)
        assert sum(1 for each in statuses.values() if each == "stands") <= 1
        if self.confirmed is not None:
            assert statuses[self.confirmed] == "stands"
        else:
            assert {statuses[each] for each in self.holders} <= {"stands", "undecided"}
        assert self.contact.undecided == ("undecided" in statuses.values())


def test_rule_1_whatever_a_stranger_does_with_an_address_its_holder_is_never_buried() -> None:
    run_state_machine_as_test(
        StrangerAndHolder, settings=settings(max_examples=60, stateful_step_count=20, deadline=None)
    )
