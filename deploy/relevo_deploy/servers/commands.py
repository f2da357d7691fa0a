"""``relevo secrets`` and ``relevo mongo-init``."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from relevo_chassis.delivery.change import Busy
from relevo_deploy.deployed import DEPLOYED
from relevo_deploy.failed import Failed
from relevo_deploy.parameters import File, Folder
from relevo_deploy.secret_files import SecretFiles
from relevo_deploy.servers.administration import MongoRefused, as_user, join, set_transaction_seconds, settings_of
from relevo_deploy.servers.certificates import certify, trust
from relevo_deploy.servers.databases import OPERATORS, DatabasesBroken, set_up
from relevo_deploy.topology.files import default_folder, read_topology
from relevo_deploy.topology.rights import SYSTEM
from relevo_deploy.topology.server_config import authorization
from relevo_servers import REPLICA_SET, TRANSACTION_SECONDS, mongo_url, set_up_alone

_CONNECT = (*DEPLOYED, "operator")
"""Who is told whose certificates to believe."""
_USERS = (*DEPLOYED, *OPERATORS)


async def secrets(
    *,
    into: Annotated[Folder, Parameter(help="Those that exist are kept.")],
    accounts_folder: Annotated[
        Folder, Parameter(help="Where nats-server keeps accounts, as in docker-compose.yml.")
    ] = Path("/data/accounts"),
    certificates: Annotated[
        tuple[str, ...],
        Parameter(
            name="--certificate",
            metavar="FOLDER=NAME,...",
            show_default=False,
            help="Give a server a certificate for these names, by an authority of its own. May be given several times.",
        ),
    ] = (),
    owners: Annotated[
        tuple[str, ...],
        Parameter(
            name="--owner",
            metavar="FOLDER=UID",
            show_default=False,
            help="Hand a folder to a user of a container. May be given several times.",
        ),
    ] = (),
) -> int:
    """Make the secrets that servers and services are given.

    Makes what is not there yet, and whom nats-server is to believe. A certificate is made anew when it is for other
    names or ends within two months; its server shows it after a restart.
    """
    servers = [_named(each) for each in certificates]
    await asyncio.to_thread(_make_all, SecretFiles(into), accounts_folder)
    for server, names in servers:
        await asyncio.to_thread(_certify, SecretFiles(into), server, names)
    for owner in owners:
        folder, _, uid = owner.partition("=")
        if not uid.isdigit():
            raise Failed(f"--owner {owner}: write the folder, =, and the number of the user")
        await asyncio.to_thread(_hand_over, into / folder, int(uid))
    print(f"secrets are in {into}")
    return 0


def _make_all(files: SecretFiles, accounts_folder: Path) -> None:
    for service in DEPLOYED:
        files.service_key(service)
    for issuer in ("intake", "certification"):
        files.signing_keys(issuer, datetime.now(UTC).year)
    for user in ("admin", *OPERATORS, *DEPLOYED):
        files.mongo_password(user)
    files.replica_set_key()
    files.p256("desk", "signing-key.pem")
    topology = read_topology(default_folder())
    for name in (SYSTEM, *(each.name for each in topology.identities)):
        files.bus.credentials(name, topology)
    files.put("nats", "bus.conf", authorization(files.bus, topology, accounts_folder))


def _named(typed: str) -> tuple[str, Sequence[str]]:
    """A server's folder and its names. Raises ``Failed``."""
    server, _, names = typed.partition("=")
    if not server or not all(names.split(",")):
        raise Failed(f"--certificate {typed}: write the server's folder, =, and its names with commas between them")
    return server, names.split(",")


def _certify(files: SecretFiles, server: str, names: Sequence[str]) -> None:
    now = datetime.now(UTC)
    if certify(files, server, names, now):
        print(f"a new certificate of {server} for {', '.join(names)}: restart it, if it runs")
    for owner in (server, *_CONNECT):
        trust(files, owner, now)


