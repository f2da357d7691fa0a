"""Who of the staff asks: whom the provider let in, and what its token for the portal says that they are."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated

from fastapi import Depends
from fastapi.security import APIKeyCookie

from relevo_chassis.given.asking import InShell
from relevo_chassis.given.shell import Shell
from relevo_chassis.http.granted import GRANTED, account_id_of
from relevo_chassis.http.tokens import Caller, Who
from relevo_portal.equipment import InEquipment, StaffDoor
from relevo_portal.http.callers import InVisit, NotIn, Visit, token_of
from relevo_portal.page.frame import Frame
from relevo_portal.services.asking import Away, SessionOver
from relevo_portal.services.openid import StaffService
from relevo_portal.store.staff import StaffSession
from relevo_portal.words.staff import ROLES

STAFF_COOKIE, SIGN_IN = "staff", "signin"
_STAFF_COOKIE = APIKeyCookie(name=STAFF_COOKIE, auto_error=False)
"""By which a route knows what judges who asks, before all else (``Route``)."""


async def staff_door(equipment: InEquipment) -> StaffDoor | None:
    """A dependency: what staff come in by; ``None`` where the portal has no client at the provider."""
    return equipment.staff


InStaffDoor = Annotated[StaffDoor | None, Depends(staff_door)]


async def staff_session_of(visit: InVisit) -> StaffSession | None:
    """A dependency: the session of whoever of the staff is in, which goes on from now."""
    if visit.equipment.staff is None:
        return None
    return await visit.equipment.staff.sessions.use(visit.cookie(STAFF_COOKIE), visit.equipment.now())


InStaffSession = Annotated[StaffSession | None, Depends(staff_session_of)]


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody of the staff, as they ask for a page. ``caller`` is what the services would call them: their roles, and
    what they were granted in single editions."""

    visit: Visit
    door: StaffDoor
    session: StaffSession
    caller: Caller

    @property
    def everywhere(self) -> frozenset[str]:
        """The roles that they have in every edition, to be said to them."""
        return self.caller.roles

    async def token(self, service: StaffService) -> str:
        """What opens a service in their name. Raises ``Away`` or ``SessionOver``, which ends the session here too."""
        return await token_for(self.visit, self.door, self.session, service)

    def frame(self, here: str) -> Frame:
        """What is around a page of theirs at this address."""
        token = token_of(self.visit, self.session.cookie)
        return replace(self.visit.frame(here), token=token, leave="/staff/out")


async def token_for(visit: Visit, door: StaffDoor, session: StaffSession, service: StaffService) -> str:
    """Raises ``Away`` or ``SessionOver``, which ends the session here too."""
    try:
        return await door.passes.of(session, service, visit.equipment.now())
    except SessionOver:
        door.passes.forget(session)
        await door.sessions.end(session)
        raise


async def caller_of(shell: Shell, door: StaffDoor, token: str, subject: str) -> Caller:
    """Whose token for the portal this is, with the roles of staff that it gives and what was granted.

    Raises ``NotAuthenticated``, ``IssuerAway``, or ``SessionOver`` for one that is not this person's at the provider.
    """
    caller = await shell.tokens.caller(token)
    if caller.who != Who(door.openid.issuer, subject):
        raise SessionOver()
    granted = await shell.store.state(GRANTED(account_id_of(caller.id)))
    return replace(caller, roles=caller.roles & ROLES, granted=granted.by_edition if granted else {})


def has_part(caller: Caller) -> bool:
    """Whether they are anything in the course, in all editions or in one."""
    return bool(caller.roles) or any(caller.granted.values())


async def member(visit: InVisit, shell: InShell, session: InStaffSession) -> Member:
    """A dependency. Raises ``NotIn``, ``SessionOver``, ``NotAuthenticated``, ``Away`` or ``IssuerAway``."""
    door = visit.equipment.staff
    if door is None or session is None:
        raise NotIn()
    token = await token_for(visit, door, session, "portal")
    return Member(visit, door, session, await caller_of(shell, door, token, session.subject))


InMember = Annotated[Member, Depends(member)]


async def end_staff_session(door: StaffDoor, session: StaffSession, visit: Visit) -> None:
    """Sign out, here first and then at the provider, which ends it by its time if it is away now."""
    refresh_token = await door.sessions.refresh_token(session, visit.equipment.now())
    door.passes.forget(session)
    await door.sessions.end(session)
    if refresh_token is not None:
        try:
            await door.openid.revoke(refresh_token)
        except Away:
            return
