"""Secrets, MongoDB's users, servers run by somebody else, and the compose file."""

import asyncio
import re
import stat
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from pymongo import MongoClient
from pymongo.errors import OperationFailure

from relevo_deploy.command import main
from relevo_deploy.deployed import DEPLOYED
from relevo_deploy.embedded.place import Elsewhere, Ports
from relevo_deploy.embedded.programs import PROGRAMS
from relevo_deploy.embedded.stack import Stack
from relevo_deploy.secret_files import SecretFiles
from relevo_deploy.servers.administration import settings_of
from relevo_deploy.servers.databases import set_up
from relevo_deploy.topology.files import default_folder, read_topology
from relevo_deploy.topology.server_config import authorization
from relevo_servers import TRANSACTION_SECONDS, MongoServer, NatsServer, find_mongod, find_nats_server

ROOT = Path(__file__).parents[2]
OF_THE_STACK_ALONE = {
    "RELEVO_OIDC_AUDIENCE",
    "RELEVO_LETTERS_PER_SECOND",
    "RELEVO_ATTACK_BEGINNINGS",
    "RELEVO_TRACING_TRUSTED",  # through a published port strangers come from the same network as the portal
    "RELEVO_OIDC_CLIENT_ID",  # no provider for staff runs in containers yet
    "RELEVO_OIDC_CLIENT_SECRET_FILE",
}
OF_CONTAINERS_ALONE = {"RELEVO_HTTP_CONNECTIONS", "RELEVO_CALENDAR_URL"}
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())


def test_secrets_are_made_for_everyone_and_kept(tmp_path: Path) -> None:
    assert main(["secrets", "--into", str(tmp_path)]) == 0
    made = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    assert {stat.S_IMODE(path.stat().st_mode) for path in made} == {0o600}
    for service in DEPLOYED:
        names = {"nats.creds", "mongo.password", "service.key"}
        assert names <= {path.name for path in (tmp_path / service).iterdir()}
    assert main(["secrets", "--into", str(tmp_path)]) == 0
    made.pop(tmp_path / "nats" / "bus.conf")  # signed anew each time, by the same keys
    assert {path: path.read_bytes() for path in made} == made


def test_an_owner_that_is_no_number_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["secrets", "--into", str(tmp_path), "--owner", "intake=ana"]) == 2
    assert "the number of the user" in capsys.readouterr().err


def test_a_new_mongod_becomes_a_replica_set_with_its_users_and_doing_it_again_changes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    secrets = SecretFiles(tmp_path / "secrets")
    mongo = MongoServer(
        tmp_path, alone=False, admin_password=secrets.mongo_admin_password(), key=secrets.replica_set_key()
    )
    asyncio.run(mongo.start())
    try:
        words = ["mongo-init", "--address", mongo.address, "--secrets", str(secrets.folder)]
        assert main(words) == 0
        assert main(words) == 0
        client: MongoClient[dict[str, Any]] = MongoClient(
            mongo.url_for("intake", secrets.password("intake", "mongo.password"))
        )
        with client:
            client["intake"]["call"].insert_one({})
        auditor = mongo.url_for("auditor", secrets.password("auditor", "mongo.password"))
        assert settings_of(auditor) == (TRANSACTION_SECONDS, False)
        with MongoClient[dict[str, Any]](mongo.url) as admin:
            admin.admin.command({"setParameter": 1, "transactionLifetimeLimitSeconds": 60})
        output = capsys.readouterr().out
        assert "in place of 60" not in output
        assert "JavaScript" not in output
        assert main(words) == 0
        assert "transactionLifetimeLimitSeconds=10 in place of 60" in capsys.readouterr().out
        assert settings_of(auditor) == (TRANSACTION_SECONDS, False)
    finally:
        asyncio.run(mongo.stop())


class ScriptingServer(MongoServer):
    """A mongod as it is when nobody says how it should be."""

    def _command(self) -> list[str]:
        return [each for each in super()._command() if each != "--noscripting"]


async def test_a_mongod_that_runs_javascript_is_told_by_mongo_init_and_by_the_auditors_question(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    secrets = SecretFiles(tmp_path / "secrets")
    async with ScriptingServer(tmp_path, admin_password=secrets.mongo_admin_password()) as mongo:
        words = ["mongo-init", "--address", mongo.address, "--secrets", str(secrets.folder)]
        assert await asyncio.to_thread(main, words) == 0
        assert "start it with --noscripting" in capsys.readouterr().out
        assert settings_of(mongo.url_for("auditor", secrets.password("auditor", "mongo.password"))).scripting


_CODE = {"body": "function () { return true; }", "args": [], "lang": "js"}
_FOLD = {"init": "function () {}", "accumulate": "function () {}", "merge": "function () {}", "accumulateArgs": []}
SCRIPTS: dict[str, dict[str, Any]] = {
    "$where": {"find": "things", "filter": {"$where": "true"}},
    "$where to remove": {"findAndModify": "things", "query": {"$where": "true"}, "remove": True},
    "$function": {"find": "things", "filter": {"$expr": {"$function": _CODE}}},
    "$accumulator": {
        "aggregate": "things",
        "pipeline": [{"$group": {"_id": 1, "all": {"$accumulator": {**_FOLD, "lang": "js"}}}}],
        "cursor": {},
    },
    "mapReduce": {"mapReduce": "things", "map": "function () {}", "reduce": "function () {}", "out": {"inline": 1}},
}


@pytest.mark.parametrize("script", SCRIPTS)
def test_no_javascript_runs_in_a_mongod_of_ours_whoever_sends_it(
    script: str, mongo_server: MongoServer, mongo_database: str
) -> None:
    with MongoClient[dict[str, Any]](mongo_server.url) as client:
        client[mongo_database]["things"].insert_one({})
        with pytest.raises(OperationFailure, match=r"javascript|globalScriptEngine"):
            client[mongo_database].command(SCRIPTS[script])
        client.drop_database(mongo_database)


def test_of_a_replica_set_that_others_made_mongo_init_makes_users_and_rights_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    secrets = SecretFiles(tmp_path / "secrets")
    mongo = MongoServer(tmp_path, admin_password=secrets.mongo_admin_password())
    asyncio.run(mongo.start())
    try:
        words = ["mongo-init", "--url", mongo.url_for(), "--secrets", str(secrets.folder)]
        assert main(words) == 0
        assert main(words) == 0
        assert secrets.mongo_admin_password() not in capsys.readouterr().out
        intake = mongo.url_for("intake", secrets.password("intake", "mongo.password"))
        with MongoClient[dict[str, Any]](intake) as client:
            client["intake"]["call"].insert_one({})
            with pytest.raises(OperationFailure, match="not authorized"):
                client["portal"]["sessions"].find_one({})
        secrets.path("admin", "mongo.password").write_text("another")
        assert main(words) == 2
        assert "Authentication failed" in capsys.readouterr().err
    finally:
        asyncio.run(mongo.stop())


def test_a_folder_of_passwords_that_lacks_one_and_cannot_be_written_to_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "secrets").write_text("not a folder")
    assert main(["mongo-init", "--url", "mongodb://127.0.0.1:9/", "--secrets", str(tmp_path / "secrets")]) == 2
    assert "what is missing there could not be made" in capsys.readouterr().err


