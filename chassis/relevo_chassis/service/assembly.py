"""A service as an ASGI application, whose lifespan starts and stops everything."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Iterable, Mapping

from fastapi import APIRouter, FastAPI
from fastapi.telemetry import TelemetryConfig

from relevo_chassis.delivery.seams import Seams
from relevo_chassis.given import logs
from relevo_chassis.given.logs import Log
from relevo_chassis.given.metrics import Metrics
from relevo_chassis.given.settings import ServiceSettings
from relevo_chassis.http import openapi, problems
from relevo_chassis.http.addresses import Networks, Proxied, networks
from relevo_chassis.http.body import JSON, MEBIBYTE
from relevo_chassis.http.exchange import Exchange
from relevo_chassis.http.guard import HeaderGuard
from relevo_chassis.operations.health import Check, health_router
from relevo_chassis.service.made_of import Service
from relevo_chassis.service.memory import collect_rarely
from relevo_chassis.service.requests import Observed
from relevo_chassis.service.running import Running
from relevo_chassis.service.turns import keep_turns_short

NO_TELEMETRY = TelemetryConfig(tracing=False, metrics=False, logs=False, operation_spans=False, auto_configure=False)
"""FastAPI would tell paths, queries and what exceptions say, and go on with traces of strangers: see ``requests``."""


def application(settings: ServiceSettings, service: Service, seams: Seams = Seams()) -> FastAPI:  # noqa: B008
    """The service as an ASGI application, whose lifespan starts and stops everything."""
    log = logs.configure(settings.service, settings.log_level)
    metrics, needed, wanted = Metrics(), dict[str, Check](), dict[str, Check]()

    @contextlib.asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        running = Running(service, settings, log, metrics, seams)
        try:
            app.state.shell = await running.start(needed, wanted)
            app.state.operations = running.operations(app.state.shell, needed, wanted)
            app.state.samples = running.measure(app.state.shell, app.state.operations)
        except Exception as error:
            app.state.failure = error
            log.critical("the service did not start", exc_info=error)
            await running.stop()
            raise
        collect_rarely()
        keep_turns_short()
        log.info("the service has started", version=service.version, environment=settings.environment)
        yield
        await running.stop()
        log.info("the service has stopped")

    app = FastAPI(
        title=service.title,
        version=service.version,
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
        telemetry=NO_TELEMETRY,
    )
    app.state.metrics = metrics
    app.include_router(health_router(needed, wanted, metrics))
    traced = networks(settings.tracing_trusted)
    assembled(
        app, service.every_router, log=log, metrics=metrics, bodies=service.bodies, texts=service.texts, traced=traced
    )
    for each in service.middleware:
        app.add_middleware(each)
    app.add_middleware(Proxied, trusted=networks(settings.trusted_proxies))
    return app


def assembled(
    app: FastAPI,
    routers: Iterable[APIRouter],
    *,
    log: Log,
    metrics: Metrics,
    bodies: Mapping[str, int] | None = None,
    texts: str | None = None,
    traced: Networks = (),
) -> FastAPI:
    """Put routes, guards and problems into an application; its ``state.shell`` is what the routes will find.

    ``traced`` are those whose traces are gone on with. Raises ``TextsIncomplete`` when some of what it refuses is not
    said in every language.
    """
    for router in routers:
        app.include_router(router)
    app.router.redirect_slashes = False
    app.state.bodies = {JSON: MEBIBYTE, **(bodies or {})}
    problems.install(app, texts)
    app.add_middleware(HeaderGuard)
    app.add_middleware(Exchange)
    app.add_middleware(Observed, log=log, metrics=metrics, traced=traced)
    app.openapi = lambda: openapi.document(app)  # type: ignore[method-assign]
    return app
