"""One service in memory as generated requests meet it: each finds a world ready for it, and a caller who may."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any

import schemathesis
from schemathesis import AuthContext, Case, HookContext
from schemathesis.core.parameters import ParameterLocation
from starlette.types import Message, Receive, Scope, Send
from tests.isolation.allowed import ALLOWED

from relevo_testkit.routes import Actor, Operation, World, media_of
from relevo_testkit.stand import Stand

Rows = dict[str, dict[str, dict[str, Any]]]


@dataclass(frozen=True)
class Moment:
    """A world at an instant, to come back to."""

    rows: Rows
    at: datetime

    @classmethod
    def of(cls, stand: Stand) -> Moment:
        return cls(_copied(stand.store.collections), stand.clock.at)

    def restore(self, stand: Stand) -> None:
        stand.store.collections.clear()
        stand.store.collections.update(_copied(self.rows))
        stand.clock.at = self.at


def _copied(rows: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> Rows:
    """Documents are replaced, or fields put into them; what is in a field is never changed."""
    return {name: {id: dict(each) for id, each in rows.items()} for name, rows in rows.items()}


@dataclass(frozen=True)
class Ready:
    """A world in which one operation can succeed: who asks for it, about what, and with what body."""

    moment: Moment
    credentials: Mapping[str, str]
    tag: str | None
    ids: Mapping[str, str]
    body: Any


@dataclass
class Bridge:
    """An ASGI application for another thread, in front of a world that lives in this loop."""

    world: World
    ready: Mapping[str, Ready]
    loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.get_running_loop)
    requests: int = 0
    reached: set[str] = field(default_factory=set)
    """Operations that were answered with success."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        body = bytearray()
        while True:
            message = await receive()
            body += message.get("body", b"")
            if not message.get("more_body", False):
                break
        asked = asyncio.run_coroutine_threadsafe(self._answer(scope, bytes(body)), self.loop)
        for message in await asyncio.wrap_future(asked):
            await send(message)

    async def _answer(self, scope: Scope, body: bytes) -> list[Message]:
        self.requests += 1
        name = next((value.decode() for key, value in scope["headers"] if key == b"x-operation"), "")
        scope["headers"] = [each for each in scope["headers"] if each[0] != b"x-operation"]
        self.ready[name].moment.restore(self.world.stand)
        sent: list[Message] = []
        whole = asyncio.Event()

        async def receiving() -> Message:
            if whole.is_set():
                await asyncio.Event().wait()
            whole.set()
            return {"type": "http.request", "body": body, "more_body": False}

        async def sending(message: Message) -> None:
            sent.append(message)

        await self.world.stand.app(scope, receiving, sending)
        if 200 <= sent[0]["status"] < 300 and name.partition(" ")[0] == scope["method"]:
            self.reached.add(name)
        return sent

    def prepare(self, case: Case[Any]) -> None:
        """Give a generated request what it needs to be taken, where it was not made to lack it."""
        name = case.operation.label
        ready = self.ready[name]
        case.headers["X-Operation"] = name
        lacking = self._lacking(case)
        if ParameterLocation.PATH not in lacking:
            case.path_parameters.update(
                {each: ready.ids[each] for each in case.path_parameters if each in ready.ids and each not in lacking}
            )
        for header, value in (("Idempotency-Key", sha256(case.id.encode()).hexdigest()), ("If-Match", ready.tag)):
            if header in case.headers and ParameterLocation.HEADER not in lacking and value is not None:
                case.headers[header] = value
        if isinstance(ready.body, bytes) and case.meta is not None and not case.meta.generation.mode.is_negative:
            case.body = ready.body
            case.headers.update(media_of(ready.body))
        if ParameterLocation.BODY not in lacking and isinstance(case.body, dict):
            if ready.body is not None and _is_an_example(case):
                case.body = ready.body
            else:
                case.body.update({each: ready.ids[each] for each in case.body if each in ready.ids})

    def credentials(self) -> type[schemathesis.AuthProvider[Mapping[str, str]]]:
        """Shows, for every request that is not made to lack it, who asks."""
        ready = self.ready

        class Credentials:
            def get(self, case: Case[Any], _: AuthContext) -> Mapping[str, str]:
                return ready[case.operation.label].credentials

            def set(self, case: Case[Any], data: Mapping[str, str], _: AuthContext) -> None:
                case.headers.update(data)

        return Credentials

    def _lacking(self, case: Case[Any]) -> set[Any]:
        """Parts that were made wrong, and the parameter that was left out."""
        meta = case.meta
        if meta is None:
            return set()
        wrong: set[Any] = {at for at, info in meta.components.items() if info.mode.is_negative}
        parameter = getattr(meta.phase.data, "parameter", None)
        if meta.generation.mode.is_negative and parameter:
            wrong |= {parameter, parameter.lower()}
        return wrong


def _is_an_example(case: Case[Any]) -> bool:
    return case.meta is not None and case.meta.phase.name.value == "examples"


@schemathesis.hook
def before_call(context: HookContext, case: Case[Any], kwargs: dict[str, Any]) -> None:
    if isinstance(case.operation.app, Bridge):
        case.operation.app.prepare(case)


def at_hand(world: World, operation: Operation, moment: Moment) -> Ready:
    """Whoever may ask for an operation, about what is theirs."""
    allowed = ALLOWED[world.service][operation.name].split()
    able = [each for each in world.actors if _may(each.role, allowed)]
    owning = [each for each in able if set(operation.parameters) <= each.own.keys()]
    actor = (owning or able or [Actor("anybody", {})])[0]
    return Ready(moment, actor.credentials, actor.headers.get("If-Match"), actor.own, world.body(operation))


def _may(role: str, allowed: list[str]) -> bool:
    if "receipt" in allowed:
        return role in ("applicant", "drafter")
    return role in allowed
