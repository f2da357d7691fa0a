"""Where two people may edit the same thing: ETag tells what one saw, If-Match what one means to change."""

from __future__ import annotations

import json
import re
from hashlib import sha256

from fastapi import Request
from pydantic import BaseModel

from relevo_chassis.delivery.change import Refusal
from relevo_chassis.http.refusals import refuses

_TAG = re.compile(r'"[\x21\x23-\x7e]{1,64}"\Z')


class NoIfMatch(Refusal):
    """Send If-Match with the ETag of what you saw; another may have changed it since."""

    status = 428


class MalformedIfMatch(Refusal):
    """If-Match takes the ETag as it was given: one strong entity tag in double quotes."""

    status = 400


class ChangedSince(Refusal):
    """It was changed since you saw it; read it again and decide anew."""

    status = 412


def etag_of(state: BaseModel) -> str:
    """A strong entity tag of a state: equal for equal states, whoever computes it."""
    canonical = json.dumps(state.model_dump(mode="json"), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return f'"{sha256(canonical.encode()).hexdigest()[:32]}"'


@refuses(NoIfMatch, MalformedIfMatch, ChangedSince)
async def if_match(request: Request) -> str:
    """A dependency: the tag that the caller means to change. Raises ``NoIfMatch`` or ``MalformedIfMatch``."""
    headers = request.headers.getlist("if-match")
    if not headers:
        raise NoIfMatch()
    if len(headers) != 1 or not _TAG.match(headers[0]):
        raise MalformedIfMatch()
    return headers[0]


@refuses(NoIfMatch, MalformedIfMatch, ChangedSince)
async def if_match_of_any(request: Request) -> str | None:
    """A dependency, where what is put may be new: the tag that the caller means to change, if they name one.

    Raises ``MalformedIfMatch``.
    """
    return await if_match(request) if "if-match" in request.headers else None


def must_match(tag: str, state: BaseModel) -> None:
    """Called in a decision, on the state it found, so that nothing can come in between. Raises ``ChangedSince``."""
    if tag != etag_of(state):
        raise ChangedSince()


def must_match_if_any(tag: str | None, state: BaseModel | None) -> None:
    """The same, where what is put may be new: whoever replaces something names it. Raises ``NoIfMatch`` or
    ``ChangedSince``."""
    if state is not None and tag is None:
        raise NoIfMatch()
    if state is None and tag is not None:
        raise ChangedSince()
    if state is not None and tag is not None:
        must_match(tag, state)
