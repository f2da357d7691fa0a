"""Reviewers assigned, conflicts declared, reviews given (rule 2)."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from pydantic import Field

from relevo_chassis.delivery.change import Change, Commits, Decision, Found, New, Once, Row
from relevo_chassis.delivery.store import Store
from relevo_chassis.edge.ids import new_id
from relevo_chassis.edge.vault import PersonKey, Vault, sealed_row
from relevo_contracts.intake import ApplicationReviewed
from relevo_contracts.model import Frozen
from relevo_intake.commands.calls import existing
from relevo_intake.commands.readings import THE_SERVICE, record_reading
from relevo_intake.domain.application import Application
from relevo_intake.domain.call import Call
from relevo_intake.domain.dossier import Identity, Profile, Statement
from relevo_intake.domain.review import (
    ConflictOfInterest,
    Judged,
    NotAssigned,
    Panel,
    Review,
    Reviewer,
    ReviewsAreOver,
    assign,
    check_scores,
    declare_conflict,
    normal_organisation,
    seat_reviewers,
    with_review,
)
from relevo_intake.domain.seating.state import Seating
from relevo_intake.store.choosing import PANEL, SEATING
from relevo_intake.store.people import APPLICATION, CALL, standings

CHUNK = 200


class NewReviewer(NamedTuple):
    """A reviewer as a coordinator names them. Country and organisation are hashed before anything is kept."""

    reviewer_id: str
    country: str
    organisation: str | None
    conflicts: tuple[str, ...] = ()


class AssignReviewers(NamedTuple):
    """``share`` is how many reviewers each application gets; ``None`` takes the call's."""

    call_id: str
    reviewers: tuple[NewReviewer, ...]
    share: int | None = None


class Assigned(Frozen):
    """How the reading was shared out."""

    call_id: str
    reviewers: int
    applications: int
    assignments: int
    least_load: int
    most_load: int
    short: tuple[str, ...] = Field(description="applications for which there are not enough reviewers without conflict")


class ForReview(Frozen):
    """An application as a reviewer sees it. A blind one has neither name, organisation nor country."""

    application_id: str
    call_id: str
    blind: bool
    rubric: tuple[dict[str, str | int], ...]
    language: str
    motivation: str
    experience: str
    multiplier_idea: str
    name: str | None = None
    organisation: str | None = None
    country: str | None = None
    own_scores: dict[str, int] | None = None


class GiveReview(NamedTuple):
    """``comment`` is sealed with the applicant's own things."""

    application_id: str
    reviewer_id: str
    scores: Mapping[str, int]
    comment: str | None
    review_id: str


class Comment(Frozen):
    """What a reviewer wrote besides the scores."""

    text: str


async def assign_reviewers(
    commits: Commits,
    store: Store,
    vault: Vault,
    command: AssignReviewers,
    *,
    reader: str,
    once: Once | None,
    now: datetime,
    cause_id: str,
) -> Any:
    """Put reviewers on the panel and share out what stands in the call. Answers ``Assigned``.

    Written in chunks; what is assigned stays, so that a call which broke off halfway is simply repeated.
    """
    call = existing(await store.state(CALL(command.call_id)), command.call_id)
    panel = await _seated(commits, vault, command, now, cause_id)
    applications = (await standings(store, call)).applications
    people = [each.person_id for each in applications]
    await record_reading(
        commits, reader=reader, purpose="review", field_sets=[Profile.field_set], person_ids=people, now=now
    )
    profiles = await vault.open_many(people, Profile.field_set, Profile)
    judged = [_judged(vault, each, profile) for each in applications if (profile := profiles[each.person_id])]
    share = command.share or call.criteria.reviews_per_application
    plan = await asyncio.to_thread(assign, panel, judged, share)
    moved = [each for each in applications if plan.get(each.application_id, each.assigned) != each.assigned]
    chunks = [moved[at : at + CHUNK] for at in range(0, len(moved), CHUNK)] or [[]]
    for chunk in chunks[:-1]:
        await commits.commit(_assignment(command.call_id, chunk, plan, None, now, cause_id, None))
    answer = _told(command.call_id, panel, plan, share)
    return await commits.commit(_assignment(command.call_id, chunks[-1], plan, answer, now, cause_id, once))


