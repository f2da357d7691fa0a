"""The pages of what a call asks besides the fixed questions, saved one by one into the draft at intake."""

from __future__ import annotations

from typing import Annotated

from fastapi import HTTPException, Path, Response
from fastapi.responses import HTMLResponse

from relevo_chassis.http.routes import NOT_ONCE, Routes
from relevo_chassis.ids import new_id
from relevo_portal.http.apply import draft_of, mark_of, reason_for, to_page
from relevo_portal.http.callers import InPerson, InSession, InVisit, Person, own_texts
from relevo_portal.http.waiting import fields_of_theirs, keep_form, saved
from relevo_portal.page.frame import sent
from relevo_portal.page.questions import (
    Filled,
    after,
    filled_page,
    pages_of,
    saved_values,
    values_of,
    visible_on,
    with_answers,
)
from relevo_portal.services.applying import Draft, save_draft
from relevo_portal.services.asking import Away, ChangedMeanwhile, Declined, FieldsDeclined, NothingThere, status_of
from relevo_portal.words.apply import TEXTS

router = Routes(include_in_schema=False)
Number = Annotated[int, Path(ge=1, le=30)]
_TRIES = 3


@router.get("/apply/more/{number}", response_class=HTMLResponse)
async def read_questions(number: Number, person: InPerson) -> Response:
    """A page as it was saved last; where nothing of it is asked any more, on to the next."""
    draft = await draft_of(person)
    if isinstance(draft, Response):
        return draft
    questions = visible_on(draft, number)
    if not questions:
        return _past(person, draft, number)
    before = saved_values(draft, questions)
    filled = Filled(number, before, mark_of(person, draft, before), draft.warnings, draft.faults)
    if fields := await fields_of_theirs(person, f"/apply/more/{number}"):
        filled = Filled(number, values_of(fields, questions), fields.get("mark", ""), waited=True)
    return await _page(person, draft, filled)


@router.post("/apply/more/{number}", response_class=HTMLResponse, openapi_extra=NOT_ONCE)
async def save_answers(number: Number, visit: InVisit, session: InSession) -> Response:
    """Save a page over what it was shown with, and go on to the next on which something is asked.

    Whoever is in no longer loses nothing.
    """
    path = f"/apply/more/{number}"
    if session is None:
        return await keep_form(visit, path)
    person = Person(visit, session)
    form = await own_texts(person)
    tries = 0
    while True:
        tries += 1
        draft = await draft_of(person)
        if isinstance(draft, Response):
            return draft
        questions = visible_on(draft, number)
        if not questions:
            return _past(person, draft, number)
        filled = Filled(number, values_of(form, questions), form.get("mark", ""))
        try:
            return await saved(person, path, await _saved_or_why(person, draft, filled))
        except ChangedMeanwhile:
            if tries == _TRIES:
                return await _page(person, draft, filled._replace(problem=TEXTS[person.language].not_saved), 503)


async def _saved_or_why(person: Person, draft: Draft, filled: Filled) -> Response:
    """What came of saving; what was typed stays on the page if nothing did. Raises ``ChangedMeanwhile``."""
    try:
        return await _save(person, draft, filled)
    except ChangedMeanwhile:
        raise
    except FieldsDeclined as refused:
        problem = None if refused.faults else TEXTS[person.language].declined
        return await _page(person, draft, filled._replace(faults=refused.faults, problem=problem), 422)
    except (Away, Declined, NothingThere) as refused:
        problem = reason_for(person, refused)
        return await _page(person, draft, filled._replace(problem=problem), status_of(refused))


async def _save(person: Person, draft: Draft, filled: Filled) -> Response:
    """On to the next page, or to the same once more if something is to be looked at. Raises what saving raises."""
    questions, number = visible_on(draft, filled.number), filled.number
    before = saved_values(draft, questions)
    if filled.values == before:
        return to_page(person, after(draft.questions, draft.visible, number))
    if filled.mark != (mark := mark_of(person, draft, before)):
        return await _page(person, draft, filled._replace(mark=mark, saved=before), 409)
    content, token = with_answers(draft.content, filled.values), await person.token("intake")
    saved_now = await save_draft(person.equipment.intake, draft, content, token, new_id(), person.language)
    doubtful = saved_now.doubtful & {f"answers.{each.key}" for each in questions}
    return to_page(person, f"more/{number}" if doubtful else after(draft.questions, saved_now.visible, number))


def _past(person: Person, draft: Draft, number: int) -> Response:
    if number > len(pages_of(draft.questions)):
        raise HTTPException(404)
    return to_page(person, after(draft.questions, draft.visible, number))


async def _page(person: Person, draft: Draft, filled: Filled, status: int = 200) -> Response:
    frame = await person.frame(f"/apply/more/{filled.number}")
    return sent(filled_page(frame, draft, filled), person.language, status)
