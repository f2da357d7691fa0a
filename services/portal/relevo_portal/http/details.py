"""What somebody said of themselves: seen, corrected at once, and how a lost code is recovered (rules 18 and 19)."""

from __future__ import annotations

import json
import unicodedata
from typing import Any

from fastapi import Response
from fastapi.responses import HTMLResponse, RedirectResponse

from relevo_chassis.http.routes import NOT_ONCE, Routes
from relevo_chassis.ids import new_id
from relevo_portal.http.callers import InOwnForm, InPerson, InSession, InVisit, Person, own_form
from relevo_portal.http.forms import once_of
from relevo_portal.http.waiting import fields_of_theirs, keep_form, saved
from relevo_portal.page.details import (
    NAMES,
    Choosing,
    Correcting,
    Values,
    details_away_page,
    details_page,
    values_of,
    way_page,
)
from relevo_portal.page.frame import sent
from relevo_portal.services.asking import Away, Declined, FieldsDeclined, NotDone, NothingThere, reason_of, status_of
from relevo_portal.services.details import (
    Details,
    Recovery,
    choose_recovery,
    correct_details,
    read_details,
    read_recovery,
    refuse_contact,
)
from relevo_portal.words.details import TEXTS, Notice

router = Routes(include_in_schema=False)
SHORTEST_WORD = 8
LEAST_HOURS, MOST_HOURS = 24, 720
_Refused = (Away, Declined, NothingThere)


@router.get("/details", response_class=HTMLResponse)
async def read_own(person: InPerson) -> Response:
    """As it stands. Whoever has sent nothing yet goes on writing."""
    return await _own_page(person)


@router.post("/details", response_class=HTMLResponse, openapi_extra=NOT_ONCE)
async def correct(visit: InVisit, session: InSession) -> Response:
    """Say anew what is not so already, once for the key of the form; what was corrected from elsewhere is shown first.

    Whoever is in no longer loses nothing.
    """
    if session is None:
        return await keep_form(visit, "/details")
    person = Person(visit, session)
    form = await own_form(person)
    return await saved(person, "/details", await _correct(person, form))


async def _correct(person: Person, form: dict[str, str]) -> Response:
    correcting = Correcting(_typed(form), form.get("mark", ""), once_of(form))
    own = TEXTS[person.language]
    if not correcting.values["name"]:
        return await _again(person, None, correcting._replace(faults={"name": own.name_missing}), 422)
    try:
        found = await _details_of(person)
        before = values_of(found)
        anew = {name: value for name, value in correcting.values.items() if value != before[name]}
        if not anew:
            return _to(person, "/details/saved")
        if correcting.mark != (mark := _mark(person, found)):
            return await _again(person, found, correcting._replace(mark=mark, saved=before), 409)
        token, intake = await person.token("intake"), person.equipment.intake
        await correct_details(intake, found.application_id, anew, token, correcting.once, person.language)
    except FieldsDeclined as refused:
        problem = None if refused.faults else own.declined
        return await _again(person, None, correcting._replace(faults=refused.faults, problem=problem), 422)
    except _Refused as refused:
        problem = _reason(person, refused)
        return await _again(person, None, correcting._replace(problem=problem), status_of(refused))
    return _to(person, "/details/saved")


@router.post("/details/refuse", response_class=HTMLResponse, openapi_extra=NOT_ONCE)
async def refuse(person: InPerson, form: InOwnForm) -> Response:
    """Refuse the contact that staff put forward."""
    once = once_of(form)
    granted = await person.granted("intake")
    try:
        await refuse_contact(person.equipment.intake, granted.application_id, granted.token, once, person.language)
    except NothingThere:
        return _to(person, "/details")
    except (Away, Declined) as refused:
        return await _own_page(person, problem=_reason(person, refused), status=status_of(refused))
    return _to(person, "/details/refused")


@router.get("/details/way", response_class=HTMLResponse)
async def read_way(person: InPerson) -> Response:
    """How a lost code is recovered, and what may be chosen."""
    try:
        now = await read_recovery(person.equipment.intake, await person.token("intake"), person.language)
    except NothingThere:
        return _to(person, "/apply")
    except Away:
        return await _away(person)
    choosing = Choosing(now.way, str(now.hours), "", new_id())
    return sent(way_page(await person.frame("/details/way"), now, choosing), person.language)


