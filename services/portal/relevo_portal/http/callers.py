"""Who asks: in which language, and whether they have come in; and what their browser is given to hold.

Cookies end with the browser, are for no script, and under TLS for this host alone (``__Host-``; RFC 6265bis, 4.1.3.2).
"""

from __future__ import annotations

import contextlib
import re
import secrets
from dataclasses import dataclass, replace
from typing import Annotated

from fastapi import Depends, Request, Response
from fastapi.security import APIKeyCookie

from relevo_chassis.delivery.change import Refusal
from relevo_chassis.given.shell import shell_of
from relevo_chassis.languages import Language
from relevo_chassis.languages.preference import Spoken
from relevo_portal.equipment import Equipment, InEquipment, equipment_of
from relevo_portal.http.forms import (
    LARGE_BYTES,
    SMALL_BYTES,
    NotFromHere,
    came_from_elsewhere,
    form_of,
    form_token,
    require_own,
    signed,
)
from relevo_portal.page.frame import OF_PARTICIPANTS, ROOMS, Frame
from relevo_portal.services.asking import Away, Service, SessionOver
from relevo_portal.services.intake import Pass
from relevo_portal.store import Opened

SESSION, FORM, WAITING = "session", "form", "waiting"
_SESSION_COOKIE = APIKeyCookie(name=SESSION, auto_error=False)
"""By which a route knows what judges who asks, before all else (``Route``)."""
_A_MINUTE, _SHORTEST_WAIT = 60, 10
_COOKIE = re.compile(r"[A-Za-z0-9_-]{22,43}\Z")


class NotIn(Refusal):
    """This is somebody's own; come in with the code first."""

    status = 401


class NoParticipant(Refusal):
    """This is for whoever takes part in the course."""

    status = 404


@dataclass(frozen=True, slots=True)
class Visit:
    """A request for a page. ``keep`` is what every link has behind it: the language, if it was asked for."""

    request: Request
    equipment: Equipment
    language: Language
    keep: str

    def cookie(self, name: str) -> str | None:
        """What the browser holds under a name."""
        found = self.request.cookies.get(name_of_cookie(name, self.equipment))
        return found if found and _COOKIE.match(found) else None

    @property
    def client(self) -> str:
        """The address that it came from."""
        return self.request.client.host if self.request.client else ""

    def to(self, path: str) -> str:
        return path + self.keep

    def frame(self, here: str) -> Frame:
        """What is around a page at this address."""
        return Frame(self.language, self.keep, here, self.equipment.settings.quick_exit_url)

    def anonymous(self) -> str:
        """What the form of somebody who has not come in belongs to: held by the browser, or else drawn now."""
        return self.cookie(FORM) or secrets.token_urlsafe(16)


def wait_after(refused: Exception | None) -> int:
    """In how many seconds somebody may try again; so many at least that a crowd behind one address gets through."""
    seconds = getattr(refused, "retry_after_seconds", None)
    return _A_MINUTE if seconds is None else max(_SHORTEST_WAIT, seconds)


def hold(response: Response, equipment: Equipment, name: str, value: str) -> None:
    """Have the browser hold it until it ends."""
    tls = equipment.settings.is_over_tls
    response.set_cookie(name_of_cookie(name, equipment), value, path="/", secure=tls, httponly=True, samesite="lax")


def let_go(response: Response, equipment: Equipment, name: str) -> None:
    tls = equipment.settings.is_over_tls
    response.delete_cookie(name_of_cookie(name, equipment), path="/", secure=tls, httponly=True, samesite="lax")


async def visit(request: Request, equipment: InEquipment, spoken: Spoken) -> Visit:
    """A dependency."""
    asked = request.query_params.get("lang")
    keep = f"?lang={spoken}" if asked else ""
    return Visit(request, equipment, spoken, keep)


InVisit = Annotated[Visit, Depends(visit)]


async def session_of(visit: InVisit) -> Opened | None:
    """A dependency: the session of whoever has come in, which goes on from now."""
    return await visit.equipment.sessions.use(visit.cookie(SESSION), visit.equipment.now())


InSession = Annotated[Opened | None, Depends(session_of)]