def test_a_mongod_that_is_not_there_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["mongo-init", "--address", "127.0.0.1:9", "--secrets", str(tmp_path), "--wait", "1"]
    assert main(words) == 2
    assert "no usable replica set at 127.0.0.1:9" in capsys.readouterr().err


class ServersElsewhere:
    """NATS and MongoDB as an operator runs them, with the users of a folder of secrets."""

    def __init__(self, folder: Path) -> None:
        self.secrets = SecretFiles(folder / "secrets")
        config = authorization(self.secrets.bus, read_topology(default_folder()), folder / "nats" / "accounts")
        self.nats = NatsServer(folder / "nats", config=config)
        self.mongo = MongoServer(folder / "mongo", admin_password=self.secrets.mongo_admin_password())


async def test_a_stack_uses_servers_elsewhere_and_runs_none_of_its_own(tmp_path: Path) -> None:
    servers = ServersElsewhere(tmp_path)
    async with servers.nats, servers.mongo:
        await set_up(servers.mongo.url, servers.secrets)
        stack = Stack(
            tmp_path / "stack",
            programs=[each for each in PROGRAMS if each.name == "scheduling"],
            services=["scheduling"],
            elsewhere=Elsewhere(servers.nats.url, f"{servers.mongo.url_for()}&authSource=admin"),
            secrets_folder=servers.secrets.folder,
        )
        async with stack:
            assert stack.pid("scheduling")
            with pytest.raises(KeyError):
                stack.pid("nats")
        assert servers.nats.pid
        assert servers.mongo.pid


def test_the_compose_files_mongod_is_set_as_the_stacks_is() -> None:
    command = COMPOSE["services"]["mongo"]["command"]
    assert f"--setParameter=transactionLifetimeLimitSeconds={TRANSACTION_SECONDS}" in command
    assert "--noscripting" in command


@pytest.mark.parametrize(("service", "program"), [("nats", find_nats_server), ("mongo", find_mongod)])
def test_the_compose_file_runs_the_versions_that_the_tests_run_on(service: str, program: Callable[[], Path]) -> None:
    output = subprocess.run([program(), "--version"], capture_output=True, check=True, text=True).stdout  # noqa: S603
    [version, *_] = re.findall(r"v(\d+\.\d+\.\d+)", output)
    image, _, tag = COMPOSE["services"][service]["image"].partition(":")
    assert (image, tag.removesuffix("-alpine")) == (service, version)


def test_the_compose_file_publishes_on_loopback_alone() -> None:
    ports = [port for service in COMPOSE["services"].values() for port in service.get("ports", [])]
    assert len(ports) == 9
    assert all(port.startswith("127.0.0.1:") for port in ports)


def test_rule_20_letters_lead_to_the_door_of_the_portal_that_runs_beside(tmp_path: Path) -> None:
    place = Stack(tmp_path, ports=Ports.fixed()).place
    of_stack = {program.name: program.environment(place) for program in PROGRAMS}
    of_compose = {name: COMPOSE["services"][name]["environment"] for name in ("intake", "portal")}
    for environment in (of_stack, of_compose):
        assert environment["intake"]["RELEVO_PORTAL_URL"] == environment["portal"]["RELEVO_PUBLIC_URL"]


def test_the_compose_file_runs_every_service_as_the_stack_does(tmp_path: Path) -> None:
    stack = Stack(tmp_path, ports=Ports.fixed())
    for program in PROGRAMS:
        composed = set(COMPOSE["services"][program.name]["environment"])
        embedded = {name for name in program.environment(stack.place) if name.startswith("RELEVO_")}
        assert composed - OF_CONTAINERS_ALONE == embedded - OF_THE_STACK_ALONE


@pytest.mark.parametrize("service", DEPLOYED)
def test_a_composed_service_is_given_its_own_secrets_and_nobody_elses(service: str) -> None:
    composed = COMPOSE["services"][service]
    assert composed["volumes"] == [f"./var/compose/{service}:/run/relevo:ro", "clock:/clock:ro"]
    assert f"--owner={service}=10001" in COMPOSE["services"]["secrets"]["command"]
    assert composed["read_only"]
    assert composed["cap_drop"] == ["ALL"]
    assert (ROOT / composed["build"]["dockerfile"]).is_file()