def _hand_over(folder: Path, uid: int) -> None:
    for path in (folder, *folder.rglob("*")):
        os.chown(path, uid, uid)
    folder.parent.chmod(0o711)


async def mongo_init(
    *,
    secrets: Annotated[Folder, Parameter(help="Holds the passwords.")],
    address: Annotated[str, Parameter(metavar="HOST:PORT", help="Over loopback the first time.")] = "127.0.0.1:27017",
    members: Annotated[
        tuple[str, ...],
        Parameter(
            name="--member",
            metavar="HOST:PORT",
            show_default=False,
            help="Under which services reach it (default: the address); given again, the other members.",
        ),
    ] = (),
    url: Annotated[
        str | None, Parameter(metavar="URL", help="Or: a replica set that is made already, and has a user admin.")
    ] = None,
    ca_file: Annotated[
        File | None, Parameter(help="Whom to trust over TLS (default: no TLS). A --url names its own.")
    ] = None,
    wait: Annotated[int, Parameter(metavar="SECONDS", help="For a server that is starting.")] = 60,
) -> int:
    """Make a new mongod ready: replica set, users, rights.

    Makes a replica set of one, its administrator, and what services and auditor need; again after every upgrade, and
    safe to repeat. Further members join one after the other. Of a replica set that --url names it makes users and
    rights alone. A mongod that keeps abandoned transactions for longer than it should is set right until it restarts,
    and said so. So is one that runs JavaScript, which only its start can change.
    """
    files = SecretFiles(secrets)
    where = url or address
    known = members or (address,)
    try:
        password = files.mongo_admin_password()
        admin = as_user(url, "admin", password) if url else await _made(address, known, password, wait, ca_file)
        await asyncio.to_thread(_set_right, admin)
        halves = await set_up(admin, files)
    except (MongoRefused, Busy) as refused:
        raise Failed(f"{where}: {refused}") from None
    except DatabasesBroken as broken:
        raise Failed(str(broken)) from None
    except OSError as missing:
        raise Failed(f"{missing.filename}: {missing.strerror}; what is missing there could not be made") from None
    made = url or f"replica set {REPLICA_SET} at {','.join(known)}"
    print(f"{made}: users {', '.join(_USERS)}")
    for service in halves:
        print(f"{service}: its restore was broken off, and its user may do nothing until relevo restore is repeated")
    return 1 if halves else 0


async def _made(address: str, members: Sequence[str], password: str, wait: int, ca_file: Path | None) -> str:
    """Make a replica set with its administrator, whose URL this is. Raises ``Failed`` or ``MongoRefused``."""
    first, *others = members
    try:
        async with asyncio.timeout(wait):
            while not await asyncio.to_thread(set_up_alone, address, first, password, ca_file):  # noqa: ASYNC110
                await asyncio.sleep(0.5)
    except TimeoutError:
        raise Failed(
            f"no usable replica set at {address} within {wait} s: "
            "is mongod running with --replSet rs0, is it reached over loopback the first time, "
            "and is --ca-file given if it speaks TLS, and only then?"
        ) from None
    if not others:
        return mongo_url(address, "admin", password, direct=True, ca_file=ca_file)
    whole = mongo_url(first, "admin", password, ca_file=ca_file)
    for joined in await asyncio.to_thread(join, whole, others, wait, ca_file):
        print(f"{joined} has joined")
    return mongo_url(",".join(members), "admin", password, ca_file=ca_file)


def _set_right(url: str) -> None:
    found = settings_of(url)
    if found.transaction_seconds != TRANSACTION_SECONDS:
        set_transaction_seconds(url)
        lifetime = f"transactionLifetimeLimitSeconds={TRANSACTION_SECONDS}"
        instead = f"in place of {found.transaction_seconds}, until mongod restarts"
        print(f"{lifetime} {instead}: start it with --setParameter {lifetime}")
    if found.scripting:
        print("mongod runs JavaScript that a query brings along: start it with --noscripting")
