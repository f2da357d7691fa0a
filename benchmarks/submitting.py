"""Submitting: accepted submissions per second through HTTP, beside a bare route that does one insert."""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import sys
import tempfile
from pathlib import Path

import httpx
import uvloop

from benchmarks.load import Load, post, run
from relevo_chassis.servers import Process, free_port
from relevo_deploy.embedded.stack import Stack

CLIENTS = 64
TEXT = "We accompany communities that defend their river, and document what happens to them. " * 6


def application(number: int) -> bytes:
    return json.dumps(
        {
            "contact": f"person-{number}-{secrets.token_hex(4)}@mail.invalid",
            "name": f"Person {number}",
            "language": "es",
            "country": "GT",
            "organisation": "A river council",
            "sex": "female",
            "groups": ["indigenous"],
            "themes": ["environment"],
            "motivation": TEXT,
            "experience": TEXT,
            "multiplier_idea": TEXT,
            "consent": True,
        }
    ).encode()


async def opened_call(stack: Stack) -> str:
    async with stack.desk() as desk:
        token = await desk.token("bench", ["coordinator"], ["intake"])
    body = {
        "edition_id": secrets.token_hex(16),
        "opens_at": "2000-01-01T00:00:00Z",
        "closes_at": "2099-01-01T00:00:00Z",
        "seats": 30,
    }
    async with httpx.AsyncClient(base_url=stack.url("intake")) as client:
        answer = await client.post(
            "/calls",
            json=body,
            headers={"Authorization": f"Bearer {token}", "Idempotency-Key": secrets.token_hex(16)},
        )
        answer.raise_for_status()
        call_id: str = answer.json()["call_id"]
        return call_id


async def ours(stack: Stack, call_id: str, requests: int) -> Load:
    """Sealed, once-keyed, with outbox, the relay running."""

    def request(number: int) -> bytes:
        return post(f"/calls/{call_id}/applications", application(number), {"Idempotency-Key": secrets.token_hex(16)})

    return await run(stack.place.ports["intake"], requests, CLIENTS, request)


async def floor(port: int, requests: int) -> Load:
    """One ``insert_one`` of the same document."""
    return await run(port, requests, CLIENTS, lambda number: post("/calls/x/applications", application(number), {}))


def admin_url(stack: Stack) -> str:
    """MongoDB as its admin, for the floor alone."""
    password = stack.place.secrets.mongo_admin_password()
    return stack.place.mongo_url.replace("mongodb://", f"mongodb://admin:{password}@")


async def bare_server(stack: Stack, folder: Path) -> tuple[Process, int]:
    port = free_port()
    process = Process(
        [sys.executable, "-m", "benchmarks.bare"],
        log=folder / "bare.log",
        environment={**os.environ, "BARE_PORT": str(port), "BARE_MONGO_URL": admin_url(stack)},
    )
    process.start()
    async with httpx.AsyncClient() as client:
        for _ in range(200):
            try:
                if (await client.get(f"http://127.0.0.1:{port}/readyz")).status_code == 200:
                    break
            except httpx.HTTPError:
                await asyncio.sleep(0.1)
    return process, port


async def main(requests: int, rounds: int) -> None:
    with tempfile.TemporaryDirectory(prefix="relevo-bench-") as folder:
        async with Stack(Path(folder), services=["intake"]) as stack:
            call_id = await opened_call(stack)
            process, port = await bare_server(stack, Path(folder))
            for _ in range(rounds):
                bare, mine = await floor(port, requests), await ours(stack, call_id, requests)
                print("bare", round(bare.rate), "ours", round(mine.rate), "ratio", round(mine.rate / bare.rate, 2))
            await process.stop()


if __name__ == "__main__":
    uvloop.run(main(3000, 3))
