"""What is kept of a person and why; all of it to take along; and the end of it (rule 14)."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from fastapi import Response
from fastapi.responses import HTMLResponse, RedirectResponse

from relevo_chassis.http.once import is_strong
from relevo_chassis.http.routes import NOT_ONCE, Routes
from relevo_chassis.ids import new_id
from relevo_chassis.languages import Language
from relevo_portal.http.callers import FROM_HERE, InOwnForm, InPerson, Person
from relevo_portal.http.forms import FormUnreadable
from relevo_portal.http.mine import mine_of
from relevo_portal.page.frame import sent
from relevo_portal.page.rights import bundle, erase_page, rights_page
from relevo_portal.services.asking import Api, Away, Declined, NotDone, NothingThere, Service, reason_of, status_of
from relevo_portal.services.intake import Mine
from relevo_portal.words.rights import TEXTS, Paper

router = Routes(include_in_schema=False)
_ID = re.compile(r"[0-9a-f]{32}\Z")
_MOST_PAGES = 50
_FILES = ("certificate.pdf", "credential.json", "credential.jwt")


class Part(NamedTuple):
    """Where a part of what is kept is asked for."""

    service: Service
    path: str


_THREAD = Part("intake", "/me/thread?mark=false&limit=200")
OF_A_DRAFT: Mapping[Paper, Part] = {
    "state": Part("intake", "/me"),
    "draft": Part("intake", "/drafts/{id}"),
    "thread": _THREAD,
}
OF_AN_APPLICATION: Mapping[Paper, Part] = {
    "state": Part("intake", "/me"),
    "submission": Part("intake", "/applications/{id}/submission"),
    "details": Part("intake", "/applications/{id}/details"),
    "thread": _THREAD,
}
OF_A_PARTICIPANT: Mapping[Paper, Part] = {
    "needs": Part("intake", "/me/needs"),
    "week": Part("scheduling", "/me/programme"),
    "attendance": Part("scheduling", "/me/attendance"),
    "days": Part("multiplier_tracking", "/me/commitment"),
    "texts": Part("multiplier_tracking", "/me/commitment/texts"),
    "questions": Part("multiplier_tracking", "/me/support-requests"),
    "paper": Part("certification", "/me/certificate"),
    "letters": Part("certification", "/me/invitations"),
}


@router.get("/rights", response_class=HTMLResponse)
async def read_rights(person: InPerson) -> Response:
    """What is kept, why and until when, and what can be done about it."""
    return sent(rights_page(await person.frame("/rights")), person.language)


@router.get("/rights/bundle", response_class=Response, dependencies=[FROM_HERE])
async def download_bundle(person: InPerson) -> Response:
    """All of it, in one file, as it stands now; what a service does not give now is named in it."""
    found = await mine_of(person)
    parts = OF_A_DRAFT if found.state in ("draft", "expired") else OF_AN_APPLICATION
    wanted = {**parts, **(OF_A_PARTICIPANT if found.participant_id else {})}
    answers = await asyncio.gather(*(_part(person, found, each) for each in wanted.values()))
    known = dict(zip(wanted, answers, strict=True))
    there: dict[Paper, Any] = {name: each for name, each in known.items() if each not in (_AWAY, None)}
    missing = [name for name, each in known.items() if each is _AWAY]
    files = await _files(person) if "paper" in there else {}
    files |= await _photographs(person, there["days"]) if "days" in there else {}
    content = bundle(await person.frame("/rights"), there, missing, files)
    headers = {"Content-Disposition": 'attachment; filename="papers.zip"', "Cache-Control": "no-store"}
    return Response(content, media_type="application/zip", headers=headers)


@router.get("/rights/erase", response_class=HTMLResponse)
async def ask_before_erasing(person: InPerson) -> Response:
    """What goes and what stays. Changes nothing."""
    found = await mine_of(person)
    html = erase_page(await person.frame("/rights/erase"), found.application_id, new_id())
    return sent(html, person.language)


@router.post("/rights/erase", response_class=HTMLResponse, openapi_extra=NOT_ONCE)
async def erase_person(person: InPerson, form: InOwnForm) -> Response:
    """Done once for the key of the form; whoever it was is not in any more."""
    subject, once = form.get("subject", ""), form.get("once", "")
    if not _ID.match(subject) or not is_strong(once):
        raise FormUnreadable()
    try:
        path = f"/applications/{subject}/erase"
        await person.equipment.intake.do(path, await person.token("intake"), once, person.language)
    except (Away, Declined, NothingThere) as refused:
        return await _again(person, subject, once, refused)
    person.equipment.passes.forget(person.session)
    await person.equipment.sessions.end(person.session)
    return RedirectResponse(person.to("/left"), 303)


_AWAY = object()


async def _part(person: Person, found: Mine, part: Part) -> Any:
    """``None`` for what there is not, ``_AWAY`` for what is not given now."""
    api: Api = getattr(person.equipment, part.service)
    try:
        path = part.path.format(id=found.application_id)
        return await _all_pages(api, path, await person.token(part.service), person.language)
    except NothingThere:
        return None
    except Away:
        return _AWAY


async def _all_pages(api: Api, path: str, token: str, language: Language) -> Any:
    """What the service says, with what it keeps for further pages; its lists go on."""
    found = await api.read_whole(path, token, language)
    after = found.get("next") if isinstance(found, dict) else None
    for _ in range(_MOST_PAGES):
        if not isinstance(after, str):
            break
        more = await api.read_whole(f"{path}{'&' if '?' in path else '?'}after={after}", token, language)
        after = more.get("next")
        for name, each in more.items():
            found[name] = [*found[name], *each] if isinstance(each, list) else found[name]
        found["next"] = after
    return found


async def _files(person: Person) -> dict[str, bytes]:
    """The papers of a certificate, if there are some now."""
    files: dict[str, bytes] = {}
    for name in _FILES:
        try:
            token = await person.token("certification")
            files[name] = (
                await person.equipment.certification.download(f"/me/certificate/{name}", token, person.language)
            ).content
        except (Away, NothingThere):
            continue
    return files


async def _photographs(person: Person, days: Any) -> dict[str, bytes]:
    """Those of sessions that are kept now, by the number of the session and their own."""
    files: dict[str, bytes] = {}
    tracking, language = person.equipment.multiplier_tracking, person.language
    for number, session in enumerate(days.get("sessions", ()), 1):
        for place, each in enumerate(session["pictures"], 1):
            try:
                token = await person.token("multiplier_tracking")
                found = await tracking.picture(token, language, session["session_id"], each["picture_id"])
            except (Away, NothingThere):
                continue
            files[f"session-{number}-{place}.jpg"] = found.content
    return files


async def _again(person: Person, subject: str, once: str, refused: NotDone) -> Response:
    words = TEXTS[person.language].erase
    text = reason_of(refused, away=words.not_done, declined=words.declined)
    html = erase_page(await person.frame("/rights/erase"), subject, once, text)
    return sent(html, person.language, status_of(refused))
