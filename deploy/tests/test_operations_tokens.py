"""Where the operator's command has its tokens from when no stack runs."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI, Request, Response

from relevo_deploy.failed import Failed
from relevo_deploy.operations.reach import Reach, Servers
from relevo_servers import LOOPBACK, free_port
from relevo_testkit.serving import listening


class Provider:
    """An OpenID provider that knows one client."""

    def __init__(self, url: str) -> None:
        self.url, self.named = url, url
        self.app = FastAPI()
        self.app.get("/.well-known/openid-configuration")(self.discovery)
        self.app.post("/token")(self.grant)

    async def discovery(self) -> dict[str, Any]:
        return {"issuer": self.named, "token_endpoint": f"{self.url}/token"}

    async def grant(self, request: Request, response: Response) -> dict[str, Any]:
        credentials = base64.b64decode(request.headers["authorization"].removeprefix("Basic "))
        if credentials != b"olga:a-secret":
            response.status_code = 401
            return {"error": "invalid_client"}
        return {"access_token": f"for {(await request.body()).decode()}", "expires_in": 60}


@pytest.fixture
async def provider() -> AsyncIterator[Provider]:
    port = free_port()
    made = Provider(f"http://{LOOPBACK}:{port}")
    async with listening(made.app, port):
        yield made


@pytest.fixture
def named(provider: Provider, tmp_path: Path) -> Servers:
    secret = tmp_path / "secret"
    secret.write_text("a-secret\n")
    return Servers(issuer=provider.url, client_id="olga", client_secret_file=secret)


async def test_a_token_is_had_from_the_issuer_that_was_named_with_the_secret_in_the_file(named: Servers) -> None:
    token = await Reach(named, None).token("intake")
    assert token == "for grant_type=client_credentials&audience=intake"


async def test_an_issuer_that_gives_none_is_named_with_the_reason_and_without_the_secret(
    named: Servers, provider: Provider
) -> None:
    with pytest.raises(Failed, match=f"^{provider.url} gives no token for intake: HTTPStatusError$"):
        await Reach(replace(named, client_id="otto"), None).token("intake")
    provider.named = "https://another.test"
    with pytest.raises(Failed, match="the discovery document is another issuer's"):
        await Reach(named, None).token("intake")
