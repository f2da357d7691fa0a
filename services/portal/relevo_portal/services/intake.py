"""Intake: who came in, tokens in their name, and all that is theirs of an application.

Whoever asks does so with the handle or the token of one person.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Literal, NamedTuple, get_args

from pydantic import BeforeValidator

from relevo_chassis.languages import Language
from relevo_portal.services.asking import (
    Answered,
    Api,
    Away,
    NothingThere,
    Service,
    SessionOver,
    later_again,
    on_behalf_of,
    read,
)

_TYPED = re.compile(r"[\x20-\x7e]{1,100}\Z")
"""What a header may hold; nothing else is a code."""

Standing = Literal[
    "undecided",
    "offered",
    "accepted",
    "declined",
    "expired",
    "withdrawn",
    "waitlisted",
    "turned_down",
    "superseded",
    "other",
]
"""What became of an application; ``other`` is what a newer intake may say."""
_KNOWN = frozenset(get_args(Standing))


def _known(value: object) -> object:
    return value if value in _KNOWN else "other"


class NoSuchCode(Exception):
    """No application has this code."""


class NoLongerThere(Exception):
    """What the code belonged to was erased."""


class NoAddress(Exception):
    """What was written is no e-mail address."""


class _Entered(Answered):
    handle: str


class _Token(Answered):
    access_token: str
    application_id: str = ""
    participant_id: str | None = None


class Pass(NamedTuple):
    """What opens one service for a person; with the id by which the services know whoever takes part, and that of the
    application or draft."""

    token: str
    participant_id: str | None
    application_id: str = ""


class Offer(Answered):
    """A seat offered."""

    offer_id: str
    state: str
    expires_at: datetime
    travel_grant: bool = False


class Next(Answered):
    """Something that the person may do now, by intake's word for it, and until when."""

    what: str
    until: datetime | None = None


class Danger(Answered):
    """Whether one is in danger, as one said, and whether somebody of the staff is told."""

    since: datetime | None = None
    watched: bool = False


class ThreadMark(Answered):
    """How it stands with what one wrote to the secretariat: what is unread, and what waits for an answer."""

    unread: int = 0
    waiting_since: datetime | None = None
    answer_until: datetime | None = None
    late: bool = False


class NeedsStanding(Answered):
    """Since when what somebody needs for the week is stated as it is, if it is, and until when it is kept."""

    changed_at: datetime | None = None
    kept_until_on: date | None = None


class Mine(Answered):
    """What stands with one person."""

    application_id: str
    titles: Mapping[str, str] = {}
    state: str
    standing: Annotated[Standing, BeforeValidator(_known)] = "undecided"
    closes_at: datetime | None = None
    offer: Offer | None = None
    participant_id: str | None = None
    in_danger_since: datetime | None = None
    thread: ThreadMark | None = None
    needs: NeedsStanding | None = None
    next: tuple[Next, ...] = ()

    def may(self, what: str) -> Next | None:
        """Whether they may do this now, and until when."""
        return next((each for each in self.next if each.what == what), None)


class Intake(Api):
    """Intake's HTTP API, as a person may use it. Everything here raises ``Away``."""

    service = "intake"

    async def enter(self, code: str) -> str:
        """Trade a receipt code for a handle. Raises ``NoSuchCode`` or ``NoLongerThere``."""
        if not _TYPED.match(code):
            raise NoSuchCode()
        answer = await self.asked("POST", "/sessions", {"Relevo-Receipt": code})
        if answer.status_code in (401, 404):
            raise NoSuchCode()
        if answer.status_code == 410:
            raise NoLongerThere()
        return read(answer, _Entered).handle

    async def lost(self, contact: str, word: str | None, client: str) -> None:
        """Say that somebody at this address lost their code. Raises ``NoAddress`` or ``LaterAgain``; what else comes of
        it nobody is told."""
        body = {"contact": contact, **({"word": word} if word else {})}
        answer = await self.asked("POST", "/lost", on_behalf_of(client), body)
        if answer.status_code == 422:
            raise NoAddress()
        if answer.status_code == 429:
            raise later_again(answer)
        if not answer.is_success:
            raise Away()

    async def token(self, handle: str, service: Service) -> Pass:
        """A token of five minutes in the person's name for one service. Raises ``SessionOver``."""
        answer = await self.asked("POST", "/sessions/token", {"Relevo-Session": handle}, {"audience": service})
        if answer.status_code in (401, 404, 410):
            raise SessionOver()
        granted = read(answer, _Token)
        return Pass(granted.access_token, granted.participant_id, granted.application_id)

    async def end(self, handle: str) -> None:
        """Have the handle worth nothing from now on."""
        await self.asked("POST", "/sessions/end", {"Relevo-Session": handle})

    async def mine(self, token: str, language: Language) -> Mine:
        """Where everything stands. Raises ``SessionOver``."""
        try:
            return await self.read("/me", token, language, Mine)
        except NothingThere:
            raise SessionOver() from None

    async def danger(self, token: str, language: Language) -> Danger:
        """How it stands. Raises ``NothingThere`` for whoever has sent no application, or ``SessionOver``."""
        return await self.read("/me/danger", token, language, Danger)
