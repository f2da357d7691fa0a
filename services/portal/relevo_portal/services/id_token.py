"""What the provider says of whoever signed in, verified (OpenID Connect Core 1.0, 3.1.3.7)."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping
from typing import Any, NamedTuple

from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jws import JWSRegistry

from relevo_chassis.http.tokens import ALGORITHMS, LEEWAY_SECONDS, IssuerKeys

_LONGEST, _LONGEST_SUBJECT = 16_384, 255
_HALVED: Mapping[str, str] = {
    "RS256": "sha256",
    "PS256": "sha256",
    "ES256": "sha256",
    "Ed25519": "sha512",
    "EdDSA": "sha512",
}
"""Of which hash the left half is ``at_hash``, by the algorithm of the token."""


class NotVerified(ValueError):
    """The token is not what the provider would give to this client for this sign-in; the text says in what manner."""


class Asked(NamedTuple):
    """Whose token is wanted, for which client, of which sign-in (``nonce``), beside which access token."""

    issuer: str
    client_id: str
    nonce: str
    access_token: str


async def verified(token: str, keys: IssuerKeys, asked: Asked, now: float) -> Mapping[str, Any]:
    """Its claims, all checked; ``now`` is process time. Raises ``NotVerified`` or ``IssuerAway``."""
    try:
        if len(token) > _LONGEST:
            raise NotVerified("too long")
        header = jws.extract_compact(token.encode()).headers()
        algorithm, kid = header.get("alg"), header.get("kid")
        if algorithm not in ALGORITHMS or not isinstance(kid, str) or "crit" in header:
            raise NotVerified("the algorithm or the key is none that is taken")
        key = await keys.key(kid)
        if key is None or (key.alg is not None and key.alg != algorithm):
            raise NotVerified("the key is not the issuer's")
        registry = JWSRegistry(algorithms=ALGORITHMS, strict_check_header=False)
        claims = jwt.decode(token, key, algorithms=ALGORITHMS, registry=registry).claims
    except (JoseError, UnicodeError, TypeError, RecursionError) as broken:
        raise NotVerified("it cannot be read, or its signature is not valid") from broken
    _check(claims, asked, now)
    _check_beside(claims, asked.access_token, algorithm)
    return claims


def _check(claims: Mapping[str, Any], asked: Asked, now: float) -> None:
    audience, subject, nonce = claims.get("aud"), claims.get("sub"), claims.get("nonce")
    audiences = audience if isinstance(audience, list) else [audience]
    if claims.get("iss") != asked.issuer:
        raise NotVerified("another issuer")
    if asked.client_id not in audiences or claims.get("azp", asked.client_id) != asked.client_id:
        raise NotVerified("for another client")
    if len(audiences) > 1 and "azp" not in claims:
        raise NotVerified("for many, and it does not say for whom")
    if not isinstance(subject, str) or not 0 < len(subject) <= _LONGEST_SUBJECT:
        raise NotVerified("no subject")
    if not isinstance(nonce, str) or not hmac.compare_digest(nonce.encode(), asked.nonce.encode()):
        raise NotVerified("of another sign-in")
    if _instant(claims, "exp") <= now - LEEWAY_SECONDS or _instant(claims, "iat") > now + LEEWAY_SECONDS:
        raise NotVerified("expired, or of the future")


def _check_beside(claims: Mapping[str, Any], access_token: str, algorithm: str) -> None:
    """That the access token is the one that it was given with, where it says so."""
    found = claims.get("at_hash")
    if found is None:
        return
    digest = hashlib.new(_HALVED[algorithm], access_token.encode()).digest()
    half = base64.urlsafe_b64encode(digest[: len(digest) // 2]).rstrip(b"=").decode()
    if not isinstance(found, str) or not hmac.compare_digest(found.encode(), half.encode()):
        raise NotVerified("given with another access token")


def _instant(claims: Mapping[str, Any], name: str) -> float:
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise NotVerified(f"no {name}")
    return float(value)
