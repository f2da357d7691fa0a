"""An application, page by page: the code that opens it, what is filled in and kept, the last look, and sending it.

What is written lies in the draft at intake and nowhere here. A page is saved over what it was shown with; whoever saved
something else meanwhile, on another device, is not overwritten unseen.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import Response
from fastapi.responses import HTMLResponse, RedirectResponse

from relevo_chassis.http.routes import NOT_ONCE, Routes
from relevo_chassis.ids import new_id, normalised
from relevo_portal.http.callers import (
    SESSION,
    InOwnForm,
    InPerson,
    InSession,
    InVisit,
    Person,
    end_session,
    let_go,
    own_texts,
)
from relevo_portal.http.forms import once_of
from relevo_portal.http.waiting import fields_of_theirs, keep_form, saved
from relevo_portal.page.apply import (
    LAST,
    Filled,
    Sending,
    again_page,
    code_page,
    drop_page,
    filled_page,
    review_page,
    saved_values,
    sent_page,
    values_of,
)
from relevo_portal.page.frame import sent
from relevo_portal.page.questions import after, page_count
from relevo_portal.services.applying import Draft, Question, discard_draft, read_draft, save_draft, submit_draft
from relevo_portal.services.asking import (
    Away,
    ChangedMeanwhile,
    Declined,
    FieldsDeclined,
    NotDone,
    NothingThere,
    reason_of,
    status_of,
)
from relevo_portal.words.apply import TEXTS, PageNumber

router = Routes(include_in_schema=False)
_SHORTEST_END = 6
_TRIES = 3


@router.get("/apply", response_class=HTMLResponse)
async def go_on(person: InPerson) -> Response:
    """To where it begins."""
    return to_page(person, "1")


@router.get("/apply/code", response_class=HTMLResponse)
async def read_code(person: InPerson) -> Response:
    """The code, as long as nobody has shown that they keep it."""
    if person.session.code is None:
        return to_page(person, "1")
    return sent(code_page(await person.frame("/apply/code"), person.session.code), person.language)


@router.get("/apply/again", response_class=HTMLResponse)
async def ask_again(person: InPerson) -> Response:
    """Where the end of the code is typed in again, so that it counts."""
    if person.session.code is None:
        return to_page(person, "1")
    return sent(again_page(await person.frame("/apply/again"), "", wrong=False), person.language)


@router.post("/apply/again", response_class=HTMLResponse, openapi_extra=NOT_ONCE)
async def check_code(person: InPerson, form: InOwnForm) -> Response:
    """Whoever has the end of it has kept it. From then on it is not kept here."""
    if person.session.code is None:
        return to_page(person, "1")
    typed = form.get("last", "").strip()
    end = normalised(typed)
    if len(end) < _SHORTEST_END or not normalised(person.session.code).endswith(end):
        return sent(again_page(await person.frame("/apply/again"), typed, wrong=True), person.language, 422)
    await person.equipment.sessions.forget_code(person.session)
    return to_page(person, "1")


@router.get("/apply/sent", response_class=HTMLResponse)
async def read_sent(person: InPerson) -> Response:
    """That it is in, and what follows."""
    try:
        found = await person.equipment.intake.mine(await person.token("intake"), person.language)
    except Away:
        return RedirectResponse(person.to("/mine"), 303)
    if found.state != "submitted":
        return RedirectResponse(person.to("/mine"), 303)
    return sent(sent_page(await person.frame("/apply/sent"), found), person.language)


@router.get("/apply/drop", response_class=HTMLResponse)
async def ask_first(person: InPerson) -> Response:
    """What giving the draft up means. Changes nothing."""
    return sent(drop_page(await person.frame("/apply/drop"), new_id()), person.language)


@router.post("/apply/drop", response_class=HTMLResponse, openapi_extra=NOT_ONCE)
async def drop(person: InPerson, form: InOwnForm) -> Response:
    """Give the draft up, and leave: its code opens nothing any more."""
    once = once_of(form)
    granted = await person.granted("intake")
    try:
        await discard_draft(person.equipment.intake, granted.application_id, granted.token, once, person.language)
    except NothingThere:
        return RedirectResponse(person.to("/mine"), 303)
    except (Away, Declined) as refused:
        html = drop_page(await person.frame("/apply/drop"), once, reason_for(person, refused))
        return sent(html, person.language, status_of(refused))
    await end_session(person.visit, person.session)
    left = RedirectResponse(person.to("/left"), 303)
    let_go(left, person.equipment, SESSION)
    return left


@router.get("/apply/5", response_class=HTMLResponse)
async def look_over(person: InPerson) -> Response:
    """All that is filled in, and the button."""
    draft = await draft_of(person)
    if isinstance(draft, Response):
        return draft
    return sent(review_page(await person.frame("/apply/5"), draft, Sending(new_id(), draft.faults)), person.language)


@router.post("/apply/5", response_class=HTMLResponse, openapi_extra=NOT_ONCE)
async def send(person: InPerson, form: InOwnForm) -> Response:
    """Send it in as it was saved last, once for the key of the form."""
    draft = await draft_of(person)
    if isinstance(draft, Response):
        return draft
    sending = Sending(once_of(form), late_code=form.get("late_code", "").strip())
    own = TEXTS[person.language]
    if "consent" not in form:
        return await _not_sent(person, draft, sending._replace(faults={"consent": own.review.consent_missing}), 422)
    body: dict[str, Any] = {"consent": True, "consent_version": form.get("version", "")}
    body |= {"late_code": sending.late_code} if sending.late_code else {}
    try:
        token = await person.token("intake")
        await submit_draft(person.equipment.intake, draft.draft_id, body, token, sending.once, person.language)
    except FieldsDeclined as refused:
        faults = {name.removeprefix("draft."): text for name, text in refused.faults.items()}
        problem = None if faults else own.declined
        return await _not_sent(person, draft, sending._replace(faults=faults, problem=problem), 422)
    except (Away, Declined, NothingThere) as refused:
        problem = reason_for(person, refused)
        return await _not_sent(person, draft, sending._replace(problem=problem), status_of(refused))
    person.equipment.passes.forget(person.session)
    return to_page(person, "sent")


@router.get("/apply/{number}", response_class=HTMLResponse)
async def read_page(number: PageNumber, person: InPerson) -> Response:
    """A page as it was saved last."""
    draft = await draft_of(person)
    if isinstance(draft, Response):
        return draft
    before = saved_values(draft.content, number)
    filled = Filled(number, before, mark_of(person, draft, before), draft.warnings, draft.faults)
    if fields := await fields_of_theirs(person, f"/apply/{number}"):
        filled = Filled(number, values_of(fields, number), fields.get("mark", ""), waited=True)
    ahead = _after(number, draft.questions, draft.visible)
    return await _page(person, filled._replace(pages=page_count(draft), after=ahead))


@router.post("/apply/{number}", response_class=HTMLResponse, openapi_extra=NOT_ONCE)
async def save(number: PageNumber, visit: InVisit, session: InSession) -> Response:
    """Save a page over what it was shown with, and go on to the next; what was saved from elsewhere is shown first.

    Whoever is in no longer loses nothing.
    """
    path = f"/apply/{number}"
    if session is None:
        return await keep_form(visit, path)
    person = Person(visit, session)
    form = await own_texts(person)
    filled = Filled(number, values_of(form, number), form.get("mark", ""))
    own = TEXTS[person.language]
    for _ in range(_TRIES):
        try:
            return await saved(person, path, await _save(person, filled))
        except ChangedMeanwhile:
            continue
        except FieldsDeclined as refused:
            problem = None if refused.faults else own.declined
            return await _page(person, filled._replace(faults=refused.faults, problem=problem), 422)
        except (Away, Declined, NothingThere) as refused:
            return await _page(person, filled._replace(problem=reason_for(person, refused)), status_of(refused))
    return await _page(person, filled._replace(problem=own.not_saved), 503)


async def _save(person: Person, filled: Filled) -> Response:
    """On to the next page, or to the same once more if a text could tell who writes or an answer would be refused.

    Raises ``ChangedMeanwhile`` when it is to be read again, and what saving raises.
    """
    draft = await draft_of(person)
    if isinstance(draft, Response):
        return draft
    number = filled.number
    before = saved_values(draft.content, number)
    if filled.values == before:
        return to_page(person, _after(number, draft.questions, draft.visible))
    if filled.mark != (mark := mark_of(person, draft, before)):
        return await _page(person, filled._replace(mark=mark, saved=before, pages=page_count(draft)), 409)
    content = dict(draft.content) | {str(name): value for name, value in filled.values.items()}
    token = await person.token("intake")
    saved_now = await save_draft(person.equipment.intake, draft, content, token, new_id(), person.language)
    doubtful = saved_now.doubtful & set(filled.values)
    return to_page(person, number if doubtful else _after(number, draft.questions, saved_now.visible))


async def draft_of(person: Person) -> Draft | Response:
    """Their draft, or where they go instead. Raises ``SessionOver``."""
    if person.session.code is not None:
        return to_page(person, "code")
    granted = await person.granted("intake")
    try:
        draft = await read_draft(person.equipment.intake, granted.application_id, granted.token, person.language)
    except NothingThere:
        return RedirectResponse(person.to("/mine"), 303)
    return draft if draft.is_open else to_page(person, "sent")


def _after(number: PageNumber, questions: Sequence[Question], visible: Sequence[str]) -> str:
    """The next page; after the last that every call has, those of what this one asks besides."""
    return after(questions, visible, 0) if int(number) == LAST - 1 else str(int(number) + 1)


async def _page(person: Person, filled: Filled, status: int = 200) -> Response:
    frame = await person.frame(f"/apply/{filled.number}")
    return sent(filled_page(frame, filled), person.language, status)


async def _not_sent(person: Person, draft: Draft, sending: Sending, status: int) -> Response:
    return sent(review_page(await person.frame("/apply/5"), draft, sending), person.language, status)


def mark_of(person: Person, draft: Draft, before: Mapping[Any, Any]) -> str:
    """Stands for what was saved of a page; tells nobody what it is."""
    content = json.dumps(before, sort_keys=True, ensure_ascii=False)
    return person.equipment.keyed_hash("draft-page", draft.draft_id, content)


def reason_for(person: Person, refused: NotDone) -> str:
    own = TEXTS[person.language]
    return reason_of(refused, away=own.not_saved, declined=own.declined)


def to_page(person: Person, where: str) -> Response:
    return RedirectResponse(person.to(f"/apply/{where}"), 303)
