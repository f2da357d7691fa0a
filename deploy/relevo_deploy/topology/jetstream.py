"""The topology and a running server: what differs, and making it agree.

Spoken in JetStream's own JSON, so that a file may name any setting the server knows, whatever the client library does.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Mapping
from typing import Any, Literal, NamedTuple

from nats.aio.client import Client
from nats.errors import NoRespondersError
from nats.errors import TimeoutError as NatsTimeout

from relevo_contracts.table import LOOK
from relevo_deploy.topology.files import Consumer, Topology

Action = Literal["create", "update", "unmanaged"]
API = "$JS.API"
_NOT_FOUND, _NOT_SERVING, _TOO_FEW_SERVERS = 404, 503, 10005
_START = frozenset({"deliver_policy", "opt_start_seq", "opt_start_time"})


class JetStreamRefused(RuntimeError):
    """The server refused a request; the text is the server's, with what was asked."""

    def __init__(self, request: str, code: int, description: str) -> None:
        super().__init__(f"{request}: {description} ({code})")
        self.code = code


class Difference(NamedTuple):
    """Something on the server that is not as the files say. ``changes`` maps a setting to (server, files)."""

    action: Action
    what: str
    changes: Mapping[str, tuple[Any, Any]]

    def __str__(self) -> str:
        if self.action == "unmanaged":
            return f"? {self.what}: on the server and in no file"
        if self.action == "create":
            return f"+ {self.what}"
        changes = ", ".join(f"{name}: {old!r} -> {new!r}" for name, (old, new) in sorted(self.changes.items()))
        return f"~ {self.what}: {changes}"


