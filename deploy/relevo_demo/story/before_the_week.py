"""Before the week: what some need, read by whoever sees to it; invitations for the visa, verified by a stranger."""

from __future__ import annotations

import asyncio
import io
import re
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from pypdf import PdfReader

from relevo_demo.api import Misbehaved, Sent, together, until
from relevo_demo.dice import dice
from relevo_demo.edition import LANGUAGES
from relevo_demo.story import on_pages
from relevo_demo.story.cast import Participant, Stage
from relevo_demo.story.certificate_facts import facts_body
from relevo_demo.story.changing import CERTIFICATION
from relevo_demo.story.parts import CARRIERS
from relevo_demo.texts import needed

TRAVEL = "travel-1"
"""Whoever sees to travel and interpretation."""
ONE_STATES_OF = 3
_STATING = (*CARRIERS, "addressless")
_CODE = re.compile(r"/i/([0-9A-Z]{26})")
_FORM = "application/x-www-form-urlencoded"
_COSTS = {
    "es": "La institución paga el viaje y la estadía.",
    "en": "The institution pays for travel and stay.",
    "pt": "A instituição paga a viagem e a estadia.",
    "fr": "L'institution paie le voyage et le séjour.",
}
_OCCASION = {
    "es": "Programa académico",
    "en": "Academic programme",
    "pt": "Programa acadêmico",
    "fr": "Programme universitaire",
}


async def prepare(stage: Stage, participants: Sequence[Participant]) -> tuple[str, ...]:
    """Everything that is to be settled before anybody travels; the codes of the invitations."""
    stating = [each for at, each in enumerate(participants) if at % ONE_STATES_OF == 0 or each.person.part in _STATING]
    invited = [each for each in participants if each.person.part in CARRIERS]
    await _terms(stage)
    with stage.progress.phase("before the week: needs stated, and read", len(stating)) as advance:
        await together(stating, lambda one: _state_needs(stage, one), advance, at_once=8)
        await _read_needs(stage, stating)
    with stage.progress.phase("before the week: invitations made, and verified", len(invited)) as advance:
        return tuple(await together(invited, lambda one: _invited(stage, one), advance))


async def _terms(stage: Stage) -> None:
    """What certificates and invitations of the edition state."""
    path, token = f"/editions/{stage.edition_id}", await stage.coordinator()
    await stage.api.put(CERTIFICATION, path, facts_body(stage.edition), token=token)
    body = {
        "address": f"{stage.edition.venue}, {stage.edition.city}",
        "contact": "+1 202 555 0100",
        "texts": {each: {"occasion": _OCCASION[each], "costs": _COSTS[each]} for each in LANGUAGES},
    }
    await stage.api.put(CERTIFICATION, f"{path}/invitation", body, token=token)


async def _state_needs(stage: Stage, one: Participant) -> None:
    """As they do who look first at what they stated so far."""
    if one.person.way:
        return await on_pages.state_needs(stage, one, _needs(stage, one))
    seen = await stage.api.call("GET", "intake", "/me/needs", receipt=one.receipt)
    body = _needs(stage, one)
    await stage.api.put("intake", "/me/needs", body, receipt=one.receipt, if_match=seen.headers["etag"])


def _needs(stage: Stage, one: Participant) -> dict[str, Any]:
    person, edition = one.person, stage.edition
    access, diet = needed(person.language, dice(stage.seed, "needs", person.number))
    words = {
        "access": access,
        "diet": diet,
        "arrival_place": "IAD",
        "arrival_number": "CM 304",
        "departure_place": "IAD",
        "departure_number": "CM 303",
        "emergency_name": "Berta Ejemplo",
        "emergency_reach": "+504 5555 0100",
        "passport_name": person.called.upper(),
    }
    return {
        **{name: stage.with_canary(person, name, text) for name, text in words.items()},
        "from_languages": [each for each in LANGUAGES if each != person.language][:1],
        "into": person.language,
        "arrival_on": (edition.first_on - timedelta(days=1)).isoformat(),
        "departure_on": (edition.last_on + timedelta(days=1)).isoformat(),
        "emergency_agreed": True,
    }


