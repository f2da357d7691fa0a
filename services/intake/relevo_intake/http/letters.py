"""Letters that could not be delivered, for coordinators: which and why, never where to (rule 20)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import Depends, Request, Response
from pydantic import BaseModel, Field

from relevo_chassis.edge.once import answer_json, answered, once_of
from relevo_chassis.edge.paging import After, BadCursor, Cursors, Limit, Page
from relevo_chassis.edge.refusals import refuses
from relevo_chassis.edge.routes import Routes
from relevo_chassis.edge.tokens import Caller, caller_with
from relevo_contracts import derived_id
from relevo_contracts.model import Id
from relevo_intake.commands.letters import send_again
from relevo_intake.domain.application import NoSuchApplication
from relevo_intake.domain.call import NoSuchCall
from relevo_intake.http.calls import existing_call
from relevo_intake.http.receipts import InShell
from relevo_intake.letters.arrival import failed_letters
from relevo_intake.letters.queue import FailedBecause, LetterKind
from relevo_intake.store.people import APPLICATION, applications_of_people

router = Routes(tags=["letters"])
Coordinator = Annotated[Caller, Depends(caller_with("coordinator"))]


class UndeliveredLetter(BaseModel):
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


class SentAgain(BaseModel):
    """How many letters are on their way again."""

    application_id: Id
    letters: int


@router.get("/calls/{call_id}/undelivered-letters")
@refuses(BadCursor, NoSuchCall)
async def list_undelivered(
    call_id: Id, _: Coordinator, shell: InShell, after: After = None, limit: Limit = 50
) -> Page[UndeliveredLetter]:
    """Letters about a call that could not be delivered (coordinator).

    Looks through `limit` letters of all calls at a time, so a page may be empty and have a next one.
    """
    await existing_call(shell, call_id)
    cursors = Cursors(shell.vault.service_key, "undelivered-letters", call_id)
    found = await failed_letters(shell.store, after=cursors.after(after), limit=limit + 1)
    page = cursors.page(found, limit, lambda each: str(each["_id"]))
    theirs = await applications_of_people(shell.store, [each["person_id"] for each in page.items])
    ours = {each.person_id: each.application_id for each in theirs if each.call_id == call_id}
    items = tuple(
        UndeliveredLetter(
            letter_id=each["_id"],
            application_id=ours[each["person_id"]],
            **{name: each[name] for name in ("kind", "queued_at", "because", "code")},
        )
        for each in page.items
        if each["person_id"] in ours
    )
    return Page(items=items, next=page.next)


@router.post("/applications/{application_id}/undelivered-letters/sending", response_model=SentAgain)
@refuses(NoSuchApplication)
async def send_undelivered_again(request: Request, application_id: Id, caller: Coordinator, shell: InShell) -> Response:
    """Send again what could not be delivered to an applicant, when the reason is mended (coordinator)."""
    application = await shell.store.state(APPLICATION(application_id))
    if application is None:
        raise NoSuchApplication()

    once = await once_of(
        request,
        caller.id,
        shell.vault.service_key,
        shell.vault,
        lambda count: answer_json(SentAgain(application_id=application_id, letters=count)),
    )
    outcome = await send_again(
        shell.by(caller), shell.store, application, once, shell.clock.now(), derived_id("request", once.key)
    )
    return await answered(shell.vault, once, outcome)
