"""The OpenID provider of one's own, asked over HTTP as a browser and a client ask it."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

import httpx
import pytest
import pytest_asyncio

from relevo_servers import Account, Client, OpenIdProvider

BACK = "http://localhost:9/back"
ANA = Account("ana", "Coordinator", "Ana Ejemplo", ("coordinator",))
CLIENT = Client("tried", "a-secret-of-forty-characters-at-the-least", (BACK,))
VERIFIER = "v" * 43


@pytest_asyncio.fixture
async def provider(tmp_path: Path) -> AsyncIterator[OpenIdProvider]:
    resources = {"urn:tried:one": "one", "urn:tried:two": "two"}
    async with OpenIdProvider(tmp_path, client=CLIENT, accounts=[ANA], resources=resources) as running:
        yield running


@pytest_asyncio.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(trust_env=False) as client:
        yield client


async def come_in(http: httpx.AsyncClient, provider: OpenIdProvider, who: str) -> dict[str, str]:
    """What the provider leads a browser back with, once its person pressed a button."""
    challenge = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
    asked = [
        *{"client_id": CLIENT.id, "response_type": "code", "redirect_uri": BACK, "scope": "openid profile"}.items(),
        *{"state": "s", "nonce": "n", "code_challenge": challenge, "code_challenge_method": "S256"}.items(),
        *[("resource", "urn:tried:one"), ("resource", "urn:tried:two")],
    ]
    led = await http.get(f"{provider.url}/auth?{urlencode(asked)}")
    page = await http.get(urljoin(provider.url, led.headers["location"]))
    assert "Coordinator – Ana Ejemplo" in page.text
    pressed = await http.post(page.url, data={"who": who})
    back = await http.get(pressed.headers["location"])
    assert back.headers["location"].startswith(BACK)
    return dict(parse_qsl(urlsplit(back.headers["location"]).query))


async def token(http: httpx.AsyncClient, provider: OpenIdProvider, **form: str) -> dict[str, Any]:
    answer = await http.post(f"{provider.url}/token", data=form, auth=(CLIENT.id, CLIENT.secret))
    found: dict[str, Any] = answer.json()
    return found


def claims_of(jwt: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(base64.urlsafe_b64decode(jwt.split(".")[1] + "=="))
    return found


async def test_each_token_is_for_one_service_and_five_minutes_until_the_account_is_gone(
    provider: OpenIdProvider, http: httpx.AsyncClient
) -> None:
    back = await come_in(http, provider, "ana")
    assert (back["state"], back["iss"]) == ("s", provider.issuer)
    code = {"grant_type": "authorization_code", "code": back["code"], "redirect_uri": BACK, "code_verifier": VERIFIER}
    first = await token(http, provider, **code, resource="urn:tried:one")
    assert {"name": "Ana Ejemplo", "nonce": "n", "aud": CLIENT.id}.items() <= claims_of(first["id_token"]).items()
    again = {"grant_type": "refresh_token", "refresh_token": first["refresh_token"]}
    second = await token(http, provider, **again, resource="urn:tried:two")
    for audience, each in (("one", first), ("two", second)):
        claims = claims_of(each["access_token"])
        assert (claims["aud"], claims["roles"], claims["exp"] - claims["iat"]) == (audience, ["coordinator"], 300)
    provider.have_accounts([])
    assert (await token(http, provider, **again, resource="urn:tried:two"))["error"] == "invalid_grant"


async def test_whoever_has_no_account_is_led_back_without_a_code(
    provider: OpenIdProvider, http: httpx.AsyncClient
) -> None:
    assert (await come_in(http, provider, "nobody"))["error"] == "access_denied"


@pytest.mark.parametrize("changed", [{"resource": "urn:tried:three"}, {"code_verifier": "w" * 43}])
async def test_no_token_for_what_was_not_asked_for_or_without_the_verifier(
    provider: OpenIdProvider, http: httpx.AsyncClient, changed: dict[str, str]
) -> None:
    back = await come_in(http, provider, "ana")
    code = {"grant_type": "authorization_code", "code": back["code"], "redirect_uri": BACK, "code_verifier": VERIFIER}
    assert "error" in await token(http, provider, **{**code, "resource": "urn:tried:one", **changed})
