"""The authority of an installation and the certificates of its servers, made, kept, renewed and believed over TLS."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import nats
import pytest
from cryptography import x509
from nats.errors import Error as NatsError
from pymongo import MongoClient
from pymongo.errors import ServerSelectionTimeoutError

from relevo_deploy.command import main
from relevo_deploy.embedded.place import Elsewhere, Ports
from relevo_deploy.embedded.programs import PROGRAMS
from relevo_deploy.embedded.stack import Stack
from relevo_deploy.secret_files import SecretFiles
from relevo_deploy.servers.certificates import CERTIFICATE_LASTS, RENEWED_BEFORE, certify, trust
from relevo_deploy.topology.files import default_folder, read_topology
from relevo_deploy.topology.server_config import authorization
from relevo_servers import MongoServer, NatsServer, mongo_url

NOW = datetime.now(UTC)
NAMES = ("nats", "localhost", "127.0.0.1")


@pytest.fixture
def files(tmp_path: Path) -> SecretFiles:
    return SecretFiles(tmp_path / "secrets")


def served(files: SecretFiles, server: str) -> x509.Certificate:
    return x509.load_pem_x509_certificate(files.path(server, "server.pem").read_bytes())


def test_a_certificate_is_kept_until_two_months_before_its_end_or_other_names(files: SecretFiles) -> None:
    assert certify(files, "nats", NAMES, NOW)
    first = served(files, "nats")
    in_time = NOW + CERTIFICATE_LASTS - RENEWED_BEFORE
    assert not certify(files, "nats", NAMES, in_time - timedelta(days=1))
    assert served(files, "nats") == first
    assert certify(files, "nats", NAMES, in_time)
    second = served(files, "nats")
    assert second.not_valid_after_utc > first.not_valid_after_utc
    assert certify(files, "nats", (*NAMES, "nats-1"), in_time)
    assert second.issuer == first.issuer == served(files, "nats").issuer


def test_a_new_authority_signs_anew_and_is_told_to_who_connects(files: SecretFiles) -> None:
    certify(files, "nats", NAMES, NOW)
    trust(files, "intake", NOW)
    before = files.path("intake", "ca.crt").read_text()
    for name in ("ca.key", "ca.crt"):
        files.remove("authority", name)
    assert certify(files, "nats", NAMES, NOW)
    trust(files, "intake", NOW)
    assert files.path("intake", "ca.crt").read_text() == files.path("authority", "ca.crt").read_text() != before


def test_the_command_makes_them_for_owners_only_and_gives_nobody_the_key_that_signs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["secrets", "--into", str(tmp_path), "--certificate=nats=nats,localhost"]
    assert main(words) == 0
    assert "a new certificate of nats for nats, localhost: restart it" in capsys.readouterr().out
    assert main(words) == 0
    assert "new certificate" not in capsys.readouterr().out
    assert {path.parent.name for path in tmp_path.rglob("ca.key")} == {"authority"}
    owners = {path.parent.name for path in tmp_path.rglob("ca.crt")}
    assert {"authority", "nats", "intake", "webhooks", "operator"} <= owners
    assert {path.stat().st_mode & 0o077 for path in tmp_path.rglob("*") if path.is_file()} == {0}


@pytest.mark.parametrize("typed", ["nats", "nats=", "=nats", "nats=a,,b"])
def test_a_server_without_a_name_is_refused_and_nothing_of_it_made(
    typed: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["secrets", "--into", str(tmp_path), f"--certificate={typed}"]) == 2
    assert "write the server's folder, =, and its names" in capsys.readouterr().err
    assert not (tmp_path / "authority").exists()


class TlsMongo(MongoServer):
    """A mongod as docker-compose.yml starts it: nobody speaks to it in clear, not over loopback either."""

    secrets: SecretFiles

    def _command(self) -> Sequence[str]:  # type: ignore[override]
        return [
            *super()._command(),
            "--tlsMode=requireTLS",
            f"--tlsCertificateKeyFile={self.secrets.path('mongo', 'server.pem')}",
            f"--tlsCAFile={self.secrets.path('mongo', 'ca.crt')}",
            "--tlsAllowConnectionsWithoutCertificates",
        ]

    async def _answers(self) -> bool:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", self.port)
        except OSError:
            return False
        writer.close()
        return True


def made(tmp_path: Path) -> SecretFiles:
    folder = tmp_path / "secrets"
    certificates = [f"--certificate={each}={each},localhost,127.0.0.1" for each in ("nats", "mongo")]
    assert main(["secrets", "--into", str(folder), f"--accounts-folder={tmp_path / 'accounts'}", *certificates]) == 0
    return SecretFiles(folder)


async def test_a_mongod_that_speaks_tls_alone_is_made_ready_and_believed_by_its_authority_only(tmp_path: Path) -> None:
    secrets = await asyncio.to_thread(made, tmp_path)
    mongo = TlsMongo(
        tmp_path, alone=False, admin_password=secrets.mongo_admin_password(), key=secrets.replica_set_key()
    )
    mongo.secrets = secrets
    authority = secrets.path("intake", "ca.crt")
    async with mongo:
        words = ["mongo-init", "--address", mongo.address, "--secrets", str(secrets.folder), "--wait", "20"]
        assert await asyncio.to_thread(main, [*words[:-1], "2"]) == 2
        for _ in range(2):
            assert await asyncio.to_thread(main, [*words, "--ca-file", str(authority)]) == 0
        password = secrets.mongo_password("intake")
        with MongoClient[dict[str, Any]](mongo_url(mongo.address, "intake", password, ca_file=authority)) as client:
            client["intake"]["call"].insert_one({})
        others = SecretFiles(tmp_path / "others")
        trust(others, "intake", NOW)
        for url in (
            mongo_url(mongo.address, "intake", password, ca_file=others.path("intake", "ca.crt")),
            mongo_url(mongo.address, "intake", password),
        ):
            with (
                MongoClient[dict[str, Any]](url, serverSelectionTimeoutMS=700) as client,
                pytest.raises(ServerSelectionTimeoutError),
            ):
                client["intake"]["call"].find_one({})


def tls_nats(folder: Path, secrets: SecretFiles) -> NatsServer:
    shows = f'cert_file: "{secrets.path("nats", "server.crt")}", key_file: "{secrets.path("nats", "server.key")}"'
    trusts = authorization(secrets.bus, read_topology(default_folder()), folder / "accounts")
    return NatsServer(folder / "nats", config=f"tls {{ {shows} }}\n{trusts}")


async def test_a_stack_uses_a_nats_elsewhere_over_tls_and_believes_its_authority_only(
    tmp_path: Path, mongo_server: MongoServer
) -> None:
    secrets = await asyncio.to_thread(made, tmp_path)
    async with tls_nats(tmp_path, secrets) as server:
        url = server.url.replace("nats://", "tls://")
        words = ["topology", "apply", f"--url={url}", f"--secrets={secrets.folder}", "--wait=10"]
        assert await asyncio.to_thread(main, [*words, f"--ca-file={secrets.path('operator', 'ca.crt')}"]) == 0
        with pytest.raises((ssl.SSLError, NatsError)):
            await nats.connect(url, tls=ssl.create_default_context(), allow_reconnect=False, error_cb=_ignored)
        elsewhere = Elsewhere(url, f"{mongo_server.url}&authSource=admin", str(secrets.path("operator", "ca.crt")))
        stack = Stack(tmp_path / "stack", ports=Ports.free(), elsewhere=elsewhere, secrets_folder=secrets.folder)
        assert stack.place.trust is not None
        for program in PROGRAMS:
            assert program.environment(stack.place)["RELEVO_CA_FILE"] == elsewhere.ca_file


async def _ignored(_: Exception) -> None:
    """What fails is raised."""
