"""A backup on a real mongod: one instant, whole or not there, keys apart."""

from __future__ import annotations

import asyncio
import errno
import hashlib
import shutil
import stat
import sys
import threading
import time
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import bson
import pytest
from pymongo import MongoClient

from relevo_chassis.people.vault import KEYS
from relevo_deploy.backups import commands, files
from relevo_deploy.backups.copying import Made, Wanted, backed_up
from relevo_deploy.backups.files import remove_older, written
from relevo_deploy.backups.manifest import NAME, Manifest, faults, read_manifest
from relevo_deploy.backups.progress import Progress
from relevo_deploy.backups.snapshot import names_in, snapshot
from relevo_deploy.command import main
from relevo_deploy.failed import Failed
from relevo_deploy.secret_files import SecretFiles
from relevo_deploy.servers.databases import default_folder, read_databases, set_up
from relevo_servers import MongoServer

KEPT = read_databases(default_folder())
NAMES = sorted(KEPT["scheduling"].names - {KEYS})
NOW = datetime(2026, 11, 30, 2, tzinfo=UTC)


class Mongo:
    """A mongod as an operator has set it up, with a backup's two users."""

    def __init__(self, server: MongoServer, secrets: SecretFiles) -> None:
        self.server = server
        self._secrets = secrets
        self.client: MongoClient[dict[str, Any]] = MongoClient(server.url)
        self.scheduling = self.client["scheduling"]

    def url(self, user: str) -> str:
        return self.server.url_for(user, self._secrets.mongo_password(user))

    def data(self, into: Path) -> Made:
        return backed_up(Wanted("data", "scheduling", NAMES, self.url("backup"), into))

    def keys(self, into: Path) -> Made:
        return backed_up(Wanted("keys", "scheduling", [KEYS], self.url("backup_keys"), into))


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mongo]:
    folder = tmp_path_factory.mktemp("backups")
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
    """With two rooms, three events of which one waits for the relay, and a key."""
    for name in KEPT["scheduling"].names:
        running.scheduling[name].delete_many({})
    running.scheduling["room"].insert_many([{"_id": "a", "sequence": 2}, {"_id": "b", "sequence": 1}])
    events = [{"_id": str(n), "order": n, "sequence": n, "lane": "room/a", "sent": n < 3} for n in (1, 2, 3)]
    running.scheduling["outbox"].insert_many(events)
    running.scheduling["outbox"].create_index([("order", 1)], name="waits", partialFilterExpression={"sent": False})
    running.scheduling[KEYS].insert_one({"_id": "person/decisions", "wrapped": b"key"})
    return running


def test_a_backup_holds_what_a_service_keeps_as_mongodump_writes_it_and_no_key(mongo: Mongo, tmp_path: Path) -> None:
    made = mongo.data(tmp_path)
    assert made.folder.parent == tmp_path / "scheduling"
    assert bson.decode_all((made.folder / "room.bson").read_bytes()) == [*mongo.scheduling["room"].find()]
    indexes = bson.json_util.loads((made.folder / "outbox.metadata.json").read_text())["indexes"]
    assert {each["name"]: dict(each["key"]) for each in indexes} == {"_id_": {"_id": 1}, "waits": {"order": 1}}
    assert not [each for each in made.folder.iterdir() if KEYS in each.name]
    assert (made.manifest.events, made.manifest.unsent) == (3, 1)
    assert made.manifest.collections["outbox"].indexes == ("_id_", "waits")
    assert read_manifest(made.folder) == made.manifest
    assert list(faults(made.folder, made.manifest)) == []
    kept = [*tmp_path.rglob("*.bson"), *tmp_path.rglob("*.json")]
    assert {stat.S_IMODE(each.stat().st_mode) for each in kept} == {0o600}
    assert stat.S_IMODE(made.folder.stat().st_mode) == 0o700


def test_a_backup_of_keys_holds_these_alone(mongo: Mongo, tmp_path: Path) -> None:
    made = mongo.keys(tmp_path)
    assert set(made.manifest.collections) == {KEYS}
    assert bson.decode_all((made.folder / f"{KEYS}.bson").read_bytes()) == [*mongo.scheduling[KEYS].find()]


