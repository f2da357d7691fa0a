"""What the page of a call under attack shows besides: what the device does, and what there is without script."""

from __future__ import annotations

from datetime import datetime
from importlib.resources import files
from typing import NamedTuple

from relevo_chassis.languages import Language
from relevo_chassis.languages.days import instant
from relevo_portal.page.frame import File, named
from relevo_portal.words import Passage
from relevo_portal.words.guarding import TEXTS


def _script(name: str) -> tuple[str, File]:
    return named(name, (files("relevo_portal") / "page" / name).read_bytes(), "text/javascript")


_WORK, _WORKER = _script("work.js"), _script("worker.js")
SCRIPTS = dict((_WORK, _WORKER))
"""What the page loads while a call is under attack, by name."""
SCRIPT, WORKER = (f"/files/{each[0]}" for each in (_WORK, _WORKER))


class Wait(NamedTuple):
    """From when a ticket counts, and until when."""

    counts_from: datetime
    counts_until: datetime


class Guarding(NamedTuple):
    """The challenge that the page has solved, as JSON, and the wait that somebody is in without script."""

    challenge: str | None
    wait: Wait | None

    @property
    def script(self) -> str:
        return SCRIPT

    @property
    def worker(self) -> str:
        return WORKER


def waits(wait: Wait, language: Language) -> Passage:
    """From when on somebody can begin, by the clock."""
    text = TEXTS[language].waits
    times = {"at": instant(wait.counts_from, language), "until": instant(wait.counts_until, language)}
    return Passage(title=text.title.format(**times), more=text.more.format(**times))
