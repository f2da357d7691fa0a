"""Where everything of an embedded stack is: ports, addresses, folders."""

from __future__ import annotations

import json
import ssl
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from relevo_deploy.deployed import DEPLOYED, PORTAL
from relevo_deploy.embedded.desk_client import Desk
from relevo_deploy.embedded.orders import Door
from relevo_deploy.secret_files import SecretFiles
from relevo_servers import LOOPBACK, REPLICA_SET, free_port, owner_only

FIRST_PORT = 8100
_SERVERS = ("desk", *DEPLOYED, "nats", "nats_monitor", "mongo", "smtp", "provider")
_OFFSETS = {"nats": 10, "nats_monitor": 11, "mongo": 12, "smtp": 13, "provider": 14}


@dataclass(frozen=True)
class Ports:
    """A port for each server of the stack, by name."""

    by_name: Mapping[str, int]

    def __getitem__(self, name: str) -> int:
        return self.by_name[name]

    @classmethod
    def fixed(cls, base: int = FIRST_PORT) -> Ports:
        """The desk on ``base``, the services after it in the order of the contracts, the portal, then all servers."""
        return cls({name: base + _OFFSETS.get(name, number) for number, name in enumerate(_SERVERS)})

    @classmethod
    def free(cls) -> Ports:
        """Ports that nobody listens on at the moment."""
        found: set[int] = set()
        while len(found) < len(_SERVERS):
            found.add(free_port())
        return cls(dict(zip(_SERVERS, found, strict=True)))


@dataclass(frozen=True)
class Elsewhere:
    """Servers that the stack uses and does not run. Their users are those of the stack's secrets."""

    nats_url: str | None = None
    mongo_url: str | None = None
    ca_file: str | None = None
    """Whom to trust as NATS, over TLS; the URL of MongoDB has its own."""


@dataclass(frozen=True)
class Place:
    """A stack's folder and addresses. ``secrets`` may lie outside the folder."""

    folder: Path
    ports: Ports
    secrets_folder: Path
    elsewhere: Elsewhere = Elsewhere()

    @property
    def secrets(self) -> SecretFiles:
        return SecretFiles(self.secrets_folder)

    @property
    def logs(self) -> Path:
        return self.folder / "logs"

    @property
    def partners(self) -> Path:
        """A file for each partner (``relevo partner``)."""
        return self.folder / "partners"

    @property
    def clock_file(self) -> Path:
        return self.folder / "clock.json"

    @property
    def nats_url(self) -> str:
        return self.elsewhere.nats_url or f"nats://{LOOPBACK}:{self.ports['nats']}"

    @property
    def mongo_url(self) -> str:
        """Without a user: each service has its own."""
        own = f"mongodb://{LOOPBACK}:{self.ports['mongo']}/?replicaSet={REPLICA_SET}&authSource=admin"
        return self.elsewhere.mongo_url or own

    @property
    def trust(self) -> ssl.SSLContext | None:
        """Whom to believe as NATS; None where it does not speak TLS."""
        return ssl.create_default_context(cafile=self.elsewhere.ca_file) if self.nats_url.startswith("tls:") else None

    @property
    def smtp_url(self) -> str:
        return f"smtp://{LOOPBACK}:{self.ports['smtp']}"

    @property
    def site(self) -> str:
        """Where people open the portal: the host under which their browser holds its cookies."""
        return f"http://localhost:{self.ports[PORTAL]}"

    def url(self, name: str) -> str:
        """The address of the desk or of a service."""
        return f"http://{LOOPBACK}:{self.ports[name]}"

    def write(self, pid: int, services: Sequence[str], door: Door, stopped: Collection[str] = ()) -> None:
        """Leave word of a running stack, for the other commands; ``stopped`` are servers that were told to stop."""
        word: dict[str, Any] = {
            "pid": pid,
            "services": list(services),
            "stopped": sorted(stopped),
            "door": door._asdict(),
            "ports": dict(self.ports.by_name),
            "secrets": str(self.secrets_folder),
            "elsewhere": asdict(self.elsewhere),
        }
        new = self.word.with_suffix(".new")
        with open(new, "w", opener=owner_only, encoding="utf-8") as file:
            json.dump(word, file, indent=2)
        new.replace(self.word)

    @property
    def word(self) -> Path:
        return self.folder / "stack.json"


@dataclass(frozen=True)
class Running:
    """What a running stack left word of."""

    place: Place
    pid: int
    services: tuple[str, ...]
    door: Door
    stopped: frozenset[str] = frozenset()
    """Servers that were stopped by command."""

    def desk(self) -> Desk:
        return Desk(self.place.url("desk"))


def read_word(folder: Path) -> Running | None:
    """What the stack in a folder last left word of, running or not; ``None`` when there never was one."""
    blank = Place(folder.resolve(), Ports({}), folder.resolve() / "secrets")
    try:
        word = json.loads(blank.word.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    place = replace(
        blank,
        ports=Ports(word["ports"]),
        secrets_folder=Path(word["secrets"]),
        elsewhere=Elsewhere(**word["elsewhere"]),
    )
    door = Door(**word.get("door", {"port": 0, "key": ""}))  # none in the word of an earlier release
    return Running(place, word["pid"], tuple(word["services"]), door, frozenset(word.get("stopped", ())))
