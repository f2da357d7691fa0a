"""Callers bring OAuth 2.0 access tokens (RFC 9068) of an issuer that is trusted, for this service's own audience.

A caller is an issuer and a subject: two issuers may call two people by one subject, so a subject alone names nobody.

Token times are process time, with a minute of leeway. Keys come from the issuer's discovery document and from nowhere
a token points to: ``jku``, ``jwk``, ``x5u`` and ``x5c`` headers are refused.
"""

from __future__ import annotations

import asyncio
import base64
import json
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Annotated, Any, Protocol

import httpx
from fastapi import Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import import_key
from joserfc.jws import JWSRegistry
from pydantic import Field

from relevo_chassis.delivery.change import Refusal
from relevo_chassis.http.provider import document_of, offered

ALGORITHMS = ("ES256", "RS256", "PS256", "Ed25519", "EdDSA")
SERVICE = "service"
LEEWAY_SECONDS = 60
REFRESH_SECONDS = 30
_TYPES = ("at+jwt", "application/at+jwt")
_POINTERS = frozenset({"jku", "jwk", "x5u", "x5c"})
_LONGEST_TOKEN = 16_384
_LONGEST_SUBJECT = 255
_TIME_OUT_SECONDS = 2.0
_FARTHEST = 1e12


class NotAuthenticated(Refusal):
    """The request needs a valid access token for this service; get one from the issuer and send it as Bearer."""

    status = 401


class NotAllowed(Refusal):
    """This caller's roles do not allow the request."""

    status = 403


class IssuerAway(Exception):
    """The issuer's keys cannot be had and those in hand are too old."""


class UnknownIssuer(Refusal):
    """No token of this issuer is taken here; give a subject of the provider, or a caller as they are answered."""

    status = 422
    where = "body"


@dataclass(frozen=True, slots=True)
class Who:
    """Somebody as an issuer knows them. ``str()`` is the one spelling that is stored, compared and answered:
    ``issuer|subject``. No address of an issuer holds a bar, so the first one parts the two."""

    issuer: str
    subject: str

    def __str__(self) -> str:
        return f"{self.issuer}|{self.subject}"


Account = Annotated[
    str,
    Field(
        min_length=1,
        max_length=600,
        pattern=r"^[\x21-\x7e]+$",
        description="the subject of their access tokens, as the provider knows it, or issuer|subject as answered",
    ),
]
"""Somebody whom a request names; ``named`` gives the spelling that is stored."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls, and the token's roles and claims, all checked; ``service`` says which of our services it is.

    The roles hold in every edition; ``granted`` are those that hold in one alone, by its id.
    """

    who: Who
    roles: frozenset[str]
    claims: Mapping[str, Any] = field(default_factory=dict)
    service: str | None = None
    granted: Mapping[str, frozenset[str]] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """The caller as stored references spell them."""
        return str(self.who)

    def claim(self, name: str) -> str:
        """A claim that must be there as a text; raises ``NotAllowed``."""
        value = self.claims.get(name)
        if not isinstance(value, str) or not value:
            raise NotAllowed("claim_missing", "the token has no claim {claim}; ask the issuer for it", claim=name)
        return value


class Tokens(Protocol):
    """Checks access tokens."""

    @property
    def issuers(self) -> Sequence[str]:
        """Whose tokens are taken; the provider is the first."""
        ...

    async def caller(self, token: str) -> Caller:
        """Raises ``NotAuthenticated`` or ``IssuerAway``."""
        ...


