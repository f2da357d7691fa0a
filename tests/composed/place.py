"""Where the stack of docker-compose.yml is found from outside, and by which of its secrets."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from pathlib import Path

import httpx
from tests.composed.engine import ROOT

from relevo_contracts import SERVICES
from relevo_deploy.deployed import DEPLOYED
from relevo_deploy.embedded.place import Ports


class Place:
    """The addresses that docker-compose.yml publishes on loopback."""

    nats_url = "nats://127.0.0.1:4222"
    mongo_url = "mongodb://127.0.0.1:27017/?directConnection=true&authSource=admin"
    trust: ssl.SSLContext | None = None

    def __init__(self, secrets: Path = ROOT / "var" / "compose") -> None:
        self.secrets = secrets
        self.urls: Mapping[str, str] = {name: f"http://127.0.0.1:{Ports.fixed()[name]}" for name in ("desk", *DEPLOYED)}
        self.site = f"http://localhost:{Ports.fixed()['portal']}"

    def secret(self, owner: str, name: str) -> Path:
        return self.secrets / owner / name

    def operators(self, user: str) -> Mapping[str, str]:
        """The environment of the command ``relevo``, as a user who may ask NATS and MongoDB."""
        return {
            "RELEVO_OPERATOR_DESK": self.urls["desk"],
            "RELEVO_OPERATOR_SERVICES": ",".join(f"{name}={self.urls[name]}" for name in DEPLOYED),
            "RELEVO_OPERATOR_TOKEN_COMMAND": f"{ROOT}/.venv/bin/relevo token --role operator --audience {{audience}}",
            "RELEVO_OPERATOR_NATS_URL": self.nats_url,
            "RELEVO_OPERATOR_NATS_CREDENTIALS_FILE": str(self.secret(user, "nats.creds")),
            "RELEVO_OPERATOR_MONGO_URL": self.mongo_url,
            "RELEVO_OPERATOR_MONGO_PASSWORD_FILE": str(self.secret("auditor", "mongo.password")),
        }

    @property
    def services(self) -> Mapping[str, str]:
        return {name: self.urls[name] for name in SERVICES}

    async def not_ready(self) -> set[str]:
        """Who does not say now that it is ready."""
        async with httpx.AsyncClient(timeout=3, trust_env=False) as http:
            return {name for name, url in self.urls.items() if not await _is_ready(http, url)}


async def _is_ready(http: httpx.AsyncClient, url: str) -> bool:
    try:
        return (await http.get(f"{url}/readyz")).status_code == 200
    except httpx.HTTPError:
        return False
