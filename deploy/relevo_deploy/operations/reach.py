"""How the operator's command reaches what it operates: the embedded stack by its folder, or servers that are named."""

from __future__ import annotations

import asyncio
import os
import shlex
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import httpx
from cyclopts import Group, Parameter
from nats.aio.client import Client
from nats.errors import Error as NatsError

from relevo_chassis.clock import StackClock
from relevo_chassis.delivery.store import Store
from relevo_chassis.http.provider import NoToken, granted
from relevo_deploy.deployed import DEPLOYED
from relevo_deploy.embedded.desk_client import Desk
from relevo_deploy.embedded.place import Running
from relevo_deploy.embedded.running import stack_in
from relevo_deploy.failed import Failed
from relevo_deploy.operations.journal import write
from relevo_deploy.parameters import STACK_FOLDER, Addresses, File, Folder, StackFolder, environment
from relevo_deploy.reconcile.scope import AUDITOR
from relevo_deploy.servers.administration import as_user
from relevo_deploy.topology.connection import connected
from relevo_deploy.topology.files import Topology, TopologyBroken, default_folder, read_topology
from relevo_deploy.trust import trust

OPERATOR = "operator"


def of_operators(name: str, placeholder: str) -> Parameter:
    """An option that ``RELEVO_OPERATOR_…`` may give as well; ``placeholder`` stands for its value."""
    return environment(f"RELEVO_OPERATOR_{name}", placeholder)


@Parameter(
    name="*",
    group=Group(
        "Servers other than the embedded stack's",
        help="Without these it is about the embedded stack. Name them here or in the environment.",
        sort_key=2,
    ),
)
@dataclass(frozen=True, kw_only=True)
class Servers:
    """Which servers a command is about, and by which credentials they are reached."""

    stack: StackFolder = STACK_FOLDER
    services: Annotated[Addresses | None, of_operators("SERVICES", "NAME=URL,...")] = None
    """The address of each service that is operated."""
    token_command: Annotated[str | None, of_operators("TOKEN_COMMAND", "COMMAND")] = None
    """Prints an access token; {audience} is the service."""
    issuer: Annotated[str | None, of_operators("ISSUER", "URL")] = None
    """Or: who gives tokens for client credentials."""
    client_id: Annotated[str | None, of_operators("CLIENT_ID", "ID")] = None
    """The client, whose tokens have the role operator."""
    client_secret_file: Annotated[File | None, of_operators("CLIENT_SECRET_FILE", "FILE")] = None
    """The client's secret."""
    nats_url: Annotated[str | None, of_operators("NATS_URL", "URL")] = None
    """Such as tls://nats.example:4222; several with commas."""
    nats_credentials_file: Annotated[File | None, of_operators("NATS_CREDENTIALS_FILE", "FILE")] = None
    """Default among a stack's secrets: operator's, and auditor's to verify."""
    mongo_url: Annotated[str | None, of_operators("MONGO_URL", "URL")] = None
    """Without user; each service's database has its name."""
    mongo_user: Annotated[str | None, of_operators("MONGO_USER", "USER")] = None
    """Default: auditor, retention to remove, backup and backup_keys to back up."""
    mongo_password_file: Annotated[File | None, of_operators("MONGO_PASSWORD_FILE", "FILE")] = None
    """That user's password."""
    ca_file: Annotated[File | None, of_operators("CA_FILE", "FILE")] = None
    """Whom to trust for tls:// and https:// besides the system's authorities."""
    folder: Annotated[Folder | None, environment("RELEVO_TOPOLOGY", "FOLDER")] = None
    """The topology files (default: this release's)."""
    partners: Annotated[Folder | None, environment("RELEVO_PARTNERS", "FOLDER")] = None
    """A file for each partner (default: the stack's)."""
    overlay: Annotated[str | None, of_operators("OVERLAY", "NAME")] = None
    """Of the topology, e.g. production."""
    journal: Annotated[File | None, of_operators("JOURNAL", "FILE")] = None
    """Where it is written down what was changed."""
    restores: Annotated[File | None, of_operators("RESTORES", "FILE")] = None
    """What was restored to when (default: the stack's)."""


EMBEDDED = Servers()
"""The servers of the embedded stack in its usual folder."""


