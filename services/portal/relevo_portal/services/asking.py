"""How a service is asked in the name of one person, and what may come of it.

What a service does not answer, or answers as it should not, is ``Away``: a page says so and loses nothing.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any, ClassVar, Literal, NamedTuple, TypeVar, get_args

import httpx
from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError

from relevo_chassis import traces
from relevo_chassis.delivery.change import Refusal
from relevo_chassis.http.addresses import address_of, network_of
from relevo_chassis.languages import Language

TIME_OUT_SECONDS = 5.0
FILE_SECONDS = 40.0
"""How long a service may take over a file: it looks at it before it answers."""
HANDING_SECONDS = httpx.Timeout(TIME_OUT_SECONDS, read=25.0)
"""The same where it is handed on as it comes: how long nothing may come."""
MOST_HANDED = 24
"""Files that are on their way at a time: each takes a connection for as long as a poor line needs."""
Service = Literal["intake", "scheduling", "multiplier_tracking", "certification"]
_M = TypeVar("_M", bound=BaseModel)
_OURS = "urn:relevo:problem:"
_SECONDS = re.compile(r"[0-9]{1,5}\Z")


class Away(Refusal):
    """The service does not answer now; the same may be asked again in a minute."""

    status = 503


class SessionOver(Refusal):
    """Nobody is in with this browser any more: the person left, has a new code, or was erased."""

    status = 401


class NothingThere(Exception):
    """The service knows of nothing that the person could have meant."""


class Declined(Exception):
    """A rule of the service does not allow it; ``text`` is its sentence, in the language that was asked for, ``rule``
    its name."""

    def __init__(self, text: str, rule: str = "") -> None:
        super().__init__(text)
        self.text = text
        self.rule = rule


class ChangedMeanwhile(Declined):
    """It was changed from elsewhere since it was read; read it again."""


class LaterAgain(Declined):
    """So much was asked of the service that it did not look at this one; the same may be asked again in so long."""

    def __init__(self, text: str, seconds: int = 60) -> None:
        super().__init__(text)
        self.retry_after_seconds = seconds


class ProofWanted(Declined):
    """The service wants a proof that it cost something, or another than this."""


class FieldsDeclined(Exception):
    """Some of what was written cannot be taken as it is: a sentence for each field, by its path in the body."""

    def __init__(self, faults: Mapping[str, str]) -> None:
        super().__init__()
        self.faults = faults


class Answered(BaseModel):
    """What services answer may gain fields."""

    model_config = ConfigDict(frozen=True, extra="ignore")


def known(codes: Any, otherwise: str) -> BeforeValidator:
    """For a field of codes, a ``Literal``: one that a newer service may say is read as ``otherwise``."""
    ours = get_args(codes)
    return BeforeValidator(lambda value: value if value in ours or not isinstance(value, str) else otherwise)


class Download(NamedTuple):
    """A file of the person's own."""

    content: bytes
    media: str


class Handed:
    """A file on its way from a service to a person, of which one piece at a time is in memory. Whoever has it closes
    it."""

    def __init__(self, answer: httpx.Response, closed: Callable[[], None]) -> None:
        self._answer = answer
        self._closed = closed
        self.pieces: AsyncIterator[bytes] = answer.aiter_raw()

    @property
    def media(self) -> str:
        return str(self._answer.headers.get("content-type", ""))

    @property
    def size_bytes(self) -> str | None:
        found: str | None = self._answer.headers.get("content-length")
        return found

    async def close(self) -> None:
        self._closed()
        await self._answer.aclose()


