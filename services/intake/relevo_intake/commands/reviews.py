"""Reviews given, conflicts declared, and what reviewers see (rule 2)."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from pydantic import Field

from relevo_chassis.delivery.change import Asked, Decided, Decision, Found, New, Ref, Repeat, Row
from relevo_chassis.delivery.store import Store
from relevo_chassis.ids import new_id
from relevo_chassis.people.vault import SEALED, PersonKey, Vault, sealed_row
from relevo_contracts.model import Frozen
from relevo_intake.commands.answers import answer_fields, answers_for_review
from relevo_intake.commands.calls import existing
from relevo_intake.commands.gates import gate, moved
from relevo_intake.commands.office import Office
from relevo_intake.commands.panel import judged_of, panel_of
from relevo_intake.commands.readings import on_behalf, record_reading
from relevo_intake.domain.answers import AnsweredQuestion, answered, for_reviewers
from relevo_intake.domain.application import Application
from relevo_intake.domain.call import Call
from relevo_intake.domain.review import Judged, Review, decisions
from relevo_intake.domain.sealed import Comment, Identity, Profile, Redaction, Statement
from relevo_intake.shown import name_shown
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
    answers: tuple[AnsweredQuestion, ...] = Field(
        default=(),
        description="to what the call asks besides and shows reviewers; in a blind call without passages "
        "that tell who wrote them",
    )
    own_scores: dict[str, int] | None = None


@dataclass(frozen=True, slots=True)
class GiveReview:
    """Scores of whoever asks for an application that is assigned to them, as it was read, with its person's key.

    ``comment`` is sealed with the applicant's own things; ``None`` leaves an earlier one, "" removes it.
    """

    application: Application
    key: PersonKey
    scores: Mapping[str, int]
    comment: str | None


@dataclass(frozen=True, slots=True)
class StepAside:
    """The application that whoever asks has a conflict with."""

    application_id: str


@dataclass(frozen=True, slots=True)
class SeeForReview:
    """An application that is assigned to whoever asks, as it was read."""

    application: Application


class SavedReview(NamedTuple):
    """A review as it was saved."""

    application_id: str
    review: Review


async def step_aside(office: Office, command: StepAside, asked: Asked) -> str | Repeat:
    """A reviewer steps aside: off their list, and never assigned again. Answers the application's id.

    Raises ``NotAssigned``; a repeat gets its first answer although it is assigned no more.
    """
    ref = APPLICATION(command.application_id)
    application = await office.store.state(ref)
    call_id = application.call_id if application else ref.id
    panel_ref, gate_ref = PANEL(call_id), gate(call_id)

    def decide(found: Found) -> Decision[str]:
        stepped = decisions.step_aside(found[ref], panel_of(found[panel_ref], call_id), asked.by)
        gone = [without_comment(stepped.application.person_id, each) for each in stepped.dropped]
        states = [New(ref, stepped.application), New(panel_ref, stepped.panel)]
        states += moved(found, gate_ref, "reviews") if gone else []
        on_record = [Decided("conflict_declared", ref, (call_id,))]
        return Decision(states, rows=gone, answer=ref.id, on_record=on_record)

    return await office.commits.commit(asked.change([ref, panel_ref, gate_ref], decide))


async def give_review(office: Office, command: GiveReview, asked: Asked) -> SavedReview | Repeat:
    """Score an application; a second review of the same reviewer takes the first one's place.

    Raises ``NotAssigned``, ``ReviewsAreOver``, ``ConflictOfInterest`` or ``ScoresDoNotFitTheRubric``.
    """
    application, call_id = command.application, command.application.call_id
    judged = await _judged(office, application, command.key, asked)
    review = Review(review_id=new_id(), reviewer_id=asked.by, scores=dict(command.scores), reviewed_at=asked.now)
    ref, gate_ref, contact_ref = APPLICATION(application.application_id), gate(call_id), CONTACT(application.contact_id)
    call_ref, panel_ref, seating_ref = CALL(call_id), PANEL(call_id), SEATING(call_id)

    def decide(found: Found) -> Decision[SavedReview]:
        one = decisions.assigned_to(found[ref], found[contact_ref], asked.by)
        decisions.must_not_be_over(found[seating_ref])
        rubric = existing(found[call_ref], call_id).criteria.rubric
        reviewed, events = decisions.give_review(one, panel_of(found[panel_ref], call_id), judged, rubric, review)
        saved = decisions.review_of(reviewed, asked.by) or review
        states = [New(ref, reviewed), *moved(found, gate_ref, "reviews")]
        on_record = [Decided("review_given", ref, (call_id, saved.review_id))]
        return Decision(states, events, _comment(command, saved), SavedReview(ref.id, saved), on_record)

    refs: list[Ref[Any]] = [ref, gate_ref, contact_ref, panel_ref, call_ref, seating_ref]
    return await office.commits.commit(asked.change(refs, decide))


async def see_for_review(office: Office, query: SeeForReview, asked: Asked) -> ForReview:
    """What an assigned reviewer may see, put on record: of texts that were redacted, what is left of them.

    Raises ``ReviewsAreOver`` or ``ConflictOfInterest``.
    """
    application, call_id = query.application, query.application.call_id
    store, vault = office.store, office.vault
    seating, known, seated, details = await asyncio.gather(
        store.state(SEATING(call_id)),
        store.state(CALL(call_id)),
        store.state(PANEL(call_id)),
        store.state(DETAILS(application.application_id)),
    )
    decisions.must_not_be_over(seating)
    call, key = existing(known, call_id), await vault.key_of(application.person_id)
    profile = await _compared(office, key, asked)
    judged = judged_of(vault, application, profile) if profile else None
    decisions.must_be_clear(panel_of(seated, call_id), judged, application.application_id, asked.by)
    redacted = details is not None and details.redacted_at is not None
    questions = for_reviewers(call.questions_in_force)
    fields = [Redaction.field_set if redacted else Statement.field_set, *answer_fields(questions)]
    fields += [] if call.criteria.blind else [Identity.field_set, Profile.field_set]
    await record_reading(office.commits, asked, "review", fields, [application.person_id])
    statement, redaction = await _texts(vault, key, redacted=redacted)
    identity = None if call.criteria.blind else await vault.open_with(key, Identity.field_set, Identity)
    seen = _seen(application, call, asked.by, statement, identity, profile)
    answers = await answers_for_review(office, key, call, profile, redaction, asked, redacted=redacted)
    return seen.model_copy(update={"answers": answered(questions, answers, statement.language if statement else "es")})


async def _texts(vault: Vault, key: PersonKey, *, redacted: bool) -> tuple[Statement | None, Redaction | None]:
    """A redaction that is not there any more shows nothing rather than everything."""
    if not redacted:
        return await vault.open_with(key, Statement.field_set, Statement), None
    found = await vault.open_with(key, Redaction.field_set, Redaction)
    return found.statement if found else None, found


async def _judged(office: Office, application: Application, key: PersonKey, asked: Asked) -> Judged | None:
    profile = await _compared(office, key, asked)
    return judged_of(office.vault, application, profile) if profile else None


async def _compared(office: Office, key: PersonKey, asked: Asked) -> Profile | None:
    """The profile, for the service itself to compare with who reads; on record as read by the service."""
    await record_reading(office.commits, on_behalf(asked), "review", [Profile.field_set], [key.person_id])
    return await office.vault.open_with(key, Profile.field_set, Profile)


async def assigned_application(store: Store, found: Application | None, reviewer_id: str) -> Application:
    """An application as it was found, if it is assigned to this reviewer. Raises ``NotAssigned``."""
    named = await store.state(CONTACT(found.contact_id)) if found else None
    return decisions.assigned_to(found, named, reviewer_id)


def comment_place(review: Review) -> str:
    """The field set under which the comment of a review is sealed."""
    return f"review-{review.review_id}"


def _comment(command: GiveReview, review: Review) -> list[Row]:
    if command.comment is None:
        return []
    if not command.comment:
        return [without_comment(command.key.person_id, review)]
    return [sealed_row(command.key, comment_place(review), Comment(text=command.comment))]


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
    own = decisions.review_of(application, reviewer_id)
    texts = statement or Statement(language="en", motivation="")
    open_ = not call.criteria.blind
    return ForReview(
        application_id=application.application_id,
        call_id=call.call_id,
        blind=call.criteria.blind,
        rubric=tuple(each.model_dump() for each in call.criteria.rubric),
        language=texts.language,
        motivation=texts.motivation,
        experience=texts.experience,
        multiplier_idea=texts.multiplier_idea,
        name=name_shown(identity, "reviewer" if open_ else "blind_reviewer", "review") if identity else None,
        organisation=profile.organisation if profile and open_ else None,
        country=profile.country if profile and open_ else None,
        own_scores=own.scores if own else None,
    )