def test_all_of_a_backup_stood_so_at_one_instant_while_others_write(mongo: Mongo, tmp_path: Path) -> None:
    """Whoever moves a thing from one collection to another in a transaction has it in a backup exactly once."""
    mongo.scheduling["roster"].insert_many([{"_id": str(n), "pad": "x" * 500} for n in range(20_000)])
    over = threading.Event()

    def move_all() -> None:
        for n in range(20_000):
            if over.is_set():
                return
            with mongo.client.start_session() as session, session.start_transaction():
                row = mongo.scheduling["roster"].find_one_and_delete({"_id": str(n)}, session=session)
                mongo.scheduling["faculty"].insert_one(row or {}, session=session)

    mover = threading.Thread(target=move_all)
    mover.start()
    try:
        while not mongo.scheduling["faculty"].count_documents({}):
            time.sleep(0.01)
        made = mongo.data(tmp_path)
        while_it_was_read = mongo.scheduling["faculty"].count_documents({})
    finally:
        over.set()
        mover.join()
    found = {name: bson.decode_all((made.folder / f"{name}.bson").read_bytes()) for name in ("roster", "faculty")}
    assert sorted(int(each["_id"]) for rows in found.values() for each in rows) == [*range(20_000)]
    assert 0 < len(found["faculty"]) < while_it_was_read


def test_what_mongod_no_longer_keeps_of_the_instant_is_said_and_nothing_is_left(mongo: Mongo, tmp_path: Path) -> None:
    window = "minSnapshotHistoryWindowInSeconds"

    def read_until_it_is_gone() -> None:
        with (
            written(tmp_path, "scheduling", NOW) as writing,
            snapshot(mongo.url("backup"), "scheduling", ["room"]) as found,
        ):
            for number in range(1_000):
                mongo.scheduling["room"].replace_one({"_id": "a"}, {"_id": "a", "pad": "x" * 100_000})
                writing.put(str(number), found.content("room"))

    mongo.client.admin.command({"setParameter": 1, window: 0})
    try:
        with pytest.raises(Failed, match=f"set {window} of mongod higher than 300"):
            read_until_it_is_gone()
    finally:
        mongo.client.admin.command({"setParameter": 1, window: 300})
    assert [*(tmp_path / "scheduling").glob("2*")] == []


def test_a_backup_that_was_broken_off_is_none_and_the_next_one_clears_it_away(mongo: Mongo, tmp_path: Path) -> None:
    left = tmp_path / "scheduling" / "2026-11-30T020000Z.part"
    left.mkdir(parents=True)
    (left / "room.bson").write_bytes(b"half")
    assert main(["check-backup", str(tmp_path)]) == 1
    with pytest.raises(Failed, match="broken off"):
        read_manifest(left)
    mongo.data(tmp_path)
    assert not left.exists()
    assert main(["check-backup", str(tmp_path)]) == 0


