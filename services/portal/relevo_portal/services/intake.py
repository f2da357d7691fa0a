"""Intake: who came in, tokens in their name, and all that is theirs of an application.

Whoever asks does so with the handle or the token of one person. What intake does not answer, or answers as it should
not, is ``Away``: a page says so and loses nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal, TypeVar, get_args

import httpx
from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError

from relevo_chassis.languages import Language

TIME_OUT_SECONDS = 5.0
_M = TypeVar("_M", bound=BaseModel)
_TYPED = re.compile(r"[\x20-\x7e]{1,100}\Z")
"""What a header may hold; nothing else is a code."""
_OURS = "urn:relevo:problem:"

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


class Away(Exception):
    """The service does not answer now; the same may be asked again in a minute."""


class NoSuchCode(Exception):
    """No application has this code."""


class NoLongerThere(Exception):
    """What the code belonged to was erased."""


class SessionOver(Exception):
    """Intake has ended it: the person left elsewhere, has a new code, or was erased."""


class NoAddress(Exception):
    """What was written is no e-mail address."""


class Declined(Exception):
    """A rule of intake does not allow it; ``text`` is its sentence, in the language that was asked for."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


class _Answer(BaseModel):
    """What intake answers may gain fields."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class _Entered(_Answer):
    handle: str


class _Token(_Answer):
    access_token: str


class Offer(_Answer):
    """A seat offered."""

    offer_id: str
    state: str
    expires_at: datetime
    travel_grant: bool = False


class Next(_Answer):
    """Something that the person may do now, by intake's word for it, and until when."""

    what: str
    until: datetime | None = None


class Mine(_Answer):
    """What stands with one person."""

    application_id: str
    titles: Mapping[str, str] = {}
    state: str
    standing: Annotated[Standing, BeforeValidator(_known)] = "undecided"
    closes_at: datetime | None = None
    offer: Offer | None = None
    participant_id: str | None = None
    next: tuple[Next, ...] = ()

    def may(self, what: str) -> Next | None:
        """Whether they may do this now, and until when."""
        return next((each for each in self.next if each.what == what), None)


class Intake:
    """Intake's HTTP API, as a person may use it. Everything here raises ``Away``."""

    def __init__(self, client: httpx.AsyncClient, url: str) -> None:
        self._client = client
        self._url = url.rstrip("/")

    async def enter(self, code: str) -> str:
        """Trade a receipt code for a handle. Raises ``NoSuchCode`` or ``NoLongerThere``."""
        if not _TYPED.match(code):
            raise NoSuchCode()
        answer = await self._asked("POST", "/sessions", {"Relevo-Receipt": code})
        if answer.status_code in (401, 404):
            raise NoSuchCode()
        if answer.status_code == 410:
            raise NoLongerThere()
        return _read(answer, _Entered).handle

    async def lost(self, contact: str, word: str | None) -> None:
        """Say that somebody lost their code. Raises ``NoAddress``; what else comes of it nobody is told."""
        body = {"contact": contact, **({"word": word} if word else {})}
        answer = await self._asked("POST", "/lost", {}, body)
        if answer.status_code == 422:
            raise NoAddress()
        if not answer.is_success:
            raise Away()

    async def token(self, handle: str, service: str) -> str:
        """A token of five minutes in the person's name for one service. Raises ``SessionOver``."""
        answer = await self._asked("POST", "/sessions/token", {"Relevo-Session": handle}, {"audience": service})
        if answer.status_code in (401, 404, 410):
            raise SessionOver()
        return _read(answer, _Token).access_token

    async def end(self, handle: str) -> None:
        """Have the handle worth nothing from now on."""
        await self._asked("POST", "/sessions/end", {"Relevo-Session": handle})

    async def mine(self, token: str) -> Mine:
        """Where everything stands. Raises ``SessionOver``."""
        answer = await self._asked("GET", "/me", _bearer(token))
        if answer.status_code in (401, 410):
            raise SessionOver()
        return _read(answer, Mine)

    async def do(self, path: str, token: str, key: str, language: Language) -> None:
        """Have something done once for the key. Raises ``Declined`` when a rule does not allow it."""
        answer = await self._asked(
            "POST", path, {**_bearer(token), "Idempotency-Key": key, "Accept-Language": language}
        )
        if answer.status_code in (401, 410):
            raise SessionOver()
        if answer.status_code in (404, 409):
            raise Declined(_sentence(answer))
        if not answer.is_success:
            raise Away()

    async def _asked(
        self, method: str, path: str, headers: Mapping[str, str], body: Mapping[str, str] | None = None
    ) -> httpx.Response:
        try:
            answer = await self._client.request(
                method, self._url + path, headers=dict(headers), json=body, timeout=TIME_OUT_SECONDS
            )
        except httpx.HTTPError:
            raise Away() from None
        if answer.status_code >= 500 or answer.status_code == 429:
            raise Away()
        return answer


def _bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def _read(answer: httpx.Response, model: type[_M]) -> _M:
    """Raises ``Away`` for what is not the answer that is documented."""
    if not answer.is_success:
        raise Away()
    try:
        return model.model_validate_json(answer.content)
    except ValidationError:
        raise Away() from None


def _sentence(answer: httpx.Response) -> str:
    try:
        body: Any = answer.json()
    except ValueError:
        return ""
    ours = isinstance(body, dict) and str(body.get("type", "")).startswith(_OURS)
    return str(body.get("detail") or body.get("title") or "") if ours else ""
