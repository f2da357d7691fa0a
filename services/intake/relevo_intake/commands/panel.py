"""The panel of a call: reviewers named by a coordinator, and the reading shared out among them (rule 2)."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from pydantic import Field

from relevo_chassis.delivery.change import Asked, Change, Decided, Decision, Found, New, Repeat, unrepeated
from relevo_chassis.people.vault import Vault
from relevo_contracts.model import Frozen
from relevo_intake.commands.calls import call_of
from relevo_intake.commands.office import Office
from relevo_intake.commands.readings import record_reading
from relevo_intake.domain.application import Application
from relevo_intake.domain.review import (
    Judged,
    Panel,
    Reviewer,
    decisions,
    near,
    normal_organisation,
    seat_reviewers,
    share_out,
)
from relevo_intake.domain.sealed import Organisation, Profile
from relevo_intake.store.choosing import PANEL
from relevo_intake.store.people import APPLICATION, slices, standing_applications

A = TypeVar("A")
CHUNK = 200


@dataclass(frozen=True, slots=True)
class NewReviewer:
    """A reviewer as a coordinator names them. Country and organisation are hashed before anything is kept."""

    reviewer_id: str
    country: str
    organisation: str | None
    conflicts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AssignReviewers:
    """Whom to put on the panel. ``share`` is how many reviewers each application gets; ``None`` takes the call's."""

    call_id: str
    reviewers: tuple[NewReviewer, ...]
    share: int | None = None


@dataclass(frozen=True, slots=True)
class SeePossibleConflicts:
    """Applications of one call to look through."""

    applications: Sequence[Application]


class Assigned(Frozen):
    """How the reading was shared out."""

    call_id: str
    reviewers: int
    applications: int
    assignments: int
    least_load: int
    most_load: int
    short: tuple[str, ...] = Field(description="applications for which there are not enough reviewers without conflict")
    possible_conflicts: int = Field(
        default=0, description="assignments whose two organisations have names near each other; to be looked at"
    )


class PossibleConflict(Frozen):
    """An assignment to look at: the organisations of applicant and reviewer have names near each other."""

    application_id: str
    reviewer_id: str
    organisation: str
    reviewers_organisation: str


async def assign_reviewers(office: Office, command: AssignReviewers, asked: Asked) -> Assigned | Repeat:
    """Put reviewers on the panel and share out what stands in the call.

    Written in chunks; what is assigned stays, so that a call which broke off halfway is simply repeated.
    """
    call = await call_of(office.store, command.call_id)
    panel = await _seated(office, command, asked)
    applications = await standing_applications(office.store, call)
    judged, names = list[Judged](), dict[str, str]()
    for some in slices(applications):
        profiles = await _profiles(office, some, asked)
        judged += [judged_of(office.vault, each, one) for each in some if (one := profiles[each.person_id])]
        names |= _named(some, profiles)
    share = command.share or call.criteria.reviews_per_application
    plan = await asyncio.to_thread(share_out, panel, judged, share)
    changed = [each for each in applications if plan.get(each.application_id, each.assigned) != each.assigned]
    chunks = [changed[at : at + CHUNK] for at in range(0, len(changed), CHUNK)] or [[]]
    for chunk in chunks[:-1]:
        await office.commits.commit(_assignment(command.call_id, chunk, plan, None, replace(asked, once=None)))
    near_ones = await asyncio.to_thread(possible_conflicts, office.vault, panel, plan, names)
    answer = _figures(command.call_id, panel, plan, share, judged)
    answer = answer.model_copy(update={"possible_conflicts": len(near_ones)})
    return await office.commits.commit(_assignment(command.call_id, chunks[-1], plan, answer, asked))


async def see_possible_conflicts(office: Office, query: SeePossibleConflicts, asked: Asked) -> list[PossibleConflict]:
    """The assignments whose organisations have names near each other; opened on record."""
    there = [each for each in query.applications if each.alive and each.assigned]
    if not there:
        return []
    panel = panel_of(await office.store.state(PANEL(there[0].call_id)), there[0].call_id)
    names = _named(there, await _profiles(office, there, asked))
    assigned = {each.application_id: each.assigned for each in there}
    return await asyncio.to_thread(possible_conflicts, office.vault, panel, assigned, names)


async def _profiles(office: Office, some: Sequence[Application], asked: Asked) -> dict[str, Profile | None]:
    """The profiles of applicants by person, put on record before; ``None`` for whoever was erased."""
    people = [each.person_id for each in some]
    await record_reading(office.commits, asked, "review", [Profile.field_set], people)
    return await office.vault.open_many(people, Profile.field_set, Profile)


