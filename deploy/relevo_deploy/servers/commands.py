"""``relevo secrets`` and ``relevo mongo-init``."""

from __future__ import annotations

import argparse
import asyncio
import os
from datetime import UTC, datetime
from pathlib import Path

from relevo_chassis.delivery.change import Busy
from relevo_contracts import SERVICES
from relevo_deploy.reconcile.scope import AUDITOR
from relevo_deploy.secret_files import SecretFiles
from relevo_deploy.servers.administration import MongoRefused, set_transaction_seconds, settings_of
from relevo_deploy.servers.databases import RETENTION, DatabasesBroken, set_up
from relevo_deploy.told import Failed
from relevo_deploy.topology.files import default_folder, read_topology
from relevo_deploy.topology.rights import SYSTEM
from relevo_deploy.topology.server_config import authorization
from relevo_servers import REPLICA_SET, TRANSACTION_SECONDS, mongo_url, settle_alone


async def secrets(given: argparse.Namespace) -> int:
    """Make every secret of a deployment that is not there yet, and whom nats-server is to believe."""
    await asyncio.to_thread(_make_all, SecretFiles(given.into), given.accounts_folder)
    for owner in given.owner:
        folder, _, uid = owner.partition("=")
        if not uid.isdigit():
            raise Failed(f"--owner {owner}: write the folder, =, and the number of the user")
        await asyncio.to_thread(_hand_over, given.into / folder, int(uid))
    print(f"secrets are in {given.into}")
    return 0


def _make_all(files: SecretFiles, accounts_folder: Path) -> None:
    for service in SERVICES:
        files.service_key(service)
    files.signing_keys("certification", datetime.now(UTC).year)
    for user in ("admin", AUDITOR, RETENTION, *SERVICES):
        files.mongo_password(user)
    files.replica_set_key()
    files.p256("desk", "signing-key.pem")
    topology = read_topology(default_folder())
    for name in (SYSTEM, *(each.name for each in topology.identities)):
        files.bus.credentials(name, topology)
    files.put("nats", "bus.conf", authorization(files.bus, topology, accounts_folder))


def _hand_over(folder: Path, uid: int) -> None:
    for path in (folder, *folder.rglob("*")):
        os.chown(path, uid, uid)
    folder.parent.chmod(0o711)


async def mongo_init(given: argparse.Namespace) -> int:
    """Make a replica set of one out of a new mongod, its administrator, and what services and auditor need.

    A mongod that keeps abandoned transactions for longer than it should is set right until it restarts, and said so;
    so is one that runs JavaScript, which only its start can change.
    """
    files = SecretFiles(given.secrets)
    password = files.mongo_admin_password()
    member = given.member or given.address
    try:
        async with asyncio.timeout(given.wait):
            while not await asyncio.to_thread(settle_alone, given.address, member, password):  # noqa: ASYNC110
                await asyncio.sleep(0.5)
        url = mongo_url(given.address, "admin", password, direct=True)
        await set_up(url, files)
        await asyncio.to_thread(_set_right, url)
    except TimeoutError:
        raise Failed(
            f"no usable replica set at {given.address} within {given.wait} s: "
            "is mongod running with --replSet rs0, and is it reached over loopback the first time?"
        ) from None
    except (MongoRefused, Busy) as refused:
        raise Failed(f"{given.address}: {refused}") from None
    except DatabasesBroken as broken:
        raise Failed(str(broken)) from None
    print(f"replica set {REPLICA_SET} at {member}: users {', '.join((*SERVICES, AUDITOR, RETENTION))}")
    return 0


def _set_right(url: str) -> None:
    found = settings_of(url)
    if found.transaction_seconds != TRANSACTION_SECONDS:
        set_transaction_seconds(url)
        lifetime = f"transactionLifetimeLimitSeconds={TRANSACTION_SECONDS}"
        instead = f"in place of {found.transaction_seconds}, until mongod restarts"
        print(f"{lifetime} {instead}: start it with --setParameter {lifetime}")
    if found.scripting:
        print("mongod runs JavaScript that a query brings along: start it with --noscripting")
