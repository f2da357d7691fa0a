"""Blind reviews: a warning while writing, and what coordinators strike out of the texts that reviewers see (rule 2)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import Request, Response
from pydantic import AfterValidator, BaseModel, Field

from relevo_chassis.edge.asking import InShell
from relevo_chassis.edge.once import Answer, answer_json, answered, once_of
from relevo_chassis.edge.paging import After, BadCursor, Cursors, Limit, Page
from relevo_chassis.edge.refusals import refuses
from relevo_chassis.edge.routes import NOT_ONCE, Routes
from relevo_chassis.edge.strict import NORMAL, Strict
from relevo_chassis.edge.vault import PersonErased
from relevo_chassis.texts import lines
from relevo_contracts import derived_id
from relevo_contracts.model import Id
from relevo_intake.commands.redactions import Telling, read_telling, redact_texts, telling_passages
from relevo_intake.domain.application import Application, ApplicationWasWithdrawn, NoSuchApplication
from relevo_intake.domain.blindness import TEXTS, Names, Passage, PassageNotFound, Struck, TextName
from relevo_intake.domain.call import NoSuchCall
from relevo_intake.domain.details import CorrectedMeanwhile, Details
from relevo_intake.http.callers import Coordinator
from relevo_intake.http.calls import existing_call
from relevo_intake.http.forms import DraftForm
from relevo_intake.store.people import APPLICATION, applications_of_call

router = Routes(tags=["blindness"])
Struckable = Annotated[str, Field(min_length=1, max_length=2_000), NORMAL, AfterValidator(lines)]


class Preview(BaseModel):
    """What reviewers could tell from the texts."""

    blind: bool = Field(description="whether the call's reviews are blind; if not, nothing is warned of")
    warnings: tuple[Passage, ...] = Field(
        description="where a text holds the name, the contact or the organisation that was given beside it"
    )


class PassageForm(Strict):
    """A passage to strike out, as it stands in the text; wherever it stands there."""

    field: TextName
    text: Struckable


class RedactionForm(Strict):
    """All that is to be struck out, in the place of what was before; nothing shows the texts whole again."""

    passages: Annotated[tuple[PassageForm, ...], Field(max_length=200)]


class SeenTexts(BaseModel):
    """The texts as reviewers see them."""

    motivation: str
    experience: str
    multiplier_idea: str


class TellingView(BaseModel):
    """An application's texts, where they tell who wrote them, and what reviewers see instead."""

    application_id: Id
    motivation: str
    experience: str
    multiplier_idea: str
    warnings: tuple[Passage, ...]
    passages: tuple[Struck, ...] = Field(description="what is struck out")
    seen: SeenTexts | None = Field(description="what reviewers see; null: the texts as they are")


class TellingCase(BaseModel):
    """An application whose texts tell who wrote them."""

    application_id: Id
    names: tuple[Names, ...]
    redacted: bool


class Redacted(BaseModel):
    """What became of it."""

    application_id: Id
    redacted_at: datetime | None = Field(description="null: reviewers see the texts whole")


@router.post("/calls/{call_id}/applications/preview", openapi_extra=NOT_ONCE)
@refuses(NoSuchCall)
async def preview(call_id: Id, form: DraftForm, shell: InShell) -> Preview:
    """Say, while somebody writes, where the texts tell who writes. Keeps nothing, so it needs no Idempotency-Key."""
    call = await existing_call(shell, call_id)
    return Preview(blind=call.criteria.blind, warnings=await telling_passages(call, form.content()))


@router.get("/calls/{call_id}/telling-texts")
@refuses(BadCursor, NoSuchCall)
async def list_telling(
    call_id: Id, caller: Coordinator, shell: InShell, after: After = None, limit: Limit = 50
) -> Page[TellingCase]:
    """Applications whose texts tell who wrote them (coordinator). Opened in memory and put on record.

    Looks through `limit` applications at a time, so a page may be empty and have a next one.
    """
    await existing_call(shell, call_id)
    cursors = Cursors(shell.vault.service_key, "telling-texts", call_id)
    found = await applications_of_call(shell.store, call_id, after=cursors.after(after), limit=limit + 1)
    page = cursors.page(found, limit, lambda each: each.application_id)
    alive = [each for each in page.items if each.alive]
    telling = await read_telling(shell.committer, shell.store, shell.vault, alive, caller.id, shell.clock.now())
    items = tuple(
        TellingCase(
            application_id=application_id,
            names=tuple(sorted({one.names for one in each.passages})),
            redacted=each.redaction is not None,
        )
        for application_id, each in telling.items()
        if each.passages
    )
    return Page(items=items, next=page.next)


@router.get("/applications/{application_id}/redaction")
@refuses(NoSuchApplication, PersonErased)
async def read_redaction(application_id: Id, caller: Coordinator, shell: InShell) -> TellingView:
    """An application's texts, where they tell who wrote them, and what is struck out (coordinator). On record."""
    application = await _application(shell, application_id)
    found = await read_telling(shell.committer, shell.store, shell.vault, [application], caller.id, shell.clock.now())
    if application_id not in found:
        raise PersonErased(application.person_id)
    return _view(application_id, found[application_id])


@router.post("/applications/{application_id}/redaction", response_model=Redacted)
@refuses(ApplicationWasWithdrawn, CorrectedMeanwhile, NoSuchApplication, PassageNotFound, PersonErased)
async def redact(
    request: Request, application_id: Id, form: RedactionForm, caller: Coordinator, shell: InShell
) -> Response:
    """Strike passages out of what reviewers see (coordinator). What was sent in stays sealed as it was; on record."""
    application = await _application(shell, application_id)

    def respond(details: Details) -> Answer:
        return answer_json(Redacted(application_id=application_id, redacted_at=details.redacted_at))

    once = await once_of(request, caller.id, shell.vault.service_key, shell.vault, respond)
    outcome = await redact_texts(
        shell.committer,
        shell.store,
        shell.vault,
        application,
        tuple(Struck(field=each.field, text=each.text) for each in form.passages),
        caller.id,
        once,
        shell.clock.now(),
        derived_id("request", once.key),
    )
    return await answered(shell.vault, once, outcome)


async def _application(shell: InShell, application_id: str) -> Application:
    found = await shell.store.state(APPLICATION(application_id))
    if found is None:
        raise NoSuchApplication()
    return found


def _view(application_id: str, telling: Telling) -> TellingView:
    redaction = telling.redaction
    return TellingView(
        application_id=application_id,
        **{name: getattr(telling.statement, name) for name in TEXTS},
        warnings=telling.passages,
        passages=redaction.passages if redaction else (),
        seen=SeenTexts(**{name: getattr(redaction.statement, name) for name in TEXTS}) if redaction else None,
    )
