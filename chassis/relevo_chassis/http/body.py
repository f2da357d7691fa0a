"""Bodies of a known type and size, and JSON that means one thing only."""

from __future__ import annotations

import asyncio
import json
import math
from collections.abc import Mapping
from typing import Any, NoReturn

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import Message, Receive

from relevo_chassis.delivery.change import Refusal

JSON = "application/json"
MEBIBYTE = 1 << 20
DEEPEST = 64
MOST_VALUES = 10_000
"""The longest sheet has a thousand and some; each that is wrong costs some 15 us, in which nobody else is answered."""
ARRIVAL_SECONDS = 30.0
SLOWEST_BYTES_PER_SECOND = 1_000
"""A steady line of this pace gets the largest body through; each byte that came buys its time."""
_LARGEST_INTEGER = 2**63 - 1


class BodyTooLarge(Refusal):
    """The body is larger than this service takes."""

    status = 413


class BodyTypeNotTaken(Refusal):
    """Send the body as application/json in UTF-8."""

    status = 415


class BodyTooSlow(Refusal):
    """The body took too long to arrive; send it again."""

    status = 408


class BodyBrokeOff(Refusal):
    """The body ended before it was whole; send it again."""

    status = 400


class EncodingNotTaken(Refusal):
    """Send the body as it is, without Content-Encoding."""

    status = 415


class NotSoundJson(Refusal):
    """The body is not sound JSON."""

    status = 400


class Sound(Request):
    """A request whose body was read whole and is what its type says."""

    def __init__(self, request: Request, whole: bytes, *, is_json: bool) -> None:
        super().__init__(request.scope, _replay(whole, request.receive))
        self.whole = whole
        self.is_json = is_json and bool(whole)
        self.content = check_json(whole) if self.is_json else None

    async def json(self) -> Any:
        return self.content


async def sound(request: Request, accepted: Mapping[str, int]) -> Sound | None:
    """The request, to be read on; ``None`` when it has no body.

    ``accepted`` are media types with their largest size in bytes; what is not JSON is for the route to judge.
    Raises the refusals above.
    """
    headers = request.headers
    if headers.get("content-length", "0") == "0" and "transfer-encoding" not in headers:
        return None
    if "content-encoding" in headers:
        raise EncodingNotTaken()
    media, limit = _type(headers, accepted)
    if int(headers.get("content-length", "0")) > limit:
        raise BodyTooLarge("limit", "the body may have at most {limit} bytes", limit=limit)
    try:
        async with asyncio.timeout(ARRIVAL_SECONDS) as bound:
            whole = await _read(request.receive, limit, bound)
    except TimeoutError:
        raise BodyTooSlow() from None
    return Sound(request, whole, is_json=media == JSON)


def _type(headers: Headers, accepted: Mapping[str, int]) -> tuple[str, int]:
    media, _, parameters = headers.get("content-type", "").partition(";")
    media = media.strip().lower()
    limit = accepted.get(media)
    charset = parameters.strip().lower().replace('"', "")
    if limit is None and JSON not in accepted:
        raise BodyTypeNotTaken("one_of", "send the body as one of {accepted}", accepted=", ".join(accepted))
    if limit is None or (media == JSON and charset not in ("", "charset=utf-8")):
        raise BodyTypeNotTaken()
    return media, limit


def check_json(body: bytes) -> Any:
    """What the body says. Raises ``NotSoundJson`` unless it is UTF-8 JSON without duplicate keys, operators or
    impossible numbers.

    Also refused: NUL and lone surrogates in texts, integers beyond 64 bits, nesting deeper than 64, more than 10,000
    values, and keys that start with ``$`` or hold a dot.
    """
    try:
        content = json.loads(
            body.decode("utf-8"),
            object_pairs_hook=_object,
            parse_constant=_no_constant,
            parse_float=_finite,
            parse_int=_integer,
        )
    except UnicodeDecodeError:
        raise NotSoundJson("not_utf_8", "it is not in UTF-8") from None
    except RecursionError:
        raise NotSoundJson("too_deep", "it is nested deeper than {deepest}", deepest=DEEPEST) from None
    except ValueError:
        raise NotSoundJson("not_json", "it is not JSON") from None
    _check_values(content)
    return content


def _check_values(content: Any) -> None:
    level, values = [content], 1
    for _ in range(DEEPEST + 1):
        for value in level:
            if isinstance(value, str):
                _check_text(value)
        containers = [value for value in level if isinstance(value, dict | list)]
        if not containers:
            return
        level = [inner for value in containers for inner in (value.values() if isinstance(value, dict) else value)]
        values += len(level)
        if values > MOST_VALUES:
            raise NotSoundJson("too_many_values", "it has more than {most} values", most=MOST_VALUES)
    raise NotSoundJson("too_deep", "it is nested deeper than {deepest}", deepest=DEEPEST)


def _check_text(text: str) -> None:
    if "\x00" in text:
        raise NotSoundJson("nul", "a text holds NUL")
    if not text.isascii():
        try:
            text.encode("utf-8")
        except UnicodeEncodeError:
            raise NotSoundJson("half_a_character", "a text holds half a character (a lone surrogate)") from None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise NotSoundJson("key_twice", "an object has the same key twice")
    for key in found:
        if key.startswith("$") or "." in key:
            raise NotSoundJson("key_with_signs", "a key starts with $ or holds a dot")
        _check_text(key)
    return found


def _no_constant(_: str) -> NoReturn:
    raise NotSoundJson("no_number", "NaN and Infinity are not JSON")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise NotSoundJson("number_too_large", "a number is too large")
    return number


def _integer(text: str) -> int:
    if len(text) > 20 or not -_LARGEST_INTEGER <= int(text) <= _LARGEST_INTEGER:
        raise NotSoundJson("number_too_large", "a number is too large")
    return int(text)


async def _read(receive: Receive, limit: int, bound: asyncio.Timeout) -> bytes:
    body, until = bytearray(), bound.when() or 0.0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise BodyBrokeOff()
        body += message.get("body", b"")
        if len(body) > limit:
            raise BodyTooLarge("limit", "the body may have at most {limit} bytes", limit=limit)
        if not message.get("more_body", False):
            return bytes(body)
        bound.reschedule(until + len(body) / SLOWEST_BYTES_PER_SECOND)


def _replay(body: bytes, receive: Receive) -> Receive:
    is_read = False

    async def replayed() -> Message:
        nonlocal is_read
        if is_read:
            return await receive()
        is_read = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replayed
