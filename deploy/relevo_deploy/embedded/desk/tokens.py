"""A token issuer that asks nobody who they are."""

from __future__ import annotations

import secrets
import time
from base64 import b64decode
from typing import Annotated, Any
from urllib.parse import parse_qs, unquote_plus

from joserfc import jwt
from joserfc.jwk import ECKey
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator

from relevo_contracts import PEOPLE

Word = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class TokenRequest(BaseModel):
    """Whom the token is for, and what it says of them."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    subject: Word
    roles: tuple[Word, ...] = ()
    audience: Word | tuple[Word, ...]
    lifetime_seconds: Annotated[int, Field(ge=1, le=86_400)] = 3_600

    @field_validator("roles")
    @classmethod
    def _of_staff(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if not PEOPLE.isdisjoint(value):
            raise ValueError("whoever has no account comes in at intake, with the receipt code: POST /sessions")
        return value


def client_credentials(authorization: str, body: bytes) -> TokenRequest:
    """What a service asks for by RFC 6749, section 4.4: a token in its own name, with the role ``service``.

    Its secret is not looked at. Raises ``ValidationError``.
    """
    fields = {name: values[-1] for name, values in parse_qs(body.decode("utf-8", "replace")).items()}
    scheme, _, encoded = authorization.partition(" ")
    try:
        client_id = b64decode(encoded).decode().partition(":")[0] if scheme.lower() == "basic" else ""
    except ValueError:
        client_id = ""
    return TokenRequest(
        subject=unquote_plus(client_id) or fields.get("client_id", ""),
        roles=("service",),
        audience=fields.get("audience", ""),
    )


def private_key(pem: str) -> dict[str, Any]:
    """The desk's key as JWK, for the provider that signs in its name; a secret."""
    key = ECKey.import_key(pem)
    return {**key.as_dict(private=True), "kid": key.thumbprint(), "alg": "ES256", "use": "sig"}


class TokenAnswer(BaseModel):
    model_config = ConfigDict(frozen=True)
    access_token: str
    token_type: str = "Bearer"  # noqa: S105
    expires_in: int


class Issuer:
    """Signs access tokens as RFC 9068 has them, with ES256, by process time."""

    def __init__(self, issuer: str, pem: str, provider: str | None = None) -> None:
        self.issuer = issuer
        self.provider = provider
        self._key = ECKey.import_key(pem)
        self._key_id = self._key.thumbprint()

    def discovery(self) -> dict[str, Any]:
        """OpenID Connect Discovery 1.0: as much of it as a resource server reads; and where people sign in, if a
        provider lets them in in this issuer's name."""
        return {**self._sign_in(), **self._own()}

    def _sign_in(self) -> dict[str, Any]:
        if self.provider is None:
            return {}
        return {
            "authorization_endpoint": f"{self.provider}/auth",
            "end_session_endpoint": f"{self.provider}/session/end",
            "revocation_endpoint": f"{self.provider}/token/revocation",
            "authorization_response_iss_parameter_supported": True,
            "code_challenge_methods_supported": ["S256"],
        }

    def _own(self) -> dict[str, Any]:
        return {
            "issuer": self.issuer,
            "jwks_uri": f"{self.issuer}/jwks.json",
            "token_endpoint": f"{self.issuer}/token",
            "response_types_supported": ["token"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["ES256"],
        }

    def key_set(self) -> dict[str, Any]:
        public = {**self._key.as_dict(private=False), "kid": self._key_id, "alg": "ES256", "use": "sig"}
        return {"keys": [public]}

    def token(self, request: TokenRequest) -> TokenAnswer:
        now = int(time.time())
        claims: dict[str, Any] = {
            "iss": self.issuer,
            "sub": request.subject,
            "aud": list(request.audience) if isinstance(request.audience, tuple) else request.audience,
            "client_id": "relevo-desk",
            "iat": now,
            "exp": now + request.lifetime_seconds,
            "jti": secrets.token_hex(16),
            "roles": list(request.roles),
        }
        header = {"alg": "ES256", "typ": "at+jwt", "kid": self._key_id}
        return TokenAnswer(access_token=jwt.encode(header, claims, self._key), expires_in=request.lifetime_seconds)
