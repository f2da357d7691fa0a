"""A service's routes as its OpenAPI document tells them, and everybody who might try them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import httpx

from relevo_chassis.delivery.change import Source
from relevo_chassis.delivery.consume import Subscription
from relevo_chassis.http.tokens import SERVICE
from relevo_chassis.ids import new_id
from relevo_contracts import Envelope, Event
from relevo_testkit.stand import Stand

PARAMETER = re.compile(r"{(\w+)}")
CREDENTIALS = {"Authorization", "Relevo-Receipt", "Relevo-Session"}


class Operation(NamedTuple):
    """One route of an OpenAPI document."""

    service: str
    method: str
    path: str
    spec: Mapping[str, Any]

    @property
    def name(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def parameters(self) -> tuple[str, ...]:
        return tuple(PARAMETER.findall(self.path))

    @property
    def schemes(self) -> set[str]:
        """What a caller may show of themselves here; empty for anybody."""
        return {scheme for each in self.spec.get("security", ()) for scheme in each}


@dataclass
class Actor:
    """Somebody who calls: by which role, with which headers, what is theirs, and what is another's."""

    role: str
    headers: dict[str, str]
    own: dict[str, str] = field(default_factory=dict)
    foreign: dict[str, str] = field(default_factory=dict)

    @property
    def credentials(self) -> dict[str, str]:
        """The headers that say who it is."""
        return {name: value for name, value in self.headers.items() if name in CREDENTIALS}


@dataclass
class World:
    """A service with people in it."""

    service: str
    stand: Stand
    actors: list[Actor] = field(default_factory=list)
    """The first of a role owns what the requests of that role are about."""
    bodies: dict[str, Any] = field(default_factory=dict)
    """Bodies for what a schema alone does not tell, by operation."""

    @property
    def document(self) -> dict[str, Any]:
        made: dict[str, Any] = self.stand.app.openapi()
        return made

    @property
    def operations(self) -> list[Operation]:
        return [
            Operation(self.service, method.upper(), path, spec)
            for path, methods in self.document["paths"].items()
            for method, spec in methods.items()
        ]

    def actor(self, role: str) -> Actor:
        return next(each for each in self.actors if each.role == role)

    def body(self, operation: Operation) -> Any:
        """A sound body, or ``None`` where none is taken."""
        if operation.name in self.bodies:
            return self.bodies[operation.name]
        content = operation.spec.get("requestBody", {}).get("content", {})
        if "application/json" not in content:
            return None
        return instance(content["application/json"]["schema"], self.document["components"]["schemas"])

    async def send(
        self, operation: Operation, headers: Mapping[str, str], ids: Mapping[str, str], body: Any = None
    ) -> httpx.Response:
        """The request, with what every request needs; ids that are not given are drawn."""
        path = PARAMETER.sub(lambda found: ids.get(found[1], fresh(found[1])), operation.path)
        query = {
            each["name"]: instance(each["schema"], self.document["components"]["schemas"])
            for each in operation.spec.get("parameters", ())
            if each["in"] == "query" and each["required"]
        }
        sent = {"Idempotency-Key": new_id(), "If-Match": '"1"', **headers}
        return await self.stand.http.request(
            operation.method, path, params=query or None, headers=sent | media_of(body), **content_of(body)
        )

    async def made(self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None) -> Any:
        """What a request that must succeed answers."""
        sent = {"Idempotency-Key": new_id(), **(headers or self.actor("coordinator").headers), **media_of(body)}
        answer = await self.stand.http.request(method, path, headers=sent, **content_of(body))
        assert answer.is_success, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer

    async def publish(self, subscriptions: Iterable[Subscription], *events: Event, sequence: int = 1) -> None:
        """As the other services tell it."""
        for event in events:
            id, now = new_id(), self.stand.clock.now()
            envelope = Envelope(id=id, sequence=sequence, time=now, cause_id=id, chain_id=id, event=event)
            for subscription in subscriptions:
                handler = subscription.handlers.get(type(event))
                if handler and (change := handler(event, envelope)):
                    source = Source(subscription.durable, event.aggregate, event.aggregate_id, sequence)
                    await self.stand.shell.committer.commit(replace(change, source=source))


def content_of(body: Any) -> dict[str, Any]:
    """What httpx is to send: the bytes of a picture as they are, anything else as JSON."""
    if body is None:
        return {}
    return {"content": body} if isinstance(body, bytes) else {"json": body}


def media_of(body: Any) -> dict[str, str]:
    """The header that says what bytes are: a picture (``pictures.png``)."""
    return {"Content-Type": "image/png"} if isinstance(body, bytes) else {}


def fresh(parameter: str) -> str:
    return "1" if parameter in ("version", "number") else new_id()


def instance(schema: Mapping[str, Any], known: Mapping[str, Any]) -> Any:
    """The least that a schema takes: required fields alone, the first of several choices."""
    if "$ref" in schema:
        return instance(known[schema["$ref"].rpartition("/")[2]], known)
    for whole in ("const", "default"):
        if whole in schema:
            return schema[whole]
    if schema.get("examples"):
        return schema["examples"][0]
    for choice in ("enum", "anyOf", "oneOf", "allOf"):
        if choice in schema:
            return schema[choice][0] if choice == "enum" else instance(schema[choice][0], known)
    match schema.get("type"):
        case "object":
            return {name: instance(schema["properties"][name], known) for name in schema.get("required", ())}
        case "array":
            return [instance(schema["items"], known)] * schema.get("minItems", 0)
        case "integer" | "number":
            return int(schema.get("minimum", 1))
        case "boolean":
            return True
    times = {"date": "2020-01-18", "date-time": "2020-01-18T12:00:00Z"}
    return times.get(schema.get("format", ""), "0" * 32 if "0-9a-f" in schema.get("pattern", "") else "code0000")


def staffed(service: str, at: Stand, roles: Iterable[str], *, asked_by: str) -> World:
    """A service that somebody of each role calls; the role of services is that of the service it is ``asked_by``."""
    names = {each: asked_by if each == SERVICE else f"the-{each}" for each in roles}
    return World(service, at, [Actor(role, at.tokens.bearer(name, role)) for role, name in names.items()])


def strangers(one: Actor, other: Actor) -> None:
    """What is the one's is foreign to the other."""
    one.foreign, other.foreign = dict(other.own), dict(one.own)
