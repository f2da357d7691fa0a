"""Who may do what: the one place that reads what roles somebody has, and the one way in which it is asked.

A role of the token holds in every edition. One that was granted holds in its edition alone.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Annotated, Any, NamedTuple, Protocol, cast

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials
from fastapi.security.base import SecurityBase

from relevo_chassis.delivery.change import Kind, Ref, Refusal, S
from relevo_chassis.delivery.store import Store
from relevo_chassis.http.granted import Granting, account_id_of
from relevo_chassis.http.refusals import refuses
from relevo_chassis.http.tokens import BEARER, Caller, IssuerAway, NotAllowed, NotAuthenticated, bearer_of
from relevo_contracts import STAFF

_THINGS = "relevo.things"
_ID = re.compile(r"[0-9a-f]{32}")


class Task(StrEnum):
    """What somebody may do in a service. Each service has a closed list of its own."""


class Stored(Protocol):
    """What of a service's shell is looked into for the edition of a thing."""

    @property
    def store(self) -> Store: ...


class Within(NamedTuple):
    """A kind of thing that is of the edition of another, whose id is the ``field`` of its state."""

    kind: Kind[Any]
    field: str
    of: Kind[Any]


@dataclass(frozen=True, slots=True, eq=False)
class Rights:
    """Who may do what in a service.

    ``tasks`` says what each role may do. ``places`` says, by the name of the parameter in a path that holds its id,
    what kind of thing belongs to an edition, the weightier first; ``edition_id`` in a path is the edition itself.
    ``grants`` is the kind of state, by ``account_id_of``, that says what an account was given in single editions; a
    service without it knows of none.
    """

    tasks: Mapping[str, Set[Task]]
    places: Mapping[str, Kind[Any] | Within] = field(default_factory=dict)
    grants: Kind[Any] | None = None

    def may(self, caller: Caller, task: Task, edition_id: str | None) -> bool:
        """Whether the caller may do this in that edition; with ``None``, in every edition there is."""
        roles = caller.roles if edition_id is None else caller.roles | caller.granted.get(edition_id, frozenset())
        return not roles.isdisjoint(self.roles_of(task))

    def editions_of(self, caller: Caller, task: Task) -> frozenset[str] | None:
        """In which editions the caller may do this; ``None`` for every edition there is."""
        if self.may(caller, task, None):
            return None
        return frozenset(edition_id for edition_id in caller.granted if self.may(caller, task, edition_id))

    def looked_into(self, caller: Caller, task: Task, edition_id: str | None) -> Sequence[str] | None:
        """Into which editions a list looks that was asked for this one, or for all: ``None`` for every one there is.

        Raises ``NotAllowed`` for one in which the caller may not.
        """
        if edition_id is not None:
            self.require(caller, task, edition_id)
            return (edition_id,)
        editions = self.editions_of(caller, task)
        return None if editions is None else sorted(editions)

    def require(self, caller: Caller, task: Task, edition_id: str | None) -> None:
        """For what a request names otherwise than in its path. Raises ``NotAllowed``."""
        if not self.may(caller, task, edition_id):
            raise self._refusal(task)

    def roles_of(self, task: Task) -> frozenset[str]:
        """The roles that may do this."""
        return frozenset(role for role, tasks in self.tasks.items() if task in tasks)

    def who_may(
        self, task: Task, *, service: str | None = None, anywhere: bool = False
    ) -> Callable[..., Awaitable[Caller]]:
        """A dependency: the caller, who may do this in the edition of what the path names.

        Where the path names nothing of an edition, or nothing that there is, whoever may do it in every edition; with
        ``anywhere``, in any: then the route itself keeps to what is the caller's own, or to ``editions_of`` them.
        With ``service``, that one of our services and no other. Raises ``NotAuthenticated`` (401) or ``NotAllowed``
        (403); what there is of the edition is looked up only for whoever may do it somewhere.
        """

        @refuses(NotAuthenticated, NotAllowed, IssuerAway)
        async def caller(
            request: Request, credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(BEARER)]
        ) -> Caller:
            found = await self._with_grants(request, await bearer_of(request, credentials), task)
            editions = self.editions_of(found, task)
            if editions is not None and not editions:
                raise self._refusal(task)
            edition_id = await self.edition_of(request)
            if not (self.may(found, task, edition_id) or (anywhere and edition_id is None)):
                raise self._refusal(task)
            if service is not None and found.service != service:
                raise NotAllowed("for_one_service", "this is for {service} alone", service=service)
            return found

        caller.__dict__["may"] = (self, task)
        return caller

    def _refusal(self, task: Task) -> NotAllowed:
        roles = ", ".join(sorted(self.roles_of(task)))
        return NotAllowed("roles", "this needs one of the roles: {roles}", roles=roles)

    async def _with_grants(self, request: Request, caller: Caller, task: Task) -> Caller:
        """The caller with what was granted to them, where any of it could let them do this."""
        if self.grants is None or STAFF.isdisjoint(self.roles_of(task)):
            return caller
        found: Granting | None = await thing_of(request, self.grants(account_id_of(caller.id)))
        return replace(caller, granted=found.by_edition) if found is not None else caller

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
        for name, place in self.places.items():
            if name in named:
                return await _edition_of(request, place, named[name])
        return None


async def _edition_of(request: Request, place: Kind[Any] | Within, id: str) -> str | None:
    if isinstance(place, Within):
        within = await thing_of(request, place.kind(id))
        return None if within is None else await _edition_of(request, place.of, getattr(within, place.field))
    edition_id: str | None = getattr(await thing_of(request, place(id)), "edition_id", None)
    return edition_id


async def thing_of(request: Request, ref: Ref[S]) -> S | None:
    """What a request's path names, read once for each request, however often it is asked for."""
    known: dict[Ref[Any], Any] = request.scope.setdefault(_THINGS, {})
    if ref not in known:
        shell: Stored = request.app.state.shell
        known[ref] = await shell.store.state(ref)
    found: S | None = known[ref]
    return found


class Roles(NamedTuple):
    """What somebody is, for themselves to see: everywhere, and besides in single editions by their id."""

    everywhere: tuple[str, ...]
    editions: dict[str, tuple[str, ...]]


def roles_of(caller: Caller) -> Roles:
    """The roles of a caller whose grants were looked up."""
    editions = {edition_id: tuple(sorted(each)) for edition_id, each in caller.granted.items() if each}
    return Roles(tuple(sorted(caller.roles)), editions)


class HouseTask(Task):
    """What is the same in every service."""

    OPERATE = "operate"
    AUDIT = "audit"


HOUSE = Rights({"operator": {HouseTask.OPERATE}, "auditor": {HouseTask.AUDIT}})


def asked_of(dependency: object) -> tuple[Rights, Task] | None:
    """The rights that a dependency asks, and for which task; ``None`` for one that asks none."""
    asked: tuple[Rights, Task] | None = getattr(dependency, "__dict__", {}).get("may")
    return asked