class IssuerKeys:
    """The issuer's public keys, fetched from its discovery document and kept for ``keep_seconds`` at most.

    They are renewed from half of that age on and when a token names an unknown key, but not more often than every
    30 seconds. When renewing fails they serve until their time is over; after that ``IssuerAway`` is raised.
    """

    def __init__(
        self,
        client: httpx.AsyncClient,
        issuer: str,
        *,
        keep_seconds: float = 3600,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client = client
        self._issuer = issuer
        self._keep = keep_seconds
        self._monotonic = monotonic
        self._keys: dict[str, Any] = {}
        self._fetched_at = float("-inf")
        self._asked_at = float("-inf")
        self._lock = asyncio.Lock()

    async def key(self, kid: str) -> Any | None:
        """The key of this id, or ``None`` when the issuer has none such."""
        if kid not in self._keys or self._age() > self._keep / 2:
            await self._renew(kid)
        if self._age() > self._keep:
            raise IssuerAway(f"the keys of {self._issuer} cannot be fetched; check that it can be reached")
        return self._keys.get(kid)

    def _age(self) -> float:
        return self._monotonic() - self._fetched_at

    async def _renew(self, kid: str) -> None:
        async with self._lock:
            fresh = kid in self._keys and self._age() <= self._keep / 2
            if fresh or self._monotonic() - self._asked_at < REFRESH_SECONDS:
                return
            self._asked_at = self._monotonic()
            try:
                self._keys = await self._fetch()
                self._fetched_at = self._monotonic()
            except (httpx.HTTPError, JoseError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
                return

    async def _fetch(self) -> dict[str, Any]:
        address = await offered(self._client, self._issuer, "jwks_uri", time_out_seconds=_TIME_OUT_SECONDS)
        document = await document_of(self._client, address, time_out_seconds=_TIME_OUT_SECONDS)
        keys = [_imported(key) for key in document["keys"]]
        return {str(key.kid): key for key in keys if key is not None}


@dataclass(frozen=True, slots=True)
class Issuer:
    """An issuer whose tokens are taken. It may give ``roles``, or any if that is ``None``, and never one of ``others``,
    which are another issuer's to give."""

    url: str
    keys: IssuerKeys
    roles: frozenset[str] | None = None
    others: frozenset[str] = frozenset()

    def gives(self, roles: Iterable[str]) -> bool:
        """Whether all of these are this issuer's to give."""
        return self.others.isdisjoint(roles) and (self.roles is None or self.roles.issuperset(roles))


class IssuedTokens:
    """Checks tokens of some issuers for one audience.

    A token of role ``service`` is that of the service which its subject names, or of the one that ``services`` names
    for its subject.
    """

    def __init__(
        self,
        issuers: Sequence[Issuer],
        *,
        audience: str,
        services: Mapping[str, str] = MappingProxyType({}),
        process_time: Callable[[], float] = time.time,
    ) -> None:
        self._issuers = {each.url: each for each in issuers}
        self._audience = audience
        self._services = services
        self._process_time = process_time

    @property
    def issuers(self) -> Sequence[str]:
        return tuple(self._issuers)

    async def caller(self, token: str) -> Caller:
        header = _header(token)
        issuer = self._issuers.get(_claimed_issuer(token))
        if issuer is None:
            raise NotAuthenticated("other_issuer", "the token is of another issuer")
        key = await issuer.keys.key(header["kid"])
        if key is None:
            raise NotAuthenticated("key_not_listed", "the token is signed with a key that the issuer does not list")
        if key.alg is not None and key.alg != header["alg"]:
            raise NotAuthenticated("algorithm_not_the_keys", "the token's algorithm is not that of its key")
        registry = JWSRegistry(algorithms=ALGORITHMS, strict_check_header=False)
        try:
            claims = jwt.decode(token, key, algorithms=ALGORITHMS, registry=registry).claims
        except (JoseError, ValueError, TypeError, RecursionError):
            raise NotAuthenticated("signature", "the token's signature is not valid") from None
        self._check(claims, issuer)
        roles = _roles(claims, issuer)
        service = self._service(claims["sub"]) if SERVICE in roles else None
        return Caller(Who(issuer.url, claims["sub"]), roles, claims, service)

    def _service(self, subject: str) -> str | None:
        known = self._services.get(subject, subject)
        return None if known == subject and known in self._services.values() else known

    def _check(self, claims: Mapping[str, Any], issuer: Issuer) -> None:
        audience, subject = claims.get("aud"), claims.get("sub")
        if claims.get("iss") != issuer.url:
            raise NotAuthenticated("other_issuer", "the token is of another issuer")
        if self._audience not in (audience if isinstance(audience, list) else [audience]):
            raise NotAuthenticated(
                "other_audience",
                "the token is not for this service; ask for the audience {audience}",
                audience=self._audience,
            )
        if not isinstance(subject, str) or not 0 < len(subject) <= _LONGEST_SUBJECT:
            raise NotAuthenticated("no_subject", "the token has no subject")
        now = self._process_time()
        if _instant(claims, "exp") <= now - LEEWAY_SECONDS:
            raise NotAuthenticated("expired", "the token has expired; get a new one")
        if _instant(claims, "iat") > now + LEEWAY_SECONDS:
            raise NotAuthenticated("of_the_future", "the token is of the future; check the clocks")
        if "nbf" in claims and _instant(claims, "nbf") > now + LEEWAY_SECONDS:
            raise NotAuthenticated("not_yet", "the token is not valid yet")


def named(account: str, issuers: Sequence[str]) -> str:
    """Whom a request names, as stored references spell them: a bare subject is one of the provider's.

    Raises ``UnknownIssuer``.
    """
    issuer, bar, subject = account.partition("|")
    if bar and issuer in issuers and subject:
        return account
    if bar and issuer.startswith(("https://", "http://")):
        raise UnknownIssuer()
    return str(Who(issuers[0], account))


async def bearer_of(request: Request, credentials: HTTPAuthorizationCredentials | None) -> Caller:
    """Whose token the request brings. Raises ``NotAuthenticated`` or ``IssuerAway``."""
    if credentials is None or len(request.headers.getlist("authorization")) != 1:
        raise NotAuthenticated()
    return await _caller_of(request, credentials.credentials)


async def _caller_of(request: Request, token: str) -> Caller:
    """Checked once for each request, however often it is asked who calls."""
    known: Caller | None = request.scope.get(_CALLER)
    if known is None:
        tokens: Tokens = request.app.state.shell.tokens
        known = request.scope[_CALLER] = await tokens.caller(token)
    return known


_CALLER = "relevo.caller"
BEARER = HTTPBearer(
    scheme_name="access token", bearerFormat="at+jwt", description="RFC 9068 access token", auto_error=False
)


def _header(token: str) -> dict[str, str]:
    """The token's header, with its type, algorithm and key id checked; raises ``NotAuthenticated``."""
    if len(token) > _LONGEST_TOKEN or token.count(".") != 2:
        raise NotAuthenticated("not_a_jwt", "the token is not a signed JWT")
    first = token.split(".", 1)[0]
    try:
        header = json.loads(base64.urlsafe_b64decode(first + "=" * (-len(first) % 4)))
    except (ValueError, RecursionError):
        raise NotAuthenticated("header_unreadable", "the token's header cannot be read") from None
    if not isinstance(header, dict) or not _POINTERS.isdisjoint(header) or "crit" in header:
        raise NotAuthenticated("header_not_taken", "the token's header carries what is not taken here")
    kind, algorithm, kid = header.get("typ"), header.get("alg"), header.get("kid")
    if not isinstance(kind, str) or kind.lower() not in _TYPES:
        raise NotAuthenticated("no_access_token", "the token is not an access token (typ at+jwt, RFC 9068)")
    if algorithm not in ALGORITHMS:
        raise NotAuthenticated(
            "algorithm_not_taken", "the token's algorithm is not one of {algorithms}", algorithms=", ".join(ALGORITHMS)
        )
    if not isinstance(kid, str) or not kid:
        raise NotAuthenticated("no_key", "the token does not name its key")
    return {"alg": algorithm, "kid": kid}


def _claimed_issuer(token: str) -> str:
    """Whose token it says it is, to be verified with that one's keys."""
    payload = token.split(".")[1]
    try:
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    except (ValueError, RecursionError):
        raise NotAuthenticated("claims_unreadable", "the token's claims cannot be read") from None
    issuer = claims.get("iss") if isinstance(claims, dict) else None
    return issuer if isinstance(issuer, str) else ""


def _roles(claims: Mapping[str, Any], issuer: Issuer) -> frozenset[str]:
    roles = claims.get("roles", [])
    if not isinstance(roles, list) or not all(isinstance(role, str) for role in roles):
        raise NotAuthenticated("roles_unreadable", "the token's roles are not a list of names")
    if not issuer.gives(roles):
        raise NotAuthenticated("roles_not_given", "the token gives roles that are not its issuer's to give")
    return frozenset(roles)


def _instant(claims: Mapping[str, Any], name: str) -> float:
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not -_FARTHEST < value < _FARTHEST:
        raise NotAuthenticated("claim_missing", "the token has no {claim}", claim=name)
    return float(value)


def _imported(key: Mapping[str, Any]) -> Any | None:
    """A public signing key with an id; ``None`` for symmetric ones, those for encryption and what cannot be read."""
    if key.get("kty") not in ("EC", "RSA", "OKP") or not key.get("kid") or key.get("use", "sig") != "sig":
        return None
    try:
        return import_key(dict(key))
    except (JoseError, ValueError, KeyError, TypeError):
        return None