async def declare_conflict_of(
    commits: Commits,
    store: Store,
    application_id: str,
    reviewer_id: str,
    once: Once | None,
    now: datetime,
    cause_id: str,
) -> Any:
    """A reviewer steps aside: off their list, and never assigned again. Answers the application's id.

    Raises ``NotAssigned``; a repeat gets its first answer although it is assigned no more.
    """
    application = await store.state(APPLICATION(application_id))
    call_id = application.call_id if application else application_id
    ref, panel_ref = APPLICATION(application_id), PANEL(call_id)

    def decide(found: Found) -> Decision:
        one = found[ref]
        if one is None or reviewer_id not in one.assigned:
            raise NotAssigned()
        panel = declare_conflict(_panel(found[panel_ref], call_id), reviewer_id, application_id)
        left = tuple(each for each in one.assigned if each != reviewer_id)
        kept = tuple(each for each in one.reviews if each.reviewer_id != reviewer_id)
        stepped = one.model_copy(update={"assigned": left, "reviews": kept})
        return Decision([New(ref, stepped), New(panel_ref, panel)], answer=one.application_id)

    return await commits.commit(Change([ref, panel_ref], decide, now, cause_id, once=once))


async def give_review(
    commits: Commits,
    store: Store,
    vault: Vault,
    command: GiveReview,
    once: Once | None,
    now: datetime,
    cause_id: str,
) -> Any:
    """Score an application. Answers the ``Review``; a second one of the same reviewer takes the first one's place.

    Raises ``NotAssigned``, ``ReviewsAreOver``, ``ConflictOfInterest`` or ``ScoresDoNotFitTheRubric``.
    """
    application = await assigned_to(store, command.application_id, command.reviewer_id)
    key = await vault.key_of(application.person_id)
    profile = await _compared(commits, vault, application, now)
    ref, call_ref = APPLICATION(command.application_id), CALL(application.call_id)
    panel_ref, seating_ref = PANEL(application.call_id), SEATING(application.call_id)

    def decide(found: Found) -> Decision:
        one = found[ref]
        if one is None or not one.alive or command.reviewer_id not in one.assigned:
            raise NotAssigned()
        _not_over(found[seating_ref])
        call = existing(found[call_ref], one.call_id)
        _clear_of_conflict(vault, _panel(found[panel_ref], one.call_id), command.reviewer_id, one, profile)
        check_scores(call.criteria.rubric, command.scores)
        given = Review(
            review_id=command.review_id,
            reviewer_id=command.reviewer_id,
            scores=dict(command.scores),
            reviewed_at=now,
        )
        reviews = with_review(one.reviews, given)
        review = next(each for each in reviews if each.reviewer_id == command.reviewer_id)
        reviewed = one.model_copy(update={"reviews": reviews})
        return Decision([New(ref, reviewed)], [_reviewed(reviewed, review)], _comment(key, command, review), review)

    return await commits.commit(Change([ref, panel_ref, call_ref, seating_ref], decide, now, cause_id, once=once))


async def read_for_review(
    commits: Commits, store: Store, vault: Vault, application_id: str, reviewer_id: str, now: datetime
) -> ForReview:
    """What an assigned reviewer may see, put on record.

    Raises ``NotAssigned``, ``ReviewsAreOver`` or ``ConflictOfInterest``.
    """
    application = await assigned_to(store, application_id, reviewer_id)
    call_id = application.call_id
    seating, known, seated = await asyncio.gather(
        store.state(SEATING(call_id)), store.state(CALL(call_id)), store.state(PANEL(call_id))
    )
    _not_over(seating)
    call, panel = existing(known, call_id), _panel(seated, call_id)
    profile = await _compared(commits, vault, application, now)
    _clear_of_conflict(vault, panel, reviewer_id, application, profile)
    fields = [Statement.field_set] + ([] if call.criteria.blind else [Identity.field_set, Profile.field_set])
    people = [application.person_id]
    await record_reading(commits, reader=reviewer_id, purpose="review", field_sets=fields, person_ids=people, now=now)
    statement = await vault.open(application.person_id, Statement.field_set, Statement)
    identity = None
    if not call.criteria.blind:
        identity = await vault.open(application.person_id, Identity.field_set, Identity)
    return _seen(application, call, reviewer_id, statement, identity, profile)


async def _compared(commits: Commits, vault: Vault, application: Application, now: datetime) -> Profile | None:
    """The profile, for the service itself to compare with who reads; on record as read by the service."""
    fields, people = [Profile.field_set], [application.person_id]
    await record_reading(commits, reader=THE_SERVICE, purpose="review", field_sets=fields, person_ids=people, now=now)
    return await vault.open(application.person_id, Profile.field_set, Profile)


