"""What the solver's answer means for each candidate: offered, waitlisted or turned down, where, and why (rules 3 to 5).

Plain data and one pass over it, without any library: it is run beside the solver, in a process of its own, because for
thousands of candidates it would hold up everybody else.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal, NamedTuple

from relevo_intake.domain.selection.problem import Least, Most, Problem, Relaxation, Solution

CAP = "country_cap_"
REPLACEMENTS = 2

SelectionOutcome = Literal["offered", "waitlisted", "turned_down"]
ByHand = Literal["", "inside", "outside"]
ReasonCode = Literal[
    "chosen",
    "merit_below_last_seat",
    "tie_broken_by_published_order",
    "country_cap_reached",
    "published_shares_and_rules",
    "decided_by_hand",
]


class Demand(NamedTuple):
    """At least so many seats for people with a mark."""

    code: str
    seats: int


class Terms(NamedTuple):
    """The rules of a selection, ready to be applied. ``rules`` is how they are stored, for the hash of the inputs."""

    rules: Mapping[str, Any]
    seats: int
    waitlist: int
    seed: str
    demands: Sequence[Demand]
    cap: int
    caps: Mapping[str, int]
    priority_countries: Sequence[str]
    travel_grants: int

    def cap_of(self, country: str) -> int:
        """The most seats for one country."""
        return self.caps.get(country, self.cap)


class Candidate(NamedTuple):
    """What is weighed of one person. ``salt`` keeps the hash over all from telling anything about somebody erased."""

    person_id: str
    application_id: str
    merit: int
    country: str
    marks: Sequence[str]
    salt: str
    by_hand: ByHand = ""


class Line(NamedTuple):
    """What was decided about a candidate. ``place`` is in the order of merit, ``rank`` on the waitlist."""

    candidate: Candidate
    decided: SelectionOutcome
    place: int
    rank: int | None
    reason: ReasonCode
    travel_grant: bool


class ShareCounts(NamedTuple):
    """How many people with a mark were considered, how many seats were asked for them, how many were chosen."""

    code: str
    asked: int
    chosen: int
    considered: int


class Conclusion(NamedTuple):
    """A whole selection in counts and hashes."""

    status: Literal["optimal", "infeasible"]
    solver: str
    considered: int
    inputs_sha256: str
    offered: int = 0
    waitlisted: int = 0
    relaxations: Sequence[Relaxation] = ()
    candidates: Mapping[str, int] = {}
    merit: int = 0
    bound: int = 0
    outcomes_sha256: str = ""
    shares: Sequence[ShareCounts] = ()
    grant_countries: Sequence[str] = ()
    merit_of_last_seat: int = 0


def hash_order(seed: str, application_id: str) -> str:
    """The published order that breaks ties: SHA-256 of seed and application id, smallest first (rule 3)."""
    return hashlib.sha256((seed + application_id).encode()).hexdigest()


def in_order(seed: str, candidates: Iterable[Candidate]) -> list[Candidate]:
    return sorted(candidates, key=lambda each: hash_order(seed, each.application_id))


def problem_of(terms: Terms, ordered: Sequence[Candidate]) -> Problem:
    """The problem whose positions are ``ordered``. All seats are to be filled as far as the caps allow."""
    marked: defaultdict[str, list[int]] = defaultdict(list)
    countries: defaultdict[str, list[int]] = defaultdict(list)
    by_hand: defaultdict[str, list[int]] = defaultdict(list)
    for at, each in enumerate(ordered):
        countries[each.country].append(at)
        for mark in each.marks:
            marked[mark].append(at)
        if each.by_hand:
            by_hand[each.by_hand].append(at)
    caps = [Most(CAP + name, terms.cap_of(name), at) for name, at in sorted(countries.items())]
    outside = Counter(ordered[at].country for at in by_hand["outside"])
    room = sum(min(terms.cap_of(name), len(at) - outside[name]) for name, at in countries.items())
    places = min(terms.seats, max(room, len(by_hand["inside"])))
    return Problem(
        places=places,
        merits=[each.merit for each in ordered],
        least=[Least(each.code, each.seats, marked[each.code]) for each in terms.demands],
        most=[each for each in caps if each.seats < min(len(each.members), places)],
        inside=by_hand["inside"],
        outside=by_hand["outside"],
    )


def conclude(terms: Terms, ordered: Sequence[Candidate], solution: Solution) -> tuple[Conclusion, Sequence[Line]]:
    """What the answer means, and a line for each candidate in the order offered, waitlisted, turned down.

    ``ordered`` are the positions of the answer's problem. Without an answer there are no lines.
    """
    counted = Counter(mark for each in ordered for mark in each.marks)
    base = Conclusion(
        status=solution.status,
        solver=solution.solver,
        considered=len(ordered),
        inputs_sha256=inputs_sha256(terms.rules, ordered),
    )
    if solution.status == "infeasible":
        counted.update(CAP + each.country for each in ordered)
        candidates = {each.code: counted[each.code] for each in solution.relaxations}
        return base._replace(relaxations=solution.relaxations, candidates=candidates), ()
    ranked = sorted(enumerate(ordered), key=lambda each: (-each[1].merit, each[0]))
    chosen = frozenset(solution.chosen)
    lines = _lines(terms, ranked, chosen)
    had = Counter(mark for at in chosen for mark in ordered[at].marks)
    decided = Counter(each.decided for each in lines)
    return base._replace(
        offered=decided["offered"],
        waitlisted=decided["waitlisted"],
        merit=solution.merit,
        bound=solution.bound,
        outcomes_sha256=outcomes_sha256(lines),
        shares=[ShareCounts(each.code, each.seats, had[each.code], counted[each.code]) for each in terms.demands],
        grant_countries=[each.candidate.country for each in lines if each.travel_grant],
        merit_of_last_seat=min((each.candidate.merit for each in lines if each.decided == "offered"), default=0),
    ), lines


def inputs_sha256(rules: Mapping[str, Any], candidates: Iterable[Candidate]) -> str:
    """The hash of all that a selection was computed from: rules, and each person's inputs with their salt."""
    found = hashlib.sha256(_canonical(rules))
    for each in sorted(candidates, key=lambda one: one.application_id):
        found.update(
            _canonical([each.application_id, each.merit, each.country, list(each.marks), each.salt, each.by_hand])
        )
    return found.hexdigest()


