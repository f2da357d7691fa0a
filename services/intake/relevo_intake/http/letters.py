"""Letters that could not be delivered, for coordinators: which and why, never where to (rule 20)."""

from __future__ import annotations

from fastapi import Response

from relevo_chassis.given.asking import InAsking
from relevo_chassis.http.paging import After, BadCursor, Cursors, Limit, Page
from relevo_chassis.http.refusals import refuses
from relevo_chassis.http.routes import Routes
from relevo_contracts.model import Id
from relevo_intake.commands import letters
from relevo_intake.commands.calls import call_of
from relevo_intake.commands.letters import SendLettersAgain
from relevo_intake.domain.application import NoSuchApplication
from relevo_intake.domain.call import NoSuchCall
from relevo_intake.http.callers import InOffice, MayFollowLetters
from relevo_intake.http.views.casework import SentAgainView, UndeliveredLetterView, sent_again_answer
from relevo_intake.letters.arrival import failed_letters
from relevo_intake.store.people import applications_of_people

router = Routes(tags=["letters"])


@router.get("/calls/{call_id}/undelivered-letters")
@refuses(BadCursor, NoSuchCall)
async def list_undelivered_letters(
    call_id: Id, _: MayFollowLetters, office: InOffice, after: After = None, limit: Limit = 50
) -> Page[UndeliveredLetterView]:
    """Letters about a call that could not be delivered (coordinator).

    Looks through `limit` letters of all calls at a time, so a page may be empty and have a next one.
    """
    await call_of(office.store, call_id)
    cursors = Cursors(office.vault.service_key, "undelivered-letters", call_id)
    found = await failed_letters(office.store, after=cursors.after(after), limit=limit + 1)
    page = cursors.page(found, limit, lambda each: str(each["_id"]))
    theirs = await applications_of_people(office.store, [each["person_id"] for each in page.items])
    ours = {each.person_id: each.application_id for each in theirs if each.call_id == call_id}
    items = tuple(
        UndeliveredLetterView(
            letter_id=each["_id"],
            application_id=ours[each["person_id"]],
            **{name: each[name] for name in ("kind", "queued_at", "because", "code")},
        )
        for each in page.items
        if each["person_id"] in ours
    )
    return Page(items=items, next=page.next)


@router.post("/applications/{application_id}/undelivered-letters/send", response_model=SentAgainView)
@refuses(NoSuchApplication)
async def send_letters_again(
    application_id: Id, caller: MayFollowLetters, asking: InAsking, office: InOffice
) -> Response:
    """Send again what could not be delivered to an applicant, when the reason is mended (coordinator)."""
    command = SendLettersAgain(application_id)
    return await asking.answer(letters.send_letters_again, office, command, by=caller.id, respond=sent_again_answer)
