"""The members of a replica set: bringing others into one that has begun alone, and seeing who is away."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from pymongo import MongoClient
from pymongo.errors import OperationFailure, PyMongoError

from relevo_deploy.servers.administration import MongoRefused
from relevo_servers import mongo_url

_COPIED = "SECONDARY"
_UNDER_WAY = (103, 109, 308)
"""The set is just being changed: by itself, since it gives a new member its vote once that one has copied all."""


def join(url: str, members: Sequence[str], wait: float, ca_file: Path | None = None) -> Sequence[str]:
    """Bring in those that are not in the set yet, one after the other, and return them.

    ``url`` is an administrator's. Each has copied all that there is, and has a vote, before the next one joins, so that
    a majority is there all the time. Members that are not named stay. Raises ``MongoRefused``: nothing is changed
    unless each new member answers, and doing it again goes on where it broke off.
    """
    try:
        client: MongoClient[dict[str, Any]] = MongoClient(url, serverSelectionTimeoutMS=20_000)
        with client:
            there = {each["host"] for each in _config(client)["members"]}
            new = [each for each in members if each not in there]
            for member in new:
                _heard(member, wait, ca_file)
            for member in new:
                _added(client, member, wait)
    except PyMongoError as refused:
        raise MongoRefused(str(refused)) from None
    return new


def members_away(url: str) -> Sequence[str]:
    """Which members of the replica set do not answer within three seconds. Raises ``MongoRefused``."""
    try:
        client: MongoClient[dict[str, Any]] = MongoClient(url, serverSelectionTimeoutMS=3_000)
        with client:
            members = client.admin.command("hello").get("hosts", ())
            if client.topology_description.topology_type_name == "Single":
                return ()
            until = time.monotonic() + 3
            while (away := _unheard(client, members)) and time.monotonic() < until:
                time.sleep(0.1)
            return away
    except PyMongoError as refused:
        raise MongoRefused(str(refused)) from None


def _unheard(client: MongoClient[dict[str, Any]], members: Sequence[str]) -> Sequence[str]:
    known = client.topology_description.server_descriptions().items()
    heard = {f"{host}:{port}" for (host, port), each in known if each.is_server_type_known}
    return [each for each in members if each not in heard]


def _heard(member: str, wait: float, ca_file: Path | None) -> None:
    """Return once a mongod answers there."""
    timeout = max(1, int(wait * 1000))
    url = mongo_url(member, direct=True, ca_file=ca_file)
    client: MongoClient[dict[str, Any]] = MongoClient(url, serverSelectionTimeoutMS=timeout)
    with client:
        try:
            client.admin.command("hello")
        except PyMongoError:
            raise MongoRefused(f"{member} does not answer within {wait:g} s; start that mongod first") from None


def _added(client: MongoClient[dict[str, Any]], member: str, wait: float) -> None:
    """Return once it has copied all and votes."""
    for _ in _tries(f"{member} has not joined", wait):
        config = _config(client)
        numbers = [each["_id"] for each in config["members"]]
        joined = [*config["members"], {"_id": max(numbers) + 1, "host": member}]
        try:
            client.admin.command("replSetReconfig", {**config, "version": config["version"] + 1, "members": joined})
            break
        except OperationFailure as refused:
            if refused.code not in _UNDER_WAY:
                raise
    for _ in _tries(f"{member} is still copying", wait):
        states = {each["name"]: each["stateStr"] for each in client.admin.command("replSetGetStatus")["members"]}
        if states[member] == _COPIED and client.admin.command("hello")["hosts"].count(member):
            break


def _tries(late: str, wait: float) -> Iterator[None]:
    end = time.monotonic() + wait
    while time.monotonic() < end:
        yield
        time.sleep(0.2)
    raise MongoRefused(f"{late} after {wait:g} s; see its log, then do the same again")


def _config(client: MongoClient[dict[str, Any]]) -> dict[str, Any]:
    config: dict[str, Any] = client.admin.command("replSetGetConfig")["config"]
    return config
