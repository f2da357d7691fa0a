"""Multiplier sessions: planned, reported, corrected, each with a page of its own under its number among the others."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Annotated, Any, Literal, NamedTuple

from fastapi import HTTPException, Path, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from relevo_chassis.http.routes import NOT_ONCE, Routes
from relevo_chassis.ids import new_id
from relevo_portal.http.callers import InParticipant, InSession, InVisit, Person
from relevo_portal.http.days.typed import Typed, done, with_waiting
from relevo_portal.http.waiting import kept_or_done
from relevo_portal.page.days import FORMATS, Form, form_page, session_page
from relevo_portal.page.frame import sent
from relevo_portal.services.asking import Away, NothingThere, read
from relevo_portal.services.multiplier_tracking import Commitment, OwnTexts, Session, SessionState
from relevo_portal.words.days import TEXTS, FormWords

router = Routes(include_in_schema=False)
Number = Annotated[int, Path(ge=1, le=1_000)]
New = Literal["plan", "report"]
Known = Literal["plan", "report", "correct"]
NEW: Mapping[New, str] = {"plan": "/sessions", "report": "/reports"}
STATES: Mapping[Known, SessionState] = {"plan": "planned", "report": "planned", "correct": "returned"}
"""In which state a session has to be for something to be done with it."""


class Around(NamedTuple):
    """What a form is shown with: nothing while the service is away."""

    found: Commitment | None = None
    texts: OwnTexts = OwnTexts()


@router.get("/days/session/{number}", response_class=HTMLResponse)
async def read_session(number: Number, person: InParticipant) -> Response:
    """What was planned or sent, what became of it, and what was answered."""
    around = await _with_texts(person)
    found, _ = _at(around, number)
    html = session_page(await person.frame(f"/days/session/{number}"), found, number, around.texts)
    return sent(html, person.language)


@router.get("/days/{what}", response_class=HTMLResponse)
async def ask_for_new(what: New, person: InParticipant) -> Response:
    """The form for a session that is not among the others yet."""
    found = await _commitment(person)
    return await _page(person, what, await with_waiting(person, Form(f"/days/{what}", new_id())), found)


@router.get("/days/{what}/{number}", response_class=HTMLResponse)
async def ask_for_known(what: Known, number: Number, person: InParticipant) -> Response:
    """The form for one of them, with what stands."""
    around = await _around(person, what)
    found, session = _at(around, number)
    if session.state != STATES[what]:
        return RedirectResponse(person.to(f"/days/session/{number}"), 303)
    values = _values(what, session, around.texts)
    form = Form(f"/days/{what}/{number}", new_id(), session.session_id, values, notes=_notes(session, around.texts))
    return await _page(person, what, await with_waiting(person, form), found)


@router.post("/days/{what}", response_class=HTMLResponse, openapi_extra=NOT_ONCE)
async def send_new(what: New, visit: InVisit, session: InSession) -> Response:
    """Send it, once for the key that the form has had since it was shown."""
    return await kept_or_done(visit, session, f"/days/{what}", partial(_send_new, what))


async def _send_new(what: New, person: Person, form: dict[str, str]) -> Response:
    typed = Typed(person, form)
    answer = await done(person, typed, f"/me/commitment{NEW[what]}", _body(what, typed))
    if answer is None:
        around = await _around_or_nothing(person, what)
        return await _page(person, what, typed.form(f"/days/{what}"), around.found, typed.status)
    found = read(answer, Commitment)
    return RedirectResponse(person.to(f"/days/session/{len(found.sessions)}"), 303)


@router.post("/days/{what}/{number}", response_class=HTMLResponse, openapi_extra=NOT_ONCE)
async def send_known(what: Known, number: Number, visit: InVisit, session: InSession) -> Response:
    """The same for one of them. What was typed stays in its fields when it is refused."""
    return await kept_or_done(visit, session, f"/days/{what}/{number}", partial(_send_known, what, number))


async def _send_known(what: Known, number: int, person: Person, form: dict[str, str]) -> Response:
    typed = Typed(person, form, about=True)
    path = f"/me/commitment/sessions/{typed.subject}/{what}"
    answer = await done(person, typed, path, _body(what, typed))
    if answer is None:
        around = await _around_or_nothing(person, what)
        known = {each.session_id: each for each in around.found.sessions} if around.found else {}
        notes = _notes(known[typed.subject], around.texts) if typed.subject in known else {}
        again = typed.form(f"/days/{what}/{number}", notes)
        return await _page(person, what, again, around.found, typed.status)
    return RedirectResponse(person.to(f"/days/session/{number}"), 303)


async def _page(person: Person, what: Known, form: Form, found: Commitment | None, status: int = 200) -> Response:
    template = "days/plan.html" if what == "plan" else "days/report.html"
    words = _words(person, what, known=form.subject != "")
    html = form_page(await person.frame(form.to), template, words, form, found)
    return sent(html, person.language, status)


def _words(person: Person, what: Known, *, known: bool) -> FormWords:
    words = TEXTS[person.language]
    if what == "plan":
        return words.change_plan if known else words.plan
    return words.correct if what == "correct" else words.report


def _body(what: Known, typed: Typed) -> Mapping[str, Any]:
    """What the service is asked for, by its own names."""
    if what == "plan":
        return {"planned_on": typed.day("planned_on"), "format": typed.choice("format", FORMATS)}
    another = {"another_session": True} if what == "report" and "another_session" in typed.values else {}
    together = {"together_with": typed.text_or_none("together_with")} if "together_with" in typed.values else {}
    return {
        "held_on": typed.day("held_on"),
        "minutes": typed.number("minutes"),
        "people": typed.number("people"),
        "format": typed.choice("format", FORMATS),
        "description": typed.text_or_none("description"),
        "evidence_note": typed.text_or_none("evidence_note"),
        **together,
        **another,
    }


def _values(what: Known, session: Session, texts: OwnTexts) -> Mapping[str, str]:
    """What stands in the fields before anything is typed."""
    if what == "plan" or session.report is None:
        planned_on = session.planned_on.isoformat() if session.planned_on else ""
        return {"planned_on": planned_on, "held_on": planned_on, "format": session.format}
    report = session.report.model_dump(mode="json", include={"held_on", "minutes", "people", "format"})
    wrote = texts.sessions.get(session.session_id)
    values = {**report, **(wrote.model_dump() if wrote else {}), "together_with": session.together_with}
    return {name: str(value) for name, value in values.items() if value is not None}


def _notes(session: Session, texts: OwnTexts) -> Mapping[str, str]:
    """What a coordinator wrote to each field of a report that came back."""
    words = texts.words.get(session.session_id)
    if words is None or session.state != "returned":
        return {}
    return {name: str(text) for name, text in words.model_dump(exclude_none=True).items()}


def _at(around: Around, number: int) -> tuple[Commitment, Session]:
    """The session of this number. Raises ``HTTPException`` if there is none."""
    found = around.found
    if found is None or number > len(found.sessions):
        raise HTTPException(404)
    return found, found.sessions[number - 1]


async def _commitment(person: Person) -> Commitment:
    token = await person.token("multiplier_tracking")
    found = await person.equipment.multiplier_tracking.commitment(token, person.language)
    if found is None:
        raise HTTPException(404)
    return found


async def _with_texts(person: Person) -> Around:
    """Raises ``HTTPException`` while the service knows of no commitment."""
    try:
        token = await person.token("multiplier_tracking")
        return Around(*await person.equipment.multiplier_tracking.commitment_and_texts(token, person.language))
    except NothingThere:
        raise HTTPException(404) from None


async def _around(person: Person, what: Known) -> Around:
    """Texts are opened only where they are to be corrected, because each opening goes on record."""
    return await _with_texts(person) if what == "correct" else Around(await _commitment(person))


async def _around_or_nothing(person: Person, what: Known) -> Around:
    try:
        return await _around(person, what)
    except (Away, HTTPException):
        return Around()
