"""Proofs that beginning cost something: challenges to be solved by work, in ALTCHA's format, and tickets by waiting.

ALTCHA's proof of work, version 2, in which solvers agree (altcha.org, altcha-lib, the altcha widget): of all counters
find the one under which PBKDF2 over nonce and counter begins with ``keyPrefix``. The counter is drawn beforehand, so
that no solver is unlucky, and what it leads to is signed besides (``keySignature``): a solution is checked for the
price of two hashes, and a false one costs no more. Both are signed as ALTCHA signs them, so that whoever has the two
secrets can check what was issued here. Nothing is stored of a challenge or a ticket until it is used.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import secrets
from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal, NamedTuple, Protocol

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from relevo_intake.codes import KeyedHash
from relevo_intake.domain.guard import Proof

COST = 1_000
"""Rounds of each derivation."""
COUNTERS = range(1_000, 2_000)
"""From which the counter is drawn: about so many derivations a solver needs."""
CHALLENGE_LASTS = timedelta(hours=1)
TICKET_WAITS = timedelta(minutes=10)
TICKET_LASTS = timedelta(hours=1)
"""From when it counts."""
LONGEST = 2_000
_KEY_BYTES = 32
_PREFIX_BYTES = 16
_TICKET = "ticket"
_OF_CHALLENGES, _OF_KEYS = "proof-challenge", "proof-key"

Hex = Annotated[str, Field(pattern=r"^([0-9a-f]{2}){1,32}$")]


class OwnKey(KeyedHash, Protocol):
    """The key of a service, from which others follow for one purpose each."""

    def derived(self, purpose: str) -> bytes: ...


class _Exact(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class OfCall(_Exact):
    """For which call a challenge counts, and below what the counter is that solves it."""

    call_id: str
    below: int


class Parameters(_Exact):
    """What is to be solved."""

    algorithm: Literal["PBKDF2/SHA-256"] = "PBKDF2/SHA-256"
    cost: int = Field(description="rounds of each derivation")
    data: OfCall
    expiresAt: int = Field(description="seconds since 1970, process time")
    keyLength: int = Field(default=_KEY_BYTES, description="bytes that are derived")
    keyPrefix: Hex = Field(description="what the derived key of the counter that is looked for begins with")
    keySignature: Hex
    nonce: Hex
    salt: Hex


class Challenge(_Exact):
    """A challenge as ALTCHA's solvers understand it (proof of work, version 2). Single use, for one call."""

    parameters: Parameters
    signature: Hex


class _Solution(_Exact):
    counter: int
    derivedKey: Hex
    time: float | None = None


class _Solved(_Exact):
    challenge: Challenge
    solution: _Solution


class Ticket(NamedTuple):
    """What counts in the place of a solution, from an instant on and until another (process time)."""

    ticket: str
    counts_from: datetime
    counts_until: datetime


class Secrets(NamedTuple):
    """What challenges and their solutions are signed with: texts, as its libraries take them."""

    of_challenges: str
    of_keys: str


def secrets_of(own: OwnKey) -> Secrets:
    """The two that this service signs with."""
    return Secrets(own.derived(_OF_CHALLENGES).hex(), own.derived(_OF_KEYS).hex())


def new_challenge(own: OwnKey, call_id: str, now: datetime) -> Challenge:
    """Whose solution lets one application of the call begin."""
    nonce, salt = secrets.token_bytes(16), secrets.token_bytes(16)
    counter = COUNTERS[secrets.randbelow(len(COUNTERS))]
    derived = hashlib.pbkdf2_hmac("sha256", nonce + counter.to_bytes(4, "big"), salt, COST, _KEY_BYTES)
    parameters = Parameters(
        cost=COST,
        data=OfCall(call_id=call_id, below=COUNTERS.stop),
        expiresAt=int((now + CHALLENGE_LASTS).timestamp()),
        keyPrefix=derived[:_PREFIX_BYTES].hex(),
        keySignature=_signed(secrets_of(own).of_keys, derived),
        nonce=nonce.hex(),
        salt=salt.hex(),
    )
    return Challenge(parameters=parameters, signature=_signature(own, parameters))


def new_ticket(own: OwnKey, call_id: str, now: datetime) -> Ticket:
    """What lets one application of the call begin once somebody has waited."""
    begins = _next_minute(now + TICKET_WAITS)
    nonce, instant = secrets.token_hex(16), str(int(begins.timestamp()))
    text = ".".join((_TICKET, nonce, instant, _of_ticket(own, call_id, nonce, instant)))
    return Ticket(text, begins, begins + TICKET_LASTS)


def _next_minute(at: datetime) -> datetime:
    """So that people can be told it by the clock."""
    whole = at.replace(second=0, microsecond=0)
    return whole if whole == at else whole + timedelta(minutes=1)


def proof_in(own: OwnKey, call_id: str, brought: str | None, now: datetime) -> Proof | None:
    """What was brought for a call, checked but for whether it was used before; ``None`` when nothing was."""
    if brought is None:
        return None
    if brought.startswith(f"{_TICKET}."):
        return _of_waiting(own, call_id, brought, now)
    return _of_work(own, call_id, brought, now)


def _of_work(own: OwnKey, call_id: str, brought: str, now: datetime) -> Proof:
    try:
        solved = _Solved.model_validate_json(base64.b64decode(brought.encode("ascii"), validate=True))
    except (UnicodeEncodeError, binascii.Error, ValidationError):
        return _bad(now)
    parameters, derived = solved.challenge.parameters, bytes.fromhex(solved.solution.derivedKey)
    ours = hmac.compare_digest(solved.challenge.signature, _signature(own, parameters))
    right = hmac.compare_digest(parameters.keySignature, _signed(secrets_of(own).of_keys, derived))
    if not (ours and right and parameters.data.call_id == call_id and now.timestamp() < parameters.expiresAt):
        return _bad(now)
    return Proof(_id(own, parameters.nonce), datetime.fromtimestamp(parameters.expiresAt, UTC), True)


def _of_waiting(own: OwnKey, call_id: str, brought: str, now: datetime) -> Proof:
    _, nonce, instant, mac, *_ = (*brought.split("."), "", "", "", "")
    if not (mac.isascii() and hmac.compare_digest(mac, _of_ticket(own, call_id, nonce, instant))):
        return _bad(now)
    begins = datetime.fromtimestamp(int(instant), UTC)
    until = begins + TICKET_LASTS
    return Proof(_id(own, nonce), until, begins <= now < until)


def _bad(now: datetime) -> Proof:
    return Proof("", now, False)


def _signature(own: OwnKey, parameters: Parameters) -> str:
    """Of its JSON with sorted names and no space."""
    text = json.dumps(parameters.model_dump(), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return _signed(secrets_of(own).of_challenges, text.encode())


def _signed(secret: str, content: bytes) -> str:
    return hmac.digest(secret.encode(), content, "sha256").hex()


def _of_ticket(own: OwnKey, call_id: str, nonce: str, instant: str) -> str:
    return own.keyed_hash("proof-ticket", call_id, nonce, instant)


def _id(own: OwnKey, nonce: str) -> str:
    return own.keyed_hash("proof-used", nonce)[:32]