async def end_session(visit: Visit, session: Opened) -> None:
    """Sign out, here first and then at intake, which ends it by its time if it is away now."""
    visit.equipment.passes.forget(session)
    await visit.equipment.sessions.end(session)
    with contextlib.suppress(Away):
        await visit.equipment.intake.end(session.handle)


@dataclass(frozen=True, slots=True)
class Person:
    """Whoever is in, as they ask for a page of their own."""

    visit: Visit
    session: Opened

    @property
    def language(self) -> Language:
        return self.visit.language

    @property
    def equipment(self) -> Equipment:
        return self.visit.equipment

    def to(self, path: str) -> str:
        return self.visit.to(path)

    async def granted(self, service: Service) -> Pass:
        """What opens a service. Raises ``Away`` or ``SessionOver``, which ends the session here too."""
        try:
            return await self.equipment.passes.of(self.session, service, self.equipment.now())
        except SessionOver:
            await self.equipment.sessions.end(self.session)
            raise

    async def token(self, service: Service) -> str:
        """Raises ``Away`` or ``SessionOver``."""
        return (await self.granted(service)).token

    async def takes_part(self) -> bool:
        """Whether they are a participant, as far as intake can tell now. Raises ``SessionOver``."""
        try:
            return (await self.granted("intake")).participant_id is not None
        except Away:
            return False

    async def frame(self, here: str) -> Frame:
        """What is around a page of one's own at this address, with the way to the others that there are for them."""
        whose, takes_part = None, await self.takes_part()
        with contextlib.suppress(Away):
            whose = signed(self.equipment, self.session.cookie, self.name_of(await self.granted("intake")))
        token = token_of(self.visit, self.session.cookie)
        rooms = [each for each in ROOMS if takes_part or each not in OF_PARTICIPANTS]
        return replace(self.visit.frame(here), token=token, rooms=rooms, whose=whose)

    def name_of(self, granted: Pass) -> str:
        """By what the portal knows in two sessions that it is the same person; nobody else can tell who."""
        return self.equipment.keyed_hash("form-of", granted.application_id)


async def person(visit: InVisit, session: InSession) -> Person:
    """A dependency. Raises ``NotIn``."""
    if session is None:
        raise NotIn()
    return Person(visit, session)


InPerson = Annotated[Person, Depends(person)]


async def participant(person: InPerson) -> Person:
    """A dependency. Raises ``NotIn`` or ``NoParticipant``."""
    if (await person.granted("intake")).participant_id is None:
        raise NoParticipant()
    return person


InParticipant = Annotated[Person, Depends(participant)]


async def from_here(visit: InVisit) -> None:
    """A dependency of whatever leaves a file that names somebody on their device: no other site may lead there.

    Raises ``NotFromHere``.
    """
    if came_from_elsewhere(visit.request, visit.equipment.settings.public_url):
        raise NotFromHere()


FROM_HERE = Depends(from_here)


async def come_in(request: Request, _: Annotated[str | None, Depends(_SESSION_COOKIE)]) -> None:
    """A dependency of whatever takes a large body, which is asked before it is read: of nobody who is not in, and of
    nothing that another site sends. Raises ``NotIn`` or ``NotFromHere``."""
    visit = Visit(request, await equipment_of(await shell_of(request)), "en", "")
    if await session_of(visit) is None:
        raise NotIn()
    await from_here(visit)


COME_IN = Depends(come_in)


async def own_form(person: InPerson) -> dict[str, str]:
    """A dependency: the fields of a form that was sent from a page of theirs. Raises ``FormUnreadable`` or
    ``NotFromHere``."""
    return await _own_form(person, SMALL_BYTES)


async def own_texts(person: InPerson) -> dict[str, str]:
    """As ``own_form``, for pages on which people write at length."""
    return await _own_form(person, LARGE_BYTES)


async def _own_form(person: Person, most_bytes: int) -> dict[str, str]:
    form = await form_of(person.visit.request, most_bytes)
    require_own(person.visit.request, form, person.equipment, person.session.cookie)
    return form


InOwnForm = Annotated[dict[str, str], Depends(own_form)]
InOwnTexts = Annotated[dict[str, str], Depends(own_texts)]


def token_of(visit: Visit, cookie: str) -> str:
    return form_token(visit.equipment, cookie)


def name_of_cookie(name: str, equipment: Equipment) -> str:
    return f"__Host-{name}" if equipment.settings.is_over_tls else name
