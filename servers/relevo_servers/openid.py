"""An OpenID provider made by others (``oidc-provider`` from npm, certified): people come in by a button, no password.

It needs the extra ``node``, and is for development and tests alone.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from relevo_servers.node import find_node, node_modules
from relevo_servers.process import LOOPBACK, Server, ServerDidNotStart, answers_at, owner_only

PROGRAM = Path(__file__).parent / "oidc"


@dataclass(frozen=True)
class Account:
    """Somebody who has an account: what they are called there, and the ``roles`` that their tokens give them."""

    sub: str
    title: str
    name: str
    roles: tuple[str, ...]


@dataclass(frozen=True)
class Client:
    """The one confidential client, and where the provider leads people back to."""

    id: str
    secret: str = field(repr=False)
    redirects: tuple[str, ...]
    signed_out: tuple[str, ...] = ()


class OpenIdProvider(Server):
    """Authorization code with PKCE; refresh tokens for as long as somebody is signed in; access tokens as RFC 9068 has
    them, for five minutes and one of ``resources`` (RFC 8707: a URI, and the audience that it means).

    ``issuer`` is its own address unless it stands for another's, whose discovery document then names its endpoints;
    ``keys`` are then that one's private keys as JWK. With ``rotates`` each refresh token is good for once.
    """

    name = "oidc-provider"

    def __init__(
        self,
        folder: Path,
        *,
        client: Client,
        accounts: Iterable[Account],
        resources: Mapping[str, str],
        port: int | None = None,
        issuer: str | None = None,
        keys: Sequence[Mapping[str, Any]] = (),
        rotates: bool = False,
    ) -> None:
        super().__init__(folder, clients=port)
        self._settings = {
            "client": asdict(client),
            "resources": dict(resources),
            "keys": list(keys),
            "rotates": rotates,
        }
        self._issuer = issuer
        self._accounts = list(accounts)

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self.port}"

    @property
    def issuer(self) -> str:
        """By which its tokens name it."""
        return self._issuer or self.url

    def have_accounts(self, accounts: Iterable[Account]) -> None:
        """Whoever has an account from now on; nobody else gets a token any more."""
        self._accounts = list(accounts)
        self._write("accounts.json", [asdict(each) for each in self._accounts])

    async def start(self, within_seconds: float = 30) -> None:
        """Installed if it is not yet; raises as every server does."""
        try:
            await asyncio.to_thread(node_modules, PROGRAM)
        except (OSError, subprocess.CalledProcessError) as failed:
            raise ServerDidNotStart(f"{self.name} cannot be installed: {type(failed).__name__}") from failed
        await super().start(within_seconds)

    def _command(self) -> list[str]:
        self.have_accounts(self._accounts)
        accounts = str(self.folder / "accounts.json")
        settings = {**self._settings, "issuer": self.issuer, "port": self.port, "accounts": accounts}
        return [find_node(), str(PROGRAM / "server.mjs"), str(self._write("provider.json", settings))]

    def _write(self, name: str, content: object) -> Path:
        """Whole or not at all, for it is read while it is written."""
        path = self.folder / name
        new = path.with_suffix(".new")
        with open(new, "w", opener=owner_only, encoding="utf-8") as file:
            json.dump(content, file)
        return new.replace(path)

    async def _answers(self) -> bool:
        return await answers_at(self.port, "/jwks")
