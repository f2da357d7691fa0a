"""What each user of MongoDB may do there, tried on a real mongod: whatever is not needed is refused."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pymongo import MongoClient
from pymongo.errors import OperationFailure

from relevo_chassis.delivery.indexes import INDEXES
from relevo_chassis.delivery.store import NotForThisUser, Store
from relevo_chassis.delivery.writes import Claim, Insert, Keep, Put, Replace
from relevo_contracts import SERVICES
from relevo_deploy.reconcile.scope import AGGREGATES, AUDITED
from relevo_deploy.secret_files import SecretFiles
from relevo_deploy.servers.databases import default_folder, read_databases, set_up
from relevo_servers import MongoServer

Command = dict[str, Any]
Client = MongoClient[dict[str, Any]]
UNAUTHORIZED = 13
KEPT = read_databases(default_folder())
SECRET = "what nobody but the service is to read"


class Mongo:
    """A mongod as an operator has set it up, in which every collection holds one document."""

    def __init__(self, server: MongoServer, secrets: SecretFiles) -> None:
        self.server = server
        self._secrets = secrets
        self._clients: dict[str, Client] = {}

    def url(self, user: str) -> str:
        return self.server.url_for(user, self._secrets.password(user, "mongo.password"))

    def refuses(self, user: str, database: str, command: Command) -> bool:
        """Whether it refuses for want of rights; anything else that goes wrong is raised."""
        client = self._clients[user] = self._clients.get(user) or Client(self.url(user))
        try:
            answer = client[database].command(command)
        except OperationFailure as refused:
            if refused.code != UNAUTHORIZED:
                raise
            return True
        return any(each["code"] == UNAUTHORIZED for each in answer.get("writeErrors", ()))

    def close(self) -> None:
        for client in self._clients.values():
            client.close()


@pytest.fixture(scope="module")
def mongo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mongo]:
    folder = tmp_path_factory.mktemp("databases")
    secrets = SecretFiles(folder / "secrets")
    server = MongoServer(folder, admin_password=secrets.mongo_admin_password())
    asyncio.run(server.start())
    asyncio.run(set_up(server.url, secrets))
    with Client(server.url) as client:
        for service, kept in KEPT.items():
            for name in kept.names:
                document = {"_id": "1", "sequence": 3, "consumer": "x", "state": {"text": SECRET}, "body": SECRET}
                client[service][name].replace_one({"_id": "1"}, document, upsert=True)
    made = Mongo(server, secrets)
    yield made
    made.close()
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
            [row] = client[service][name].find()
            assert row.keys() <= {"_id", "sequence", "consumer"}, name
            assert row["_id"] == "1"
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


OWN = [(service, name) for service, kept in KEPT.items() for name in sorted(kept.names)]


@pytest.mark.parametrize(("service", "name"), OWN)
def test_a_service_drops_and_renames_nothing_and_makes_nothing_into_something_else(
    mongo: Mongo, service: str, name: str
) -> None:
    for command in (
        {"drop": name},
        {"dropIndexes": name, "index": "*"},
        {"collMod": name, "validationLevel": "off"},
        {"convertToCapped": name, "size": 4096},
        {"cloneCollectionAsCapped": name, "toCollection": "elsewhere", "size": 4096},
        {"compact": name},
        {"validate": name},
        {"aggregate": name, "pipeline": [{"$out": "elsewhere"}], "cursor": {}},
        {"aggregate": name, "pipeline": [{"$merge": "elsewhere"}], "cursor": {}},
        {"aggregate": name, "pipeline": [{"$merge": {"into": {"db": "elsewhere", "coll": name}}}], "cursor": {}},
        {"aggregate": name, "pipeline": [{"$collStats": {"storageStats": {}}}], "cursor": {}},
        {"aggregate": name, "pipeline": [{"$changeStream": {}}], "cursor": {}},
        {"create": "elsewhere", "viewOn": name, "pipeline": []},
    ):
        assert mongo.refuses(service, service, command), command
    for to in (f"{service}.elsewhere", f"elsewhere.{name}", f"{service}.outbox"):
        for more in ({}, {"dropTarget": True}):
            rename = {"renameCollection": f"{service}.{name}", "to": to, **more}
            assert mongo.refuses(service, "admin", rename), rename


APPENDED = [(service, name) for service, kept in KEPT.items() for name in kept.append]
PASSING = [(service, name) for service, kept in KEPT.items() for name in kept.passing]


@pytest.mark.parametrize(("service", "name"), APPENDED)
def test_a_service_adds_to_its_records_and_changes_and_removes_nothing_there(
    mongo: Mongo, service: str, name: str
) -> None:
    assert not mongo.refuses(service, service, {"insert": name, "documents": [{}]})
    for query in ({}, {"_id": "1"}, {"_id": "none"}):
        for command in (
            {"update": name, "updates": [{"q": query, "u": {"$set": {"by": "x"}}}]},
            {"update": name, "updates": [{"q": query, "u": {"_id": "1"}, "upsert": True}]},
            {"update": name, "updates": [{"q": query, "u": [{"$set": {"by": "x"}}], "multi": True}]},
            {"delete": name, "deletes": [{"q": query, "limit": 0}]},
            {"findAndModify": name, "query": query, "remove": True},
            {"findAndModify": name, "query": query, "update": {"$set": {"by": "x"}}},
            {"findAndModify": name, "query": query, "update": {"by": "x"}, "upsert": True},
        ):
            assert mongo.refuses(service, service, command), command
    for stage in ({"$out": name}, {"$merge": name}, {"$merge": {"into": name, "whenMatched": "replace"}}):
        assert mongo.refuses(service, service, {"aggregate": "outbox", "pipeline": [stage], "cursor": {}}), stage


@pytest.mark.parametrize(("service", "name"), [*APPENDED, *PASSING])
def test_a_service_makes_no_index_by_which_what_is_on_record_would_go_or_could_not_be_added(
    mongo: Mongo, service: str, name: str
) -> None:
    for index in (
        {"key": {"at": 1}, "name": "at", "expireAfterSeconds": 0},
        {"key": {"by": 1}, "name": "by", "unique": True},
        {"key": {"by": 1, "at": 1}, "name": "both"},
    ):
        assert mongo.refuses(service, service, {"createIndexes": name, "indexes": [index]}), index


@pytest.mark.parametrize(("service", "name"), PASSING)
def test_a_service_changes_nothing_of_what_waits_for_its_seal(mongo: Mongo, service: str, name: str) -> None:
    for command in (
        {"update": name, "updates": [{"q": {}, "u": {"$set": {"by": "x"}}}]},
        {"findAndModify": name, "query": {}, "update": {"$set": {"by": "x"}}},
    ):
        assert mongo.refuses(service, service, command), command


def test_who_removes_what_is_past_its_days_reads_and_changes_nothing_and_removes_from_records_alone(
    mongo: Mongo,
) -> None:
    for service, name in OWN:
        read: list[Command] = [{"find": name}, {"count": name}, {"aggregate": name, "pipeline": [], "cursor": {}}]
        removal = {"delete": name, "deletes": [{"q": {"_id": "none"}, "limit": 0}]}
        assert mongo.refuses("retention", service, removal) == ((service, name) not in APPENDED), name
        for command in (*read, *changes(name)):
            if "delete" not in command:
                assert mongo.refuses("retention", service, command), (service, command)
    for what in OF_MONGOD:
        assert mongo.refuses("retention", "admin", OF_MONGOD[what]), what


def test_who_backs_up_reads_all_that_is_kept_but_keys_and_who_backs_up_keys_reads_these_alone(mongo: Mongo) -> None:
    for service, name in OWN:
        for user, may in (("backup", name != "vault_keys"), ("backup_keys", name == "vault_keys")):
            for command in ({"find": name}, {"listIndexes": name}):
                assert mongo.refuses(user, service, command) != may, (user, name)
    for user, own, others in (("backup", "outbox", "vault_keys"), ("backup_keys", "vault_keys", "outbox")):
        joined = {"from": others, "localField": "_id", "foreignField": "_id", "as": "all"}
        for stage in ({"$lookup": joined}, {"$unionWith": others}):
            assert mongo.refuses(user, "intake", {"aggregate": own, "pipeline": [stage], "cursor": {}}), (user, stage)


def test_who_backs_up_sees_which_collections_there_are_and_who_backs_up_keys_does_not(mongo: Mongo) -> None:
    for service in KEPT:
        assert not mongo.refuses("backup", service, {"listCollections": 1})
        assert mongo.refuses("backup_keys", service, {"listCollections": 1})


@pytest.mark.parametrize("user", ["backup", "backup_keys"])
def test_who_backs_up_changes_nothing_and_asks_nothing_else(mongo: Mongo, user: str) -> None:
    for service, name in OWN:
        for command in changes(name):
            assert mongo.refuses(user, service, command), (service, command)
    for what in OF_MONGOD:
        assert mongo.refuses(user, "admin", OF_MONGOD[what]), what
    for what in ELSEWHERE.keys() - {"list what is in it"}:
        assert mongo.refuses(user, "intake", filled(ELSEWHERE[what], "intake")), what
    for database, name in (("admin", "system.users"), ("admin", "system.roles"), ("local", "oplog.rs")):
        assert mongo.refuses(user, database, {"find": name}), name


ELSEWHERE: dict[str, Command] = {
    "drop the database": {"dropDatabase": 1},
    "list what is in it": {"listCollections": 1},
    "make a user": {"createUser": "x", "pwd": "x", "roles": []},
    "change its own password": {"updateUser": "{service}", "pwd": "x"},
    "give itself a role": {"grantRolesToUser": "{service}", "roles": ["root"]},
    "give its role a right": {
        "grantPrivilegesToRole": "{service}_may",
        "privileges": [{"resource": {"db": "{service}", "collection": ""}, "actions": ["dropCollection"]}],
    },
    "remove a user": {"dropUser": "auditor"},
    "remove all users": {"dropAllUsersFromDatabase": 1},
    "see another user": {"usersInfo": "auditor"},
    "make a role": {"createRole": "x", "privileges": [], "roles": ["root"]},
    "remove a role": {"dropRole": "auditor_may"},
    "profile": {"profile": 2},
    "see how large all is": {"dbStats": 1},
    "watch the database": {"aggregate": 1, "pipeline": [{"$changeStream": {}}], "cursor": {}},
    "make a collection": {"create": "elsewhere"},
    "make an index elsewhere": {"createIndexes": "elsewhere", "indexes": [{"key": {"a": 1}, "name": "a"}]},
    "write elsewhere": {"insert": "elsewhere", "documents": [{}]},
    "read the profile": {"find": "system.profile"},
    "read the views": {"find": "system.views"},
    "make a view by hand": {"insert": "system.views", "documents": [{"_id": "{service}.x", "viewOn": "vault_keys"}]},
    "read as the auditor": {"find": "audit.parked"},
    "change the auditor's view": {"collMod": "audit.parked", "viewOn": "vault_keys", "pipeline": []},
    "put something in the place of the auditor's view": {"insert": "audit.parked", "documents": [{}]},
}


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("what", ELSEWHERE)
def test_a_service_may_in_its_database_do_nothing_but_use_its_collections(
    mongo: Mongo, service: str, what: str
) -> None:
    command = filled(ELSEWHERE[what], service)
    for database in (service, "admin"):
        assert mongo.refuses(service, database, command), database


def filled(command: Any, service: str) -> Any:
    if isinstance(command, dict):
        return {name: filled(each, service) for name, each in command.items()}
    if isinstance(command, list):
        return [filled(each, service) for each in command]
    return command.replace("{service}", service) if isinstance(command, str) else command


OF_MONGOD: dict[str, Command] = {
    "end it": {"shutdown": 1, "force": True},
    "see how it is set": {"getParameter": "*"},
    "see how it was started": {"getCmdLineOpts": 1},
    "set it otherwise": {"setParameter": 1, "transactionLifetimeLimitSeconds": 600},
    "read its log": {"getLog": "global"},
    "see what all do": {"aggregate": 1, "pipeline": [{"$currentOp": {"allUsers": True}}], "cursor": {}},
    "see all sessions": {"aggregate": 1, "pipeline": [{"$listLocalSessions": {"allUsers": True}}], "cursor": {}},
    "end what others do": {"killOp": 1, "op": 1},
    "end all sessions": {"killAllSessions": []},
    "see its figures": {"serverStatus": 1},
    "see its machine": {"hostInfo": 1},
    "see what is used most": {"top": 1},
    "see the replica set": {"replSetGetStatus": 1},
    "change the replica set": {"replSetReconfig": {"_id": "rs0", "version": 9, "members": []}, "force": True},
    "have another primary elected": {"replSetStepDown": 60},
    "write as a member": {"applyOps": [{"op": "d", "ns": "intake.outbox", "o": {"_id": "1"}}]},
    "hold all writes": {"fsync": 1, "lock": True},
    "begin a new log": {"logRotate": 1},
    "make it older": {"setFeatureCompatibilityVersion": "5.0"},
    "weaken every write": {"setDefaultRWConcern": 1, "defaultWriteConcern": {"w": 1}},
    "watch everything": {
        "aggregate": 1, "pipeline": [{"$changeStream": {"allChangesForCluster": True}}], "cursor": {},
    },
}  # fmt: skip


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("what", OF_MONGOD)
def test_a_service_asks_and_does_nothing_of_mongod_as_a_whole(mongo: Mongo, service: str, what: str) -> None:
    assert mongo.refuses(service, "admin", OF_MONGOD[what])


@pytest.mark.parametrize("what", sorted(OF_MONGOD.keys() - {"see how it is set", "see how it was started"}))
def test_the_auditor_asks_of_mongod_how_it_is_set_and_nothing_else(mongo: Mongo, what: str) -> None:
    assert mongo.refuses("auditor", "admin", OF_MONGOD[what])


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_does_nothing_outside_its_database(mongo: Mongo, service: str) -> None:
    places = [(other, name) for other, name in OWN if other != service]
    places += [("admin", "system.users"), ("admin", "system.roles"), ("local", "oplog.rs"), ("config", "transactions")]
    for database, name in places:
        for command in ({"find": name}, *changes(name)):
            assert mongo.refuses(service, database, command), (database, command)


@pytest.mark.parametrize("service", SERVICES)
async def test_a_service_makes_and_uses_its_collections(tmp_path: Path, service: str) -> None:
    """On a mongod that holds nothing yet."""
    secrets = SecretFiles(tmp_path / "secrets")
    async with MongoServer(tmp_path, admin_password=secrets.mongo_admin_password()) as server:
        await set_up(server.url, secrets)
        store = Store.connected(Mongo(server, secrets).url(service), service)
        for _ in range(2):
            await store.prepare(KEPT[service].names, INDEXES)
        assert await store.hold("leases", "relay", "me", 5)
        await store.write(
            {"outbox": [Insert({"_id": "1", "sent": False}), Put("2", {"_id": "2"})], "once": [Keep("1", {})]}
        )
        assert (await store.fetch({"outbox": {"1"}, "once": {"1"}}))["outbox"].keys() == {"1"}
        await store.write({"outbox": [Replace("1", {"sent": False}, {"_id": "1", "sent": True}), Claim("2", {})]})
        assert await store.update_rows("outbox", {}, {"sent": True}) == 1
        assert await store.remove_rows("once", {}) == 1
        assert await store.abort_silent(0) == 0
        with pytest.raises(NotForThisUser, match=r"collection elsewhere .* deploy/databases has to name it"):
            await store.prepare(["elsewhere"], {})
        store.close()
