"""Reviewers assigned, conflicts declared, reviews given (rule 2)."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from relevo_chassis.delivery.change import Change, Commits, Decided, Decision, Found, New, Once, Ref, Row
from relevo_chassis.delivery.store import Store
from relevo_chassis.edge.ids import new_id
from relevo_chassis.edge.vault import SEALED, PersonKey, Vault, sealed_row
from relevo_contracts.intake import ApplicationReviewed
from relevo_contracts.model import Frozen
from relevo_intake.commands.calls import existing
from relevo_intake.commands.gates import gate, moved
from relevo_intake.commands.panel import judged, panel_of
from relevo_intake.commands.readings import THE_SERVICE, record_reading
from relevo_intake.domain import contact as contacts
from relevo_intake.domain.application import Application
from relevo_intake.domain.blindness import Redaction
from relevo_intake.domain.call import Call
from relevo_intake.domain.dossier import Identity, Profile, Statement
from relevo_intake.domain.review import (
    ConflictOfInterest,
    NotAssigned,
    Panel,
    Review,
    ReviewsAreOver,
    check_scores,
    declare_conflict,
    with_review,
)
from relevo_intake.domain.seating.state import Seating
from relevo_intake.store.choosing import PANEL, SEATING
from relevo_intake.store.people import APPLICATION, CALL, CONTACT, DETAILS


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
    """``comment`` is sealed with the applicant's own things; ``None`` leaves an earlier one, "" removes it."""

    application_id: str
    reviewer_id: str
    scores: Mapping[str, int]
    comment: str | None
    review_id: str


class Comment(Frozen):
    """What a reviewer wrote besides the scores."""

    text: str


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
    ref, panel_ref, gate_ref = APPLICATION(application_id), PANEL(call_id), gate(call_id)

    def decide(found: Found) -> Decision[str]:
        one = found[ref]
        if one is None or reviewer_id not in one.assigned:
            raise NotAssigned()
        panel = declare_conflict(panel_of(found[panel_ref], call_id), reviewer_id, application_id)
        left = tuple(each for each in one.assigned if each != reviewer_id)
        kept = tuple(each for each in one.reviews if each.reviewer_id != reviewer_id)
        gone = [without_comment(one.person_id, each) for each in one.reviews if each not in kept]
        stepped = one.model_copy(update={"assigned": left, "reviews": kept})
        states = [New(ref, stepped), New(panel_ref, panel)]
        states += moved(found, gate_ref, "reviews") if kept != one.reviews else []
        on_record = [Decided("conflict_declared", ref, (call_id,))]
        return Decision(states, rows=gone, answer=one.application_id, on_record=on_record)

    return await commits.commit(Change([ref, panel_ref, gate_ref], decide, now, cause_id, once=once))


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
    gate_ref, contact_ref = gate(application.call_id), CONTACT(application.contact_id)

    def decide(found: Found) -> Decision[Review]:
        one, contact = found[ref], found[contact_ref]
        if one is None or not one.alive or command.reviewer_id not in one.assigned:
            raise NotAssigned()
        if contact is not None and contacts.superseded(contact, one.application_id):
            raise NotAssigned()
        not_over(found[seating_ref])
        call = existing(found[call_ref], one.call_id)
        _clear_of_conflict(vault, panel_of(found[panel_ref], one.call_id), command.reviewer_id, one, profile)
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
        states = [New(ref, reviewed), *moved(found, gate_ref, "reviews")]
        on_record = [Decided("review_given", ref, (one.call_id, review.review_id))]
        return Decision(states, [_reviewed(reviewed, review)], _comment(key, command, review), review, on_record)

    refs: list[Ref[Any]] = [ref, gate_ref, contact_ref, panel_ref, call_ref, seating_ref]
    return await commits.commit(Change(refs, decide, now, cause_id, once=once))


async def read_for_review(
    commits: Commits, store: Store, vault: Vault, application_id: str, reviewer_id: str, now: datetime
) -> ForReview:
    """What an assigned reviewer may see, put on record: of texts that were redacted, what is left of them.

    Raises ``NotAssigned``, ``ReviewsAreOver`` or ``ConflictOfInterest``.
    """
    application = await assigned_to(store, application_id, reviewer_id)
    call_id = application.call_id
    seating, known, seated = await asyncio.gather(
        store.state(SEATING(call_id)), store.state(CALL(call_id)), store.state(PANEL(call_id))
    )
    not_over(seating)
    call, panel = existing(known, call_id), panel_of(seated, call_id)
    profile = await _compared(commits, vault, application, now)
    _clear_of_conflict(vault, panel, reviewer_id, application, profile)
    details = await store.state(DETAILS(application_id))
    redacted = details is not None and details.redacted_at is not None
    fields = [Redaction.field_set if redacted else Statement.field_set]
    fields += [] if call.criteria.blind else [Identity.field_set, Profile.field_set]
    people = [application.person_id]
    await record_reading(commits, reader=reviewer_id, purpose="review", field_sets=fields, person_ids=people, now=now)
    statement = await _texts(vault, application.person_id, redacted=redacted)
    identity = None
    if not call.criteria.blind:
        identity = await vault.open(application.person_id, Identity.field_set, Identity)
    return _seen(application, call, reviewer_id, statement, identity, profile)


async def _texts(vault: Vault, person_id: str, *, redacted: bool) -> Statement | None:
    """Raises ``PersonErased``. A redaction that is not there any more shows nothing rather than everything."""
    if not redacted:
        return await vault.open(person_id, Statement.field_set, Statement)
    found = await vault.open(person_id, Redaction.field_set, Redaction)
    return found.statement if found else None


async def _compared(commits: Commits, vault: Vault, application: Application, now: datetime) -> Profile | None:
    """The profile, for the service itself to compare with who reads; on record as read by the service."""
    fields, people = [Profile.field_set], [application.person_id]
    await record_reading(commits, reader=THE_SERVICE, purpose="review", field_sets=fields, person_ids=people, now=now)
    return await vault.open(application.person_id, Profile.field_set, Profile)


async def assigned_to(store: Store, application_id: str, reviewer_id: str) -> Application:
    """Unknown, withdrawn, superseded and foreign ones are the same ``NotAssigned``."""
    found = await store.state(APPLICATION(application_id))
    if found is None or not found.alive or reviewer_id not in found.assigned:
        raise NotAssigned()
    contact = await store.state(CONTACT(found.contact_id))
    if contact is not None and contacts.superseded(contact, application_id):
        raise NotAssigned()
    return found


def not_over(seating: Seating | None) -> None:
    """Raises ``ReviewsAreOver``."""
    if seating is not None and seating.selection_id is not None:
        raise ReviewsAreOver(call_id=seating.call_id)


def _clear_of_conflict(
    vault: Vault, panel: Panel, reviewer_id: str, application: Application, profile: Profile | None
) -> None:
    if profile is None or judged(vault, application, profile).barred(panel.reviewer(reviewer_id)):
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


def comment_place(review: Review) -> str:
    """The field set under which the comment of a review is sealed."""
    return f"review-{review.review_id}"


def _comment(key: PersonKey, command: GiveReview, review: Review) -> list[Row]:
    if command.comment is None:
        return []
    if not command.comment:
        return [without_comment(key.person_id, review)]
    return [sealed_row(key, comment_place(review), Comment(text=command.comment))]


def without_comment(person_id: str, review: Review) -> Row:
    return Row(SEALED, f"{person_id}/{comment_place(review)}", None)


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
