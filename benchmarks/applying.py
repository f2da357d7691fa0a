"""Applying on the portal's pages: what the portal itself costs, beside what intake costs for the same applications."""

from __future__ import annotations

import asyncio
import re
import tempfile
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import httpx

from benchmarks.processes import cpu_seconds
from benchmarks.report import Entry, Goal, percentile, ratios, sides, spread
from benchmarks.sizes import Size
from benchmarks.stage import Setting
from benchmarks.submitting import CLIENTS, TEXT, count, intake_program, opened_call
from relevo_deploy.deployed import PORTAL
from relevo_deploy.embedded.programs import PROGRAMS, Program
from relevo_deploy.embedded.stack import Stack

PAGES = {
    "1": {"name": "Una persona", "country": "GT", "sex": "female", "groups-indigenous": "indigenous"},
    "2": {"organisation": "A river council", "themes-environment": "environment", "experience": TEXT},
    "3": {"motivation": TEXT, "multiplier_idea": TEXT},
    "4": {"contact": "", "letters": "none", "language": "es", "display": "unnamed"},
}
IMPATIENT = 10
"""One in so many presses the last button twice."""
_HTML = {"Accept": "text/html"}
_HIDDEN = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)">')
_CODE = re.compile(r"<output[^>]*>([^<]+)</output>")


async def measured(setting: Setting, size: Size) -> list[Entry]:
    """``apply``."""
    used: dict[str, list[float]] = {PORTAL: [], "intake": []}
    codes: list[str] = []
    seconds: list[float] = []
    with tempfile.TemporaryDirectory(prefix="relevo-bench-", ignore_cleanup_errors=True) as folder:
        programs = [intake_program(), _portal_program()]
        async with Stack(Path(folder), services=["intake", PORTAL], programs=programs) as stack:
            call_id = await opened_call(stack)
            people = size.applications // size.rounds
            for number in range(size.rounds):
                before = _used(stack, used)
                codes += await _applied(stack, call_id, range(people), seconds)
                for name, cpu in _used(stack, used).items():
                    used[name].append(1_000 * (cpu - before[name]) / people)
                setting.report(f"round {number + 1}/{size.rounds}: {used[PORTAL][-1]:.0f} ms of the portal each")
            kept = await count(stack, "application", {})
            opened = await _opened(stack, codes)
    conditions = {"none_is_lost": opened == len(set(codes)), "none_is_doubled": kept == len(codes)}
    return [_entry(used, seconds, conditions)]


def _entry(used: dict[str, list[float]], seconds: list[float], conditions: dict[str, bool]) -> Entry:
    return Entry(
        "apply",
        f"processor time of the portal for an application, from its call to its sending ÷ intake's, {CLIENTS} people",
        sides(used[PORTAL], used["intake"], "ms an application"),
        ratios(used[PORTAL], used["intake"]),
        Goal(1.0, at_least=False),
        conditions=conditions,
        measured={
            **{f"{name}_cpu_ms": spread(found) for name, found in used.items()},
            "applications": len(seconds),
            "seconds_for_all_pages": {"median": percentile(seconds, 0.5), "p99": percentile(seconds, 0.99)},
        },
    )


def _portal_program() -> Program:
    """The portal as production runs it, but that everybody comes from one address here."""
    program = next(each for each in PROGRAMS if each.name == PORTAL)
    return replace(program, settings=lambda place: {**program.settings(place), "BEGINNINGS_PER_MINUTE": "100000"})


def _used(stack: Stack, names: Iterable[str]) -> dict[str, float]:
    return {name: cpu_seconds(pid) for name in names if (pid := stack.pid(name))}


async def _applied(stack: Stack, call_id: str, people: Iterable[int], seconds: list[float]) -> list[str]:
    """The codes of so many people who apply, ``CLIENTS`` at once, each in a browser without script."""
    waiting = iter(people)
    codes: list[str] = []

    async def sitting() -> None:
        for number in waiting:
            began = asyncio.get_running_loop().time()
            async with httpx.AsyncClient(base_url=_site(stack), timeout=60, trust_env=False, headers=_HTML) as http:
                codes.append(await _apply(http, call_id, twice=number % IMPATIENT == 0))
            seconds.append(asyncio.get_running_loop().time() - began)

    await asyncio.gather(*(sitting() for _ in range(CLIENTS)))
    return codes


async def _apply(http: httpx.AsyncClient, call_id: str, *, twice: bool) -> str:
    await _sent(http, f"/calls/{call_id}", "/apply/code")
    [code] = _CODE.findall((await http.get("/apply/code")).text)
    await _sent(http, "/apply/again", "/apply/1", last=code[-7:])
    for number, answers in PAGES.items():
        await _sent(http, f"/apply/{number}", f"/apply/{int(number) + 1}", **answers)
    form = {**_hidden(await http.get("/apply/5")), "consent": "yes"}
    sent = await asyncio.gather(*(http.post("/apply/5", data=form) for _ in range(2 if twice else 1)))
    if not all(each.headers.get("location") == "/apply/sent" for each in sent):
        raise RuntimeError(f"not sent: {[each.status_code for each in sent]}")
    return str(code)


async def _sent(http: httpx.AsyncClient, page: str, leads_to: str, **answers: str) -> None:
    """Read a page, fill in its form and send it."""
    answer = await http.post(page, data={**_hidden(await http.get(page)), **answers})
    if answer.headers.get("location") != leads_to:
        raise RuntimeError(f"{page} leads to {answer.status_code} {answer.headers.get('location')}")


def _hidden(page: httpx.Response) -> dict[str, str]:
    return dict(_HIDDEN.findall(page.text))


def _site(stack: Stack) -> str:
    return f"http://localhost:{stack.ports[PORTAL]}"


async def _opened(stack: Stack, codes: Iterable[str]) -> int:
    """How many different applications these codes open."""
    found: set[str] = set()
    async with httpx.AsyncClient(base_url=stack.url("intake"), timeout=60, trust_env=False) as http:
        for code in codes:
            answer = (await http.get("/receipt", headers={"Relevo-Receipt": code})).json()
            if answer["kind"] == "application":
                found.add(answer["id"])
    return len(found)
