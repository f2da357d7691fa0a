"""Who is on a certificate: the one question that this service asks another, in the background, one person at a time."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Literal, Protocol

import httpx
from pydantic import BaseModel, ConfigDict, ValidationError

from relevo_certification.domain.edition import Language
from relevo_certification.domain.sealed import Identity
from relevo_chassis.http.provider import NoToken, granted
from relevo_chassis.traces import asking

_TIME_OUT_SECONDS = 5.0
_RENEW_BEFORE_SECONDS = 60.0


class IntakeAway(Exception):
    """Intake, or the issuer of the token for it, does not answer; it is asked again later."""


class NobodyThere(Exception):
    """Intake knows no such participant, or the person was erased."""


class Identities(Protocol):
    """Knows who a participant is."""

    async def of(self, participant_id: str) -> Identity:
        """Raises ``NobodyThere`` or ``IntakeAway``."""
        ...


class _Answer(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")
    name: str
    language: Language
    display: Literal["named", "unnamed"]
    in_danger: bool = False


class IntakeIdentities:
    """Asks intake's HTTP API, with a token of the service's own."""

    def __init__(self, client: httpx.AsyncClient, intake_url: str, token: ServiceToken) -> None:
        self._client = client
        self._intake_url = intake_url.rstrip("/")
        self._token = token

    async def of(self, participant_id: str) -> Identity:
        url = f"{self._intake_url}/participants/{participant_id}/identity"
        headers = {"Authorization": f"Bearer {await self._token.current()}"}
        try:
            with asking("GET", "intake") as traced:
                answer = await self._client.get(
                    url, params={"purpose": "certificate"}, headers=headers | traced, timeout=_TIME_OUT_SECONDS
                )
        except httpx.HTTPError as away:
            raise IntakeAway(f"intake does not answer ({type(away).__name__})") from None
        if answer.status_code in (404, 410):
            raise NobodyThere(participant_id)
        if answer.status_code != 200:
            raise IntakeAway(f"intake answered {answer.status_code} to the question about {participant_id}")
        try:
            content = _Answer.model_validate_json(answer.content)
        except ValidationError:
            raise IntakeAway(f"intake's answer about {participant_id} lacks name, language or display") from None
        named = content.display == "named"
        return Identity(name=content.name, language=content.language, named=named, in_danger=content.in_danger)


class ServiceToken:
    """This service's own access token for another, by client credentials (RFC 6749, 4.4); kept until near its end."""

    def __init__(
        self,
        client: httpx.AsyncClient,
        issuer: str,
        client_id: str,
        secret: Callable[[], str],
        audience: str,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client = client
        self._issuer = issuer
        self._credentials = (client_id, secret)
        self._audience = audience
        self._monotonic = monotonic
        self._token = ""
        self._good_until = float("-inf")

    async def current(self) -> str:
        """Raises ``IntakeAway``."""
        if self._monotonic() >= self._good_until:
            await self._renew()
        return self._token

    async def _renew(self) -> None:
        client_id, secret = self._credentials
        try:
            self._token, lasts = await granted(
                self._client, self._issuer, client_id, secret(), self._audience, time_out_seconds=_TIME_OUT_SECONDS
            )
        except NoToken as away:
            raise IntakeAway(str(away)) from None
        self._good_until = self._monotonic() + max(lasts - _RENEW_BEFORE_SECONDS, 1.0)
