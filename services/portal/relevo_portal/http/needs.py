"""What somebody with a seat needs for the on-site week: seen, stated whole, not overwritten unseen, and taken back."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Mapping
from typing import Any

from fastapi import Response
from fastapi.responses import HTMLResponse, RedirectResponse

from relevo_chassis.http.routes import NOT_ONCE, Routes
from relevo_chassis.languages import LANGUAGES
from relevo_portal.http.callers import InOwnForm, InParticipant, InSession, InVisit, Person
from relevo_portal.http.waiting import fields_of_theirs, kept_or_done
from relevo_portal.page.frame import sent
from relevo_portal.page.needs import NAMES, Stating, Values, clear_page, needs_page, no_needs_page, values_of
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
from relevo_portal.services.needs import OwnNeeds, clear_needs, read_needs, state_needs
from relevo_portal.words.needs import TEXTS, Missing, Notice

router = Routes(include_in_schema=False)
_PATH = "/needs"
_TRIES = 3


@router.get(_PATH, response_class=HTMLResponse)
async def read_own_needs(person: InParticipant) -> Response:
    """As they are stated, with why each is asked, who reads it and until when it is kept."""
    return await _own_page(person)


@router.post(_PATH, response_class=HTMLResponse, openapi_extra=NOT_ONCE)
async def state_own_needs(visit: InVisit, session: InSession) -> Response:
    """Save all of it over what was shown; what was changed from elsewhere is shown first.

    Whoever is in no longer loses nothing. Sent twice, it is saved once.
    """
    return await kept_or_done(visit, session, _PATH, _state)


@router.get(_PATH + "/clear", response_class=HTMLResponse)
async def ask_before_clearing(person: InParticipant) -> Response:
    """What taking it back means. Changes nothing."""
    return sent(clear_page(await person.frame(_PATH + "/clear")), person.language)


@router.post(_PATH + "/clear", response_class=HTMLResponse, openapi_extra=NOT_ONCE)
async def clear_own_needs(person: InParticipant, form: InOwnForm) -> Response:
    """Have it destroyed. Sent again, it changes nothing."""
    try:
        await clear_needs(person.equipment.intake, await person.token("intake"), person.language)
    except NothingThere:
        return RedirectResponse(person.to(_PATH), 303)
    except (Away, Declined) as refused:
        own = TEXTS[person.language]
        problem = reason_of(refused, away=own.not_cleared, declined=own.declined)
        html = clear_page(await person.frame(_PATH + "/clear"), problem)
        return sent(html, person.language, status_of(refused))
    return RedirectResponse(person.to(_PATH + "/cleared"), 303)


@router.get(_PATH + "/{notice}", response_class=HTMLResponse)
async def read_afterwards(notice: Notice, person: InParticipant) -> Response:
    """As they are stated, and that something was done."""
    return await _own_page(person, notice)


async def _own_page(person: Person, notice: Notice | None = None) -> Response:
    try:
        found, _ = await _needs_of(person)
    except NothingThere:
        return sent(no_needs_page(await person.frame(_PATH)), person.language)
    except Away:
        return sent(no_needs_page(await person.frame(_PATH), away=True), person.language, 503)
    stating = Stating(values_of(found.needs), _mark(person, found))
    if notice is None and (fields := await fields_of_theirs(person, _PATH)):
        stating = Stating(_typed(fields), fields.get("mark", ""), waited=True)
    return sent(needs_page(await person.frame(_PATH), found, stating, notice), person.language)


async def _state(person: Person, form: dict[str, str]) -> Response:
    stating, own = Stating(_typed(form), form.get("mark", "")), TEXTS[person.language]
    if faults := _missing(person, stating.values):
        return await _again(person, None, stating._replace(faults=faults), 422)
    for _ in range(_TRIES):
        try:
            return await _saved(person, stating)
        except ChangedMeanwhile:
            continue
        except FieldsDeclined as refused:
            problem = None if refused.faults else own.declined
            return await _again(person, None, stating._replace(faults=refused.faults, problem=problem), 422)
        except (Away, Declined, NothingThere) as refused:
            problem = _reason(person, refused)
            return await _again(person, None, stating._replace(problem=problem), status_of(refused))
    return await _again(person, None, stating._replace(problem=own.not_saved), 503)


async def _saved(person: Person, stating: Stating) -> Response:
    """Raises ``ChangedMeanwhile`` when it is to be read again, and what saving raises."""
    found, tag = await _needs_of(person)
    before = values_of(found.needs)
    if stating.values != before:
        if stating.mark != (mark := _mark(person, found)):
            return await _again(person, found, stating._replace(mark=mark, saved=before), 409)
        token = await person.token("intake")
        await state_needs(person.equipment.intake, _body(stating.values), tag, token, person.language)
    return RedirectResponse(person.to(_PATH + "/saved"), 303)


async def _again(person: Person, found: OwnNeeds | None, stating: Stating, status: int) -> Response:
    return sent(needs_page(await person.frame(_PATH), found, stating), person.language, status)


async def _needs_of(person: Person) -> tuple[OwnNeeds, str]:
    """Raises ``Away``, ``SessionOver`` or ``NothingThere``."""
    return await read_needs(person.equipment.intake, await person.token("intake"), person.language)


def _typed(form: Mapping[str, str]) -> Values:
    """As forms of ours hold it, with lines ended as they are kept."""
    texts = {name: form.get(name, "").replace("\r\n", "\n").strip() for name in NAMES}
    chosen = " ".join(each for each in LANGUAGES if f"from_languages-{each}" in form)
    return {**{name: unicodedata.normalize("NFC", text) for name, text in texts.items()}, "from_languages": chosen}


def _body(values: Values) -> dict[str, Any]:
    """What the service is asked for, by its own names."""
    days = {name: values[name] or None for name in ("arrival_on", "departure_on", "into")}
    agreed = values["emergency_agreed"] == "yes"
    texts = {str(name): text for name, text in values.items()}
    return {**texts, **days, "from_languages": values["from_languages"].split(), "emergency_agreed": agreed}


def _missing(person: Person, values: Values) -> dict[str, str]:
    """What is asked for together and is there only in part, in the person's words."""
    own, lacking = TEXTS[person.language], list[Missing]()
    if values["into"] in ("sign", "other") and not values["into_named"]:
        lacking.append("into_named")
    if values["from_languages"] and not values["into"]:
        lacking.append("into")
    if (values["into"] or values["into_named"]) and not values["from_languages"]:
        lacking.append("from_languages")
    emergency: tuple[Missing, ...] = ("emergency_name", "emergency_reach", "emergency_agreed")
    if any(values[each] for each in emergency):
        lacking += [each for each in emergency if not values[each]]
    return {name: own.missing[name] for name in lacking}


def _mark(person: Person, found: OwnNeeds) -> str:
    """Stands for what is kept; tells nobody what it is."""
    content = json.dumps(values_of(found.needs), sort_keys=True, ensure_ascii=False)
    return person.equipment.keyed_hash("own-needs", content)


def _reason(person: Person, refused: NotDone) -> str:
    own = TEXTS[person.language]
    return reason_of(refused, away=own.not_saved, declined=own.declined)
