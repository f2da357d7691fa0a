"""When a call is under attack, when no more, and which proofs let somebody begin."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from relevo_intake.domain.guard import Guard, Guarding, Proof, ProofIsNotGood, ProofIsWanted, UsedProof, use, weigh

NOW = datetime(2019, 9, 13, 9, tzinfo=UTC)
UNTIL = NOW + timedelta(hours=1)


def counted(guard: Guard, *begun: int) -> list[bool]:
    """Whether proofs are wanted after each of these counts, with 100 in ten minutes an attack."""
    found = []
    for each in begun:
        guard = weigh(guard, each, 100, NOW)
        found.append(guard.is_up)
    return found


def test_an_attack_begins_at_the_figure_and_is_over_below_a_quarter_of_it() -> None:
    assert counted(Guard(), 99, 100, 99, 25, 24, 25, 99, 100) == [False, True, True, True, False, False, False, True]


@pytest.mark.parametrize(("when", "is_up"), [("always", True), ("never", False)])
def test_what_a_coordinator_says_counts_whatever_is_counted(when: Guarding, is_up: bool) -> None:
    assert counted(Guard(when=when), 0, 1000, 0) == [is_up] * 3


def test_since_when_a_call_is_under_attack_stays_while_it_is() -> None:
    first = weigh(Guard(), 100, 100, NOW)
    assert first.attacked_since == NOW
    assert weigh(first, 5000, 100, NOW + timedelta(hours=1)).attacked_since == NOW


def test_a_proof_lets_somebody_begin_once() -> None:
    used = use(Proof("a", UNTIL, is_good=True), None, call_id="c")
    assert used == UsedProof(until=UNTIL)
    with pytest.raises(ProofIsNotGood):
        use(Proof("a", UNTIL, is_good=True), used, call_id="c")


def test_without_a_proof_and_with_a_bad_one_nobody_begins() -> None:
    with pytest.raises(ProofIsWanted):
        use(None, None, call_id="c")
    with pytest.raises(ProofIsNotGood):
        use(Proof("", UNTIL, is_good=False), None, call_id="c")
