"""How the operator's command reaches what it operates: the embedded stack by its folder, or servers that are named."""

from __future__ import annotations

import argparse
import asyncio
import os
import shlex
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit

import httpx
import nats
from nats.aio.client import Client
from nats.errors import Error as NatsError

from relevo_chassis.clock import StackClock
from relevo_chassis.delivery.store import Store
from relevo_contracts import SERVICES
from relevo_deploy.embedded.desk_client import Desk
from relevo_deploy.embedded.place import Running, read_word
from relevo_deploy.embedded.stack import lock_of
from relevo_deploy.reconcile.scope import AUDITOR
from relevo_deploy.told import Failed
from relevo_deploy.topology.files import Topology, TopologyBroken, default_folder, read_topology

ENVIRONMENT = "RELEVO_OPERATOR_"
OPERATOR = "operator"


@dataclass(frozen=True)
class Reach:
    """Addresses and credentials, taken from the command line, else from the environment, else from the stack."""

    given: argparse.Namespace
    stack: Running | None

    @property
    def services(self) -> Mapping[str, str]:
        """The address of each service that is operated."""
        named = self._named("services")
        if named:
            return {name: url.rstrip("/") for name, _, url in (each.partition("=") for each in named.split(","))}
        stack = self._stack("the services with --services")
        return {name: stack.place.url(name) for name in stack.services}

    @property
    def files(self) -> Topology:
        """What the files say. Raises ``Failed``."""
        try:
            return read_topology(self.given.folder or default_folder(), self._named("overlay"))
        except TopologyBroken as broken:
            raise Failed(str(broken)) from None

    @property
    def topology(self) -> Topology:
        """What the files say, without the durables of services that are not operated here. Raises ``Failed``."""
        return self.files.only(tuple(self.services), SERVICES)

    @property
    def trust(self) -> ssl.SSLContext:
        """Whom to believe over TLS: the system's authorities, or the one that was named."""
        return ssl.create_default_context(cafile=self._named("ca_file"))

    def now(self) -> datetime:
        """Domain time: the stack's, else this machine's."""
        return StackClock(self.stack.place.clock_file).now() if self.stack else datetime.now(UTC)

    @property
    def journal(self) -> Path | None:
        """Where it is written down what was changed; standard error alone when there is no stack."""
        named = self._named("journal")
        return Path(named) if named else self.stack.place.logs / "operations.log" if self.stack else None

    @property
    def known(self) -> Path | None:
        """Where it is written down what was found wrong and accepted."""
        named = self._named("known")
        return Path(named) if named else None

    @property
    def kept(self) -> Path | None:
        """Where the ends of the records are kept from one time to the next."""
        named = self._named("kept")
        return Path(named) if named else None

    @asynccontextmanager
    async def nats(self, user: str = OPERATOR) -> AsyncIterator[Client]:
        """A connection as this identity, or by the credentials that were named. Raises ``Unreached`` or ``Failed``."""
        url = self._named("nats_url") or self._stack("NATS with --nats-url").place.nats_url
        path = self._named("nats_credentials_file") or self._stack(
            f"the file of {user}'s credentials with --nats-credentials-file"
        ).place.secrets.path(user, "nats.creds")
        tls = self.trust if url.startswith("tls:") else None
        try:
            client = await nats.connect(
                url, user_credentials=str(path), tls=tls, allow_reconnect=False, connect_timeout=3,
                max_reconnect_attempts=1, reconnect_time_wait=0.5,
                error_cb=_quietly, inbox_prefix=f"_INBOX_{user}".encode(),
            )  # fmt: skip
        except (NatsError, OSError) as refused:
            raise Unreached(f"NATS at {url} as {user}: {str(refused) or type(refused).__name__}") from None
        async with client:
            yield client

    def store(self, service: str) -> Store:
        """A service's database, to be read by the auditor. Raises ``Failed``."""
        return Store.connected(self.mongo_as(AUDITOR), service)

    @property
    def knows_mongo(self) -> bool:
        """Whether MongoDB was named, or is the stack's."""
        return self.stack is not None or bool(self._named("mongo_url"))

    def mongo_as(self, user: str) -> str:
        """MongoDB as a user, or as the one who was named. Raises ``Failed``."""
        url = self._named("mongo_url") or self._stack("MongoDB with --mongo-url").place.mongo_url
        user = self._named("mongo_user") or user
        password = self._secret("mongo_password_file") or self._stack(
            f"the file of {user}'s password with --mongo-password-file"
        ).place.secrets.mongo_password(user)
        parts = urlsplit(url)
        host = f"{quote(user, safe='')}:{quote(password, safe='')}@{parts.netloc.rpartition('@')[2]}"
        return urlunsplit(parts._replace(netloc=host))

    async def token(self, audience: str) -> str:
        """An access token with the role ``operator``. Raises ``Failed``."""
        if command := self._named("token_command"):
            return await _told_by(command, audience)
        if issuer := self._named("issuer"):
            return await self._client_token(issuer, audience)
        stack = self._stack("how to get a token with --token-command or --issuer")
        async with Desk(stack.place.url("desk")) as desk:
            try:
                return await desk.token(os.environ.get("USER", OPERATOR), [OPERATOR], audience)
            except httpx.HTTPError as away:
                raise Failed(f"the desk gives no token: {type(away).__name__}; see {stack.place.logs}") from None

    async def _client_token(self, issuer: str, audience: str) -> str:
        secret = self._secret("client_secret_file")
        asked = {"grant_type": "client_credentials", "audience": audience}
        try:
            async with httpx.AsyncClient(timeout=10, trust_env=False, verify=self.trust) as http:
                told = (await http.get(f"{issuer.rstrip('/')}/.well-known/openid-configuration")).json()
                auth = httpx.BasicAuth(self._named("client_id") or OPERATOR, secret or "")
                answer = await http.post(told["token_endpoint"], data=asked, auth=auth)
                return str(answer.raise_for_status().json()["access_token"])
        except (httpx.HTTPError, ValueError, KeyError) as refused:
            raise Failed(f"{issuer} gives no token for {audience}: {type(refused).__name__}") from None

    def _named(self, what: str) -> str | None:
        given = getattr(self.given, what, None) or os.environ.get(f"{ENVIRONMENT}{what.upper()}")
        return str(given) if given else None

    def _secret(self, what: str) -> str | None:
        path = self._named(what)
        try:
            return Path(path).read_text(encoding="utf-8").strip() if path else None
        except OSError as refused:
            raise Failed(f"{path}: {refused.strerror}") from None

    def _stack(self, else_name: str) -> Running:
        if self.stack is None:
            raise Failed(f"no stack runs in {self.given.stack}; bring one up with relevo up, or name {else_name}")
        return self.stack


class Unreached(Failed):
    """A server does not answer, or not to this user."""


def reach_of(given: argparse.Namespace) -> Reach:
    """What the command line, the environment and the stack's folder say, if a stack runs there."""
    stack = read_word(given.stack)
    if stack and (lock := lock_of(given.stack)):
        lock.close()
        stack = None
    return Reach(given, stack)


async def _told_by(command: str, audience: str) -> str:
    words = [word.replace("{audience}", audience) for word in shlex.split(command)]
    child = await asyncio.create_subprocess_exec(*words, stdout=asyncio.subprocess.PIPE)
    told, _ = await child.communicate()
    if child.returncode:
        raise Failed(f"{words[0]} gave no token for {audience} (exit code {child.returncode})")
    return told.decode().strip()


async def _quietly(_: Exception) -> None:
    """What goes wrong is raised where it is asked for."""
