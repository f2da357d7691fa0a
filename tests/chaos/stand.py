"""What a storm rages over: NATS, MongoDB, the desk that issues tokens, and two replicas of every service."""

from __future__ import annotations

import asyncio
import contextlib
import random
import signal
import sys
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import httpx
import nats
from nats.aio.client import Client
from pymongo import AsyncMongoClient
from tests.chaos.cluster import Cluster
from tests.chaos.home import THE_TREE, Home
from tests.chaos.program import VARIABLE
from tests.chaos.witness import main as witness

from relevo_chassis.clock import move
from relevo_contracts import SERVICES, subjects_of
from relevo_deploy.deployed import DEPLOYED, PORTAL
from relevo_deploy.embedded.desk.tokens import Issuer, TokenRequest
from relevo_deploy.embedded.place import Elsewhere, Place, Ports
from relevo_deploy.embedded.programs import PROGRAMS, Program, desk
from relevo_deploy.servers.administration import MongoUser, set_users
from relevo_deploy.servers.databases import Collections, set_up
from relevo_deploy.topology.bus import reached
from relevo_deploy.topology.files import Consumer, Identity, Topology, default_folder, read_topology
from relevo_deploy.topology.server_config import authorization
from relevo_intake.issuing import TokenIssuer
from relevo_servers import LOOPBACK, MongoServer, NatsServer, Process, Server, free_port, start_mongo_set

ROOT = Path(__file__).parents[2]
WITNESS = "witness"
DOMAIN_TIME = datetime(2019, 12, 20, 12, tzinfo=UTC)
READY_SECONDS = 60.0


@dataclass
class Replica:
    """One process of a service, started on the same port whenever it is started."""

    service: str
    number: int
    port: int
    environment: Mapping[str, str]
    folder: Path
    http: httpx.AsyncClient
    others: dict[str, str] = field(default_factory=dict)
    """Settings that differ from those of its fellows while a fault is on, such as the address of a bad link."""
    home: Home = THE_TREE
    process: Process | None = None

    @property
    def name(self) -> str:
        return f"{self.service}-{self.number}"

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self.port}"

    @property
    def alive(self) -> bool:
        return self.process is not None and self.process.pid is not None

    @property
    def failpoints(self) -> Path:
        return self.folder / f"{self.name}.failpoints"

    def start(self) -> None:
        settings = {f"RELEVO_{name}": value for name, value in self.others.items()}
        self.process = Process(
            [sys.executable, "-m", "tests.chaos.program", self.service],
            log=self.folder / f"{self.name}.log",
            environment=self.home.environment(
                self.service, {**self.environment, **settings, VARIABLE: str(self.failpoints)}
            ),
            folder=self.home.folder,
        )
        self.process.start()

    def arm(self, *points: str) -> None:
        """Let it end as by kill -9 when it passes one of these points, and no others."""
        self.failpoints.write_text(" ".join(points), encoding="ascii")
        self.signal(signal.SIGUSR1)

    def signal(self, number: int) -> None:
        if self.process:
            self.process.signal(number)

    async def kill(self) -> None:
        if self.process:
            await self.process.kill()

    async def stop(self) -> None:
        if self.process:
            await self.process.stop(30)

    async def restart(self) -> None:
        """End it cleanly and start it with the settings of the moment."""
        await self.stop()
        self.start()
        await self.ready()

    async def readiness(self) -> Mapping[str, Any] | None:
        """What ``/readyz`` says, or ``None`` when it says nothing."""
        with contextlib.suppress(httpx.HTTPError, ValueError):
            found: dict[str, Any] = (await self.http.get(f"{self.url}/readyz")).json()
            return found
        return None

    async def answering(self, seconds: float = READY_SECONDS) -> None:
        """Wait until it answers, ready or not; raises ``TimeoutError``."""
        await self._until(lambda found: True, seconds)

    async def ready(self, seconds: float = READY_SECONDS) -> None:
        """Raises ``TimeoutError``."""
        await self._until(lambda found: bool(found["ready"]), seconds)

    async def _until(self, well: Callable[[Mapping[str, Any]], bool], seconds: float) -> None:
        async with asyncio.timeout(seconds):
            while (found := await self.readiness()) is None or not well(found):
                if not self.alive:
                    raise RuntimeError(f"{self.name} has ended; see {self.folder}/{self.name}.log")
                await asyncio.sleep(0.05)


