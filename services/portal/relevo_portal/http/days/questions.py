"""Questions to the experts, each a thread that goes on until nothing more is needed."""

from __future__ import annotations

from functools import partial

from fastapi import HTTPException, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from relevo_chassis.http.routes import NOT_ONCE, Routes
from relevo_chassis.ids import new_id
from relevo_chassis.languages import LANGUAGES
from relevo_portal.http.callers import InOwnForm, InParticipant, InSession, InVisit, Person
from relevo_portal.http.days.sessions import Number
from relevo_portal.http.days.typed import Typed, done, with_waiting
from relevo_portal.http.waiting import kept_or_done
from relevo_portal.page.days import TOPICS, Form, question_page, questions_page
from relevo_portal.page.frame import sent
from relevo_portal.services.asking import Away
from relevo_portal.services.multiplier_tracking import Question, Questions

router = Routes(include_in_schema=False)
HERE = "/days/help"


@router.get(HERE, response_class=HTMLResponse)
async def read_questions(person: InParticipant) -> Response:
    """What was asked, and the form for something new."""
    form = await with_waiting(person, Form(HERE, new_id(), typed={"language": person.language}))
    return await _all(person, form, await _questions(person))


@router.get("/days/help/{number}", response_class=HTMLResponse)
async def read_question(number: Number, person: InParticipant) -> Response:
    """One thread, whole."""
    questions = await _questions(person)
    if number > len(questions.items):
        raise HTTPException(404)
    question = questions.items[number - 1]
    form = Form(f"{HERE}/{number}", new_id(), question.support_request_id)
    return await _one(person, await with_waiting(person, form), question)


@router.post(HERE, response_class=HTMLResponse, openapi_extra=NOT_ONCE)
async def ask(visit: InVisit, session: InSession) -> Response:
    """Ask something, once for the key of the form."""
    return await kept_or_done(visit, session, HERE, _ask)


async def _ask(person: Person, form: dict[str, str]) -> Response:
    typed = Typed(person, form)
    topic, language = typed.choice("topic", TOPICS), typed.choice("language", LANGUAGES)
    body = {"topic": topic, "language": language, "question": typed.text("question")}
    if await done(person, typed, "/me/support-requests", body) is None:
        return await _all(person, typed.form(HERE), await _questions_or_none(person), typed.status)
    return RedirectResponse(person.to(HERE), 303)


@router.post("/days/help/{number}", response_class=HTMLResponse, openapi_extra=NOT_ONCE)
async def ask_further(number: Number, visit: InVisit, session: InSession) -> Response:
    """Ask something more about an answer, of the expert who gave it."""
    return await kept_or_done(visit, session, f"{HERE}/{number}", partial(_ask_further, number))


async def _ask_further(number: int, person: Person, form: dict[str, str]) -> Response:
    typed = Typed(person, form, about=True)
    return await _sent(person, number, typed, "ask-further", {"question": typed.text("question")})


@router.post("/days/help/{number}/close", response_class=HTMLResponse, openapi_extra=NOT_ONCE)
async def close(number: Number, person: InParticipant, form: InOwnForm) -> Response:
    """Nothing more is needed."""
    return await _sent(person, number, Typed(person, form, about=True), "close", None)


async def _sent(person: Person, number: int, typed: Typed, what: str, body: dict[str, str] | None) -> Response:
    if await done(person, typed, f"/me/support-requests/{typed.subject}/{what}", body) is not None:
        return RedirectResponse(person.to(f"{HERE}/{number}"), 303)
    again = typed.form(f"{HERE}/{number}")
    questions = {each.support_request_id: each for each in (await _questions_or_none(person)).items}
    return await _one(person, again, questions.get(typed.subject), typed.status)


async def _questions(person: Person) -> Questions:
    token = await person.token("multiplier_tracking")
    return await person.equipment.multiplier_tracking.questions(token, person.language)


async def _questions_or_none(person: Person) -> Questions:
    try:
        return await _questions(person)
    except Away:
        return Questions()


async def _all(person: Person, form: Form, questions: Questions, status: int = 200) -> Response:
    return sent(questions_page(await person.frame(HERE), form, questions), person.language, status)


async def _one(person: Person, form: Form, question: Question | None, status: int = 200) -> Response:
    return sent(question_page(await person.frame(form.to), form, question), person.language, status)
