"""Drafts: an application written bit by bit, on a phone with a poor connection."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import Depends, Request, Response
from pydantic import BaseModel, Field

from relevo_chassis.edge.answers import shown
from relevo_chassis.edge.etag import ChangedSince, if_match
from relevo_chassis.edge.ids import new_id
from relevo_chassis.edge.once import Answer, answer_json, answered, once_of
from relevo_chassis.edge.refusals import refuses
from relevo_chassis.edge.routes import Routes
from relevo_chassis.edge.vault import PersonErased
from relevo_contracts import derived_id
from relevo_contracts.model import Id
from relevo_intake.commands import drafts
from relevo_intake.commands.applications import SubmitApplication, new_person
from relevo_intake.commands.drafts import Saved
from relevo_intake.commands.gates import own_gate
from relevo_intake.commands.readings import record_reading
from relevo_intake.domain.blindness import Passage
from relevo_intake.domain.call import CallIsClosed, CallIsNotOpenYet, LateCodeIsNotValid, NoSuchCall
from relevo_intake.domain.dossier import DraftDossier
from relevo_intake.domain.draft import Draft, DraftChanged, DraftWasSubmitted
from relevo_intake.http.applications import Receipt, receipt_answer
from relevo_intake.http.blindness import previewed
from relevo_intake.http.calls import existing_call
from relevo_intake.http.forms import DraftForm, DraftIsIncomplete, SubmitDraftForm
from relevo_intake.http.receipts import DraftHolder, InShell, ReceiptCode

router = Routes(tags=["drafts"])
Tag = Annotated[str, Depends(if_match)]


class DraftView(BaseModel):
    """A draft, without what is written in it."""

    draft_id: Id
    call_id: Id
    state: Literal["open", "submitted", "expired"]
    saved_at: datetime
    expires_at: datetime


class NewDraft(DraftView):
    """A new draft. The receipt code is shown this once and opens it again: keep it safe."""

    receipt_code: str


class WholeDraft(DraftView):
    """A draft with what is written in it."""

    content: DraftDossier
    warnings: tuple[Passage, ...] = Field(description="where a blind review could tell who writes")


class SavedDraft(DraftView):
    """A draft as it was saved."""

    warnings: tuple[Passage, ...] = Field(description="where a blind review could tell who writes")


@router.post("/calls/{call_id}/drafts", status_code=201, response_model=NewDraft, responses=shown(status=201, tag=True))
@refuses(CallIsClosed, NoSuchCall, PersonErased)
async def start(request: Request, call_id: Id, form: DraftForm, shell: InShell) -> Response:
    """Begin a draft, without an account."""
    person = await new_person(shell.vault)

    def respond(saved: Saved) -> Answer:
        view = NewDraft(**_fields(saved.draft), receipt_code=saved.receipt_code)
        return answer_json(view, 201, location=f"/drafts/{saved.draft.draft_id}", etag=_tag(saved.draft))

    once = await once_of(request, "", person.key, shell.vault, respond)
    outcome = await drafts.start_draft(
        shell.committer,
        shell.vault,
        call_id,
        form.content(),
        person,
        once,
        shell.clock.now(),
        derived_id("request", once.key),
    )
    return await answered(shell.vault, once, outcome)


@router.get("/drafts/{draft_id}", response_model=WholeDraft, responses=shown(tag=True))
@refuses(PersonErased)
async def read(draft_id: Id, response: Response, draft: DraftHolder, shell: InShell) -> WholeDraft:
    """Go on with a draft (receipt)."""
    content = await _opened(shell, draft)
    response.headers["etag"] = _tag(draft)
    written = content or DraftDossier()
    warnings = (await previewed(await existing_call(shell, draft.call_id), written)).warnings
    return WholeDraft(**_fields(draft), content=written, warnings=warnings)


@router.put("/drafts/{draft_id}", response_model=SavedDraft, responses=shown(tag=True))
@refuses(DraftChanged, DraftWasSubmitted, PersonErased)
async def save(
    draft_id: Id, form: DraftForm, tag: Tag, response: Response, draft: DraftHolder, shell: InShell
) -> SavedDraft:
    """Save the draft anew, whole (receipt). Needs If-Match, so that two devices do not overwrite each other."""
    if tag != _tag(draft):
        raise ChangedSince()
    key = await shell.vault.key_of(draft.person_id)
    saved = await drafts.save_draft(
        shell.committer, draft, draft.revision, form.content(), key, shell.clock.now(), new_id()
    )
    response.headers["etag"] = _tag(saved)
    warnings = (await previewed(await existing_call(shell, draft.call_id), form.content())).warnings
    return SavedDraft(**_fields(saved), warnings=warnings)


@router.delete("/drafts/{draft_id}", status_code=204)
@refuses(DraftChanged, DraftWasSubmitted)
async def discard(draft_id: Id, draft: DraftHolder, shell: InShell) -> None:
    """Give the draft up; what is written in it is destroyed at once (receipt)."""
    await drafts.discard_draft(shell.committer, draft, shell.clock.now(), new_id())


@router.post("/drafts/{draft_id}/submission", status_code=201, response_model=Receipt)
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
async def submit(
    request: Request, draft_id: Id, form: SubmitDraftForm, draft: DraftHolder, code: ReceiptCode, shell: InShell
) -> Response:
    """Submit the draft as it was last saved (receipt). It becomes the application of the same id and receipt code."""
    key = await shell.vault.key_of(draft.person_id)
    once = await once_of(request, draft_id, key, shell.vault, receipt_answer)
    now, cause_id = shell.clock.now(), derived_id("request", once.key)
    content = await _opened(shell, draft)
    if content is None:
        outcome = await drafts.submitted_before(shell.committer, draft, once, now, cause_id)
        return await answered(shell.vault, once, outcome)
    whole = form.completed(content)
    command = SubmitApplication(
        draft.call_id, draft_id, code, whole.dossier(), form.consent_version, form.late_code, own_gate()
    )
    outcome = await drafts.submit_draft(shell.committer, shell.vault, draft, command, key, once, now, cause_id)
    return await answered(shell.vault, once, outcome)


async def _opened(shell: InShell, draft: Draft) -> DraftDossier | None:
    """What is written in a draft, opened on record."""
    await record_reading(
        shell.committer,
        reader=f"applicant/{draft.draft_id}",
        purpose="own",
        field_sets=(DraftDossier.field_set,),
        person_ids=(draft.person_id,),
        now=shell.clock.now(),
    )
    return await shell.vault.open(draft.person_id, DraftDossier.field_set, DraftDossier)


def _tag(draft: Draft) -> str:
    return f'"{draft.revision}"'


def _fields(draft: Draft) -> dict[str, Any]:
    return {name: getattr(draft, name) for name in DraftView.model_fields}
