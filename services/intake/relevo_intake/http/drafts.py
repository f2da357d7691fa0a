"""Drafts: an application written bit by bit, on a phone with a poor connection."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request, Response

from relevo_chassis.given.asking import InAsking
from relevo_chassis.http.answers import sends
from relevo_chassis.http.etag import ChangedSince, if_match
from relevo_chassis.http.once import Answer
from relevo_chassis.http.refusals import refuses
from relevo_chassis.http.routes import Routes
from relevo_chassis.languages.preference import language_of
from relevo_chassis.people.vault import PersonErased
from relevo_contracts.model import Id
from relevo_intake.commands import drafts
from relevo_intake.commands.applications import new_person
from relevo_intake.commands.drafts import DiscardDraft, OpenedDraft, SaveDraft, SeeDraft, StartDraft, SubmitDraft
from relevo_intake.commands.office import ANYBODY, applicant, key_of_answers
from relevo_intake.domain.call import CallIsClosed, CallIsNotOpenYet, LateCodeIsNotValid, NoSuchCall
from relevo_intake.domain.draft import DraftChanged, DraftWasSubmitted
from relevo_intake.domain.guard import ProofIsNotGood, ProofIsWanted
from relevo_intake.http.callers import CodeOrToken, InEquipment, InOffice, OwnDraft, OwnDraftKey, ProofBrought
from relevo_intake.http.forms.applications import DraftForm, DraftIsIncomplete, SubmitDraftForm, refused_in
from relevo_intake.http.views.applications import (
    NewDraftView,
    ReceiptView,
    RefusedFieldView,
    SavedDraftView,
    WholeDraftView,
    draft_answer,
    draft_tag,
    receipt_answer,
    saved_answer,
    started_answer,
)
from relevo_intake.proofs import proof_in

router = Routes(tags=["drafts"])
Tag = Annotated[str, Depends(if_match)]


@router.post(
    "/calls/{call_id}/drafts", status_code=201, response_model=NewDraftView, responses=sends(status=201, tag=True)
)
@refuses(CallIsClosed, NoSuchCall, PersonErased, ProofIsNotGood, ProofIsWanted)
async def start_draft(
    call_id: Id,
    form: DraftForm,
    asking: InAsking,
    office: InOffice,
    equipment: InEquipment,
    brought: ProofBrought = None,
) -> Response:
    """Begin a draft, without an account. While the call wants proofs, with one."""
    person = await new_person(office.vault)
    proof = proof_in(office.vault.service_key, call_id, brought, equipment.now())
    command, key = StartDraft(call_id, person, form.content(), proof), key_of_answers(person.key)
    with equipment.beginnings.counted(call_id):
        return await asking.answer(drafts.start_draft, office, command, by=ANYBODY, respond=started_answer, key=key)


@router.get("/drafts/{draft_id}", response_model=WholeDraftView, responses=sends(tag=True))
@refuses(PersonErased)
async def read_draft(draft_id: Id, request: Request, draft: OwnDraft, asking: InAsking, office: InOffice) -> Response:
    """Go on with a draft (receipt). It says what would be refused or could tell who writes, if it were submitted so."""

    def respond(opened: OpenedDraft) -> Answer:
        return draft_answer(opened, _refused(request, opened))

    return await asking.answer(drafts.see_draft, office, SeeDraft(draft), by=applicant(draft_id), respond=respond)


@router.put("/drafts/{draft_id}", response_model=SavedDraftView, responses=sends(tag=True))
@refuses(DraftChanged, DraftWasSubmitted, PersonErased)
async def save_draft(
    draft_id: Id, request: Request, form: DraftForm, tag: Tag, draft: OwnDraft, asking: InAsking, office: InOffice
) -> Response:
    """Save the draft anew, whole (receipt). Needs If-Match, so that two devices do not overwrite each other."""
    if tag != draft_tag(draft):
        raise ChangedSince()
    command = SaveDraft(draft, draft.revision, form.content())

    def respond(opened: OpenedDraft) -> Answer:
        return saved_answer(opened, _refused(request, opened))

    return await asking.answer(drafts.save_draft, office, command, by=applicant(draft_id), respond=respond)


@router.delete("/drafts/{draft_id}", status_code=204)
@refuses(DraftChanged, DraftWasSubmitted)
async def discard_draft(draft_id: Id, draft: OwnDraft, asking: InAsking, office: InOffice) -> Response:
    """Give the draft up; what is written in it is destroyed at once (receipt)."""
    return await asking.answer(drafts.discard_draft, office, DiscardDraft(draft), by=applicant(draft_id))


@router.post("/drafts/{draft_id}/submit", status_code=201, response_model=ReceiptView)
@refuses(
    CallIsClosed,
    CallIsNotOpenYet,
    DraftChanged,
    DraftIsIncomplete,
    DraftWasSubmitted,
    LateCodeIsNotValid,
    NoSuchCall,
    PersonErased,
)
async def submit_draft(
    draft_id: Id,
    form: SubmitDraftForm,
    draft: OwnDraft,
    key: OwnDraftKey,
    credential: CodeOrToken,
    asking: InAsking,
    office: InOffice,
) -> Response:
    """Submit the draft as it was last saved (receipt). It becomes the application of the same id and receipt code."""
    code = credential if isinstance(credential, str) else None
    command = SubmitDraft(draft, key, code, form.whole, form.consent_version, form.late_code)
    by, answers = applicant(draft_id), key_of_answers(key)
    return await asking.answer(drafts.submit_draft, office, command, by=by, respond=receipt_answer, key=answers)


def _refused(request: Request, opened: OpenedDraft) -> list[RefusedFieldView]:
    """What would be refused, in the language that the request prefers, as refusals are."""
    sentences, language = request.app.state.sentences, language_of(request, otherwise="en")
    return [
        RefusedFieldView(
            where=each.where,
            code=each.code,
            reason=sentences.reason(each.code, language, each.reason, each.facts),
        )
        for each in refused_in(opened.content, opened.questions)
    ]
