"""The published rules of a selection, and what of a person they weigh (rules 3 and 5)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from typing import ClassVar

from pydantic import Field

from relevo_chassis.kept import Kept, Sealed
from relevo_contracts import derived_id
from relevo_contracts.model import Frozen
from relevo_intake.domain.call import Call, Quota
from relevo_intake.domain.kept import WEIGHED
from relevo_intake.domain.sealed import IDENTITY, Profile
from relevo_intake.domain.selection.deciding import CAP, ByHand, Demand, ReasonCode, Terms, hash_order

GRANT = "grant_"


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


class Weighed(Sealed):
    """What the selection weighed of one person, and how it was decided: sealed under that person's key.

    ``marks`` are the codes of the quotas that the person counts for. ``salt`` keeps the hash over all inputs from
    telling anything about somebody whose row was erased. ``by_hand`` is what a coordinator decided beforehand.
    """

    kept: ClassVar[Kept] = WEIGHED
    field_set: ClassVar[str] = "selection"
    retention: ClassVar[str] = IDENTITY

    selection_id: str
    application_id: str
    merit: int
    country: str
    marks: tuple[str, ...]
    salt: str
    by_hand: ByHand = ""
    reason: ReasonCode | None = None
    travel_grant: bool = False


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


def by_merit(rules: SelectionRules, weighed: Weighed) -> tuple[int, str]:
    """Sorts by merit, highest first, ties in the published order."""
    return -weighed.merit, hash_order(rules.seed, weighed.application_id)


def terms_of(rules: SelectionRules) -> Terms:
    """The rules as they are applied, in a process of its own as well."""
    caps = {code.removeprefix(CAP) for code in rules.relaxed if code.startswith(CAP)}
    return Terms(
        rules=rules.model_dump(mode="json"),
        seats=rules.seats,
        waitlist=rules.waitlist,
        seed=rules.seed,
        demands=demands(rules),
        cap=cap_of(rules, ""),
        caps={country: cap_of(rules, country) for country in sorted(caps)},
        priority_countries=rules.priority_countries,
        travel_grants=rules.travel_grants,
    )


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
