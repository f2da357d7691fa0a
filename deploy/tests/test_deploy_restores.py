"""A service put back from a backup on a real mongod: whole, or as it was before, wherever it is broken off."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pymongo import MongoClient
from pymongo.errors import OperationFailure

from relevo_chassis.people.vault import KEYS
from relevo_deploy.backups import placing, restoring
from relevo_deploy.backups.copying import Wanted, backed_up
from relevo_deploy.backups.manifest import NAME
from relevo_deploy.backups.placing import Database
from relevo_deploy.command import main
from relevo_deploy.secret_files import SecretFiles
from relevo_deploy.servers import administration
from relevo_deploy.servers.databases import default_folder, make_for_service, read_databases, set_up
from relevo_servers import MongoServer

KEPT = read_databases(default_folder())["scheduling"]
Rows = dict[str, list[dict[str, Any]]]


class Mongo:
    """A mongod as an operator has set it up, with an operator in front of it."""

    def __init__(self, server: MongoServer, secrets: SecretFiles) -> None:
        self.server = server
        self.secrets = secrets
        self.client: MongoClient[dict[str, Any]] = MongoClient(server.url)
        self.scheduling = self.client["scheduling"]

    def url(self, user: str) -> str:
        return self.server.url_for(user, self.secrets.mongo_password(user))

    def backup(self, into: Path) -> Path:
        names = sorted(KEPT.names - {KEYS})
        return backed_up(Wanted("data", "scheduling", names, self.url("backup"), into)).folder

    def backup_keys(self, into: Path) -> Path:
        return backed_up(Wanted("keys", "scheduling", [KEYS], self.url("backup_keys"), into)).folder

    def restore(self, *words: object, service: str = "scheduling") -> int:
        return main([
            "restore", service, *map(str, words), "--mongo-url", self.server.url_for(), "--mongo-user", "admin",
            "--mongo-password-file", str(self.secrets.path("admin", "mongo.password")), "--stack", "nowhere",
        ])  # fmt: skip

    def rows(self) -> Rows:
        return {name: [*self.scheduling[name].find().sort("_id")] for name in sorted(KEPT.names)}

    def may_start(self) -> bool:
        """Whether the service's user may use its store."""
        with MongoClient[dict[str, Any]](self.url("scheduling")) as client:
            try:
                client["scheduling"]["room"].find_one()
                client["scheduling"]["outbox"].update_one({"_id": "none"}, {"$set": {"sent": True}})
            except OperationFailure:
                return False
        return True


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mongo]:
    folder = tmp_path_factory.mktemp("restores")
    secrets = SecretFiles(folder / "secrets")
    server = MongoServer(folder, admin_password=secrets.mongo_admin_password())
    asyncio.run(server.start())
    asyncio.run(set_up(server.url, secrets))
    made = Mongo(server, secrets)
    yield made
    made.client.close()
    asyncio.run(server.stop())


@pytest.fixture
def mongo(running: Mongo) -> Mongo:
    """With three rooms, two events and a key."""
    running.client.drop_database("scheduling")
    asyncio.run(make_for_service(running.server.url, "scheduling", KEPT))
    administration.set_rights(running.server.url, "scheduling", KEPT.rights("scheduling"))
    running.scheduling["room"].insert_many([{"_id": each, "sequence": 1} for each in "abc"])
    running.scheduling["outbox"].insert_many([{"_id": str(n), "order": n, "sequence": n, "sent": True} for n in (1, 2)])
    running.scheduling["outbox"].create_index([("order", 1)], name="waits", partialFilterExpression={"sent": False})
    running.scheduling[KEYS].insert_one({"_id": "ana/decisions", "wrapped": b"key"})
    return running


@pytest.fixture
def backup(mongo: Mongo, tmp_path: Path) -> Path:
    return mongo.backup(tmp_path / "data")


def go_on(mongo: Mongo) -> Rows:
    """What the service did after the backup; returns how the store is then."""
    mongo.scheduling["room"].delete_one({"_id": "a"})
    mongo.scheduling["room"].update_one({"_id": "b"}, {"$set": {"sequence": 2}})
    mongo.scheduling["attendance"].insert_one({"_id": "new"})
    mongo.scheduling[KEYS].insert_one({"_id": "bea/decisions", "wrapped": b"another"})
    return mongo.rows()


