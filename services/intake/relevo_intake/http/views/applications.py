"""Applications, drafts and details, as whoever holds the receipt reads them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, Field

from relevo_chassis.http.once import Answer, answer_json
from relevo_contracts.model import Id
from relevo_intake.commands.applications import Receipt
from relevo_intake.commands.details import Corrected, OwnDetails
from relevo_intake.commands.drafts import OpenedDraft, Started
from relevo_intake.commands.persons import ErasedPerson
from relevo_intake.domain.answers import visible
from relevo_intake.domain.application import Application, ApplicationState
from relevo_intake.domain.blindness import Passage
from relevo_intake.domain.details import Correction, DetailName, Details
from relevo_intake.domain.draft import Draft
from relevo_intake.domain.questions import Question
from relevo_intake.domain.sealed import Display, DraftDossier, Language, Letters
from relevo_intake.letters.arrival import Arrival

VISIBLE = "the keys of the questions that are asked of whoever has answered so; other answers are not sent in"


class ReceiptView(BaseModel):
    """Proof that the application is in. The receipt code is shown this once and opens it again: keep it safe."""

    application_id: Id
    receipt_code: str | None = Field(
        examples=["0F3K-9Q2M-7WXY-ZA5B-C8DE-F1GH-JK"],
        description="null for a draft that was submitted with a token: its code stays what it was",
    )
    submitted_at: datetime


class ApplicationView(BaseModel):
    """Where the application stands, for its applicant. The same whether it is alone or linked to others (rule 1)."""

    application_id: Id
    call_id: Id
    edition_id: Id
    state: ApplicationState
    submitted_at: datetime
    late: bool
    withdrawn_at: datetime | None


class OwnApplicationView(ApplicationView):
    """As its applicant reads it."""

    letters: Arrival = Field(description="whether letters to the contact arrive, as far as mail servers tell")


class ErasedView(BaseModel):
    """The person's key is destroyed; nothing about them can be read any more."""

    person_id: Id
    erased_at: datetime


class BelongingView(BaseModel):
    """What a receipt code belongs to."""

    kind: Literal["application", "draft"]
    id: Id
    call_id: Id


class ConfirmedView(BaseModel):
    """The application stands for its contact, unless another is confirmed later."""

    confirmed_at: datetime


class DraftView(BaseModel):
    """A draft, without what is written in it."""

    draft_id: Id
    call_id: Id
    state: Literal["open", "submitted", "expired"]
    saved_at: datetime
    expires_at: datetime


class NewDraftView(DraftView):
    """A new draft. The receipt code is shown this once and opens it again: keep it safe."""

    receipt_code: str


class RefusedFieldView(BaseModel):
    """A field of a draft that would be refused if it were submitted as it is."""

    where: str
    code: str
    reason: str = Field(description="in words, in the language that the request prefers")


class WholeDraftView(DraftView):
    """A draft with what is written in it."""

    content: DraftDossier
    warnings: tuple[Passage, ...] = Field(description="where a blind review could tell who writes")
    refused: tuple[RefusedFieldView, ...] = Field(description="what would be refused; not what is missing still")
    questions: tuple[Question, ...] = Field(description="what the call asks besides the fixed questions")
    visible: tuple[str, ...] = Field(description=VISIBLE)


class SavedDraftView(DraftView):
    """A draft as it was saved."""

    warnings: tuple[Passage, ...] = Field(description="where a blind review could tell who writes")
    refused: tuple[RefusedFieldView, ...] = Field(description="what would be refused; not what is missing still")
    visible: tuple[str, ...] = Field(description=VISIBLE)


class CorrectionView(BaseModel):
    """One correction: which details, when, by whom; not what they were."""

    correction_id: Id
    at: datetime
    details: tuple[DetailName, ...]


class OwnCorrectionView(CorrectionView):
    """One correction, for the person."""

    by: Literal["you", "staff"]


class OwnDetailsView(BaseModel):
    """What the person said about themselves, as it stands."""

    application_id: Id
    name: str
    contact: str | None
    language: Language
    display: Display
    letters: Letters = Field(description="how many letters the person wants")
    proposed_contact: str | None = Field(
        description="what staff put forward; letters go there once whoever holds it has confirmed it, unless you refuse"
    )
    no_recovery_until: datetime | None = Field(description="until when nothing is recovered by way of the contact")
    corrections: tuple[OwnCorrectionView, ...]


class ContactRefusedView(BaseModel):
    """The proposed contact is gone."""

    application_id: Id


def receipt_answer(submitted: Receipt) -> Answer:
    view = ReceiptView(**submitted._asdict())
    return answer_json(view, 201, location=f"/applications/{submitted.application_id}")


def application_view(application: Application) -> ApplicationView:
    return ApplicationView(**{name: getattr(application, name) for name in ApplicationView.model_fields})


def application_answer(application: Application) -> Answer:
    return answer_json(application_view(application))


def erased_answer(erased: ErasedPerson) -> Answer:
    return answer_json(ErasedView.model_validate(erased._asdict()))


def confirmed_answer(confirmed_at: datetime | None) -> Answer:
    return answer_json(ConfirmedView.model_validate({"confirmed_at": confirmed_at}))


def draft_tag(draft: Draft) -> str:
    return f'"{draft.revision}"'


def started_answer(started: Started) -> Answer:
    draft = started.draft
    view = NewDraftView(**_draft(draft), receipt_code=started.receipt_code)
    return answer_json(view, 201, location=f"/drafts/{draft.draft_id}", etag=draft_tag(draft))


def draft_answer(opened: OpenedDraft, refused: Sequence[RefusedFieldView]) -> Answer:
    view = WholeDraftView(
        **_draft(opened.draft),
        content=opened.content,
        warnings=opened.warnings,
        refused=tuple(refused),
        questions=opened.questions,
        visible=_visible(opened),
    )
    return answer_json(view, etag=draft_tag(opened.draft))


def saved_answer(opened: OpenedDraft, refused: Sequence[RefusedFieldView]) -> Answer:
    view = SavedDraftView(
        **_draft(opened.draft), warnings=opened.warnings, refused=tuple(refused), visible=_visible(opened)
    )
    return answer_json(view, etag=draft_tag(opened.draft))


def own_details_answer(own: OwnDetails) -> Answer:
    corrections = (
        OwnCorrectionView(**correction_fields(each), by="staff" if each.by else "you")
        for each in own.details.corrections
    )
    view = OwnDetailsView(
        application_id=own.application_id,
        **own.identity._asdict(),
        proposed_contact=own.proposed,
        no_recovery_until=own.details.no_recovery_until,
        corrections=tuple(corrections),
    )
    return answer_json(view)


def corrected_answer(corrected: Corrected) -> Answer:
    """What the person says of their contact takes the place of what was proposed: nothing waits any more."""
    details = corrected.details
    return own_details_answer(OwnDetails(corrected.application.application_id, corrected.identity, details))


def contact_refused_answer(details: Details) -> Answer:
    return answer_json(ContactRefusedView(application_id=details.application_id))


def correction_fields(correction: Correction) -> dict[str, Any]:
    return {name: getattr(correction, name) for name in CorrectionView.model_fields}


def _draft(draft: Draft) -> dict[str, Any]:
    return {name: getattr(draft, name) for name in DraftView.model_fields}


def _visible(opened: OpenedDraft) -> tuple[str, ...]:
    return tuple(each.key for each in visible(opened.questions, opened.content.answers or {}))
