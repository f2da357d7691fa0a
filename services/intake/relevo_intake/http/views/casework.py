"""Applications, contacts and corrections, as coordinators read them: states and days, nobody."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field

from relevo_chassis.http.once import Answer, answer_json
from relevo_contracts.model import Id
from relevo_intake.commands.details import Corrected, Corrections
from relevo_intake.commands.letters import SentAgain
from relevo_intake.domain import contact
from relevo_intake.domain.application import Application, ApplicationState
from relevo_intake.domain.contact import Contact, ContactStanding
from relevo_intake.domain.details import DetailName
from relevo_intake.domain.sealed import Profile
from relevo_intake.http.views.applications import CorrectionView, correction_fields
from relevo_intake.letters.arrival import Arrival
from relevo_intake.letters.queue import FailedBecause
from relevo_intake.words import LetterKind


class CaseView(BaseModel):
    """An application as a list shows it: states and days, nobody."""

    application_id: Id
    person_id: Id
    state: ApplicationState
    standing: ContactStanding = Field(description="whether it is the one that counts for its contact")
    submitted_at: datetime
    late: bool
    withdrawn_at: datetime | None
    assigned: int
    reviews: int
    letters: Arrival = Field(description="whether letters to the applicant arrive, as far as mail servers tell")


class LinkedView(BaseModel):
    """One of several applications that name the same contact."""

    application_id: Id
    submitted_at: datetime
    confirmed_at: datetime | None
    withdrawn: bool
    standing: ContactStanding


class ContactView(BaseModel):
    """Applications that name the same contact, none of which its holder confirmed."""

    contact_id: Id
    call_id: Id
    linked: tuple[LinkedView, ...]


class HitView(BaseModel):
    """An application that a search found, with what the search could see."""

    application_id: Id
    state: ApplicationState
    merit: int | None = Field(description="the mean of its reviews in basis points; null without any")
    profile: Profile


class HitsView(BaseModel):
    """A page of what a search found."""

    items: tuple[HitView, ...]
    total: int = Field(description="on all pages")
    next: str | None = Field(description="send it as `after` to get the next page")


class CorrectingView(BaseModel):
    """What became of a correction by staff."""

    application_id: Id
    details: tuple[DetailName, ...] = Field(description="what was corrected; empty when all was so already")
    contact_awaits_confirmation: bool


class StaffCorrectionView(CorrectionView):
    """One correction, for coordinators. ``by`` is null for the person."""

    by: str | None
    reason: str | None


class CorrectionsView(BaseModel):
    """All corrections of an application, first to last."""

    application_id: Id
    items: tuple[StaffCorrectionView, ...]


class UndeliveredLetterView(BaseModel):
    """A letter that was set aside."""

    letter_id: Id
    application_id: Id
    kind: LetterKind
    queued_at: datetime
    because: FailedBecause = Field(
        description="refused: the mail server will never take it; gave_up: it was put off for days; unwritable: the "
        "letter or its address could not be written"
    )
    code: int = Field(description="the mail server's last reply code (RFC 5321); below 100 there was none")


class SentAgainView(BaseModel):
    """How many letters are on their way again."""

    application_id: Id
    letters: int


def case_view(application: Application, linked: Contact | None, letters: Arrival, *, closed: bool) -> CaseView:
    counted: dict[str, Any] = {"assigned": len(application.assigned), "reviews": len(application.reviews)}
    counted["letters"] = letters
    counted["standing"] = contact.standing(linked, application.application_id, closed=closed) if linked else "gone"
    fields = {name: getattr(application, name) for name in CaseView.model_fields if name not in counted}
    return CaseView(**fields, **counted)


def contact_view(named: Contact, *, closed: bool) -> ContactView:
    linked = tuple(
        LinkedView(
            application_id=each.application_id,
            submitted_at=each.submitted_at,
            confirmed_at=each.confirmed_at,
            withdrawn=each.withdrawn,
            standing=contact.standing(named, each.application_id, closed=closed),
        )
        for each in named.linked
    )
    return ContactView(contact_id=named.contact_id, call_id=named.call_id, linked=linked)


def decided_contact_answer(decided: Contact) -> Answer:
    """Contacts are decided on after the close."""
    return answer_json(contact_view(decided, closed=True))


def correcting_answer(done: Corrected) -> Answer:
    corrected = done.correction.details if done.correction else ()
    view = CorrectingView(
        application_id=done.application.application_id,
        details=corrected,
        contact_awaits_confirmation="contact" in corrected,
    )
    return answer_json(view)


def corrections_answer(corrections: Corrections) -> Answer:
    items = (
        StaffCorrectionView(**correction_fields(each), by=each.by or None, reason=reason)
        for each, reason in corrections.made
    )
    return answer_json(CorrectionsView(application_id=corrections.application_id, items=tuple(items)))


def sent_again_answer(sent: SentAgain) -> Answer:
    return answer_json(SentAgainView(**sent._asdict()))
