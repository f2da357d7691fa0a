"""Once per Idempotency-Key: a repeated request gets its first answer, byte for byte, for ever.

The once-key is a keyed hash of method, path, key and caller; the fingerprint is one of body and query, and of the key
too, which is stored nowhere: nobody can try out what a short body said. The answer is stored sealed, for the person it
concerns or for the service, and is gone when that person is erased (410).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from fastapi import Request, Response
from pydantic import BaseModel, ConfigDict, TypeAdapter

from relevo_chassis.delivery.change import Once, Refusal, Repeat
from relevo_chassis.people.vault import ClassKey, ServiceKey, Vault

_VISIBLE = re.compile(r"[\x21-\x7e]{16,255}\Z")
_ANY: TypeAdapter[Any] = TypeAdapter(Any)


class NoIdempotencyKey(Refusal):
    """Send one Idempotency-Key: 22 to 255 visible ASCII characters with at least 128 random bits, such as a UUID."""

    status = 400


class Answer(BaseModel):
    """An answer as it goes on the wire, and as it is stored."""

    model_config = ConfigDict(frozen=True)

    status: int = 200
    headers: dict[str, str] = {}
    body: str = ""

    def response(self) -> Response:
        media = "application/json" if self.body else None
        return Response(self.body or None, self.status, dict(self.headers), media_type=media)


Respond = Callable[[Any], Answer]


def answer_json(content: Any, status: int = 200, *, location: str | None = None, etag: str | None = None) -> Answer:
    """An answer in JSON from a model or plain data; ``None`` has no body, and 204 instead of 200."""
    headers = {name: value for name, value in (("location", location), ("etag", etag)) if value is not None}
    if content is None:
        return Answer(status=204 if status == 200 else status, headers=headers)
    return Answer(status=status, headers=headers, body=_ANY.dump_json(content).decode())


@dataclass(frozen=True, slots=True)
class HttpOnce(Once):
    """A once-key with the way from a decision's answer to the answer on the wire, which must be pure."""

    respond: Respond = field(default=answer_json)


async def once_of(
    request: Request, caller_key: str, key: ClassKey | ServiceKey, vault: Vault, respond: Respond = answer_json
) -> HttpOnce:
    """The once-key of a request; raises ``NoIdempotencyKey``.

    ``caller_key`` is what tells callers apart (a subject, a code); ``key`` is that of the person whom the answer
    concerns, for the class of what it tells of them, or ``vault.service_key`` when it concerns nobody.
    """
    own_key, body = idempotency_key(request), await request.body()
    once_key = vault.keyed_hash("once-key", request.method, request.scope["path"], own_key, caller_key)
    place = f"answer/{once_key}"
    return HttpOnce(
        key=once_key,
        fingerprint=vault.keyed_hash("once-body", own_key, body, request.scope["query_string"]),
        seal=lambda answer: key.seal(place, respond(answer)),
        sealed_for=key.id if isinstance(key, ClassKey) else None,
        respond=respond,
    )


async def answered(vault: Vault, once: HttpOnce, outcome: Any) -> Response:
    """The response to what the committer returned: of a first request, or of a repeated one as it was first given.

    Raises ``PersonErased`` (410) for a stored answer that concerned somebody who was erased, ``NoLongerKept`` (410)
    for one that told what is no longer kept of them.
    """
    if not isinstance(outcome, Repeat):
        return once.respond(outcome).response()
    place = f"answer/{once.key}"
    if outcome.sealed_for is None:
        return vault.service_key.open(place, Answer, outcome.sealed).response()
    key = await vault.class_key(outcome.sealed_for)
    return key.open(place, Answer, outcome.sealed).response()


def idempotency_key(request: Request) -> str:
    """The request's Idempotency-Key; raises ``NoIdempotencyKey`` when there is none, several, or a guessable one."""
    headers = request.headers.getlist("idempotency-key")
    if len(headers) != 1 or not is_strong(headers[0]):
        raise NoIdempotencyKey()
    return headers[0]


def is_strong(key: str) -> bool:
    """Whether a key can hold 128 random bits: long enough for its alphabet, and not one character over and over."""
    if not _VISIBLE.match(key):
        return False
    bare = key.strip('"').replace("-", "")
    return len(bare) >= 22 and len(set(bare.lower())) >= 6
