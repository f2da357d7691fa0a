"""A selection from its proposal to its application (rule 3)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Literal

from pydantic import Field

from relevo_chassis.delivery.change import Refusal
from relevo_contracts.model import Frozen
from relevo_intake.domain.call import Call
from relevo_intake.domain.gate import Gate, Moved, moved_since
from relevo_intake.domain.selection.problem import Solution
from relevo_intake.domain.selection.reasons import Reason, reason_of
from relevo_intake.domain.selection.rules import (
    CAP,
    GRANT,
    SelectionRules,
    Weighed,
    cap_of,
    demands,
    hash_order,
    inputs_sha256,
    sha256_of,
)

REPLACEMENTS = 2
Decided = Literal["offered", "waitlisted", "turned_down"]


class NoSuchSelection(Refusal):
    """There is no selection with this id."""

    status = 404


class SelectionIsNotTheLatest(Refusal):
    """Another selection was proposed after this one; look at that one."""


class SelectionIsInfeasible(Refusal):
    """The quotas of this selection cannot all be met; propose again with the relaxation it names."""


class SelectionWasApplied(Refusal):
    """The call's selection was applied; from here on seats go to the waitlist."""


class SelectionIsOutdated(Refusal):
    """What this selection was computed from has changed since; propose anew (rule 17)."""


class Outcome(Frozen):
    """What a selection decided about one application. ``place`` is in the order of merit, ``rank`` on the waitlist."""

    application_id: str
    person_id: str
    decided: Decided
    merit: int
    place: int
    rank: int | None = None


class Share(Frozen):
    """How many people with a mark were considered, how many seats were asked for them, how many were chosen."""

    code: str
    asked: int
    chosen: int
    considered: int


class Concession(Frozen):
    """A rule that cannot be met as it is: propose again with ``relaxed = {code: reachable}``."""

    code: str
    asked: int
    reachable: int
    candidates: int


class Selection(Frozen):
    """A selection as it stands. What it weighed of each person lies in the vault; the record here stays for good.

    ``merit`` is the objective and ``bound`` the solver's proof, both sums of basis points. ``signature`` is a keyed
    hash of the record under the service's key. ``as_of`` are the counts at the call's gates before anything was read,
    ``published_sha256`` the hash of what was published with the call: they tell whether it is outdated (rule 17).
    """

    selection_id: str
    call_id: str
    edition_id: str
    state: Literal["proposed", "infeasible", "applied"]
    proposed_at: datetime
    applied_at: datetime | None = None
    rules: SelectionRules
    least_reviews: int = 1
    as_of: dict[Moved, int] = Field(default_factory=dict)
    published_sha256: str = ""
    considered: int
    outcomes: tuple[Outcome, ...] = ()
    shares: tuple[Share, ...] = ()
    concessions: tuple[Concession, ...] = ()
    travel_grants: int = 0
    grants_unused: tuple[str, ...] = Field(default=(), description="priority countries from which nobody was chosen")
    inputs_sha256: str
    outcomes_sha256: str = ""
    status: Literal["optimal", "infeasible"]
    merit: int = 0
    bound: int = 0
    solver: str = ""
    signature: str = ""

    def outdated(self, call: Call, gates: Iterable[Gate]) -> dict[str, int]:
        """What has changed since, of all that it was computed from, and how often; empty as long as it stands."""
        changed: dict[str, int] = dict(moved_since(self.as_of, gates).items())
        if published_sha256(call) != self.published_sha256:
            changed["criteria"] = 1
        return changed

    def must_stand(self, call: Call, gates: Iterable[Gate]) -> None:
        """Called in a decision, on what it found, so that nothing can come in between.

        Raises ``SelectionIsOutdated`` with what has changed and how often.
        """
        if changed := self.outdated(call, gates):
            said = ", ".join(f"{what} ({often})" for what, often in changed.items())
            raise SelectionIsOutdated(f"changed since: {said}; propose anew", selection_id=self.selection_id, **changed)

    def decided(self, what: Decided) -> tuple[Outcome, ...]:
        """Those decided so, in the order of the waitlist or of merit."""
        found = [each for each in self.outcomes if each.decided == what]
        return tuple(sorted(found, key=lambda each: each.rank or each.place))

    def record(self) -> dict[str, object]:
        """What is signed: how it was decided, in hashes and counts; stands when the inputs are gone."""
        return {
            "selection_id": self.selection_id,
            "call_id": self.call_id,
            "rules_sha256": sha256_of(self.rules.model_dump(mode="json")),
            "inputs_sha256": self.inputs_sha256,
            "outcomes_sha256": self.outcomes_sha256,
            "status": self.status,
            "objective": self.merit,
            "bound": self.bound,
            "considered": self.considered,
            "offered": len(self.decided("offered")),
            "waitlisted": len(self.decided("waitlisted")),
            "turned_down": len(self.decided("turned_down")),
            "travel_grants": self.travel_grants,
        }


def published_sha256(call: Call) -> str:
    """The hash of what was published with the call and a selection is computed by: criteria, seats, grants."""
    return sha256_of(
        {"criteria": call.criteria.model_dump(mode="json"), "seats": call.seats, "grants": call.travel_grants}
    )


class Chosen(Frozen):
    """A concluded selection, and the reason for each person."""

    selection: Selection
    reasons: dict[str, Reason]
    grant_holders: tuple[str, ...]


