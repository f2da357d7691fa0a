"""An OpenID provider at a test's hand, which can be had to answer as none should."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import httpx
from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse
from joserfc import jwt
from joserfc.jwk import ECKey

from relevo_chassis.http.tokens import IssuedTokens, Issuer, IssuerKeys

ISSUER = "http://provider.local"
CLIENT = ("relevo-portal", "a-secret-of-forty-characters-at-the-least")
Claims = dict[str, Any]


@dataclass
class FakeProvider:
    """Answers what OpenID Connect documents of the places that the portal asks. ``id_claims``, ``access_claims`` and
    ``answer`` change what is told; ``signs`` makes an id_token otherwise."""

    roles: tuple[str, ...] = ("coordinator",)
    subject: str = "ana"
    key: ECKey = field(default_factory=lambda: ECKey.generate_key("P-256", {"kid": "k1", "use": "sig", "alg": "ES256"}))
    id_claims: Callable[[Claims], Claims] = lambda claims: claims
    access_claims: Callable[[Claims], Claims] = lambda claims: claims
    answer: Callable[[Claims], Claims] = lambda answer: answer
    signs: Callable[[FakeProvider, Claims], str] | None = None
    document: Mapping[str, Any] = field(default_factory=dict)
    is_away: bool = False
    is_disabled: bool = False
    rotates: bool = False
    asked: list[dict[str, str]] = field(default_factory=list)
    revoked: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.app = FastAPI()
        self.app.middleware("http")(self._there)
        self.app.get("/.well-known/openid-configuration")(self.discovery)
        self.app.get("/jwks")(self.jwks)
        self.app.post("/token")(self.token)
        self.app.post("/revoke")(self.revoke)
        self._codes: dict[str, dict[str, str]] = {}
        self._refresh: dict[str, str] = {}
        self._number = 0

    async def _there(self, request: Request, call_next: Any) -> Response:
        answer: Response = Response(status_code=503) if self.is_away else await call_next(request)
        return answer

    async def discovery(self) -> Any:
        places = {f"{name}_endpoint": f"{ISSUER}/{name}" for name in ("authorization", "token")}
        ends = {"end_session_endpoint": f"{ISSUER}/end", "revocation_endpoint": f"{ISSUER}/revoke"}
        always = {"authorization_response_iss_parameter_supported": True}
        return {"issuer": ISSUER, "jwks_uri": f"{ISSUER}/jwks", **places, **ends, **always, **self.document}

    async def jwks(self) -> Any:
        return {"keys": [self.key.as_dict(private=False)]}

    def lets_in(self, address: str) -> str:
        """What the provider leads a browser back with that it let in at the address that it was led to."""
        asked = dict(parse_qsl(urlsplit(address).query))
        code = self._next("code")
        self._codes[code] = asked
        return f"{urlsplit(asked['redirect_uri']).path}?code={code}&state={asked['state']}&iss={ISSUER}"

    def resources(self, address: str) -> list[str]:
        return parse_qs(urlsplit(address).query)["resource"]

    async def token(self, request: Request) -> Any:
        form = dict(parse_qsl((await request.body()).decode()))
        self.asked.append(form)
        if request.headers["authorization"] != _basic(*CLIENT):
            return JSONResponse({"error": "invalid_client"}, 401)
        nonce = self._nonce(form)
        if nonce is None or self.is_disabled:
            return JSONResponse({"error": "invalid_grant"}, 400)
        now = int(time.time())
        common = {"iss": ISSUER, "sub": self.subject, "iat": now, "exp": now + 300}
        access = {**common, "aud": form["resource"].removeprefix("urn:relevo:"), "roles": list(self.roles)}
        token = self._signed(self.access_claims(access), typ="at+jwt")
        usual = {**common, "aud": CLIENT[0], "nonce": nonce, "name": "Ana Ejemplo", "at_hash": _half(token)}
        claims = self.id_claims(usual)
        id_token = self.signs(self, claims) if self.signs else self._signed(claims)
        return self.answer({"access_token": token, "id_token": id_token, **self._next_refresh(form)})

    async def revoke(self, request: Request) -> Any:
        self.revoked.append(dict(parse_qsl((await request.body()).decode()))["token"])
        return {}

    def _nonce(self, form: Mapping[str, str]) -> str | None:
        if form["grant_type"] == "refresh_token":
            return "" if form["refresh_token"] in self._refresh else None
        asked = self._codes.pop(form["code"], None)
        if asked is None or asked["redirect_uri"] != form["redirect_uri"]:
            return None
        digest = hashlib.sha256(form["code_verifier"].encode()).digest()
        return asked["nonce"] if asked["code_challenge"] == _encoded(digest) else None

    def _next_refresh(self, form: Mapping[str, str]) -> Claims:
        if "refresh_token" in form:
            if not self.rotates:
                return {}
            del self._refresh[form["refresh_token"]]
        token = self._next("refresh")
        self._refresh[token] = self.subject
        return {"refresh_token": token}

    def _signed(self, claims: Claims, **header: str) -> str:
        return jwt.encode({"alg": "ES256", "kid": self.key.kid, **header}, claims, self.key)

    def _next(self, what: str) -> str:
        self._number += 1
        return f"{what}-{self._number}"


def unsigned(provider: FakeProvider, claims: Claims) -> str:
    """``alg: none`` (RFC 8725, 2.1)."""
    return f"{_json({'alg': 'none', 'kid': 'k1'})}.{_json(claims)}."


def by_public_key(provider: FakeProvider, claims: Claims) -> str:
    """HS256, with the public key for a secret (RFC 8725, 2.1)."""
    signed = f"{_json({'alg': 'HS256', 'kid': 'k1'})}.{_json(claims)}"
    digest = hmac.new(provider.key.as_pem(private=False), signed.encode(), hashlib.sha256).digest()
    return f"{signed}.{_encoded(digest)}"


def by_another_key(provider: FakeProvider, claims: Claims) -> str:
    other = ECKey.generate_key("P-256")
    return jwt.encode({"alg": "ES256", "kid": "k1"}, claims, other)


def _bytes(claims: Claims) -> bytes:
    return json.dumps(claims).encode()


def _json(claims: Claims) -> str:
    return _encoded(_bytes(claims))


def _half(token: str) -> str:
    return _encoded(hashlib.sha256(token.encode()).digest()[:16])


def _encoded(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def _basic(name: str, secret: str) -> str:
    return f"Basic {base64.b64encode(f'{name}:{secret}'.encode()).decode()}"


def serve(house: Any, provider: FakeProvider) -> None:
    """Have it answer, and its tokens be verified as those of a provider are."""
    house.serve("provider", provider.app)
    shell = house.stand.app.state.shell
    keys = IssuerKeys(shell.client, ISSUER)
    tokens = IssuedTokens([Issuer(ISSUER, keys)], audience="portal")
    house.stand.app.state.shell = replace(shell, tokens=tokens)


async def come_in(house: Any, provider: FakeProvider, path: str = "/staff/in") -> httpx.Response:
    """The whole way, as a browser goes it."""
    led = await house.get(path)
    answer: httpx.Response = await house.get(provider.lets_in(led.headers["location"]))
    return answer