def outcomes_sha256(lines: Iterable[Line]) -> str:
    """The hash of who was decided how, whoever they are."""
    found = hashlib.sha256()
    for each in sorted(lines, key=lambda one: one.candidate.application_id):
        found.update(_canonical([each.candidate.application_id, each.decided, each.place, each.rank]))
    return found.hexdigest()


Ranked = Sequence[tuple[int, Candidate]]
"""Positions with their candidates, in the order of merit, ties in the published order."""


def _lines(terms: Terms, ranked: Ranked, chosen: frozenset[int]) -> list[Line]:
    waiting = _waitlist(terms, [(at, each) for at, each in ranked if at not in chosen])
    grants = _grant_holders(terms, [(at, each) for at, each in ranked if at in chosen])
    why = _Reasons(terms, ranked, chosen)
    offered, waitlisted, turned_down = list[Line](), list[Line](), list[Line]()
    for place, (at, each) in enumerate(ranked, start=1):
        reason = why.of(at, each)
        if at in chosen:
            offered.append(Line(each, "offered", place, None, reason, at in grants))
        elif at in waiting:
            waitlisted.append(Line(each, "waitlisted", place, len(waitlisted) + 1, reason, False))
        else:
            turned_down.append(Line(each, "turned_down", place, None, reason, False))
    return [*offered, *waitlisted, *turned_down]


def _waitlist(terms: Terms, others: Ranked) -> set[int]:
    """The best by merit, among them for each quota enough to replace everybody whom it counts (rule 4).

    Longer than asked where the quotas need it, so that the last person of a country or group is not lost for good.
    Whoever a coordinator left out by hand does not wait.
    """
    if not terms.waitlist:
        return set()
    kept: set[int] = set()
    missing = {each.code: max(each.seats, REPLACEMENTS) for each in terms.demands}
    able = [(at, each) for at, each in others if each.by_hand != "outside"]
    for at, each in able:
        for mark in each.marks:
            if missing.get(mark, 0) > 0:
                missing[mark] -= 1
                kept.add(at)
    for at, _ in able:
        if len(kept) >= terms.waitlist:
            break
        kept.add(at)
    return kept


def _grant_holders(terms: Terms, inside: Ranked) -> set[int]:
    """For each priority country the chosen one with the highest merit, as far as there are grants (rule 5)."""
    holders: dict[str, int] = {}
    for at, each in inside:
        if each.country in terms.priority_countries and each.country not in holders:
            if len(holders) < terms.travel_grants:
                holders[each.country] = at
    return set(holders.values())


class _Reasons:
    """Why each was decided as they were: what all have in common is computed once."""

    def __init__(self, terms: Terms, ranked: Ranked, chosen: frozenset[int]) -> None:
        self._terms, self._chosen = terms, chosen
        inside = [(at, each) for at, each in ranked if at in chosen and not each.by_hand]
        self._last = inside[-1] if inside else None
        self._from = Counter(each.country for at, each in ranked if at in chosen)

    def of(self, at: int, one: Candidate) -> ReasonCode:
        """The first that explains it: by hand, chosen, the last seat's merit, the country's cap, the order of ties."""
        if one.by_hand:
            return "decided_by_hand"
        if at in self._chosen:
            return "chosen"
        if self._last is None:
            return "published_shares_and_rules"
        position, last = self._last
        if one.merit < last.merit:
            return "merit_below_last_seat"
        if self._from[one.country] >= self._terms.cap_of(one.country) < self._terms.seats:
            return "country_cap_reached"
        if one.merit == last.merit and at > position:
            return "tie_broken_by_published_order"
        return "published_shares_and_rules"


def _canonical(value: Any) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode() + b"\n"