@router.post("/details/way", response_class=HTMLResponse, openapi_extra=NOT_ONCE)
async def choose_way(person: InPerson, form: InOwnForm) -> Response:
    """Choose it, which binds staff too. The word is shown to nobody again."""
    way, hours, word = (form.get(name, "").strip() for name in ("way", "hours", "word"))
    choosing = Choosing(way, hours, word, once_of(form))
    if faults := _faults(person, choosing):
        return await _way_again(person, choosing._replace(faults=faults), 422)
    body: dict[str, Any] = {"way": choosing.way}
    body |= {"word": choosing.word} if choosing.way == "word" else {}
    body |= {"hours": int(choosing.hours)} if choosing.way == "waiting" else {}
    token = await person.token("intake")
    try:
        await choose_recovery(person.equipment.intake, body, token, choosing.once, person.language)
    except FieldsDeclined as refused:
        problem = None if refused.faults else TEXTS[person.language].declined
        return await _way_again(person, choosing._replace(faults=refused.faults, problem=problem), 422)
    except _Refused as refused:
        return await _way_again(person, choosing._replace(problem=_reason(person, refused)), status_of(refused))
    return _to(person, "/details/chosen")


@router.get("/details/{notice}", response_class=HTMLResponse)
async def read_afterwards(notice: Notice, person: InPerson) -> Response:
    """As it stands, and that something was done."""
    return await _own_page(person, notice)


async def _own_page(
    person: Person, notice: Notice | None = None, *, problem: str | None = None, status: int = 200
) -> Response:
    try:
        found = await _details_of(person)
    except NothingThere:
        return _to(person, "/apply")
    except Away:
        return await _away(person)
    correcting = Correcting(values_of(found), _mark(person, found), new_id(), problem=problem)
    if notice is None and (fields := await fields_of_theirs(person, "/details")):
        correcting = Correcting(_typed(fields), fields.get("mark", ""), fields.get("once", ""), waited=True)
    html = details_page(await person.frame("/details"), found, correcting, notice)
    return sent(html, person.language, status)


async def _details_of(person: Person) -> Details:
    """Raises ``Away``, ``SessionOver`` or ``NothingThere``."""
    granted = await person.granted("intake")
    return await read_details(person.equipment.intake, granted.application_id, granted.token, person.language)


async def _again(person: Person, found: Details | None, correcting: Correcting, status: int) -> Response:
    return sent(details_page(await person.frame("/details"), found, correcting), person.language, status)


async def _way_again(person: Person, choosing: Choosing, status: int) -> Response:
    """The form with what was typed, and how it is now as far as intake tells."""
    try:
        now = await read_recovery(person.equipment.intake, await person.token("intake"), person.language)
    except (Away, NothingThere):
        now = Recovery(way=choosing.way)
    return sent(way_page(await person.frame("/details/way"), now, choosing), person.language, status)


async def _away(person: Person) -> Response:
    return sent(details_away_page(await person.frame("/details")), person.language, 503)


def _faults(person: Person, choosing: Choosing) -> dict[str, str]:
    own = TEXTS[person.language]
    if choosing.way not in own.ways:
        return {"way": own.way_mistakes["way"]}
    if choosing.way == "word" and len(choosing.word) < SHORTEST_WORD:
        return {"word": own.way_mistakes["word"]}
    hours = int(choosing.hours) if choosing.hours.isascii() and choosing.hours.isdigit() else 0
    if choosing.way == "waiting" and not LEAST_HOURS <= hours <= MOST_HOURS:
        return {"hours": own.way_mistakes["hours"]}
    return {}


def _typed(form: dict[str, str]) -> Values:
    return {name: unicodedata.normalize("NFC", form.get(name, "").strip()) or None for name in NAMES}


def _mark(person: Person, found: Details) -> str:
    """Stands for what is kept; tells nobody what it is."""
    content = json.dumps(values_of(found), sort_keys=True, ensure_ascii=False)
    return person.equipment.keyed_hash("own-details", found.application_id, content)


def _reason(person: Person, refused: NotDone) -> str:
    own = TEXTS[person.language]
    return reason_of(refused, away=own.not_saved, declined=own.declined)


def _to(person: Person, path: str) -> Response:
    return RedirectResponse(person.to(path), 303)
