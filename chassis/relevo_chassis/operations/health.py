"""Whether the process lives (/livez), whether it can serve (/readyz), and its figures (/metrics)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping

from fastapi import APIRouter, HTTPException, Request, Response
from fastapi.responses import JSONResponse, PlainTextResponse
from prometheus_client import generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from relevo_chassis.given.metrics import Metrics

CHECK_SECONDS = 2.0
FORWARDED = frozenset({"forwarded", "via", "x-forwarded-for", "x-real-ip"})
"""What proxies add. How often each route was asked for is for operators, who ask the service itself."""

Check = Callable[[], Awaitable[str | None]]
"""Answers ``None`` when all is well, or else what is wrong and what to do, in one sentence without personal data."""


def health_router(needed: Mapping[str, Check], wanted: Mapping[str, Check], metrics: Metrics) -> APIRouter:
    """The three routes; they need no caller and are not in the OpenAPI document.

    A failing check among ``needed`` makes the service unready; one among ``wanted`` is shown as degraded, because the
    service can still serve without it. Whoever only asks whether it takes requests leaves out what concerns the bus
    (``?without=bus,consumers,outbox``): what must be told waits in the outbox meanwhile.
    """
    router = APIRouter(include_in_schema=False)

    @router.get("/livez")
    async def live() -> Response:
        return PlainTextResponse("live")

    @router.get("/readyz")
    async def ready(without: str = "") -> Response:
        left = {name: check for name, check in needed.items() if name not in without.split(",")}
        return await readiness(left, wanted)

    @router.get("/metrics")
    async def figures(request: Request) -> Response:
        if not FORWARDED.isdisjoint(request.headers):
            raise HTTPException(404)
        return Response(generate_latest(metrics.registry), media_type=CONTENT_TYPE_LATEST)

    return router


async def readiness(needed: Mapping[str, Check], wanted: Mapping[str, Check]) -> Response:
    """200 when every needed check passes, otherwise 503, with what each failing one says; within two seconds."""
    failing, degraded = await asyncio.gather(reasons(needed), reasons(wanted))
    names = sorted([*needed, *wanted])
    body = {"ready": not failing, "failing": failing, "degraded": degraded, "checked": names}
    return JSONResponse(body, 503 if failing else 200, {"Cache-Control": "no-store"})


async def reasons(checks: Mapping[str, Check]) -> dict[str, str]:
    """What each failing check says; within two seconds."""
    found = await asyncio.gather(*(_result(check) for check in checks.values()))
    return {name: reason for name, reason in zip(checks, found, strict=True) if reason is not None}


async def _result(check: Check) -> str | None:
    try:
        async with asyncio.timeout(CHECK_SECONDS):
            return await check()
    except TimeoutError:
        return f"no answer within {CHECK_SECONDS:g} s; see whether it can be reached"
    except Exception as error:
        return f"the check broke with {type(error).__name__}; see the log"