async def _read_needs(stage: Stage, stating: Sequence[Participant]) -> None:
    """Whoever sees to travel and interpretation reads it, on record: what was stated, and of nobody else."""
    token, path = await stage.api.token(TRAVEL, "travel"), f"/editions/{stage.edition_id}/needs"
    listed = [each async for each in stage.api.every("intake", path, token, stated=True)]
    by_id = {each.participant_id: each for each in stating}
    if {each["participant_id"] for each in listed} != by_id.keys():
        raise Misbehaved(f"{len(listed)} participants are listed as having stated what they need, not {len(stating)}")
    counted = await stage.api.get("intake", f"{path}/count", token=token)
    if counted["stated"] != len(stating):
        raise Misbehaved(f"what {counted['stated']} participants need is counted, not what {len(stating)} do")
    for one in stating:
        read = await stage.api.get("intake", f"/participants/{one.participant_id}/needs", token=token)
        stated = _needs(stage, one)
        if otherwise := [name for name, value in stated.items() if read["needs"][name] != value]:
            raise Misbehaved(f"{', '.join(otherwise)}: read otherwise than participant {one.participant_id} stated it")
        stage.done("needs_stated")


async def _invited(stage: Stage, one: Participant) -> str:
    """Make it, and have a consulate verify it by what stands on the paper; its code."""
    api, own = stage.api, await one.token(stage.api)

    async def may_be_made() -> bool:
        seen = await api.call("GET", CERTIFICATION, "/me/invitations", token=own, expected=(200, 409))
        return seen.status_code == 200 and bool(seen.json()["left"])

    await until(f"the invitation of participant {one.participant_id}", may_be_made)
    language, name = one.person.language, stage.with_canary(one.person, "passport", one.person.called.upper())
    body = {"passport_name": name, "language": language}
    paper = await api.call("POST", CERTIFICATION, "/me/invitations", body, token=own)
    text = await asyncio.to_thread(_text, paper.content)
    if not ((code := _CODE.search(text)) and _bears(text, name)):
        raise Misbehaved(f"the invitation of participant {one.participant_id} lacks its code or its name")
    await _verify(stage, code[1], name)
    stage.done("invited")
    return code[1]


async def _verify(stage: Stage, code: str, name: str) -> None:
    """Nobody signs in: follow the code, compare the dates, and type in the name of the passport."""
    invitation = await stage.api.get(CERTIFICATION, f"/i/{code}", accept="application/json")
    if (invitation["status"], invitation["first_on"]) != ("valid", stage.edition.first_on.isoformat()):
        raise Misbehaved(f"an invitation that was just made is {invitation['status']}, for {invitation['first_on']}")
    same, other = [await _compared(stage, code, each) for each in (name, "Otra Persona")]
    if same == other:
        raise Misbehaved("the name on an invitation is compared as if it were that of somebody else")
    if any(name.split()[-1] in page.lower() for page in (same, other)):
        raise Misbehaved("the page that compares a name shows it")


async def _compared(stage: Stage, code: str, name: str) -> str:
    """The page that says whether the name is that of the invitation."""
    form = Sent(_FORM, urlencode({"code": code, "name": name}).encode())
    return (await stage.api.call("POST", CERTIFICATION, "/i", form, params={"lang": "en"})).text


def _text(paper: bytes) -> str:
    pages = PdfReader(io.BytesIO(paper)).pages
    links = [
        str(note.get_object()["/A"]["/URI"])
        for page in pages
        for note in page.get("/Annots", ())
        if "/URI" in note.get_object().get("/A", {})
    ]
    return "\n".join((*links, *(page.extract_text() for page in pages)))


def _bears(text: str, name: str) -> bool:
    """Wherever lines are broken."""
    return "".join(name.split()) in "".join(text.split())