def test_a_full_disk_is_said_and_nothing_is_left_that_looks_whole(
    mongo: Mongo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put = files.Writing.put

    def full(self: files.Writing, name: str, chunks: Iterable[bytes]) -> Any:
        if name == "room.bson":
            put(self, name, [b"some"])
            raise OSError(errno.ENOSPC, "No space left on device")
        return put(self, name, chunks)

    monkeypatch.setattr(files.Writing, "put", full)
    with pytest.raises(Failed, match=r"No space left on device; nothing of it was left there"):
        mongo.data(tmp_path)
    assert [each.name for each in (tmp_path / "scheduling").iterdir()] == [".lock"]


def test_two_runs_do_not_write_backups_of_a_service_to_one_place(tmp_path: Path) -> None:
    with (
        written(tmp_path, "scheduling", NOW),
        pytest.raises(Failed, match="another run writes a backup of scheduling"),
        written(tmp_path, "scheduling", NOW + timedelta(hours=1)),
    ):
        pass
    assert (tmp_path / "scheduling" / "2026-11-30T020000Z").is_dir()


@pytest.mark.parametrize("damage", ["changed", "cut", "missing", "added", "manifest"])
def test_a_backup_that_is_not_as_it_was_written_is_found_without_a_server(
    mongo: Mongo, tmp_path: Path, damage: str, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = mongo.data(tmp_path).folder
    assert main(["check-backup", str(folder)]) == 0
    assert "whole; data of scheduling" in capsys.readouterr().out
    file = folder / "room.bson"
    content = bytearray(file.read_bytes())
    match damage:
        case "changed":
            content[-2] ^= 1
            file.write_bytes(content)
        case "cut":
            file.write_bytes(content[:-1])
        case "missing":
            file.unlink()
        case "added":
            (folder / "more.bson").touch()
        case "manifest":
            (folder / NAME).write_text('{"format": 2}')
    assert main(["check-backup", str(tmp_path)]) == 1
    assert "WRONG" in capsys.readouterr().out


def test_where_no_backup_is_that_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check-backup", str(tmp_path)]) == 2
    assert "no backup" in capsys.readouterr().err


def test_what_lies_in_the_database_and_in_no_file_is_noticed(mongo: Mongo) -> None:
    assert names_in(mongo.url("backup"), "scheduling") <= KEPT["scheduling"].names
    mongo.scheduling["strange"].insert_one({})
    try:
        assert names_in(mongo.url("backup"), "scheduling") - KEPT["scheduling"].names == {"strange"}
    finally:
        mongo.scheduling["strange"].drop()


def backup_of(what: Any, folder: Path, made_at: datetime) -> None:
    folder.mkdir(parents=True)
    stated = Manifest(
        what=what, service="scheduling", release="0", made_at=made_at, cluster_time="1.1", collections={}, events=0,
        unsent=0,
    )  # fmt: skip
    (folder / NAME).write_text(stated.model_dump_json())


def test_older_ones_of_the_same_kind_and_service_go_and_no_others(tmp_path: Path) -> None:
    for days in (0, 5, 6, 7):
        backup_of("keys", tmp_path / "scheduling" / f"{days}", NOW - timedelta(days=days))
    backup_of("data", tmp_path / "scheduling" / "data", NOW - timedelta(days=30))
    backup_of("keys", tmp_path / "intake" / "old", NOW - timedelta(days=30))
    removed = remove_older(tmp_path, "scheduling", "keys", timedelta(days=5, hours=1), NOW)
    assert sorted(each.name for each in removed) == ["6", "7"]
    assert {each.name for each in (tmp_path / "scheduling").iterdir()} == {"0", "5", "data"}
    assert (tmp_path / "intake" / "old").is_dir()


def test_keys_and_data_do_not_lie_in_one_folder_and_keys_not_for_longer_than_seven_days(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    backup_of("data", tmp_path / "scheduling" / "one", NOW)
    stack = ("--stack", str(tmp_path / "nothing"))
    assert main(["backup-keys", "scheduling", "--into", str(tmp_path), *stack]) == 2
    assert "holds data: keys go to another folder" in capsys.readouterr().err
    assert main(["backup-keys", "scheduling", "--into", str(tmp_path / "keys"), "--keep", "8d", *stack]) == 2
    assert "7d at most" in capsys.readouterr().err
    assert main(["backup", "--into", str(tmp_path), *stack]) == 2
    assert "name a service, or all of them with --all" in capsys.readouterr().err


async def test_one_that_cannot_be_backed_up_keeps_none_of_the_others(capsys: pytest.CaptureFixture[str]) -> None:
    done = []

    async def one(service: str) -> int:
        if service == "intake":
            raise Failed("intake: refused")
        done.append(service)
        return 0

    assert await commands._each(["intake", "scheduling"], one) == 2
    assert done == ["scheduling"]
    assert "intake: refused" in capsys.readouterr().err


def test_what_takes_long_is_shown(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    quick = Progress("intake")
    assert list(quick("outbox", [b"a"])) == [b"a"]
    assert capsys.readouterr().err == ""
    monkeypatch.setattr(Progress, "SECONDS", 0.0)
    assert list(Progress("intake")("outbox", [b"a" * 2_000_000])) == [b"a" * 2_000_000]
    assert "intake: outbox, 2 MB so far" in capsys.readouterr().err


def test_memory_does_not_grow_with_what_is_copied(mongo: Mongo, tmp_path: Path) -> None:
    """Read in pieces of 16 MB at most, which MongoDB sets, and written as they come."""
    mongo.scheduling["materials"].insert_many([{"_id": n, "pad": b"x" * 1_000_000} for n in range(60)])
    largest = 0

    def seen(batches: Iterable[bytes]) -> Iterator[bytes]:
        nonlocal largest
        for each in batches:
            largest = max(largest, sys.getsizeof(each))
            yield each

    with snapshot(mongo.url("backup"), "scheduling", ["materials"]) as found:
        digest = hashlib.sha256()
        for each in seen(found.content("materials")):
            digest.update(each)
    assert 1_000_000 < largest < 18_000_000
    shutil.rmtree(tmp_path)
