"""Staying when all is done: the stack is left up with the finished edition in it, and whom to come in as is printed."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from relevo_demo.api import Api, Misbehaved
from relevo_demo.progress import Phases
from relevo_demo.replay import Played
from relevo_demo.samples import relative
from relevo_demo.story.certifying import Fetched
from relevo_deploy.embedded.place import Place


class Visitor(NamedTuple):
    """Somebody to come in as: what there is to see, on which page of the portal, and by which receipt codes."""

    about: str
    page: str
    receipts: Sequence[str]


class Address(NamedTuple):
    """A page worth opening, with the code that opens it."""

    about: str
    url: str
    code: str


def visitors(played: Played) -> list[Visitor]:
    """One of each kind; of each kind all who could be it, those first to whom nothing special happened."""
    holders = sorted(played.certified.fetched, key=lambda each: (bool(each.holder.person.part), each.certificate_id))
    named = [each for each in holders if each.expected == "valid" and each.public.get("holder")]
    unnamed = [each for each in holders if each.expected == "valid" and not each.public.get("holder")]
    revoked = [each for each in holders if each.expected == "revoked"]
    seated = {each.application_id for each in played.selected.participants}
    others = [each.receipt for each in played.applied.counting if each.application_id not in seated]
    return [
        Visitor("a certificate, with the name for whoever has the link", "/paper", _receipts_of(named)),
        Visitor("who sees the name: here nobody does", "/paper/view", _receipts_of(unnamed)),
        Visitor("a certificate that was revoked", "/paper", _receipts_of(revoked)),
        Visitor("a week that was not completed", "/week/hours", [each.receipt for each in played.week.not_completed]),
        Visitor("an application without a seat", "/mine", others),
    ]


async def addresses(api: Api, site: str, wanted: Iterable[Visitor]) -> list[Address]:
    """Where to go, with codes that still open something."""
    found = [(each, await _first_that_opens(api, each.receipts)) for each in wanted]
    return [Address(each.about, site + each.page, code) for each, code in found if code]


def show(place: Place, found: Iterable[Address], progress: Phases) -> None:
    """Print them, and where to turn the clock."""
    progress.say("\nThe stack is left up, with the finished edition in it. Worth opening, each with the code to enter:")
    for each in found:
        progress.say(f"  {each.about}\n    {each.url}\n    {each.code}")
    progress.say(f"Where everything listens, letters, and the clock to turn: {place.url('desk')}")
    progress.say(f"Tokens of staff: .venv/bin/relevo token --role coordinator --stack {relative(place.folder)}")
    progress.say("Ctrl-C ends it.")


async def asked_to_end() -> None:
    """Wait for Ctrl-C, or for a kind request of the machine's."""
    asked, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, asked.set)
    await asked.wait()


def _receipts_of(found: Iterable[Fetched]) -> list[str]:
    return [each.holder.receipt for each in found]


async def _first_that_opens(api: Api, receipts: Iterable[str]) -> str | None:
    """The first code behind which somebody is still: some left, or were erased."""
    for code in receipts:
        try:
            await api.get("intake", "/me", token=await api.came_in(code))
        except Misbehaved:
            continue
        return code
    return None