class Api:
    """The HTTP API of one service. Everything here raises ``Away``; what needs a token raises ``SessionOver``."""

    service: ClassVar[str] = "service"

    def __init__(self, client: httpx.AsyncClient, url: str) -> None:
        self._client = client
        self._url = url.rstrip("/")
        self._handed = 0

    async def read(self, path: str, token: str, language: Language, model: type[_M]) -> _M:
        """Raises ``NothingThere``."""
        return read(await self.answer(path, token, language), model)

    async def answer(self, path: str, token: str, language: Language) -> httpx.Response:
        """Whatever it is, for who knows what else it may mean. Raises ``NothingThere``."""
        return await self._in_the_name_of(token, "GET", path, {"Accept-Language": language})

    async def read_with_tag(self, path: str, token: str, language: Language, model: type[_M]) -> tuple[_M, str]:
        """With the ETag, of what two may edit. Raises ``NothingThere``."""
        answer = await self._in_the_name_of(token, "GET", path, {"Accept-Language": language})
        return read(answer, model), answer.headers.get("etag", "")

    async def read_openly(self, path: str, language: Language, model: type[_M]) -> _M:
        """What anybody may read. Raises ``NothingThere``."""
        answer = await self.asked("GET", path, {"Accept-Language": language})
        if answer.status_code == 404:
            raise NothingThere()
        return read(answer, model)

    async def read_whole(self, path: str, token: str, language: Language) -> Any:
        """All that the service says, as it says it. Raises ``NothingThere``."""
        answer = await self._in_the_name_of(token, "GET", path, {"Accept-Language": language})
        try:
            return answer.raise_for_status().json()
        except (httpx.HTTPError, ValueError):
            raise Away() from None

    async def download(self, path: str, token: str, language: Language) -> Download:
        """Raises ``NothingThere`` or ``Declined``."""
        answer = await self.answer(path, token, language)
        if answer.status_code in (409, 422):
            raise Declined(sentence(answer))
        if not answer.is_success:
            raise Away()
        return Download(answer.content, answer.headers.get("content-type", ""))

    async def hand(self, path: str, token: str, language: Language) -> Handed:
        """A file, as it comes. Raises ``NothingThere``, or ``LaterAgain`` while too many are on their way."""
        if self._handed >= MOST_HANDED:
            raise LaterAgain("")
        headers = {"Authorization": f"Bearer {token}", "Accept-Language": language, "Accept-Encoding": "identity"}
        try:
            with traces.asking("GET", self.service) as traced:
                sent = headers | traced
                asked = self._client.build_request("GET", self._url + path, headers=sent, timeout=HANDING_SECONDS)
                answer = await self._client.send(asked, stream=True)
            if answer.status_code == 200:
                self._handed += 1
                return Handed(answer, self._one_less)
            await answer.aread()
        except httpx.HTTPError:
            raise Away() from None
        if answer.status_code == 404:
            raise NothingThere()
        raise SessionOver() if answer.status_code in (401, 410) else Away()

    def _one_less(self) -> None:
        self._handed -= 1

    async def do(
        self,
        path: str,
        token: str,
        once: str,
        language: Language,
        body: Mapping[str, Any] | None = None,
        *,
        method: str = "POST",
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        """Have something done once for the key. Raises ``NothingThere``, ``Declined`` or ``FieldsDeclined``."""
        sent = {"Idempotency-Key": once, "Accept-Language": language, **(headers or {})}
        return done(await self._in_the_name_of(token, method, path, sent, body))

    async def send(self, path: str, token: str, once: str, language: Language, file: Download) -> httpx.Response:
        """Have a file kept, once for the key. Raises ``NothingThere``, ``Declined`` or ``FieldsDeclined``."""
        sent = {"Idempotency-Key": once, "Accept-Language": language, "Content-Type": file.media}
        return done(await self._in_the_name_of(token, "POST", path, sent, file=file.content))

    async def ask_once(
        self,
        path: str,
        once: str,
        language: Language,
        body: Mapping[str, Any] | None = None,
        *,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        """As ``do``, of somebody whom nobody knows yet."""
        sent = {"Idempotency-Key": once, "Accept-Language": language, **(headers or {})}
        return done(await self.asked("POST", path, sent, body))

    async def asked(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str],
        body: Mapping[str, Any] | None = None,
        *,
        file: bytes | None = None,
    ) -> httpx.Response:
        """Whatever the service answers that is no fault of its own."""
        seconds = TIME_OUT_SECONDS if file is None else FILE_SECONDS
        try:
            with traces.asking(method, self.service) as traced:
                sent = {**headers, **traced}
                answer = await self._client.request(
                    method, self._url + path, headers=sent, json=body, content=file, timeout=seconds
                )
        except httpx.HTTPError:
            raise Away() from None
        if answer.status_code >= 500:
            raise Away()
        return answer

    async def _in_the_name_of(
        self,
        token: str,
        method: str,
        path: str,
        headers: Mapping[str, str],
        body: Mapping[str, Any] | None = None,
        *,
        file: bytes | None = None,
    ) -> httpx.Response:
        answer = await self.asked(method, path, {"Authorization": f"Bearer {token}", **headers}, body, file=file)
        if answer.status_code == 404 or _is_gone(answer):
            raise NothingThere()
        if answer.status_code in (401, 410):
            raise SessionOver()
        return answer


def done(answer: httpx.Response) -> httpx.Response:
    """What was done. Raises ``NothingThere``, ``Declined``, ``FieldsDeclined`` or ``Away``."""
    if answer.status_code == 404:
        raise NothingThere()
    if answer.status_code in (400, 422) and (errors := _errors(answer)):
        raise FieldsDeclined(errors)
    if answer.status_code == 412:
        raise ChangedMeanwhile(sentence(answer))
    if answer.status_code == 428:
        raise ProofWanted(sentence(answer))
    if answer.status_code == 429:
        raise later_again(answer)
    if answer.status_code in (409, 422):
        raise Declined(sentence(answer), str(_problem(answer).get("type", "")).removeprefix(_OURS))
    if not answer.is_success:
        raise Away()
    return answer


def later_again(answer: httpx.Response) -> LaterAgain:
    """When to come again, as the service says."""
    seconds = answer.headers.get("retry-after", "")
    return LaterAgain(sentence(answer), int(seconds) if _SECONDS.match(seconds) else 60)


def on_behalf_of(client: str) -> dict[str, str]:
    """What tells a service whose allowance this is to be counted in, if it trusts the portal to say so (RFC 7239); of
    an address of IPv6 its network alone. Nothing of what is no address."""
    network = network_of(client).removesuffix("/64")
    return {"Forwarded": f'for="{f"[{network}]" if ":" in network else network}"'} if address_of(network) else {}


def read(answer: httpx.Response, model: type[_M]) -> _M:
    """Raises ``Away`` for what is not the answer that is documented."""
    if not answer.is_success:
        raise Away()
    try:
        return model.model_validate_json(answer.content)
    except ValidationError:
        raise Away() from None


NotDone = Away | Declined | NothingThere
"""What may come of something that a person wants done, and that was not."""


def reason_of(refused: NotDone, *, away: str, declined: str) -> str:
    """Why it was not done, in the person's language: the service's own sentence, or else one of these."""
    if isinstance(refused, Away):
        return away
    return (refused.text if isinstance(refused, Declined) else "") or declined


def status_of(refused: NotDone) -> int:
    """Of the page that says why it was not done."""
    return 503 if isinstance(refused, Away) else 409


def sentence(answer: httpx.Response) -> str:
    """What a service says of what it refuses; empty when it is none of ours that answers."""
    problem = _problem(answer)
    return str(problem.get("detail") or problem.get("title") or "")


def _errors(answer: httpx.Response) -> dict[str, str]:
    errors = _problem(answer).get("errors")
    if not isinstance(errors, list):
        return {}
    return {str(each.get("where", "")).removeprefix("body."): str(each.get("reason", "")) for each in errors}


def _is_gone(answer: httpx.Response) -> bool:
    """Whether what was asked for is there no more, and the person still is."""
    kind = str(_problem(answer).get("type", "")) if answer.status_code == 410 else ""
    return kind in (_OURS + "no-longer-kept", _OURS + "needs-are-gone", _OURS + "certificate-replaced")


def _problem(answer: httpx.Response) -> dict[str, Any]:
    try:
        body: Any = answer.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) and str(body.get("type", "")).startswith(_OURS) else {}
