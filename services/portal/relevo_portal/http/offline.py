"""The page that works without a line, and what its script asks for: who is in, and that a report be taken.

The page is the same for everybody and asks for nobody. A report comes as it was frozen on the device, with its key, and
goes on to the letter, so that it is one report however often it comes. Only what the service refused before any effect
is said to be ``refused``; the device keeps everything else as it is and sends it again.
"""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable, Mapping
from typing import Annotated, Any

from fastapi import Request, Response
from fastapi.responses import HTMLResponse, JSONResponse
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from relevo_chassis.http.routes import NOT_ONCE, Routes, accepts
from relevo_portal.http.callers import (
    COME_IN,
    FORM,
    InOwnTexts,
    InParticipant,
    InSession,
    InVisit,
    Person,
    Visit,
    hold,
    token_of,
)
from relevo_portal.http.days.overview import commitment_of
from relevo_portal.http.days.typed import ASKED_BACK, ID
from relevo_portal.http.forms import TOKEN, FormUnreadable, once_of, require_own
from relevo_portal.page.frame import sent
from relevo_portal.page.offline import shell_page, worker_script
from relevo_portal.services.asking import (
    Away,
    Declined,
    Download,
    FieldsDeclined,
    LaterAgain,
    NothingThere,
    SessionOver,
    read,
)
from relevo_portal.services.multiplier_tracking import Commitment
from relevo_portal.words.days import TEXTS


class FrozenReport(BaseModel):
    """A report as a device sends it, by multiplier tracking's names; that says what is wrong with it."""

    model_config = ConfigDict(strict=True, extra="forbid")

    held_on: str
    minutes: Annotated[int, Field(ge=0, lt=1_000_000_000)]
    people: Annotated[int, Field(ge=0, lt=1_000_000_000)]
    format: str
    description: str | None = None
    evidence_note: str | None = None
    another_session: bool = False


router = Routes(include_in_schema=False)
HERE = "/offline"
_JPEG = "image/jpeg"
_OWN = {"Cache-Control": "no-store"}
_WORKER = {
    **{"Cache-Control": "no-cache", "Service-Worker-Allowed": HERE},
    "Content-Security-Policy": "default-src 'none'; connect-src 'self'",
}


@router.get(HERE, response_class=HTMLResponse)
async def read_shell(visit: InVisit) -> Response:
    """The page, in which nobody's anything stands."""
    return sent(shell_page(visit.frame(HERE)), visit.language)


@router.get(f"{HERE}/worker", response_class=HTMLResponse)
async def read_worker(visit: InVisit) -> Response:
    """What keeps the page on a device, and answers for it and for its files alone."""
    script = worker_script(visit.frame(HERE))
    return Response(script, media_type="text/javascript", headers=_WORKER)


@router.get(f"{HERE}/status")
async def read_status(visit: InVisit, session: InSession) -> Response:
    """Whether somebody is in, with what their forms carry; or else what the form of the door carries."""
    if session is None:
        return _out(visit)
    person = Person(visit, session)
    try:
        granted = await person.granted("intake")
    except SessionOver:
        return _out(visit)
    status = {"state": "in", "form": token_of(visit, session.cookie), "whose": person.name_of(granted)}
    return JSONResponse({**status, "takes_part": granted.participant_id is not None}, headers=_OWN)


@router.get(f"{HERE}/planned")
async def read_planned(person: InParticipant) -> Response:
    """The sessions that are planned and not reported, so that one can be reported without a line as the one it is."""
    found = await commitment_of(person)
    sessions = [each for each in found.sessions if each.state == "planned"] if found else []
    planned = [{"id": each.session_id, "on": each.planned_on and each.planned_on.isoformat()} for each in sessions]
    return JSONResponse({"planned": planned}, headers=_OWN)


def _out(visit: Visit) -> Response:
    cookie = visit.anonymous()
    answer = JSONResponse({"state": "out", "form": token_of(visit, cookie)}, headers=_OWN)
    if visit.cookie(FORM) is None:
        hold(answer, visit.equipment, FORM, cookie)
    return answer


@router.post(f"{HERE}/report", openapi_extra=NOT_ONCE)
async def send_report(person: InParticipant, form: InOwnTexts) -> Response:
    """Hand on a report of the person for whom it was written, once for its key."""
    once, report, subject = once_of(form), _report(form), form.get("subject", "")
    if subject and not ID.match(subject):
        raise FormUnreadable()
    path = f"/me/commitment/sessions/{subject}/report" if subject else "/me/commitment/reports"

    async def send() -> Response:
        service, token = person.equipment.multiplier_tracking, await person.token("multiplier_tracking")
        answer = await service.do(path, token, once, person.language, report)
        ids = [each.session_id for each in read(answer, Commitment).sessions]
        session_id = subject or ids[-1]
        return _answer(201, "arrived", session_id=session_id, number=ids.index(session_id) + 1)

    return await _sent(person, form, send)


@router.post(f"{HERE}/picture", dependencies=[COME_IN], openapi_extra={**NOT_ONCE, **accepts(2 * 2**20, _JPEG)})
async def send_picture(person: InParticipant, request: Request) -> Response:
    """Hand on a picture of a report that has arrived, once for its key.

    It comes as it is, and what a form would carry in headers. Its sender affirmed that it shows no people when it was
    chosen on the device. While the service takes no pictures it waits there.
    """
    form = {name: request.headers.get(f"relevo-{name}", "") for name in (TOKEN, "whose", "once", "subject")}
    require_own(request, form, person.equipment, person.session.cookie)
    once, subject = once_of(form), form["subject"]
    if not ID.match(subject):
        raise FormUnreadable()
    file = Download(await request.body(), _JPEG)

    async def send() -> Response:
        service, token = person.equipment.multiplier_tracking, await person.token("multiplier_tracking")
        try:
            await service.add_picture(token, once, person.language, subject, file)
        except NothingThere:
            return _answer(503, "away")
        return _answer(201, "arrived")

    return await _sent(person, form, send)


async def _sent(person: Person, form: Mapping[str, str], send: Callable[[], Awaitable[Response]]) -> Response:
    """What came of it, if it is of the person for whom the device was set up."""
    name = person.name_of(await person.granted("intake"))
    if not hmac.compare_digest(form.get("whose", "").encode(), name.encode()):
        return _answer(409, "others")
    try:
        return await send()
    except FieldsDeclined as refused:
        return _answer(422, "refused", faults=dict(refused.faults), problem=" ".join(refused.faults.values()))
    except (Away, LaterAgain):
        return _answer(503, "away")
    except (Declined, NothingThere) as refused:
        problem, rule = (refused.text, refused.rule) if isinstance(refused, Declined) else ("", "")
        if asked := ASKED_BACK.get(rule):
            return _answer(409, "refused", faults={asked: problem}, problem=problem)
        return _answer(409, "refused", problem=problem or TEXTS[person.language].faults["changed"])


def _report(form: Mapping[str, str]) -> Mapping[str, Any]:
    """Raises ``FormUnreadable``."""
    try:
        return FrozenReport.model_validate_json(form.get("report", "")).model_dump(exclude_unset=True)
    except ValidationError:
        raise FormUnreadable() from None


def _answer(status: int, state: str, **more: Any) -> Response:
    return JSONResponse({"state": state, **more}, status, headers=_OWN)