def conclude(draft: Selection, ordered: Sequence[Weighed], persons: Mapping[str, str], solution: Solution) -> Chosen:
    """What the solver's answer means for each application. ``ordered`` are the positions of its problem."""
    rules = draft.rules
    seen = {"inputs_sha256": inputs_sha256(rules, ordered), "considered": len(ordered), "solver": solution.solver}
    if solution.status == "infeasible":
        conceded = {"state": "infeasible", "status": "infeasible", "concessions": _concessions(ordered, solution)}
        return Chosen(selection=draft.model_copy(update={**seen, **conceded}), reasons={}, grant_holders=())
    chosen = {ordered[at].application_id for at in solution.chosen}
    outcomes = _outcomes(rules, ordered, persons, chosen)
    holders = _grant_holders(rules, ordered, chosen)
    selection = draft.model_copy(
        update={
            **seen,
            "outcomes": outcomes,
            "outcomes_sha256": outcomes_sha256(outcomes),
            "shares": _shares(rules, ordered, chosen),
            "travel_grants": len(holders),
            "grants_unused": tuple(each for each in rules.priority_countries if each not in holders)
            if rules.travel_grants
            else (),
            "merit": solution.merit,
            "bound": solution.bound,
        }
    )
    reasons = {each.application_id: reason_of(each, ordered, chosen, rules) for each in ordered}
    return Chosen(selection=selection, reasons=reasons, grant_holders=tuple(holders.values()))


def by_merit(rules: SelectionRules, weighed: Weighed) -> tuple[int, str]:
    """Sorts by merit, highest first, ties in the published order."""
    return -weighed.merit, hash_order(rules.seed, weighed.application_id)


def outcomes_sha256(outcomes: Sequence[Outcome]) -> str:
    """The hash of who was decided how, whoever they are."""
    return sha256_of(sorted((each.application_id, each.decided, each.place, each.rank) for each in outcomes))


def _outcomes(
    rules: SelectionRules, ordered: Sequence[Weighed], persons: Mapping[str, str], chosen: set[str]
) -> tuple[Outcome, ...]:
    ranked = sorted(ordered, key=lambda one: by_merit(rules, one))
    waiting = _waitlist(rules, [each for each in ranked if each.application_id not in chosen])
    outcomes, rank = [], 0
    for place, each in enumerate(ranked, start=1):
        decided: Decided = "offered" if each.application_id in chosen else "turned_down"
        if each.application_id in waiting:
            rank, decided = rank + 1, "waitlisted"
        outcomes.append(
            Outcome(
                application_id=each.application_id,
                person_id=persons[each.application_id],
                decided=decided,
                merit=each.merit,
                place=place,
                rank=rank if decided == "waitlisted" else None,
            )
        )
    return tuple(outcomes)


def _waitlist(rules: SelectionRules, others: Sequence[Weighed]) -> set[str]:
    """The best by merit, among them for each quota enough to replace everybody whom it counts (rule 4).

    Longer than asked where the quotas need it, so that the last person of a country or group is not lost for good.
    """
    if not rules.waitlist:
        return set()
    kept: set[str] = set()
    for demand in demands(rules):
        marked = [each.application_id for each in others if demand.code in each.marks]
        kept.update(marked[: max(demand.seats, REPLACEMENTS)])
    for each in others:
        if len(kept) >= rules.waitlist:
            break
        kept.add(each.application_id)
    return kept


def _grant_holders(rules: SelectionRules, ordered: Sequence[Weighed], chosen: set[str]) -> dict[str, str]:
    """For each priority country the chosen one with the highest merit, as far as there are grants (rule 5)."""
    holders: dict[str, str] = {}
    for each in sorted(ordered, key=lambda one: by_merit(rules, one)):
        if each.application_id in chosen and each.country in rules.priority_countries:
            if each.country not in holders and len(holders) < rules.travel_grants:
                holders[each.country] = each.application_id
    return holders


def _shares(rules: SelectionRules, ordered: Sequence[Weighed], chosen: set[str]) -> tuple[Share, ...]:
    return tuple(
        Share(
            code=demand.code,
            asked=demand.seats,
            chosen=sum(1 for each in ordered if demand.code in each.marks and each.application_id in chosen),
            considered=sum(1 for each in ordered if demand.code in each.marks),
        )
        for demand in demands(rules)
    )


def _concessions(ordered: Sequence[Weighed], solution: Solution) -> tuple[Concession, ...]:
    return tuple(
        Concession(
            code=each.code,
            asked=each.asked,
            reachable=each.reachable,
            candidates=sum(1 for one in ordered if each.code in one.marks or each.code == CAP + one.country),
        )
        for each in solution.relaxations
    )


def check_relaxed(rules: SelectionRules, relaxed: Mapping[str, int]) -> None:
    """Only what there is gives way, and only downwards for quotas, upwards for caps. Raises ``NotARelaxation``."""
    plain = rules.model_copy(update={"relaxed": {}})
    asked = {each.code: each.seats for each in demands(plain)}
    for code, seats in relaxed.items():
        if code.startswith(CAP):
            good = cap_of(plain, code.removeprefix(CAP)) <= seats
        else:
            good = code in asked and 0 <= seats <= asked[code]
        if not good:
            raise NotARelaxation(f"{code} cannot be relaxed to {seats}", code=code)


class NotARelaxation(Refusal):
    """A relaxation names a quota of the call and fewer seats than it asks for, or a country's cap and more."""

    status = 422


__all__ = [
    "GRANT",
    "Chosen",
    "Concession",
    "NoSuchSelection",
    "NotARelaxation",
    "Outcome",
    "Selection",
    "SelectionIsInfeasible",
    "SelectionIsNotTheLatest",
    "SelectionIsOutdated",
    "SelectionWasApplied",
    "Share",
    "by_merit",
    "check_relaxed",
    "conclude",
    "outcomes_sha256",
    "published_sha256",
]
