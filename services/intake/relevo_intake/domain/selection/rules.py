"""The published rules of a selection, and what of a person they weigh (rules 3 and 5)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from typing import ClassVar, Literal

from pydantic import Field

from relevo_contracts import derived_id
from relevo_contracts.model import Frozen
from relevo_intake.domain.call import Call, Quota
from relevo_intake.domain.dossier import Profile
from relevo_intake.domain.selection.problem import Least, Most, Problem

GRANT = "grant_"
CAP = "country_cap_"

ReasonCode = Literal[
    "chosen",
    "merit_below_last_seat",
    "tie_broken_by_published_order",
    "country_cap_reached",
    "published_shares_and_rules",
]


class SelectionRules(Frozen):
    """What a selection is decided by; published, and nothing about anybody.

    ``seed`` follows from the call's id, so the order in which ties are broken stands before anybody applies.
    ``relaxed`` are quotas that a coordinator let give way, by code: the seats they are held to instead.
    """

    seats: int
    waitlist: int
    quotas: tuple[Quota, ...] = ()
    priority_countries: tuple[str, ...] = ()
    country_cap: int | None = None
    travel_grants: int = 0
    grant_countries: tuple[str, ...] = Field(default=(), description="each keeps a seat, so that its grant is used")
    relaxed: dict[str, int] = Field(default_factory=dict)
    seed: str


class Weighed(Frozen):
    """What the selection weighed of one person, and how it was decided: sealed under that person's key.

    ``marks`` are the codes of the quotas that the person counts for. ``salt`` keeps the hash over all inputs from
    telling anything about somebody whose row was erased.
    """

    field_set: ClassVar[str] = "selection"

    selection_id: str
    application_id: str
    merit: int
    country: str
    marks: tuple[str, ...]
    salt: str
    reason: ReasonCode | None = None
    travel_grant: bool = False


class Demand(Frozen):
    """At least so many seats for people with a mark."""

    code: str
    seats: int


def rules_of(
    call: Call, countries: Iterable[str], *, seats: int, waitlist: int, relaxed: dict[str, int]
) -> SelectionRules:
    """The rules of a call, for the countries that applications came from.

    Where there is a grant for every priority country, each that somebody applied from keeps a seat (rule 5).
    """
    criteria, present = call.criteria, set(countries)
    for_each = call.travel_grants >= len(criteria.priority_countries)
    return SelectionRules(
        seats=seats,
        waitlist=waitlist,
        quotas=criteria.quotas,
        priority_countries=criteria.priority_countries,
        country_cap=criteria.country_cap,
        travel_grants=call.travel_grants,
        grant_countries=tuple(each for each in criteria.priority_countries if each in present) if for_each else (),
        relaxed=dict(sorted(relaxed.items())),
        seed=derived_id("selection-order", call.call_id),
    )


def code_of(quota: Quota) -> str:
    return "_".join((quota.attribute, *sorted(quota.themes)))


def marks_of(profile: Profile, rules: SelectionRules) -> tuple[str, ...]:
    """The codes of the quotas that a person counts for, and of the grant of their country."""
    marks = {code_of(each) for each in rules.quotas if _counts_for(each, profile, rules)}
    if profile.country in rules.grant_countries:
        marks.add(GRANT + profile.country)
    return tuple(sorted(marks))


def demands(rules: SelectionRules) -> tuple[Demand, ...]:
    """The seats that each quota asks for: its share of the seats, rounded up, unless a coordinator relaxed it."""
    asked = [(code_of(each), -(-each.percent * rules.seats // 100)) for each in rules.quotas]
    asked += [(GRANT + country, 1) for country in rules.grant_countries]
    return tuple(Demand(code=code, seats=rules.relaxed.get(code, seats)) for code, seats in asked)


def cap_of(rules: SelectionRules, country: str) -> int:
    """The most seats for one country."""
    cap = rules.country_cap if rules.country_cap is not None else rules.seats
    return min(rules.seats, rules.relaxed.get(CAP + country, cap))


def hash_order(seed: str, application_id: str) -> str:
    """The published order that breaks ties: SHA-256 of seed and application id, smallest first (rule 3)."""
    return hashlib.sha256((seed + application_id).encode()).hexdigest()


def in_order(rules: SelectionRules, weighed: Iterable[Weighed]) -> tuple[Weighed, ...]:
    return tuple(sorted(weighed, key=lambda each: hash_order(rules.seed, each.application_id)))


def problem_of(rules: SelectionRules, ordered: Sequence[Weighed]) -> Problem:
    """The problem whose positions are ``ordered``. All seats are to be filled as far as the caps allow."""
    countries = sorted({each.country for each in ordered})
    caps = [Most(code=CAP + name, seats=cap_of(rules, name), members=_from(ordered, name)) for name in countries]
    least = [Least(code=each.code, seats=each.seats, members=_marked(ordered, each.code)) for each in demands(rules)]
    places = min(rules.seats, sum(min(each.seats, len(each.members)) for each in caps))
    binding = tuple(each for each in caps if each.seats < min(len(each.members), places))
    return Problem(places=places, merits=tuple(each.merit for each in ordered), least=tuple(least), most=binding)


def inputs_sha256(rules: SelectionRules, weighed: Iterable[Weighed]) -> str:
    """The hash of all that a selection was computed from: rules, and each person's inputs with their salt."""
    people = sorted((each.application_id, each.merit, each.country, list(each.marks), each.salt) for each in weighed)
    return sha256_of({"rules": rules.model_dump(mode="json"), "people": people})


def sha256_of(value: object) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def _counts_for(quota: Quota, profile: Profile, rules: SelectionRules) -> bool:
    match quota.attribute:
        case "priority_country":
            return profile.country in rules.priority_countries
        case "women":
            return profile.sex == "female"
        case "theme":
            return bool(set(quota.themes) & set(profile.themes))
        case group:
            return group in profile.groups


def _marked(ordered: Sequence[Weighed], code: str) -> tuple[int, ...]:
    return tuple(at for at, each in enumerate(ordered) if code in each.marks)


def _from(ordered: Sequence[Weighed], country: str) -> tuple[int, ...]:
    return tuple(at for at, each in enumerate(ordered) if each.country == country)
