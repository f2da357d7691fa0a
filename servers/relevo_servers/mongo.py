"""mongod as a replica set."""

from __future__ import annotations

import asyncio
import hashlib
import os
import stat
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import quote

from pymongo import MongoClient
from pymongo.errors import OperationFailure, PyMongoError

from relevo_servers.process import LOOPBACK, Server, find_program, owner_only

REPLICA_SET = "rs0"
TRANSACTION_SECONDS = 10
"""After so long mongod gives up a transaction whose client fell silent in the midst, and lets go of its documents.

Left to itself it keeps them for 60 s, for which every other change of the same documents fails.
"""
LIFETIME = "transactionLifetimeLimitSeconds"
_UNAUTHORIZED = 13
_ALREADY_INITIALIZED = 23
_USER_EXISTS = 51003


def find_mongod() -> Path:
    """The mongod to run: ``RELEVO_MONGOD``, else the wheel's, else the one on PATH."""
    spec = find_spec("fiftyone")
    folders = list(spec.submodule_search_locations or ()) if spec else []
    wheel = Path(folders[0]) / "db" / "bin" / "mongod" if folders else None
    if wheel and wheel.exists() and not os.access(wheel, os.X_OK):
        wheel.chmod(wheel.stat().st_mode | stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH)
    return find_program("mongod", "RELEVO_MONGOD", wheel)


class MongoServer(Server):
    """A mongod that is the only member of its replica set, or one of several.

    With ``admin_password`` authentication is on and the user ``admin`` exists; ``key`` is then what the members of a
    set show each other. With ``alone`` false, ``start_mongo_set`` brings the members together.
    """

    name = "mongod"

    def __init__(
        self,
        folder: Path,
        *,
        port: int | None = None,
        admin_password: str | None = None,
        key: str = "",
        cache_gigabytes: float = 0.5,
        alone: bool = True,
    ) -> None:
        super().__init__(folder, clients=port)
        self.admin_password = admin_password
        self.key = key or hashlib.sha256((admin_password or "").encode()).hexdigest()
        self.cache_gigabytes = cache_gigabytes
        self.alone = alone

    @property
    def address(self) -> str:
        return f"{LOOPBACK}:{self.port}"

    @property
    def url(self) -> str:
        """As admin when authentication is on."""
        return self.url_for("admin", self.admin_password) if self.admin_password else self.url_for()

    def url_for(self, user: str = "", password: str | None = None) -> str:
        """As a user, or as nobody."""
        return mongo_url(self.address, user, password)

    def _command(self) -> list[str]:
        data = self.folder / "data"
        data.mkdir(parents=True, exist_ok=True)
        command = [
            *(str(find_mongod()), "--dbpath", str(data), "--port", str(self.port), "--bind_ip", LOOPBACK),
            *("--replSet", REPLICA_SET, "--nounixsocket", "--quiet", "--oplogSize", "512"),
            *("--wiredTigerCacheSizeGB", str(self.cache_gigabytes)),
            *("--setParameter", "diagnosticDataCollectionEnabled=false"),
            *("--setParameter", f"{LIFETIME}={TRANSACTION_SECONDS}"),
            *("--noscripting", "--setParameter", "shutdownTimeoutMillisForSignaledShutdown=500"),
        ]
        if self.admin_password:
            key_file = self.folder / "key"
            with open(key_file, "w", opener=owner_only, encoding="ascii") as file:
                file.write(self.key)
            command += ["--auth", "--keyFile", str(key_file)]
        return command

    async def _answers(self) -> bool:
        return await asyncio.to_thread(self._set_up)

    def _set_up(self) -> bool:
        """Whether it is usable; does the first run's chores on the way (initiate the set, make the admin)."""
        if self.alone:
            return set_up_alone(self.address, self.address, self.admin_password)
        try:
            with _direct(self.address) as client:
                return bool(client.admin.command("hello")["ok"])
        except PyMongoError:
            return False


def mongo_url(
    address: str, user: str = "", password: str | None = None, *, direct: bool = False, ca_file: Path | None = None
) -> str:
    """The URL of a replica set with a member at an address, or of that member alone; over TLS with a ``ca_file``."""
    credentials = f"{quote(user, safe='')}:{quote(password or '', safe='')}@" if user else ""
    source = "&authSource=admin" if user else ""
    which = "directConnection=true" if direct else f"replicaSet={REPLICA_SET}"
    trust = f"&tls=true&tlsCAFile={quote(str(ca_file), safe='/')}" if ca_file else ""
    return f"mongodb://{credentials}{address}/?{which}{source}{trust}"


