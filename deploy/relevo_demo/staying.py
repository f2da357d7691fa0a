"""Staying when all is done: the stack is left up with the finished edition in it, and whom to come in as is printed."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import timedelta
from typing import NamedTuple
from urllib.parse import urlsplit

import httpx

from relevo_demo.api import Api, Misbehaved
from relevo_demo.portal.forms import ByForms
from relevo_demo.progress import Phases
from relevo_demo.replay import Played
from relevo_demo.samples import relative
from relevo_demo.story.cast import COORDINATOR
from relevo_demo.story.commitment import SERVICE
from relevo_deploy.embedded.place import Place

DAYS_MORE = 20


class Visitor(NamedTuple):
    """Somebody to come in as: what there is to see, where, and the codes of all who could be it.

    Where no code is asked for there is an empty one.
    """

    about: str
    url: str
    codes: Sequence[str]


class Address(NamedTuple):
    """A page worth opening, with the code that opens it."""

    about: str
    url: str
    code: str


Opens = Callable[[str, str], Awaitable[bool]]
"""Whether an address opens with a code."""


def visitors(played: Played, site: str) -> list[Visitor]:
    """One of each kind; of each kind all who could be it, those first to whom nothing special happened."""
    holders = sorted(played.certified.fetched, key=lambda each: (bool(each.holder.person.part), each.certificate_id))
    named = [each for each in holders if each.expected == "valid" and each.public.get("holder")]
    late = [each.participant for each in played.lived.courses if each.kind == "lapses"]
    asking = sorted(played.lived.asking, key=lambda each: (each in late, bool(each.person.part)))
    turned_away = played.applied.applications[played.applied.cast.turned_away]
    return [
        Visitor("an application without a seat", f"{site}/mine", [turned_away.receipt]),
        Visitor("the sixty days, with something to do", f"{site}/days", [each.receipt for each in late]),
        Visitor("a question to the secretariat, answered", f"{site}/write", [each.receipt for each in asking]),
        Visitor("a certificate", f"{site}/paper", [each.holder.receipt for each in named]),
        Visitor("what a stranger sees of it", named[0].link, [""]),
    ]


async def something_to_do(api: Api, played: Played) -> None:
    """Whoever let the sixty days pass may do it after all: a coordinator opens them again, from now on."""
    token, due_on = await api.token(COORDINATOR, "coordinator"), (await api.desk.now()).date() + timedelta(DAYS_MORE)
    body = {"due_on": due_on.isoformat(), "reason": "emergency"}
    for each in played.lived.courses:
        if each.kind == "lapses":
            await api.post(SERVICE, f"/commitments/{each.commitment_id}/reopen", body, token=token)


async def addresses(wanted: Iterable[Visitor], opens: Opens) -> list[Address]:
    """Where to go, with codes that were seen to open it. Raises ``Misbehaved`` for what nobody can open."""
    return [Address(each.about, each.url, await _first_that_opens(each, opens)) for each in wanted]


async def opens_at(site: str, url: str, code: str) -> bool:
    """Whether somebody sees the page who enters the code at the portal's door, or none where none is asked for."""
    async with httpx.AsyncClient(timeout=60, trust_env=False) as client:
        hands = ByForms(client, site, "en")
        if code:
            await hands.open("/")
            try:
                await hands.send(code=code)
            except Misbehaved:
                return False
        await hands.follow(url)
        return hands.status == 200 and urlsplit(hands.here).path == urlsplit(url).path


def show(place: Place, found: Iterable[Address], progress: Phases) -> None:
    """Print them, and where to turn the clock."""
    progress.say("\nThe stack is left up, with the finished edition in it. Worth opening, each with the code to enter:")
    for each in found:
        progress.say(f"  {each.about}\n    {each.url}\n    {each.code or 'no code is asked for'}")
    progress.say(f"Where everything listens, letters, and the clock to turn: {place.url('desk')}")
    progress.say(f"Tokens of staff: .venv/bin/relevo token --role coordinator --stack {relative(place.folder)}")
    progress.say("Ctrl-C ends it.")


async def asked_to_end() -> None:
    """Wait for Ctrl-C, or for a kind request of the machine's."""
    asked, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, asked.set)
    await asked.wait()


async def _first_that_opens(one: Visitor, opens: Opens) -> str:
    """The first code behind which somebody is still: some left, or were erased."""
    for code in one.codes:
        if await opens(one.url, code):
            return code
    raise Misbehaved(f"{one.about}: nobody can open {one.url}")
