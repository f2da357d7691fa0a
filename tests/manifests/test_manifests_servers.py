"""The examples of NATS and MongoDB are as the product needs them, and what watches a durable finds it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from tests.manifests.rendering import KUBERNETES, NO_KUBECTL, ROOT, files, kubectl, of_kind, rendered, the

from relevo_deploy.secret_files import SecretFiles
from relevo_deploy.topology.bus import reached
from relevo_deploy.topology.files import default_folder, read_topology
from relevo_deploy.topology.rights import STREAMS
from relevo_deploy.topology.server_config import authorization
from relevo_servers import TRANSACTION_SECONDS
from relevo_servers.nats import NatsServer

EXAMPLES = KUBERNETES / "examples"
PRODUCTION = [each for path, each in files() if path.is_relative_to(EXAMPLES)]
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text("utf-8"))["services"]


def test_nats_is_as_the_product_needs_it() -> None:
    values: Mapping[str, Any] = yaml.safe_load((EXAMPLES / "nats.values.yaml").read_text("utf-8"))
    config = values["config"]
    assert config["jetstream"]["merge"] == {"sync_interval": "always"}
    topology = read_topology(default_folder(), "production")
    assert {each["num_replicas"] for each in topology.streams} == {config["cluster"]["replicas"]}
    assert config["nats"]["tls"]["enabled"] is True
    assert COMPOSE["nats"]["image"] == f"nats:{values['container']['image']['tag']}"


def test_mongodb_is_as_the_product_needs_it() -> None:
    found = the(PRODUCTION, "MongoDBCommunity", "relevo")["spec"]
    assert found["members"] == 3
    assert found["additionalMongodConfig"] == {
        "setParameter.transactionLifetimeLimitSeconds": TRANSACTION_SECONDS,
        "security.javascriptEnabled": False,
    }
    assert found["security"]["tls"]["enabled"] is True
    assert COMPOSE["mongo"]["image"] == f"mongo:{found['version']}"


@pytest.mark.skipif(not kubectl(), reason=NO_KUBECTL)
def test_servers_are_reached_under_names_that_their_certificates_have() -> None:
    data = [each["data"] for each in of_kind(rendered("production"), "ConfigMap")]
    text = " ".join(value for each in data for name, value in each.items() if name.endswith(("MONGO_URL", "NATS_URL")))
    hosts = set(re.findall(r"[\w.-]+(?=:\d)", text))
    assert len(hosts) == 4
    certified = {
        name for each in PRODUCTION if each["kind"] == "Certificate" for name in each["spec"].get("dnsNames", ())
    }
    assert {each for each in hosts if not {each, f"*.{each.partition('.')[2]}"} & certified} == set()


async def test_what_watches_a_durable_finds_it_in_the_account_that_it_is_told(tmp_path: Path) -> None:
    """As KEDA asks: by the id of the account, which an installation has of its own."""
    secrets, topology = SecretFiles(tmp_path / "secrets"), read_topology(default_folder())
    config = authorization(secrets.bus, topology, tmp_path / "accounts")
    account = json.loads(secrets.path("bus", f"{STREAMS}.json").read_text("ascii"))["account"]
    async with NatsServer(tmp_path / "nats", config=config) as nats, httpx.AsyncClient(trust_env=False) as client:
        async with reached(nats.url, secrets.bus, topology, wait_seconds=10) as bus:
            await bus.apply(topology)
        asked = {"acc": account, "consumers": "true", "config": "true"}
        answer = (await client.get(f"http://127.0.0.1:{nats.monitor_port}/jsz", params=asked)).json()
    found = next(each for each in answer["account_details"] if each["id"] == account)
    there = {
        (stream["name"], consumer["name"])
        for stream in found["stream_detail"]
        for consumer in stream.get("consumer_detail", ())
    }
    scaled = [each for _, each in files() if each["kind"] == "ScaledObject"]
    triggers = [trigger["metadata"] for each in scaled for trigger in triggers_of(each)]
    assert triggers
    assert {(each["stream"], each["consumer"]) for each in triggers} <= there


def triggers_of(scaled: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [each for each in scaled["spec"]["triggers"] if each["type"] == "nats-jetstream"]