async def assigned_to(store: Store, application_id: str, reviewer_id: str) -> Application:
    """Unknown, withdrawn and foreign ones are the same ``NotAssigned``."""
    found = await store.state(APPLICATION(application_id))
    if found is None or not found.alive or reviewer_id not in found.assigned:
        raise NotAssigned()
    return found


async def _seated(commits: Commits, vault: Vault, command: AssignReviewers, now: datetime, cause_id: str) -> Panel:
    ref = PANEL(command.call_id)
    reviewers = [
        Reviewer(
            reviewer_id=each.reviewer_id,
            country_hash=_country_hash(vault, each.country),
            organisation_hash=_organisation_hash(vault, each.organisation),
            conflicts=each.conflicts,
        )
        for each in command.reviewers
    ]

    def decide(found: Found) -> Decision:
        panel = seat_reviewers(found[ref], command.call_id, reviewers)
        return Decision([New(ref, panel)] if panel != found[ref] else [], answer=panel)

    panel: Panel = await commits.commit(Change([ref], decide, now, cause_id))
    return panel


def _assignment(
    call_id: str,
    chunk: Sequence[Application],
    plan: Mapping[str, tuple[str, ...]],
    answer: Assigned | None,
    now: datetime,
    cause_id: str,
    once: Once | None,
) -> Change:
    """The change that writes some of the plan. Whoever has reviewed meanwhile stays assigned."""
    refs = [APPLICATION(each.application_id) for each in chunk]

    def decide(found: Found) -> Decision:
        states = []
        for ref in refs:
            one = found[ref]
            if one is None or not one.alive:
                continue
            reviewed = [each.reviewer_id for each in one.reviews if each.reviewer_id not in plan[ref.id]]
            assigned = (*plan[ref.id], *reviewed)
            if assigned != one.assigned:
                states.append(New(ref, one.model_copy(update={"assigned": assigned})))
        return Decision(states, answer=answer)

    return Change([*refs, PANEL(call_id)], decide, now, cause_id, once=once)


def _told(call_id: str, panel: Panel, plan: Mapping[str, tuple[str, ...]], share: int) -> Assigned:
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
        short=tuple(sorted(id for id, names in plan.items() if len(names) < share)),
    )


def _not_over(seating: Seating | None) -> None:
    if seating is not None and seating.selection_id is not None:
        raise ReviewsAreOver(call_id=seating.call_id)


def _panel(panel: Panel | None, call_id: str) -> Panel:
    return panel or Panel(call_id=call_id)


def _judged(vault: Vault, application: Application, profile: Profile) -> Judged:
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


def _clear_of_conflict(
    vault: Vault, panel: Panel, reviewer_id: str, application: Application, profile: Profile | None
) -> None:
    if profile is None or _judged(vault, application, profile).barred(panel.reviewer(reviewer_id)):
        raise ConflictOfInterest(application_id=application.application_id)


def _reviewed(application: Application, review: Review) -> ApplicationReviewed:
    return ApplicationReviewed(
        application_id=application.application_id,
        call_id=application.call_id,
        edition_id=application.edition_id,
        review_id=review.review_id,
        reviews=len(application.reviews),
        reviewed_at=review.reviewed_at,
    )


def _comment(key: PersonKey, command: GiveReview, review: Review) -> list[Row]:
    if not command.comment:
        return []
    return [sealed_row(key, f"review-{review.review_id}", Comment(text=command.comment))]


def _seen(
    application: Application,
    call: Call,
    reviewer_id: str,
    statement: Statement | None,
    identity: Identity | None,
    profile: Profile | None,
) -> ForReview:
    own = next((each.scores for each in application.reviews if each.reviewer_id == reviewer_id), None)
    told = statement or Statement(language="en", motivation="")
    open_ = not call.criteria.blind
    return ForReview(
        application_id=application.application_id,
        call_id=call.call_id,
        blind=call.criteria.blind,
        rubric=tuple(each.model_dump() for each in call.criteria.rubric),
        language=told.language,
        motivation=told.motivation,
        experience=told.experience,
        multiplier_idea=told.multiplier_idea,
        name=identity.name if identity and open_ else None,
        organisation=profile.organisation if profile and open_ else None,
        country=profile.country if profile and open_ else None,
        own_scores=own,
    )


def review_command(application_id: str, reviewer_id: str, scores: Mapping[str, int], comment: str | None) -> GiveReview:
    """The command for a fresh review."""
    return GiveReview(application_id, reviewer_id, scores, comment, new_id())
