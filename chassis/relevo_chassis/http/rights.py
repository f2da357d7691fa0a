"""Who may do what: the one place that reads what roles a token gives, and the one way in which it is asked."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping, Set
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Annotated, Any, Protocol, cast

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials
from fastapi.security.base import SecurityBase

from relevo_chassis.delivery.change import Kind, Ref, Refusal, S
from relevo_chassis.delivery.store import Store
from relevo_chassis.http.refusals import refuses
from relevo_chassis.http.tokens import BEARER, Caller, IssuerAway, NotAllowed, NotAuthenticated, bearer_of

_THINGS = "relevo.things"
_ID = re.compile(r"[0-9a-f]{32}")


class Task(StrEnum):
    """What somebody may do in a service. Each service has a closed list of its own."""


class Stored(Protocol):
    """What of a service's shell is looked into for the edition of a thing."""

    @property
    def store(self) -> Store: ...


@dataclass(frozen=True, slots=True, eq=False)
class Rights:
    """Who may do what in a service.

    ``tasks`` says what each role may do. ``places`` says, by the name of the parameter in a path that holds its id,
    what kind of thing belongs to an edition, the weightier first; ``edition_id`` in a path is the edition itself.
    """

    tasks: Mapping[str, Set[Task]]
    places: Mapping[str, Kind[Any]] = field(default_factory=dict)

    def may(self, caller: Caller, task: Task, edition_id: str | None) -> bool:
        """Whether the caller may do this in that edition; with ``None``, in any at all.

        Today a role holds in all editions.
        """
        return not caller.roles.isdisjoint(self.roles_of(task))

    def roles_of(self, task: Task) -> frozenset[str]:
        """The roles that may do this."""
        return frozenset(role for role, tasks in self.tasks.items() if task in tasks)

    def who_may(self, task: Task, *, service: str | None = None) -> Callable[..., Awaitable[Caller]]:
        """A dependency: the caller, who may do this in the edition of what the path names, if it names anything of one.

        With ``service``, that one of our services and no other. Raises ``NotAuthenticated`` (401) or ``NotAllowed``
        (403); what there is of the edition is looked up only for whoever may do it somewhere.
        """

        @refuses(NotAuthenticated, NotAllowed, IssuerAway)
        async def caller(
            request: Request, credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(BEARER)]
        ) -> Caller:
            found = await bearer_of(request, credentials)
            if not (self.may(found, task, None) and self.may(found, task, await self.edition_of(request))):
                roles = ", ".join(sorted(self.roles_of(task)))
                raise NotAllowed("roles", "this needs one of the roles: {roles}", roles=roles)
            if service is not None and found.service != service:
                raise NotAllowed("for_one_service", "this is for {service} alone", service=service)
            return found

        caller.__dict__["may"] = (self, task)
        return caller

    def code_or_who_may(
        self, task: Task, codes: SecurityBase, neither: type[Refusal]
    ) -> Callable[..., Awaitable[Caller | str]]:
        """A dependency: a code, which whoever asks has to judge, or in its place a caller who may do this.

        Raises ``neither`` without one of them or with both, and as ``who_may`` does.
        """

        @refuses(neither, NotAuthenticated, NotAllowed, IssuerAway)
        async def code_or_caller(
            request: Request,
            credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(BEARER)],
            code: str | None = Depends(cast(Any, codes)),
        ) -> Caller | str:
            if (code is None) == (credentials is None):
                raise neither()
            return code if code is not None else await caller(request, credentials)

        caller = self.who_may(task)
        code_or_caller.__dict__["may"] = (self, task)
        return code_or_caller

    async def edition_of(self, request: Request) -> str | None:
        """The edition of what a request's path names; ``None`` when it names nothing that is of one."""
        named = {name: str(id) for name, id in request.path_params.items() if _ID.fullmatch(str(id))}
        if "edition_id" in named:
            return named["edition_id"]
        for name, kind in self.places.items():
            if name in named:
                edition_id: str | None = getattr(await thing_of(request, kind(named[name])), "edition_id", None)
                return edition_id
        return None


async def thing_of(request: Request, ref: Ref[S]) -> S | None:
    """What a request's path names, read once for each request, however often it is asked for."""
    known: dict[Ref[Any], Any] = request.scope.setdefault(_THINGS, {})
    if ref not in known:
        shell: Stored = request.app.state.shell
        known[ref] = await shell.store.state(ref)
    found: S | None = known[ref]
    return found


class HouseTask(Task):
    """What is the same in every service."""

    OPERATE = "operate"
    AUDIT = "audit"


HOUSE = Rights({"operator": {HouseTask.OPERATE}, "auditor": {HouseTask.AUDIT}})


def asked_of(dependency: object) -> tuple[Rights, Task] | None:
    """The rights that a dependency asks, and for which task; ``None`` for one that asks none."""
    asked: tuple[Rights, Task] | None = getattr(dependency, "__dict__", {}).get("may")
    return asked