def possible_conflicts(
    vault: Vault, panel: Panel, assigned: Mapping[str, Sequence[str]], names: Mapping[str, str]
) -> list[PossibleConflict]:
    """The assignments to look at. ``names`` are the organisations of the applications, by id."""
    theirs = {each.reviewer_id: name for each in panel.reviewers if (name := _organisation_of(vault, panel, each))}
    return [
        PossibleConflict(
            application_id=application_id,
            reviewer_id=reviewer_id,
            organisation=name,
            reviewers_organisation=theirs[reviewer_id],
        )
        for application_id, name in names.items()
        for reviewer_id in assigned.get(application_id, ())
        if reviewer_id in theirs and near(name, theirs[reviewer_id])
    ]


def _named(applications: Sequence[Application], profiles: Mapping[str, Profile | None]) -> dict[str, str]:
    return {
        each.application_id: profile.organisation
        for each in applications
        if (profile := profiles[each.person_id]) and profile.organisation
    }


async def _seated(office: Office, command: AssignReviewers, asked: Asked) -> Panel:
    vault, ref = office.vault, PANEL(command.call_id)
    reviewers = [
        Reviewer(
            reviewer_id=each.reviewer_id,
            country_hash=_country_hash(vault, each.country),
            organisation_hash=_organisation_hash(vault, each.organisation),
            organisation_sealed=_organisation_sealed(vault, command.call_id, each),
            conflicts=each.conflicts,
        )
        for each in command.reviewers
    ]

    def decide(found: Found) -> Decision[Panel]:
        panel = seat_reviewers(found[ref], command.call_id, reviewers)
        if panel == found[ref]:
            return Decision(answer=panel)
        return Decision([New(ref, panel)], answer=panel, on_record=[Decided("panel_changed", ref)])

    return unrepeated(await office.commits.commit(replace(asked, once=None).change([ref], decide)))


def _assignment(
    call_id: str,
    chunk: Sequence[Application],
    plan: Mapping[str, tuple[str, ...]],
    answer: A,
    asked: Asked,
) -> Change[A]:
    """The change that writes some of the plan. Whoever has reviewed meanwhile stays assigned."""
    refs = [APPLICATION(each.application_id) for each in chunk]
    panel_ref = PANEL(call_id)

    def decide(found: Found) -> Decision[A]:
        states = []
        panel = panel_of(found[panel_ref], call_id)
        for ref in refs:
            one = found[ref]
            if one is None or not one.alive:
                continue
            assigned, _ = decisions.assign(one, panel, plan[ref.id])
            if assigned != one:
                states.append(New(ref, assigned))
        on_record = [Decided("reviewers_assigned", each.ref, (call_id,)) for each in states]
        return Decision(states, answer=answer, on_record=on_record)

    return asked.change([*refs, panel_ref], decide)


def _figures(
    call_id: str, panel: Panel, plan: Mapping[str, tuple[str, ...]], share: int, applications: Sequence[Judged]
) -> Assigned:
    readers = {each.application_id: {*plan[each.application_id], *each.reviewed_by} for each in applications}
    loads = {each.reviewer_id: 0 for each in panel.reviewers}
    for names in plan.values():
        for name in names:
            loads[name] = loads.get(name, 0) + 1
    return Assigned(
        call_id=call_id,
        reviewers=len(panel.reviewers),
        applications=len(plan),
        assignments=sum(len(names) for names in plan.values()),
        least_load=min(loads.values(), default=0),
        most_load=max(loads.values(), default=0),
        short=tuple(sorted(id for id, names in readers.items() if len(names) < share)),
    )


def panel_of(panel: Panel | None, call_id: str) -> Panel:
    return panel or Panel(call_id=call_id)


def judged_of(vault: Vault, application: Application, profile: Profile) -> Judged:
    return Judged(
        application_id=application.application_id,
        country_hash=_country_hash(vault, profile.country),
        organisation_hash=_organisation_hash(vault, profile.organisation),
        assigned=application.assigned,
        reviewed_by=tuple(each.reviewer_id for each in application.reviews),
    )


def _country_hash(vault: Vault, country: str) -> str:
    return vault.keyed_hash("conflict-country", country)


def _organisation_hash(vault: Vault, organisation: str | None) -> str | None:
    normal = normal_organisation(organisation or "")
    return vault.keyed_hash("conflict-organisation", normal) if normal else None


def _organisation_sealed(vault: Vault, call_id: str, reviewer: NewReviewer) -> str | None:
    if not reviewer.organisation:
        return None
    sealed = vault.service_key.seal(_place(call_id, reviewer.reviewer_id), Organisation(name=reviewer.organisation))
    return base64.b64encode(sealed).decode()


def _organisation_of(vault: Vault, panel: Panel, reviewer: Reviewer) -> str | None:
    if reviewer.organisation_sealed is None:
        return None
    sealed = base64.b64decode(reviewer.organisation_sealed)
    return vault.service_key.open(_place(panel.call_id, reviewer.reviewer_id), Organisation, sealed).name


def _place(call_id: str, reviewer_id: str) -> str:
    return f"reviewers-organisation/{call_id}/{reviewer_id}"
