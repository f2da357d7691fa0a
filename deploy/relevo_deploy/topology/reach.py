"""Which bus a command is about: its files, its servers, and whose keys administer it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from relevo_deploy.embedded.place import Running, read_word
from relevo_deploy.failed import Failed
from relevo_deploy.operations.journal import write
from relevo_deploy.parameters import STACK_FOLDER, File, Folder, StackFolder, environment
from relevo_deploy.secret_files import SecretFiles
from relevo_deploy.topology.accounts import AccountRefused
from relevo_deploy.topology.bus import Bus, BusAway, reached
from relevo_deploy.topology.files import Topology, TopologyBroken, default_folder, read_topology
from relevo_deploy.topology.jetstream import JetStreamRefused
from relevo_deploy.topology.keys import BUS, ROOT
from relevo_deploy.trust import trust


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Files:
    """Which files say what is on the bus."""

    folder: Annotated[Folder | None, environment("RELEVO_TOPOLOGY", "FOLDER")] = None
    """Where the files are (default: this release's)."""
    overlay: Annotated[str | None, environment("RELEVO_OPERATOR_OVERLAY", "NAME")] = None
    """E.g. production: three copies of every stream."""

    def read(self, partners: Path | None = None) -> Topology:
        """What they say, and those of a folder of partners. Raises ``Failed``."""
        try:
            return read_topology(self.folder or default_folder(), self.overlay, partners)
        except TopologyBroken as broken:
            raise Failed(str(broken)) from None


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Where:
    """Which servers are compared with the files, and whose keys administer them."""

    url: Annotated[str | None, environment("RELEVO_OPERATOR_NATS_URL", "URL")] = None
    """Default: the embedded stack's NATS. Several with commas."""
    secrets: Annotated[Folder | None, environment("RELEVO_OPERATOR_SECRETS", "FOLDER")] = None
    """Holds bus/ and operator/ (default: the stack's)."""
    partners: Annotated[Folder | None, environment("RELEVO_PARTNERS", "FOLDER")] = None
    """A file for each partner (default: the stack's)."""
    ca_file: Annotated[File | None, environment("RELEVO_OPERATOR_CA_FILE", "FILE")] = None
    """Whom to trust for tls:// besides the system's authorities."""
    wait: Annotated[int, Parameter(metavar="SECONDS")] = 0
    """For a server that is starting."""
    stack: StackFolder = STACK_FOLDER

    @property
    def running(self) -> Running | None:
        return read_word(self.stack)

    @property
    def address(self) -> str:
        """Raises ``Failed``."""
        if self.url:
            return self.url
        if running := self.running:
            return running.place.nats_url
        raise Failed(f"no stack in {self.stack}; name the server with --url and --secrets")

    @property
    def keys(self) -> SecretFiles:
        """Raises ``Failed``."""
        if self.secrets:
            return SecretFiles(self.secrets)
        if running := self.running:
            return running.place.secrets
        raise Failed("whose keys? name the folder that holds bus/ and operator/ with --secrets")

    @property
    def partners_folder(self) -> Path | None:
        """Partners belong to those whose keys these are: the stack's, unless other secrets are named."""
        running = None if self.secrets else self.running
        return self.partners or (running.place.partners if running else None)

    @asynccontextmanager
    async def bus(self, topology: Topology) -> AsyncIterator[Bus]:
        """The bus, as whoever administers it. Raises ``Failed``, also for what it refuses meanwhile."""
        url, secrets = self.address, self.keys
        if not secrets.path(BUS, ROOT).exists():
            raise Failed(f"{secrets.folder} has no {BUS}/{ROOT}, which signs accounts; relevo secrets makes it")
        tls = trust(self.ca_file) if url.startswith("tls:") else None
        try:
            async with reached(url, secrets.bus, topology, tls=tls, wait_seconds=self.wait) as bus:
                yield bus
        except (BusAway, JetStreamRefused, AccountRefused) as refused:
            raise Failed(str(refused)) from None

    def note(self, what: str, **facts: str | int | None) -> None:
        """Write down what was changed: in the stack's journal, if it is the stack, and on standard error."""
        running = self.running
        write(running.place.logs / "operations.log" if running else None, what, **facts)


EMBEDDED, RELEASED = Where(), Files()
