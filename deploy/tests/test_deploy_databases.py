"""What each user of MongoDB may do there, tried on a real mongod: whatever is not needed is refused."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from pymongo import MongoClient
from pymongo.errors import OperationFailure

from relevo_chassis.servers import MongoServer
from relevo_contracts import SERVICES
from relevo_deploy.reconcile.scope import AGGREGATES, AUDITED
from relevo_deploy.secret_files import SecretFiles
from relevo_deploy.servers.databases import set_up

Command = dict[str, Any]
Client = MongoClient[dict[str, Any]]
SECRET = "what nobody but the service is to read"


class Mongo:
    """A mongod as an operator has set it up, in which every collection holds one document."""

    def __init__(self, server: MongoServer, secrets: SecretFiles) -> None:
        self.server = server
        self._secrets = secrets

    def url(self, user: str) -> str:
        return self.server.url_for(user, self._secrets.password(user, "mongo.password"))

    def refuses(self, user: str, database: str, command: Command) -> bool:
        """Whether it refuses for want of rights; anything else that goes wrong is raised."""
        with Client(self.url(user)) as client:
            try:
                told = client[database].command(command)
            except OperationFailure as refused:
                if refused.code != 13:
                    raise
                return True
            return any(each["code"] == 13 for each in told.get("writeErrors", ()))


@pytest.fixture(scope="module")
def mongo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mongo]:
    folder = tmp_path_factory.mktemp("databases")
    secrets = SecretFiles(folder / "secrets")
    server = MongoServer(folder, admin_password=secrets.mongo_admin_password())
    asyncio.run(server.start())
    set_up(server.url, secrets)
    with Client(server.url) as client:
        for service in SERVICES:
            for name in ("outbox", "positions", "parked", "vault_keys", "vault_sealed", *AGGREGATES[service]):
                document = {"_id": "1", "sequence": 3, "consumer": "x", "state": {"text": SECRET}, "body": SECRET}
                client[service][name].replace_one({"_id": "1"}, document, upsert=True)
    yield Mongo(server, secrets)
    asyncio.run(server.stop())


COLLECTIONS = [(service, name) for service in SERVICES for name in (*AGGREGATES[service], "parked", "vault_keys")]


@pytest.mark.parametrize(("service", "name"), COLLECTIONS)
def test_the_auditor_reads_no_collection_in_which_states_bodies_or_keys_are(
    mongo: Mongo, service: str, name: str
) -> None:
    view = AUDITED[service][-1]
    joined = {"from": name, "localField": "_id", "foreignField": "_id", "as": "all"}
    for command in (
        {"find": name},
        {"count": name},
        {"distinct": name, "key": "state"},
        {"aggregate": name, "pipeline": [], "cursor": {}},
        {"aggregate": view, "pipeline": [{"$lookup": joined}], "cursor": {}},
        {"aggregate": view, "pipeline": [{"$unionWith": name}], "cursor": {}},
        {"explain": {"find": name}},
    ):
        assert mongo.refuses("auditor", service, command), command


@pytest.mark.parametrize("service", SERVICES)
def test_the_auditor_sees_of_an_aggregate_its_id_and_count_and_of_what_is_parked_what_is_compared(
    mongo: Mongo, service: str
) -> None:
    with Client(mongo.url("auditor")) as client:
        for name in AUDITED[service][2:]:
            [shown] = client[service][name].find()
            assert shown.keys() <= {"_id", "sequence", "consumer"}, name
            assert shown["_id"] == "1"
            for hidden in ({"state.text": SECRET}, {"$expr": {"$eq": ["$state.text", SECRET]}}, {"body": SECRET}):
                assert client[service][name].find_one(hidden) is None, name


def test_the_auditor_changes_nothing_anywhere(mongo: Mongo) -> None:
    for name in AUDITED["intake"]:
        for command in changes(name):
            assert mongo.refuses("auditor", "intake", command), command


def changes(name: str) -> list[Command]:
    """Every way to change what a collection holds, how it is, or whether it is."""
    return [
        {"insert": name, "documents": [{}]},
        {"update": name, "updates": [{"q": {}, "u": {"$set": {"sequence": 9}}}]},
        {"delete": name, "deletes": [{"q": {}, "limit": 0}]},
        {"findAndModify": name, "query": {}, "remove": True},
        {"aggregate": name, "pipeline": [{"$out": "elsewhere"}], "cursor": {}},
        {"aggregate": name, "pipeline": [{"$merge": "elsewhere"}], "cursor": {}},
        {"drop": name},
        {"collMod": name, "viewOn": "vault_keys", "pipeline": []},
        {"createIndexes": name, "indexes": [{"key": {"sequence": 1}, "name": "sequence", "expireAfterSeconds": 0}]},
        {"dropIndexes": name, "index": "*"},
        {"create": "elsewhere", "viewOn": name, "pipeline": []},
    ]
