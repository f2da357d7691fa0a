"""What an administrator does in MongoDB: users with their rights, and members; and how mongod is set."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote, urlsplit, urlunsplit

from pymongo import MongoClient
from pymongo.errors import OperationFailure, PyMongoError

from relevo_servers.mongo import LIFETIME, TRANSACTION_SECONDS, mongo_url

_COPIED = "SECONDARY"
_UNDER_WAY = (103, 109, 308)
"""The set is just being changed: by itself, since it gives a new member its vote once that one has copied all."""
_NAMESPACE_EXISTS = 48
_USER_EXISTS = 51003
_ROLE_EXISTS = 51002
_NO_SUCH_ROLE = 31
UNFINISHED = "restoring"
"""The collection in the database of a service that holds something while a restore is not finished."""


class MongoRefused(RuntimeError):
    """mongod did not do what an administrator asked; the text is its own, without credentials."""


class MongodSettings(NamedTuple):
    """How mongod is set where the product is not indifferent to it."""

    transaction_seconds: int
    """After how long it gives up an abandoned transaction."""
    scripting: bool
    """Whether it runs JavaScript that a query brings along."""


class Right(NamedTuple):
    """What may be done with one collection or view of a database, in MongoDB's words, such as ``find``."""

    database: str
    collection: str
    actions: Sequence[str]


class MongoUser(NamedTuple):
    """A user with rights on collections, and what it may ask or do of mongod as a whole. It may do nothing else."""

    name: str
    password: str
    rights: Sequence[Right]
    of_mongod: Sequence[str] = ()


class View(NamedTuple):
    """A view of a collection of the same database, which shows the ids and these fields of its documents alone."""

    database: str
    name: str
    of: str
    fields: Sequence[str]


def as_user(url: str, user: str, password: str) -> str:
    """The URL of MongoDB with this user in place of whoever it names; a secret."""
    parts = urlsplit(url)
    members = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{quote(user, safe='')}:{quote(password, safe='')}@{members}"))


def set_views(url: str, views: Sequence[View]) -> None:
    """Make the views, or make those that exist show what is said here; ``url`` is an administrator's.

    A view's collection need not exist yet. Raises ``MongoRefused``.
    """
    try:
        client: MongoClient[dict[str, Any]] = MongoClient(url, serverSelectionTimeoutMS=20_000)
        with client:
            for view in views:
                _set_view(client, view)
    except PyMongoError as refused:
        raise MongoRefused(str(refused)) from None


def _set_view(client: MongoClient[dict[str, Any]], view: View) -> None:
    shows: dict[str, Any] = {"viewOn": view.of, "pipeline": [{"$project": dict.fromkeys(view.fields, 1)}]}
    try:
        client[view.database].command("create", view.name, **shows)
    except OperationFailure as refused:
        if refused.code != _NAMESPACE_EXISTS:
            raise
        client[view.database].command("collMod", view.name, **shows)


def remove(url: str, database: str, collection: str, where: Mapping[str, Any]) -> int:
    """Remove what matches from a collection, journaled by a majority; returns how much. Raises ``MongoRefused``."""
    try:
        client: MongoClient[dict[str, Any]] = MongoClient(
            url, serverSelectionTimeoutMS=20_000, w="majority", journal=True
        )
        with client:
            return client[database][collection].delete_many(where).deleted_count
    except PyMongoError as refused:
        raise MongoRefused(str(refused)) from None


def settings_of(url: str) -> MongodSettings:
    """How the primary is set. Raises ``MongoRefused``."""
    lifetime = _of_mongod(url, "getParameter", **{LIFETIME: 1})[LIFETIME]
    security = _of_mongod(url, "getCmdLineOpts")["parsed"].get("security", {})
    return MongodSettings(int(lifetime), bool(security.get("javascriptEnabled", True)))


def set_transaction_seconds(url: str) -> None:
    """Let the primary give it up after ``TRANSACTION_SECONDS``, until it restarts. Raises ``MongoRefused``."""
    _of_mongod(url, "setParameter", **{LIFETIME: TRANSACTION_SECONDS})


def _of_mongod(url: str, command: str, **parameters: Any) -> dict[str, Any]:
    try:
        client: MongoClient[dict[str, Any]] = MongoClient(url, serverSelectionTimeoutMS=3_000)
        with client:
            return client.admin.command(command, **parameters)
    except PyMongoError as refused:
        raise MongoRefused(str(refused)) from None


def set_users(url: str, users: Sequence[MongoUser]) -> None:
    """Make the users, or give them the passwords and rights named here and no others; ``url`` is an administrator's.

    Waits up to 20 s for a primary. Raises ``MongoRefused``.
    """
    try:
        client: MongoClient[dict[str, Any]] = MongoClient(url, serverSelectionTimeoutMS=20_000)
        with client:
            for user in users:
                role = _role(user.name)
                _made(client, "Role", role, _ROLE_EXISTS, privileges=_privileges(user), roles=[])
                _made(client, "User", user.name, _USER_EXISTS, pwd=user.password, roles=[role])
    except PyMongoError as refused:
        raise MongoRefused(str(refused)) from None


def set_rights(url: str, user: str, rights: Sequence[Right]) -> bool:
    """Give a user these rights and no others, at once for whoever is connected; ``False`` when there is no such user.

    Raises ``MongoRefused``.
    """
    try:
        client: MongoClient[dict[str, Any]] = MongoClient(url, serverSelectionTimeoutMS=20_000)
        with client:
            client.admin.command("updateRole", _role(user), privileges=_on_collections(rights))
    except OperationFailure as refused:
        if refused.code == _NO_SUCH_ROLE:
            return False
        raise MongoRefused(str(refused)) from None
    except PyMongoError as refused:
        raise MongoRefused(str(refused)) from None
    return True


def unfinished(url: str, databases: Sequence[str]) -> Sequence[str]:
    """Those of the databases in which a restore is not finished. Raises ``MongoRefused``."""
    try:
        client: MongoClient[dict[str, Any]] = MongoClient(url, serverSelectionTimeoutMS=20_000)
        with client:
            return [each for each in databases if client[each][UNFINISHED].find_one() is not None]
    except PyMongoError as refused:
        raise MongoRefused(str(refused)) from None


def _role(user: str) -> str:
    return f"{user}_may"


def _on_collections(rights: Sequence[Right]) -> list[dict[str, Any]]:
    return [
        {"resource": {"db": right.database, "collection": right.collection}, "actions": list(right.actions)}
        for right in rights
    ]


def _privileges(user: MongoUser) -> list[dict[str, Any]]:
    privileges = _on_collections(user.rights)
    whole = {"resource": {"cluster": True}, "actions": list(user.of_mongod)}
    return [*privileges, whole] if user.of_mongod else privileges


def _made(client: MongoClient[dict[str, Any]], what: str, name: str, exists: int, **rights: Any) -> None:
    """Make a user or a role, or give the one that exists these rights."""
    try:
        client.admin.command(f"create{what}", name, **rights)
    except OperationFailure as refused:
        if refused.code != exists:
            raise
        client.admin.command(f"update{what}", name, **rights)


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
