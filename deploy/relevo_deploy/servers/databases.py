"""What MongoDB has to hold before services and auditor come: records, views, users, and what each of them may do.

MongoDB's rights only add up: who may do something in a whole database may do it in each of its collections. So a
service is given rights on its collections one by one, as the files of ``deploy/databases`` name them. Nobody but the
administrator drops or renames anything, makes users, or does anything outside the own database.

To what is append-only a service adds, and reads it. It makes no index there either, nor where entries wait for their
seal, because an index may let documents go after a time, or keep them out; so these collections and their indexes are
made here.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from relevo_chassis.delivery.store import Store
from relevo_chassis.people.records.chain import INDEXES
from relevo_chassis.people.vault import KEYS
from relevo_deploy.deployed import DEPLOYED
from relevo_deploy.reconcile.scope import AUDITED, AUDITOR, VIEWS
from relevo_deploy.secret_files import SecretFiles
from relevo_deploy.servers.administration import MongoUser, Right, set_users, set_views, unfinished

EVERY_SERVICE = "every_service"
RETENTION = "retention"
"""The user who removes what services let go of their records, and can do nothing else."""
BACKUP = "backup"
"""The user who reads what services keep, and neither the keys of people nor anything else."""
BACKUP_KEYS = "backup_keys"
"""The user who reads the keys of people, and nothing else."""
_SETTINGS = ("getParameter", "getCmdLineOpts")
OPERATORS = (AUDITOR, RETENTION, BACKUP, BACKUP_KEYS)
"""The users of operators' commands."""
_COPY = ("find", "listIndexes")
_APPEND = ("find", "insert", "listIndexes")
_PASS = (*_APPEND, "remove")
_CHANGE = ("find", "insert", "update", "remove", "createCollection", "createIndex", "listIndexes")

Name = Annotated[str, Field(pattern="^[a-z][a-z0-9_]*$")]


class DatabasesBroken(ValueError):
    """The files do not say what services keep; the text names the file and what is wrong in it."""


class Collections(BaseModel):
    """The collections of a service by what it may do with them."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    description: str = ""
    append: tuple[Name, ...] = Field(default=(), description="to read and to add to: nothing there changes or goes")
    passing: tuple[Name, ...] = Field(default=(), description="to read, to add to and to remove from: nothing changes")
    change: tuple[Name, ...] = Field(default=(), description="to read, to add to, to change and to remove from")

    def rights(self, database: str) -> Sequence[Right]:
        """What the user of a service may do in its database."""
        may = ((_APPEND, self.append), (_PASS, self.passing), (_CHANGE, self.change))
        return [Right(database, name, actions) for actions, names in may for name in names]

    @property
    def names(self) -> frozenset[str]:
        return frozenset({*self.append, *self.passing, *self.change})


def default_folder() -> Path:
    """``RELEVO_DATABASES``, else the folder beside this package in the tree."""
    named = os.environ.get("RELEVO_DATABASES")
    return Path(named) if named else Path(__file__).parents[2] / "databases"


def read_databases(folder: Path) -> Mapping[str, Collections]:
    """What each service keeps. Raises ``DatabasesBroken``."""
    shared = _read(folder / f"{EVERY_SERVICE}.json")
    return {service: _together(shared, _read(folder / f"{service}.json")) for service in DEPLOYED}


def users(secrets: SecretFiles, databases: Mapping[str, Collections]) -> Sequence[MongoUser]:
    """A user for each service, whose database bears its name, and those of operators.

    The auditor reads what ``relevo verify`` compares (no person's data, sealed or clear, and no key), and how mongod
    is set. One user removes what is past its days. Of the two who read for backups, one sees all but the keys of
    people, with what each database holds by name, and the other these keys alone.
    """
    removed = [Right(database, name, ("remove",)) for database, each in databases.items() for name in each.append]
    audited = [Right(database, name, ("find",)) for database, names in AUDITED.items() for name in names]
    return [
        *(MongoUser(name, secrets.mongo_password(name), each.rights(name)) for name, each in databases.items()),
        MongoUser(AUDITOR, secrets.mongo_password(AUDITOR), audited, _SETTINGS),
        MongoUser(RETENTION, secrets.mongo_password(RETENTION), removed),
        MongoUser(BACKUP, secrets.mongo_password(BACKUP), _copied(databases)),
        MongoUser(BACKUP_KEYS, secrets.mongo_password(BACKUP_KEYS), [Right(each, KEYS, _COPY) for each in databases]),
    ]


def _copied(databases: Mapping[str, Collections]) -> list[Right]:
    """What is backed up, and which collections there are, so that one which no file names is noticed."""
    copied = [(database, name) for database, each in databases.items() for name in sorted(each.names - {KEYS})]
    names = [Right(database, "", ("listCollections",)) for database in databases]
    return [*(Right(database, name, _COPY) for database, name in copied), *names]


async def set_up(url: str, secrets: SecretFiles) -> Sequence[str]:
    """Make all of it, or bring it up to this release; ``url`` is an administrator's.

    Returns the services whose restore was broken off: their users get no rights, so that they do not start on half a
    store. Raises ``MongoRefused``, ``Busy`` or ``DatabasesBroken``.
    """
    databases = read_databases(default_folder())
    halves = await asyncio.to_thread(unfinished, url, tuple(databases))
    for service, each in databases.items():
        await make_for_service(url, service, each)
    all_users = [each._replace(rights=()) if each.name in halves else each for each in users(secrets, databases)]
    await asyncio.to_thread(set_users, url, all_users)
    return halves


async def make_for_service(url: str, service: str, kept: Collections) -> None:
    """What a service's user may not make itself: what is append-only, and the views of the auditor.

    Raises ``MongoRefused`` or ``Busy``.
    """
    await _make(url, service, (*kept.append, *kept.passing))
    await asyncio.to_thread(set_views, url, [each for each in VIEWS if each.database == service])


async def _make(url: str, service: str, names: Sequence[str]) -> None:
    store = Store.connected(url, service)
    try:
        await store.prepare(names, {name: indexes for name, indexes in INDEXES.items() if name in names})
    finally:
        store.close()


def _together(shared: Collections, own: Collections) -> Collections:
    return Collections(
        append=(*shared.append, *own.append),
        passing=(*shared.passing, *own.passing),
        change=(*shared.change, *own.change),
    )


def _read(path: Path) -> Collections:
    try:
        return Collections.model_validate_json(path.read_bytes())
    except (OSError, ValidationError) as broken:
        raise DatabasesBroken(f"{path}: {broken}") from None