@dataclass(frozen=True)
class Layout:
    """What kind of stand: which services, on one server of each kind or on three, and where the data lie."""

    services: tuple[str, ...] = (*SERVICES, WITNESS)
    replicas: int = 2
    clustered: bool = False
    nats_folder: Path | None = None
    mongo_folder: Path | None = None
    home: Home = THE_TREE
    """Where services are started from; the servers, the topology and the witness are the tree's."""


class Stand:
    """Everything that runs, with an operator's and an administrator's way in."""

    def __init__(self, folder: Path, layout: Layout = Layout()) -> None:
        self.folder = folder.resolve()
        self.layout = layout
        self.nats: list[NatsServer] = []
        self.cluster: Cluster | None = None
        self.mongo: list[MongoServer] = []
        self.replicas: dict[str, list[Replica]] = {}
        self.topology = _topology(layout)
        ports = Ports.free().by_name
        self.place = Place(self.folder, Ports({**ports, WITNESS: free_port()}), self.folder / "secrets")
        self.http = httpx.AsyncClient(timeout=3, trust_env=False)
        self._desk: Server | None = None
        self._operator: Client | None = None
        self._database: AsyncMongoClient[dict[str, Any]] | None = None
        self._issuer: Issuer | None = None

    @property
    def services(self) -> tuple[str, ...]:
        return self.layout.services

    @property
    def all_replicas(self) -> list[Replica]:
        return [each for found in self.replicas.values() for each in found]

    def one(self, service: str) -> Replica:
        """Any replica of a service that runs, or any when none does."""
        found = self.replicas[service]
        return random.choice([each for each in found if each.alive] or found)

    @property
    def database(self) -> AsyncMongoClient[dict[str, Any]]:
        """As administrator of the databases."""
        if self._database is None:
            url = self.place.mongo_url if self.layout.clustered else self.mongo[0].url
            self._database = AsyncMongoClient(
                url, tz_aware=True, serverSelectionTimeoutMS=20_000, readConcernLevel="majority"
            )
        return self._database

    @cached_property
    def people(self) -> TokenIssuer:
        """As the witness issues tokens."""
        return TokenIssuer(self.place.url(WITNESS), self.place.secrets.signing_keys(WITNESS, DOMAIN_TIME.year))

    @property
    def operator(self) -> Client:
        if self._operator is None:
            raise RuntimeError("the stand was not started")
        return self._operator

    def token(self, subject: str, roles: Sequence[str], audience: str, participant_id: str | None = None) -> str:
        """Of the desk for staff; of the witness, who tells of the people, for those without an account."""
        if participant_id is not None:
            return self.people.token(subject, audience, frozenset(roles), {"participant_id": participant_id})
        if self._issuer is None:
            pem = self.place.secrets.p256("desk", "signing-key.pem")
            self._issuer = Issuer(self.place.url("desk"), pem)
        request = TokenRequest(
            subject=subject,
            roles=tuple(roles),
            audience=audience,
            lifetime_seconds=86_400,
        )
        return self._issuer.token(request).access_token

    async def start(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        move(self.place.clock_file, DOMAIN_TIME)
        await asyncio.gather(self._start_nats(), self._start_mongo(), self._start_desk())
        self._operator = await nats.connect(
            [server.url for server in self.nats],
            user_credentials=str(self.place.secrets.bus.credentials("operator", self.topology)),
            max_reconnect_attempts=-1,
            reconnect_time_wait=0.2,
            error_cb=_quiet,
        )
        await self.apply_topology()
        for service in self.services:
            self.replicas[service] = [self._replica(service, number) for number in range(1, self.layout.replicas + 1)]
        for number in range(self.layout.replicas):
            batch = [found[number] for found in self.replicas.values()]
            for replica in batch:
                replica.start()
            await asyncio.gather(*(replica.ready() for replica in batch))

    async def apply_topology(self) -> None:
        """Streams and durables as the files say, within half a minute; a cluster may still be electing."""
        async with asyncio.timeout(30):
            while True:
                try:
                    async with reached(self.nats[0].url, self.place.secrets.bus, self.topology) as bus:
                        await bus.apply(self.topology)
                    return
                except Exception:
                    if not self.layout.clustered:
                        raise
                    await asyncio.sleep(0.5)

    async def stop(self) -> None:
        """End everything that was started here."""
        for replica in self.all_replicas:
            replica.signal(signal.SIGCONT)
        await asyncio.gather(*(replica.stop() for replica in self.all_replicas))
        if self._operator is not None:
            await self._operator.close()
        if self._database is not None:
            await self._database.close()
        await self.http.aclose()
        servers: list[Server] = [*self.nats, *self.mongo]
        await asyncio.gather(*(server.stop() for server in servers), *([self._desk.stop()] if self._desk else []))
        if self.cluster is not None:
            await self.cluster.stop()

    async def _start_nats(self) -> None:
        keys = self.place.secrets.bus
        for identity in self.topology.identities:
            keys.credentials(identity.name, self.topology)
        folder = self.layout.nats_folder or self.folder / "nats"
        if self.layout.clustered:
            self.cluster = Cluster(folder, lambda node: authorization(keys, self.topology, node / "accounts"))
            await self.cluster.start()
            self.nats = self.cluster.nodes
            return
        config = authorization(keys, self.topology, folder / "accounts")
        self.nats = [NatsServer(folder, port=self.place.ports["nats"], config=config)]
        await self.nats[0].start()

    async def _start_mongo(self) -> None:
        secrets = self.place.secrets
        folder = self.layout.mongo_folder or self.folder / "mongo"
        if self.layout.clustered:
            self.mongo = await start_mongo_set(folder)
            addresses = ",".join(server.address for server in self.mongo)
            self.place = replace(self.place, elsewhere=Elsewhere(mongo_url=f"mongodb://{addresses}/?replicaSet=rs0"))
            return
        password, key = secrets.mongo_admin_password(), secrets.replica_set_key()
        server = MongoServer(folder, port=self.place.ports["mongo"], admin_password=password, key=key)
        self.mongo = [server]
        await server.start()
        kept = Collections(change=tuple(witness.SERVICE.stored))
        user = MongoUser(WITNESS, secrets.mongo_password(WITNESS), kept.rights(WITNESS))
        await set_up(server.url, secrets)
        await asyncio.to_thread(set_users, server.url, [user])

    async def _start_desk(self) -> None:
        self._desk = desk(self.place)
        await self._desk.start(60)

    def _replica(self, service: str, number: int) -> Replica:
        program = next((each for each in PROGRAMS if each.name == service), Program(service, ()))
        environment = program.environment(self.place)
        if self.layout.clustered:
            del environment["RELEVO_MONGO_USER"], environment["RELEVO_MONGO_PASSWORD_FILE"]
            environment["RELEVO_NATS_URL"] = ",".join(server.url for server in self.nats)
        environment["RELEVO_PEOPLE_ISSUER"] = self.people.url
        if service in (WITNESS, "intake"):  # whoever came by a code is known to the others by the same keys
            environment["RELEVO_TOKEN_KEYS"] = str(self.place.secrets.signing_keys(WITNESS, DOMAIN_TIME.year))
        if service == PORTAL:
            environment["RELEVO_ENTRIES_PER_MINUTE"] = "100000"  # everybody comes from one address here
        port = self.place.ports[service] if number == 1 else free_port()
        environment["RELEVO_HTTP_PORT"] = str(port)
        home = THE_TREE if service == WITNESS else self.layout.home
        return Replica(service, number, port, environment, self.folder / "services", self.http, home=home)


@asynccontextmanager
async def a_stand(folder: Path, layout: Layout = Layout()) -> AsyncIterator[Stand]:
    """A stand that is ready, and gone afterwards."""
    stand = Stand(folder, layout)
    try:
        await stand.start()
        yield stand
    finally:
        await stand.stop()


def _topology(layout: Layout) -> Topology:
    """The operator's own files, and what the witness needs beside them."""
    files = read_topology(default_folder(), "production" if layout.clustered else None)
    files = files.only([*layout.services], DEPLOYED)
    like = files.consumers[0].config
    durables = [
        Consumer(
            f"EVENTS_{source.upper()}",
            {
                **like,
                "name": f"{WITNESS}_{source}",
                "durable_name": f"{WITNESS}_{source}",
                "description": "Writes down what it is told.",
                "filter_subjects": list(subjects_of(source, *aggregates)),
            },
        )
        for source, aggregates in witness.FOLLOWED_AGGREGATES.items()
    ]
    names = [each.name for each in durables]
    publish = ("events.intake.participant.>", *(f"dlq.{name}" for name in names))
    identity = Identity(name=WITNESS, publish=publish, take=tuple(names))
    return Topology(files.streams, [*files.consumers, *durables], [*files.identities, identity])


async def _quiet(_: Exception) -> None:
    return None
