"""A service's process: serves its application over HTTP until it is told to end."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import resource
import signal
import socket
import sys
import time
from typing import Any, Final, cast

import uvicorn
from fastapi import FastAPI

from relevo_chassis.clock import ClockUnreadable
from relevo_chassis.delivery.cancelling import cancelled
from relevo_chassis.delivery.change import Busy, Unknown
from relevo_chassis.given import telemetry
from relevo_chassis.given.metrics import Metrics
from relevo_chassis.given.settings import EXIT_CONFIG, ServiceSettings
from relevo_chassis.http.connections import Connections, Limits
from relevo_chassis.http.wire import Wire
from relevo_chassis.people.keys import KeyServiceAway, WrongServiceKey

GRACE_SECONDS = 20
EXIT_NOT_STARTED = 3
OTHER_DESCRIPTORS: Final = 256
"""What a service has open besides its clients: MongoDB's pool, NATS, files."""
_SWEEP_TICKS = 10


class TooFewDescriptors(Exception):
    """The process may not open as many descriptors as its bound on connections needs."""


class HttpServer(uvicorn.Server):
    """Keeps its connections, and ends what libraries leave running, for certain: asyncio cancels it once and then
    waits for it, and nats-py does not always hear that while it reconnects."""

    def __init__(self, config: uvicorn.Config, connections: Connections) -> None:
        super().__init__(config)
        self._connections = connections

    async def serve(self, sockets: list[socket.socket] | None = None) -> None:
        try:
            await super().serve(sockets)
        finally:
            await cancelled(asyncio.all_tasks() - {asyncio.current_task()})

    async def on_tick(self, counter: int) -> bool:
        if counter % _SWEEP_TICKS == 0:
            self._connections.sweep()
        return await super().on_tick(counter)


def server_of(app: FastAPI, host: str, port: int, limits: Limits) -> HttpServer:
    """The application on a port, not yet serving."""
    connections = Connections(limits, time.monotonic)
    metrics: Metrics | None = getattr(app.state, "metrics", None)
    if metrics is not None:
        metrics.registry.register(connections)
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        loop="auto",
        http=cast(Any, functools.partial(Wire, connections=connections)),
        ws="none",
        access_log=False,
        log_config=None,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    return HttpServer(config, connections)


def run(app: FastAPI, settings: ServiceSettings) -> None:
    """Serve until SIGTERM or SIGINT, then finish what was begun; exits with 78 or 3 when the service did not start."""
    limits = Limits(connections=settings.http_connections)
    try:
        provide_descriptors(limits)
    except TooFewDescriptors as few:
        print(f"{settings.service} did not start: {few}", file=sys.stderr)
        sys.exit(EXIT_CONFIG)
    server = server_of(app, settings.http_host, settings.http_port, limits)
    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, _ignored)  # uvicorn raises the signal again when all is finished
    with contextlib.suppress(SystemExit):  # how uvicorn ends when the lifespan did not start
        server.run()
    failure = getattr(app.state, "failure", None)
    if failure is not None:
        detail = str(failure) if isinstance(failure, _SAY_WHAT_TO_DO) else "see the log"
        print(f"{settings.service} did not start: {type(failure).__name__}: {detail}", file=sys.stderr)
        sys.exit(EXIT_CONFIG if isinstance(failure, _SETTINGS_AT_FAULT) else EXIT_NOT_STARTED)
    if not server.started:
        sys.exit(EXIT_NOT_STARTED)


def provide_descriptors(limits: Limits) -> None:
    """Raise the soft limit of descriptors to what the connections need. Raises ``TooFewDescriptors``."""
    needed = limits.connections + limits.reserved + OTHER_DESCRIPTORS
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft >= needed:
        return
    if hard != resource.RLIM_INFINITY and hard < needed:
        raise TooFewDescriptors(
            f"RELEVO_HTTP_CONNECTIONS: {limits.connections} connections need {needed} descriptors and this process may"
            f" open {hard}; raise its limit (ulimit -n, LimitNOFILE) or set fewer connections"
        )
    resource.setrlimit(resource.RLIMIT_NOFILE, (needed, hard))


def _ignored(number: int, frame: object) -> None:
    return None


_SETTINGS_AT_FAULT = (WrongServiceKey, ClockUnreadable, telemetry.TracingNotInstalled)
_SAY_WHAT_TO_DO = (*_SETTINGS_AT_FAULT, Busy, Unknown, KeyServiceAway)
