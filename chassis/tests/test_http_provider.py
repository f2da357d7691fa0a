"""A token of one's own from an OpenID provider, and to whom the secret for it is never told."""

from __future__ import annotations

import base64
from typing import Any

import httpx
import pytest

from relevo_chassis.http.provider import Granted, NoToken, granted

ISSUER = "https://issuer.test"
DISCOVERY = {"issuer": ISSUER, "token_endpoint": f"{ISSUER}/token"}
GRANT = {"access_token": "a-token", "expires_in": 60}


class Provider:
    """A provider on a fake wire."""

    def __init__(self, discovery: Any = DISCOVERY, grant: Any = GRANT, status: int = 200) -> None:
        self.discovery, self.grant, self.status = discovery, grant, status
        self.requests: list[httpx.Request] = []

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        if request.method == "GET":
            return httpx.Response(200, json=self.discovery)
        return httpx.Response(self.status, json=self.grant, headers={"Location": "https://elsewhere.test/token"})

    async def granted(self, issuer: str = ISSUER) -> Granted:
        async with httpx.AsyncClient(transport=httpx.MockTransport(self._answer)) as client:
            return await granted(client, issuer, "certification", "a-secret", "intake", time_out_seconds=1)


async def test_a_token_is_granted_for_an_audience_to_who_knows_the_secret() -> None:
    provider = Provider()
    assert await provider.granted() == Granted("a-token", 60)
    request = provider.requests[-1]
    assert (str(request.url), request.content) == (
        f"{ISSUER}/token",
        b"grant_type=client_credentials&audience=intake",
    )
    credentials = base64.b64decode(request.headers["authorization"].removeprefix("Basic "))
    assert credentials == b"certification:a-secret"


async def test_a_token_without_an_end_is_taken_to_be_good_for_five_minutes() -> None:
    assert await Provider(grant={"access_token": "a-token"}).granted() == Granted("a-token", 300)


@pytest.mark.parametrize(
    "discovery",
    [
        {**DISCOVERY, "issuer": "https://another.test"},
        {**DISCOVERY, "token_endpoint": "http://issuer.test/token"},
        {"issuer": ISSUER},
        {"token_endpoint": f"{ISSUER}/token"},
        ["no document"],
        None,
    ],
)
async def test_the_secret_is_told_to_nobody_whom_the_issuer_itself_does_not_name_as_safe_as_it_is(
    discovery: Any,
) -> None:
    provider = Provider(discovery)
    with pytest.raises(NoToken, match=r"^https://issuer.test gives no token for intake: "):
        await provider.granted()
    assert [each.method for each in provider.requests] == ["GET"]


@pytest.mark.parametrize("status", [302, 307, 400, 401, 503])
async def test_a_provider_that_refuses_or_sends_elsewhere_gives_no_token_and_is_not_followed(status: int) -> None:
    provider = Provider(status=status)
    with pytest.raises(NoToken) as refused:
        await provider.granted()
    assert {each.url.host for each in provider.requests} == {"issuer.test"}
    assert "a-secret" not in str(refused.value)


@pytest.mark.parametrize("grant", [{}, [], None, {"access_token": "a-token", "expires_in": "soon"}])
async def test_an_answer_that_is_no_grant_gives_no_token(grant: Any) -> None:
    with pytest.raises(NoToken):
        await Provider(grant=grant).granted()