def test_a_store_is_as_the_backup_has_it_with_its_indexes_and_keys_stay_as_they_are(
    mongo: Mongo, backup: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = mongo.rows()
    after = go_on(mongo)
    assert mongo.restore(backup, "--replace") == 0
    output = capsys.readouterr().out
    assert "scheduling is as it was at 20" in output
    assert "5 documents, 2 events" in output
    assert (
        output.index("start scheduling")
        < output.index("relevo replay scheduling_intake")
        < output.rindex("relevo verify")
    )
    assert mongo.rows() == {**before, KEYS: after[KEYS]}
    index = mongo.scheduling["outbox"].index_information()["waits"]
    assert index["partialFilterExpression"] == {"sent": False}
    assert mongo.may_start()
    names = mongo.scheduling.list_collection_names()
    assert not [each for each in names if each.startswith("restoring")]
    assert "audit.attendance" in names


def test_a_database_that_is_gone_is_put_back_with_its_keys(mongo: Mongo, backup: Path, tmp_path: Path) -> None:
    keys, before = mongo.backup_keys(tmp_path / "keys"), mongo.rows()
    mongo.client.drop_database("scheduling")
    assert mongo.restore(backup, "--keys", keys) == 0
    assert mongo.rows() == before
    assert mongo.may_start()


def test_without_keys_and_with_older_ones_it_is_told_who_cannot_be_read(
    mongo: Mongo, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    keys = mongo.backup_keys(tmp_path / "keys")
    manifest = json.loads((keys / NAME).read_text())
    (keys / NAME).write_text(json.dumps(manifest | {"made_at": "2020-01-01T00:00:00Z"}))
    data = mongo.backup(tmp_path / "data")
    mongo.client.drop_database("scheduling")
    assert mongo.restore(data) == 0
    assert "nothing personal can be read" in capsys.readouterr().out
    assert mongo.restore(data, "--keys", keys, "--replace") == 0
    assert "the keys are older than the data" in capsys.readouterr().out


def test_a_store_that_holds_something_is_left_as_it_is(
    mongo: Mongo, backup: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = mongo.rows()
    assert mongo.restore(backup) == 2
    assert "is not empty (outbox, room" in capsys.readouterr().err
    assert mongo.rows() == before


def test_nothing_is_changed_while_the_service_runs(
    mongo: Mongo, backup: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = go_on(mongo)
    with MongoClient[dict[str, Any]](mongo.url("scheduling")) as client:
        client["scheduling"]["room"].find_one()
        assert mongo.restore(backup, "--replace") == 2
        assert (
            "scheduling runs: somebody is connected to MongoDB as its user, from 127.0.0.1:" in capsys.readouterr().err
        )
    assert mongo.rows() == before
    assert mongo.may_start()


def test_a_service_that_comes_back_while_a_backup_is_loaded_keeps_its_store(
    mongo: Mongo, backup: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, mark = go_on(mongo), Database.mark
    with MongoClient[dict[str, Any]](mongo.url("scheduling")) as client:

        def come_back(self: Database, backup: str) -> None:
            client["scheduling"]["room"].find_one()
            mark(self, backup)

        monkeypatch.setattr(Database, "mark", come_back)
        assert mongo.restore(backup, "--replace") == 2
        client["scheduling"]["room"].find_one()
    assert mongo.rows() == before
    assert mongo.may_start()


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"release": "99.0.0"}, "made by release 99.0.0; use relevo of that one"),
        ({"service": "intake"}, "a backup of the data of intake, not of the data of scheduling"),
        ({"what": "keys"}, "a backup of the keys of scheduling, not of the data of scheduling"),
        ({"format": 2}, "is not what relevo backup writes"),
    ],
)
def test_what_is_not_the_backup_that_it_has_to_be_changes_nothing(
    mongo: Mongo, backup: Path, change: dict[str, object], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    before = mongo.rows()
    (backup / NAME).write_text(json.dumps(json.loads((backup / NAME).read_text()) | change))
    assert mongo.restore(backup, "--replace") == 2
    assert says in capsys.readouterr().err
    assert mongo.rows() == before


def test_a_backup_that_is_damaged_changes_nothing_and_a_folder_of_several_is_none(
    mongo: Mongo, backup: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = mongo.rows()
    assert mongo.restore(backup.parent, "--replace") == 2
    assert f"name one of those in it, such as {backup}" in capsys.readouterr().err
    with (backup / "room.bson").open("ab") as file:
        file.write(b"x")
    assert mongo.restore(backup, "--replace") == 2
    assert "is not whole: room.bson has" in capsys.readouterr().err
    assert mongo.rows() == before


def test_what_mongod_holds_otherwise_than_the_backup_does_not_come_into_its_place(
    mongo: Mongo, backup: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    before, documents = mongo.rows(), placing.documents
    monkeypatch.setattr(placing, "documents", lambda batch: documents(batch)[:-1] or documents(batch))
    assert mongo.restore(backup, "--replace") == 2
    assert "otherwise than the backup; nothing was changed" in capsys.readouterr().err
    assert mongo.rows() == before
    assert mongo.may_start()


class Killed(BaseException):
    """What ends a process at a place."""


def break_off(monkeypatch: pytest.MonkeyPatch, step: str, time: int) -> None:
    """Let the run end before a step is done for the nth time."""
    where: Any = {"renamed": placing, "set_rights": restoring}.get(step, Database)
    original, times = getattr(where, step), 0

    def done(*about: Any, **more: Any) -> Any:
        nonlocal times
        times += 1
        if times == time:
            raise Killed
        return original(*about, **more)

    monkeypatch.setattr(where, step, done)


@pytest.mark.parametrize(
    ("step", "time", "starts"),
    [
        ("load", 1, True),
        ("mark", 1, True),
        ("set_rights", 1, True),
        ("renamed", 1, False),
        ("renamed", 4, False),
        ("drop", 1, False),
        ("unmark", 1, False),
        ("set_rights", 2, False),
    ],
)
def test_wherever_it_is_broken_off_the_service_has_its_old_store_or_does_not_start_and_repeating_ends_it(
    mongo: Mongo, backup: Path, step: str, time: int, starts: bool
) -> None:
    whole = mongo.rows()
    old = go_on(mongo)
    with pytest.MonkeyPatch.context() as monkeypatch:
        break_off(monkeypatch, step, time)
        with pytest.raises(Killed):
            mongo.restore(backup, "--replace")
    assert mongo.may_start() == starts
    assert not starts or mongo.rows() == old
    is_marked = step in ("set_rights", "renamed", "drop", "unmark") and (step, time) != ("set_rights", 2)
    assert mongo.restore(backup, *(() if is_marked else ("--replace",))) == 0
    assert mongo.rows() == {**whole, KEYS: old[KEYS]}
    assert mongo.may_start()


def test_who_prepares_the_servers_is_told_of_a_restore_that_was_broken_off(
    mongo: Mongo, backup: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(placing, "renamed", lambda *about: (_ for _ in ()).throw(Killed()))
        with pytest.raises(Killed):
            mongo.restore(backup, "--replace")
    prepare = ["mongo-init", "--secrets", str(mongo.secrets.folder), "--url", mongo.server.url_for()]
    assert main(prepare) == 1
    assert "scheduling: its restore was broken off" in capsys.readouterr().out
    assert not mongo.may_start()
    assert mongo.restore(backup) == 0
    assert main(prepare) == 0
    assert mongo.may_start()


def test_where_the_users_were_lost_too_it_is_said_that_they_are_to_be_made(
    mongo: Mongo, backup: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mongo.client.drop_database("scheduling")
    mongo.client.admin.command("dropUser", "scheduling")
    mongo.client.admin.command("dropRole", "scheduling_may")
    assert mongo.restore(backup) == 0
    assert "relevo mongo-init --secrets FOLDER" in capsys.readouterr().out
    asyncio.run(set_up(mongo.server.url, mongo.secrets))
    assert mongo.may_start()
