"""Blind reviews: a warning while writing, and what coordinators strike out of the texts that reviewers see (rule 2)."""

from __future__ import annotations

from fastapi import Response

from relevo_chassis.given.asking import InAsking
from relevo_chassis.http.paging import After, BadCursor, Cursors, Limit, Page
from relevo_chassis.http.refusals import refuses
from relevo_chassis.http.routes import NOT_ONCE, Routes
from relevo_chassis.people.vault import PersonErased
from relevo_contracts.model import Id
from relevo_intake.commands import redactions
from relevo_intake.commands.applications import application_of
from relevo_intake.commands.calls import call_of
from relevo_intake.commands.redactions import RedactTexts, SeeRevealingTexts, SeeTexts, revealing_passages
from relevo_intake.domain.application import ApplicationWasWithdrawn, NoSuchApplication
from relevo_intake.domain.blindness import PassageNotFound
from relevo_intake.domain.call import NoSuchCall
from relevo_intake.domain.details import CorrectedMeanwhile
from relevo_intake.domain.sealed import Struck
from relevo_intake.http.callers import InOffice, MayBlindTexts
from relevo_intake.http.forms.applications import DraftForm
from relevo_intake.http.forms.reviews import RedactionForm
from relevo_intake.http.views.reviews import (
    PreviewView,
    RedactedView,
    RevealingCaseView,
    RevealingTextsView,
    redacted_answer,
    revealing_case_view,
    revealing_texts_answer,
)
from relevo_intake.store.people import applications_of_call

router = Routes(tags=["blindness"])


@router.post("/calls/{call_id}/applications/preview", openapi_extra=NOT_ONCE)
@refuses(NoSuchCall)
async def preview_application(call_id: Id, form: DraftForm, office: InOffice) -> PreviewView:
    """Say, while somebody writes, where the texts tell who writes. Keeps nothing, so it needs no Idempotency-Key."""
    call = await call_of(office.store, call_id)
    return PreviewView(blind=call.criteria.blind, warnings=await revealing_passages(call, form.content()))


@router.get("/calls/{call_id}/telling-texts")
@refuses(BadCursor, NoSuchCall)
async def list_revealing_texts(
    call_id: Id, caller: MayBlindTexts, asking: InAsking, office: InOffice, after: After = None, limit: Limit = 50
) -> Page[RevealingCaseView]:
    """Applications whose texts tell who wrote them (coordinator). Opened in memory and put on record.

    Looks through `limit` applications at a time, so a page may be empty and have a next one.
    """
    call = await call_of(office.store, call_id)
    cursors = Cursors(office.vault.service_key, "telling-texts", call_id)
    found = await applications_of_call(office.store, call_id, after=cursors.after(after), limit=limit + 1)
    page = cursors.page(found, limit, lambda each: each.application_id)
    alive = [each for each in page.items if each.alive]
    query = SeeRevealingTexts(alive, call.questions_in_force)
    revealing = await redactions.see_revealing_texts(office, query, asking.asked(caller.id))
    items = tuple(revealing_case_view(id, each) for id, each in revealing.items() if each.passages)
    return Page(items=items, next=page.next)


@router.get("/applications/{application_id}/redaction", response_model=RevealingTextsView)
@refuses(NoSuchApplication, PersonErased)
async def read_redaction(application_id: Id, caller: MayBlindTexts, asking: InAsking, office: InOffice) -> Response:
    """An application's texts, where they tell who wrote them, and what is struck out (coordinator). On record."""
    query = SeeTexts(await application_of(office.store, application_id))
    return await asking.answer(redactions.see_texts, office, query, by=caller.id, respond=revealing_texts_answer)


@router.post("/applications/{application_id}/redaction", response_model=RedactedView)
@refuses(ApplicationWasWithdrawn, CorrectedMeanwhile, NoSuchApplication, PassageNotFound, PersonErased)
async def redact_texts(
    application_id: Id, form: RedactionForm, caller: MayBlindTexts, asking: InAsking, office: InOffice
) -> Response:
    """Strike passages out of what reviewers see (coordinator). What was sent in stays sealed as it was; on record."""
    struck = tuple(Struck(field=each.field, text=each.text) for each in form.passages)
    command = RedactTexts(await application_of(office.store, application_id), struck)
    return await asking.answer(redactions.redact_texts, office, command, by=caller.id, respond=redacted_answer)