class JetStream:
    """JetStream's API as whom a connection belongs to. Whoever may look may ask for ``stream`` and ``durable``.

    ``until``, of the monotonic clock, a server or a cluster that is still starting is asked again.
    """

    def __init__(self, client: Client, timeout_seconds: float = 10, *, until: float = 0) -> None:
        self._client = client
        self._timeout = timeout_seconds
        self._until = until

    async def differences(self, topology: Topology) -> list[Difference]:
        """What is not as the files say, streams first; streams and durables of others are listed as unmanaged."""
        return [difference async for difference, _ in self._compare(topology)]

    async def apply(self, topology: Topology) -> list[Difference]:
        """Make the server agree and return what was done. What no file names is left alone and returned.

        Done twice, the second does nothing. Raises ``JetStreamRefused`` for what cannot be changed on a stream that
        exists, after having applied what came before it.
        """
        done = []
        async for difference, request in self._compare(topology):
            if request is not None:
                await self._ask(*request)
            done.append(difference)
        return done

    async def stream(self, name: str) -> Mapping[str, Any] | None:
        """A stream's configuration and state, or ``None``."""
        return await self._found(f"STREAM.INFO.{name}", LOOK)

    async def durable(self, stream: str, name: str) -> Mapping[str, Any] | None:
        """A durable's configuration and state, or ``None``."""
        return await self._found(f"CONSUMER.INFO.{stream}.{name}", LOOK)

    async def delete(self, consumer: Consumer) -> bool:
        """Delete a durable; whether there was one."""
        return await self._found(f"CONSUMER.DELETE.{consumer.stream}.{consumer.name}") is not None

    async def make(self, consumer: Consumer, start: Mapping[str, Any]) -> int:
        """Make a durable as its file says, that begins where ``start`` says; returns how many messages it will bring.

        Raises ``JetStreamRefused``.
        """
        config = {**_without_start(consumer.config), **start}
        body = {"stream_name": consumer.stream, "config": config, "action": "create"}
        made = await self._ask(f"CONSUMER.CREATE.{consumer.stream}.{consumer.name}", body)
        return int(made["num_pending"])

    async def _compare(self, topology: Topology) -> AsyncIterator[tuple[Difference, tuple[str, Any] | None]]:
        for stream in topology.streams:
            name = stream["name"]
            found = await self._config(f"STREAM.INFO.{name}")
            if difference := _difference(f"stream {name}", found, stream):
                yield difference, (f"STREAM.{difference.action.upper()}.{name}", {**(found or {}), **stream})
        for each in topology.consumers:
            found = await self._config(f"CONSUMER.INFO.{each.stream}.{each.name}")
            wanted = _without_start(each.config) if found else each.config
            if difference := _difference(f"consumer {each.name} of {each.stream}", found, wanted):
                yield difference, _consumer_request(each, found, difference.action)
        async for what in self._unmanaged(topology):
            yield Difference("unmanaged", what, {}), None

    async def unmanaged_durables(self, topology: Topology) -> AsyncIterator[Consumer]:
        """Durables of the files' streams that no file names."""
        ours = {(each.stream, each.name) for each in topology.consumers}
        streams = {each["name"] for each in topology.streams}
        for stream in streams.intersection(await self._all("STREAM.NAMES", "streams")):
            for found in await self._all(f"CONSUMER.LIST.{stream}", "consumers"):
                name = found["config"].get("durable_name") or ""
                if name and (stream, name) not in ours:
                    yield Consumer(stream, found["config"])

    async def _unmanaged(self, topology: Topology) -> AsyncIterator[str]:
        streams = {each["name"] for each in topology.streams}
        for stream in await self._all("STREAM.NAMES", "streams"):
            if stream not in streams:
                yield f"stream {stream}"
        async for each in self.unmanaged_durables(topology):
            yield f"consumer {each.name} of {each.stream}"

    async def _config(self, request: str) -> Mapping[str, Any] | None:
        found = await self._found(request)
        return found["config"] if found else None

    async def _found(self, request: str, prefix: str = API) -> Mapping[str, Any] | None:
        try:
            return await self._ask(request, prefix=prefix)
        except JetStreamRefused as refused:
            if refused.code == _NOT_FOUND:
                return None
            raise

    async def _all(self, request: str, field: str) -> list[Any]:
        found: list[Any] = []
        while True:
            page = await self._ask(request, {"offset": len(found)})
            found += page.get(field) or []
            if len(found) >= page["total"]:
                return found

    async def _ask(self, request: str, body: Any = None, prefix: str = API) -> dict[str, Any]:
        payload = b"" if body is None else json.dumps(body).encode()
        while True:
            late = time.monotonic() > self._until
            try:
                answer = await self._client.request(f"{prefix}.{request}", payload, timeout=self._timeout)
            except (NoRespondersError, NatsTimeout):
                if late:
                    raise
                await asyncio.sleep(0.5)
                continue
            read: dict[str, Any] = json.loads(answer.data)
            error = read.get("error")
            if error is None:
                return read
            if late or not _is_starting(error):
                raise JetStreamRefused(request, error.get("code", 0), error.get("description", ""))
            await asyncio.sleep(0.5)


def _is_starting(error: Mapping[str, Any]) -> bool:
    """Whether a server or a cluster says no more than that it is not complete yet."""
    return error.get("code") == _NOT_SERVING or error.get("err_code") == _TOO_FEW_SERVERS


def _difference(what: str, found: Mapping[str, Any] | None, wanted: Mapping[str, Any]) -> Difference | None:
    if found is None:
        return Difference("create", what, {})
    changes = {
        name: (found.get(name), value)
        for name, value in wanted.items()
        if _comparable(found.get(name)) != _comparable(value)
    }
    return Difference("update", what, changes) if changes else None


def _comparable(value: Any) -> Any:
    """Lists are compared without their order, those of objects too."""
    return (
        sorted(value, key=lambda each: json.dumps(each, sort_keys=True)) if isinstance(value, list) else value
    ) or None


def _without_start(config: Mapping[str, Any]) -> dict[str, Any]:
    """Where a durable began is its history and no setting: one replayed from the middle is as its file says."""
    return {name: value for name, value in config.items() if name not in _START}


def _consumer_request(consumer: Consumer, found: Mapping[str, Any] | None, action: str) -> tuple[str, Any]:
    config = {**found, **_without_start(consumer.config)} if found else consumer.config
    body = {"stream_name": consumer.stream, "config": config, "action": action}
    return f"CONSUMER.CREATE.{consumer.stream}.{consumer.name}", body