def replica_set_config(members: Sequence[str]) -> dict[str, Any]:
    """A replica set of these members, that elects within about two seconds."""
    return {
        "_id": REPLICA_SET,
        "members": [{"_id": number, "host": member} for number, member in enumerate(members)],
        "settings": {"electionTimeoutMillis": 2000, "heartbeatIntervalMillis": 500},
    }


def ensure_admin(client: MongoClient[dict[str, Any]], password: str) -> None:
    """Make the user ``admin``, which a mongod lets anybody on loopback do once: while it has no user at all."""
    try:
        client.admin.command("createUser", "admin", pwd=password, roles=["root"])
    except OperationFailure as refused:
        if refused.code not in (_UNAUTHORIZED, _USER_EXISTS):  # unauthorized: the door is shut, so there is one
            raise


async def start_mongo_set(folder: Path, *, members: int = 3, cache_gigabytes: float = 0.25) -> list[MongoServer]:
    """Start a replica set without authentication and return once it has a primary; whoever calls stops each member."""
    servers = [
        MongoServer(folder / f"member-{number}", alone=False, cache_gigabytes=cache_gigabytes)
        for number in range(1, members + 1)
    ]
    try:
        for server in servers:
            await server.start()
        async with asyncio.timeout(60):
            await asyncio.to_thread(_initiate, servers)
    except BaseException:
        await asyncio.gather(*(server.stop() for server in servers))
        raise
    return servers


def _initiate(servers: Sequence[MongoServer]) -> None:
    addresses = [server.address for server in servers]
    first: MongoClient[dict[str, Any]] = MongoClient(addresses[0], directConnection=True)
    with first:
        first.admin.command("replSetInitiate", replica_set_config(addresses))
    whole: MongoClient[dict[str, Any]] = MongoClient(addresses, replicaSet=REPLICA_SET, serverSelectionTimeoutMS=40_000)
    with whole:
        whole["admin"]["system.version"].find_one()  # waits for a primary


def set_up_alone(address: str, member: str, admin_password: str | None, ca_file: Path | None = None) -> bool:
    """One step towards a usable replica set of one, over loopback or with nobody in it yet; true when it is usable.

    ``address`` is where to reach it now, ``member`` the name under which the set knows it. Safe to repeat, by anybody.
    A set that has grown since is left as it is. With a ``ca_file`` mongod is reached over TLS.
    """
    try:
        with _direct(address, ca_file) as client:
            hello = client.admin.command("hello")
            hosts = hello.get("hosts", [])
            if hello.get("isWritablePrimary") and member in hosts:
                if admin_password:
                    ensure_admin(client, admin_password)
                return True
            if hello.get("setName") is None:
                _initiate_alone(client, address, member, admin_password, ca_file)
            elif hello.get("isWritablePrimary"):
                _rename_member(address, member, admin_password, ca_file)
            return len(hosts) > 1 and member in hosts and "primary" in hello
    except PyMongoError:
        return False


def _initiate_alone(
    client: MongoClient[dict[str, Any]], address: str, member: str, admin_password: str | None, ca_file: Path | None
) -> None:
    try:
        client.admin.command("replSetInitiate", replica_set_config([member]))
    except OperationFailure as refused:
        if refused.code not in (_UNAUTHORIZED, _ALREADY_INITIALIZED):
            raise
        _rename_member(address, member, admin_password, ca_file)


def _rename_member(address: str, member: str, admin_password: str | None, ca_file: Path | None) -> None:
    """Bring a set of one along to a new address."""
    url = mongo_url(address, "admin" if admin_password else "", admin_password, direct=True, ca_file=ca_file)
    client: MongoClient[dict[str, Any]] = MongoClient(url, serverSelectionTimeoutMS=1000)
    with client:
        config = client.admin.command("replSetGetConfig")["config"]
        if len(config["members"]) == 1:
            config["members"][0]["host"] = member
            client.admin.command("replSetReconfig", {**config, "version": config["version"] + 1}, force=True)


def _direct(address: str, ca_file: Path | None = None) -> MongoClient[dict[str, Any]]:
    return MongoClient(mongo_url(address, direct=True, ca_file=ca_file), serverSelectionTimeoutMS=1000)