@dataclass(frozen=True)
class Reach:
    """Addresses and credentials: those that were named, else those of the stack."""

    named: Servers
    stack: Running | None

    @property
    def services(self) -> Mapping[str, str]:
        """The address of each service that is operated."""
        if self.named.services:
            return self.named.services
        stack = self._stack("the services with --services")
        return {name: stack.place.url(name) for name in stack.services}

    @property
    def files(self) -> Topology:
        """What the files say. Raises ``Failed``."""
        partners = self.stack.place.partners if self.stack and not self.named.nats_url else None
        try:
            return read_topology(
                self.named.folder or default_folder(), self.named.overlay, self.named.partners or partners
            )
        except TopologyBroken as broken:
            raise Failed(str(broken)) from None

    @property
    def topology(self) -> Topology:
        """What the files say, without the durables of services that are not operated here. Raises ``Failed``."""
        return self.files.only(tuple(self.services), DEPLOYED)

    @property
    def trust(self) -> ssl.SSLContext:
        """Whom to believe over TLS: the system's authorities, and the one that was named besides."""
        return trust(self.named.ca_file)

    def now(self) -> datetime:
        """Domain time: the stack's, else this machine's."""
        return StackClock(self.stack.place.clock_file).now() if self.stack else datetime.now(UTC)

    @property
    def restores(self) -> Path | None:
        """Where restores are written down, out of reach of whoever administers MongoDB."""
        return self.named.restores or (self.stack.place.folder / "restores.json" if self.stack else None)

    def note(self, did: str, **facts: str | int | None) -> None:
        """Write down what was changed, in the journal that was named or the stack's, and on standard error."""
        journal = self.named.journal or (self.stack.place.logs / "operations.log" if self.stack else None)
        write(journal, did, **facts)

    @asynccontextmanager
    async def nats(self, user: str = OPERATOR) -> AsyncIterator[Client]:
        """A connection as this identity, or by the credentials that were named. Raises ``Unreached`` or ``Failed``."""
        url = self.named.nats_url or self._stack("NATS with --nats-url").place.nats_url
        path = self.named.nats_credentials_file or self._stack(
            f"the file of {user}'s credentials with --nats-credentials-file"
        ).place.secrets.path(user, "nats.creds")
        tls = self.trust if url.startswith("tls:") else None
        try:
            client = await connected(url, path, tls, f"_INBOX_{user}")
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
        return self.stack is not None or self.named.mongo_url is not None

    def mongo_as(self, user: str) -> str:
        """MongoDB as a user, or as the one who was named. Raises ``Failed``."""
        url = self.named.mongo_url or self._stack("MongoDB with --mongo-url").place.mongo_url
        user = self.named.mongo_user or user
        password = _secret(self.named.mongo_password_file) or self._stack(
            f"the file of {user}'s password with --mongo-password-file"
        ).place.secrets.mongo_password(user)
        return as_user(url, user, password)

    async def token(self, audience: str) -> str:
        """An access token with the role ``operator``. Raises ``Failed``."""
        if command := self.named.token_command:
            return await _output_of(command, audience)
        if issuer := self.named.issuer:
            return await self._client_token(issuer, audience)
        stack = self._stack("how to get a token with --token-command or --issuer")
        async with Desk(stack.place.url("desk")) as desk:
            try:
                return await desk.token(os.environ.get("USER", OPERATOR), [OPERATOR], audience)
            except httpx.HTTPError as away:
                raise Failed(f"the desk gives no token: {type(away).__name__}; see {stack.place.logs}") from None

    async def _client_token(self, issuer: str, audience: str) -> str:
        client_id, secret = self.named.client_id or OPERATOR, _secret(self.named.client_secret_file) or ""
        async with httpx.AsyncClient(trust_env=False, verify=self.trust) as http:
            try:
                return (await granted(http, issuer, client_id, secret, audience, time_out_seconds=10)).token
            except NoToken as refused:
                raise Failed(str(refused)) from None

    def _stack(self, else_name: str) -> Running:
        if self.stack is None:
            raise Failed(f"no stack runs in {self.named.stack}; bring one up with relevo up, or name {else_name}")
        return self.stack


class Unreached(Failed):
    """A server does not answer, or not to this user."""


def reach_of(named: Servers) -> Reach:
    """What was named, and what the stack's folder says, if a stack runs there."""
    return Reach(named, stack_in(named.stack))


def _secret(path: Path | None) -> str | None:
    try:
        return path.read_text(encoding="utf-8").strip() if path else None
    except OSError as refused:
        raise Failed(f"{path}: {refused.strerror}") from None


async def _output_of(command: str, audience: str) -> str:
    words = [word.replace("{audience}", audience) for word in shlex.split(command)]
    child = await asyncio.create_subprocess_exec(*words, stdout=asyncio.subprocess.PIPE)
    output, _ = await child.communicate()
    if child.returncode:
        raise Failed(f"{words[0]} gave no token for {audience} (exit code {child.returncode})")
    return output.decode().strip()
