"""A selection from its proposal to its application (rule 3)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import ClassVar, Literal

from pydantic import Field

from relevo_chassis.delivery.change import Refusal
from relevo_chassis.kept import Kept
from relevo_contracts.model import Frozen
from relevo_intake.domain.call import Call
from relevo_intake.domain.gate import ChangeKind, Gate, moved_since
from relevo_intake.domain.kept import SELECTED
from relevo_intake.domain.selection.adjustment import Adjustment
from relevo_intake.domain.selection.deciding import CAP, Conclusion
from relevo_intake.domain.selection.rules import SelectionRules, cap_of, demands, sha256_of

SelectionState = Literal["computing", "proposed", "infeasible", "given_up", "applied"]
Stage = Literal["opening", "solving", "writing", "telling"]
GivenUpBecause = Literal["asked", "interrupted", "not_proven", "too_large", "took_too_long", "failed"]


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


class SelectionIsBeingComputed(Refusal):
    """The selection is still being computed; look at it again, or give it up."""


class SelectionIsNotBeingComputed(Refusal):
    """Only a selection that is being computed can be given up."""


class SelectionWasGivenUp(Refusal):
    """The selection was given up before it was computed; propose again."""


class NotARelaxation(Refusal):
    """A relaxation names a quota of the call and fewer seats than it asks for, or a country's cap and more."""

    status = 422
    where = "body.relaxed"


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


class Progress(Frozen):
    """How far the computing has come: people opened or written, of how many."""

    stage: Stage
    done: int
    of: int


class Selection(Frozen):
    """A selection as it stands: the record of it, which stays for good. What was decided about each application are
    rows of their own, with what was weighed sealed in them; they count only when this record says that it is proposed.

    ``merit`` is the objective and ``bound`` the solver's proof, both sums of basis points. ``signature`` is a keyed
    hash of the record under the service's key. ``as_of`` are the counts at the call's gates before anything was read,
    ``published_sha256`` the hash of what was published with the call: they tell whether it is outdated (rule 17).
    """

    kept: ClassVar[Kept] = SELECTED

    selection_id: str
    call_id: str
    edition_id: str
    state: SelectionState = "computing"
    proposed_at: datetime
    proposed_by: str | None = None
    applied_at: datetime | None = None
    applied_by: str | None = None
    rules: SelectionRules
    least_reviews: int = 1
    adjustments: tuple[Adjustment, ...] = ()
    as_of: dict[ChangeKind, int] = Field(default_factory=dict)
    published_sha256: str = ""
    progress: Progress | None = None
    given_up_because: GivenUpBecause | None = None
    considered: int = 0
    offered: int = 0
    waitlisted: int = 0
    turned_down: int = 0
    told: int = Field(default=0, description="how many of those who were not offered a seat have a letter")
    shares: tuple[Share, ...] = ()
    concessions: tuple[Concession, ...] = ()
    travel_grants: int = 0
    grants_unused: tuple[str, ...] = Field(default=(), description="priority countries from which nobody was chosen")
    merit_of_last_seat: int = 0
    inputs_sha256: str = ""
    outcomes_sha256: str = ""
    merit: int = 0
    bound: int = 0
    solver: str = ""
    signature: str = ""

    @property
    def has_unnotified(self) -> bool:
        """Whether somebody who was not offered a seat has not been written to yet."""
        return self.state == "applied" and self.offered + self.told < self.considered

    def outdated(self, call: Call, gates: Iterable[Gate]) -> dict[str, int]:
        """What has changed since, of all that it was computed from, and how often; empty as long as it stands."""
        changed: dict[str, int] = dict(moved_since(self.as_of, gates).items())
        if published_sha256(call) != self.published_sha256:
            changed["criteria"] = 1
        return changed

    def must_be_current(self, call: Call, gates: Iterable[Gate]) -> None:
        """Called in a decision, on what it found, so that nothing can come in between.

        Raises ``SelectionIsOutdated`` with what has changed and how often.
        """
        if changed := self.outdated(call, gates):
            raise SelectionIsOutdated(selection_id=self.selection_id, **changed)

    def must_be_computed(self) -> None:
        """Raises ``SelectionIsBeingComputed`` or ``SelectionWasGivenUp``."""
        if self.state == "computing":
            raise SelectionIsBeingComputed(selection_id=self.selection_id)
        if self.state == "given_up":
            raise SelectionWasGivenUp(selection_id=self.selection_id)

    def signed_part(self) -> dict[str, object]:
        """What is signed: how it was decided, in hashes and counts; stands when the inputs are gone."""
        return {
            "selection_id": self.selection_id,
            "call_id": self.call_id,
            "rules_sha256": sha256_of(self.rules.model_dump(mode="json")),
            "inputs_sha256": self.inputs_sha256,
            "outcomes_sha256": self.outcomes_sha256,
            "status": "infeasible" if self.state == "infeasible" else "optimal",
            "objective": self.merit,
            "bound": self.bound,
            "considered": self.considered,
            "offered": self.offered,
            "waitlisted": self.waitlisted,
            "turned_down": self.turned_down,
            "travel_grants": self.travel_grants,
        }


def advance(selection: Selection, progress: Progress) -> Selection:
    """Computing has come so far. Raises ``SelectionWasGivenUp``, so that whoever computes stops."""
    if selection.state != "computing":
        raise SelectionWasGivenUp(selection_id=selection.selection_id)
    return selection.model_copy(update={"progress": progress})


def give_up(selection: Selection, because: GivenUpBecause) -> Selection:
    """Stop computing; nothing was decided. Raises ``SelectionIsNotBeingComputed``."""
    if selection.state == "given_up":
        return selection
    if selection.state != "computing":
        raise SelectionIsNotBeingComputed(selection_id=selection.selection_id)
    return selection.model_copy(update={"state": "given_up", "given_up_because": because, "progress": None})


def concluded(selection: Selection, conclusion: Conclusion) -> Selection:
    """The record of what came out."""
    seen = {
        "inputs_sha256": conclusion.inputs_sha256,
        "considered": conclusion.considered,
        "solver": conclusion.solver,
        "progress": None,
    }
    if conclusion.status == "infeasible":
        conceded = [
            Concession(code=code, asked=asked, reachable=reachable, candidates=conclusion.candidates[code])
            for code, asked, reachable in conclusion.relaxations
        ]
        return selection.model_copy(update={**seen, "state": "infeasible", "concessions": tuple(conceded)})
    rules, granted_countries = selection.rules, conclusion.grant_countries
    unused = (
        tuple(each for each in rules.priority_countries if each not in granted_countries) if rules.travel_grants else ()
    )
    return selection.model_copy(
        update={
            **seen,
            "state": "proposed",
            "offered": conclusion.offered,
            "waitlisted": conclusion.waitlisted,
            "turned_down": conclusion.considered - conclusion.offered - conclusion.waitlisted,
            "outcomes_sha256": conclusion.outcomes_sha256,
            "shares": tuple(Share(**each._asdict()) for each in conclusion.shares),
            "travel_grants": len(granted_countries),
            "grants_unused": unused,
            "merit_of_last_seat": conclusion.merit_of_last_seat,
            "merit": conclusion.merit,
            "bound": conclusion.bound,
        }
    )


def published_sha256(call: Call) -> str:
    """The hash of what was published with the call and a selection is computed by: criteria, seats, grants."""
    return sha256_of(
        {"criteria": call.criteria.model_dump(mode="json"), "seats": call.seats, "grants": call.travel_grants}
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
            raise NotARelaxation(code=code, seats=seats)
