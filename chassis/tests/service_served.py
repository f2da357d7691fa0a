"""A few routes served as every service serves its own, with limits that its test tells as JSON."""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any

from fastapi import FastAPI, Request, Response

from relevo_chassis.given import logs
from relevo_chassis.given.metrics import Metrics
from relevo_chassis.http.connections import Limits
from relevo_chassis.http.routes import NOT_ONCE, Routes
from relevo_chassis.operations.health import health_router
from relevo_chassis.service.assembly import assembled
from relevo_chassis.service.server import server_of

router = Routes()
released = asyncio.Event()


@router.get("/headers")
async def headers(request: Request) -> dict[str, str]:
    return dict(request.headers)


@router.post("/bodies", openapi_extra=NOT_ONCE)
async def bodies(request: Request) -> dict[str, Any]:
    return {"size": len(await request.body()), "headers": dict(request.headers)}


@router.get("/held")
async def slow() -> str:
    await released.wait()
    return "released"


@router.get("/large")
async def large() -> Response:
    return Response(b"x" * (16 << 20))


def main() -> None:
    port, limits = int(sys.argv[1]), Limits(**json.loads(sys.argv[2]))
    metrics, app = Metrics(), FastAPI(docs_url=None, redoc_url=None)
    app.state.metrics = metrics
    app.include_router(health_router({}, {}, metrics))
    log = logs.configure("served", "error")
    server_of(assembled(app, [router], log=log, metrics=metrics), "127.0.0.1", port, limits).run()


if __name__ == "__main__":
    main()
