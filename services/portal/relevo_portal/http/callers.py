"""Who asks: in which language, and whether they have come in; and what their browser is given to hold.

Cookies end with the browser, are for no script, and under TLS for this host alone (``__Host-``; RFC 6265bis, 4.1.3.2).
"""

from __future__ import annotations

import contextlib
import re
import secrets
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request, Response

from relevo_chassis.languages import Language
from relevo_chassis.languages.preference import Spoken
from relevo_portal.equipment import Equipment, InEquipment
from relevo_portal.http.forms import form_token
from relevo_portal.page.render import Frame
from relevo_portal.services.intake import Away
from relevo_portal.store import Opened

SESSION, FORM = "session", "form"
_COOKIE = re.compile(r"[A-Za-z0-9_-]{22,43}\Z")


@dataclass(frozen=True, slots=True)
class Visit:
    """A request for a page. ``keep`` is what every link has behind it: the language, if it was asked for."""

    request: Request
    equipment: Equipment
    language: Language
    keep: str

    def cookie(self, name: str) -> str | None:
        """What the browser holds under a name."""
        found = self.request.cookies.get(_name(name, self.equipment))
        return found if found and _COOKIE.match(found) else None

    def to(self, path: str) -> str:
        return path + self.keep

    def frame(self, here: str, token: str | None = None) -> Frame:
        """What is around a page at this address; ``token`` is that of the forms of whoever is in."""
        return Frame(self.language, self.keep, here, self.equipment.settings.quick_exit_url, token)

    def anonymous(self) -> str:
        """What the form of somebody who has not come in belongs to: held by the browser, or else drawn now."""
        return self.cookie(FORM) or secrets.token_urlsafe(16)


def hold(response: Response, equipment: Equipment, name: str, value: str) -> None:
    """Have the browser hold it until it ends."""
    tls = equipment.settings.is_over_tls
    response.set_cookie(_name(name, equipment), value, path="/", secure=tls, httponly=True, samesite="lax")


def let_go(response: Response, equipment: Equipment, name: str) -> None:
    tls = equipment.settings.is_over_tls
    response.delete_cookie(_name(name, equipment), path="/", secure=tls, httponly=True, samesite="lax")


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
    await visit.equipment.sessions.end(session)
    with contextlib.suppress(Away):
        await visit.equipment.intake.end(session.handle)


def token_of(visit: Visit, cookie: str) -> str:
    return form_token(visit.equipment, cookie)


def _name(name: str, equipment: Equipment) -> str:
    return f"__Host-{name}" if equipment.settings.is_over_tls else name
