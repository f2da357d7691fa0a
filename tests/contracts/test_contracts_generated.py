"""The generated files: up to date, the same every time, and true to the bus as the operators run it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from relevo_contracts import CONTRACTS, decode, subjects_of
from relevo_contracts.generate import generated, main, stale, write
from relevo_contracts.topology import Durable, Topology, read_topology

ROOT = Path(__file__).resolve().parent.parent.parent
TOPOLOGY = read_topology(ROOT / "deploy" / "topology")
DOCUMENT = json.loads((ROOT / "contracts" / "asyncapi.json").read_text(encoding="utf-8"))
SERVICES_DURABLES = [each for each in TOPOLOGY.durables if not each.name.startswith("partner")]
IN_ORDER = [each for each in SERVICES_DURABLES if not each.name.startswith(("portal_", "webhooks_"))]
PARTNERS_DURABLES = [each for each in TOPOLOGY.durables if each.name.startswith("partner")]


def references(within: Any) -> Iterator[str]:
    if isinstance(within, dict):
        if isinstance(within.get("$ref"), str):
            yield within["$ref"]
        for each in within.values():
            yield from references(each)
    elif isinstance(within, list):
        for each in within:
            yield from references(each)


def test_the_generated_files_are_what_models_and_topology_give_today() -> None:
    assert stale(generated(TOPOLOGY), ROOT / "contracts") == []


def test_a_stale_a_missing_and_a_surplus_file_are_noticed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["--into", str(tmp_path), "--topology", str(ROOT / "deploy" / "topology")]
    write(generated(TOPOLOGY), tmp_path)
    assert main([*arguments, "--check"]) == 0
    (tmp_path / "schemas" / "CallClosed.v1.json").unlink()
    (tmp_path / "schemas" / "CallMoved.v1.json").write_text("{}")
    (tmp_path / "asyncapi.json").write_text("{}")
    assert main([*arguments, "--check"]) == 1
    output = capsys.readouterr().err
    for name in ("schemas/CallClosed.v1.json", "schemas/CallMoved.v1.json", "asyncapi.json"):
        assert name in output


def test_only_a_durable_that_has_dead_letters_is_said_to_have_some() -> None:
    durables = {
        operation["x-durable"]["name"]: operation["x-durable"]
        for operation in DOCUMENT["operations"].values()
        if "x-durable" in operation
    }
    assert {name for name, operation in durables.items() if "dead-letters" in operation} == {
        each.name for each in SERVICES_DURABLES
    }
    assert {name for name, operation in durables.items() if "sequences" in operation} == {
        each.name for each in PARTNERS_DURABLES
    }


def test_generating_twice_gives_the_same_bytes() -> None:
    assert generated(TOPOLOGY) == generated(read_topology(ROOT / "deploy" / "topology"))


def test_every_reference_in_the_document_leads_somewhere() -> None:
    for reference in references(DOCUMENT):
        place = DOCUMENT
        for step in reference.removeprefix("#/").split("/"):
            place = place[step]
        assert place


def test_every_event_has_a_channel_on_its_subject_and_is_sent_by_its_service_alone() -> None:
    assert {each["address"] for each in DOCUMENT["channels"].values()} == {each.subject for each in CONTRACTS}
    sent = [name for name, each in DOCUMENT["operations"].items() if each["action"] == "send"]
    assert sorted(sent) == sorted(
        f"{each.model.service}.sends.{each.model.__name__}.v{each.model.version}" for each in CONTRACTS
    )


def test_every_durable_of_the_topology_receives_what_its_filters_let_through() -> None:
    received: dict[str, set[str]] = {}
    for each in DOCUMENT["operations"].values():
        if each["action"] == "receive":
            channel = DOCUMENT["channels"][each["channel"]["$ref"].removeprefix("#/channels/")]
            received.setdefault(each["x-durable"]["name"], set()).add(channel["address"])
    assert received == {
        durable.name: {each.subject for each in CONTRACTS if durable.matches(each.subject)}
        for durable in TOPOLOGY.durables
    }


@pytest.mark.parametrize("contract", CONTRACTS, ids=lambda each: each.model.__name__)
def test_each_example_fits_its_schemas_and_is_read_as_an_event(contract: Any) -> None:
    message = DOCUMENT["components"]["messages"][f"{contract.model.__name__}.v{contract.model.version}"]
    payload = DOCUMENT["components"]["schemas"][contract.model.__name__]
    for example in message["examples"]:
        jsonschema_rs.validate(message["headers"], example["headers"], validate_formats=True)
        jsonschema_rs.validate(payload, example["payload"], validate_formats=True)
        envelope = decode(example["headers"], json.dumps(example["payload"]).encode(), subject=contract.subject)
        assert type(envelope.event) is contract.model


def test_no_address_of_any_host_is_in_the_document() -> None:
    assert DOCUMENT["servers"]["nats"]["host"] == "{address}"
    assert not re.search(r"https?://|\d+\.\d+\.\d+\.\d+|localhost", json.dumps(DOCUMENT))


def test_every_stream_keeps_all_that_its_service_tells() -> None:
    for contract in CONTRACTS:
        stream = TOPOLOGY.stream(contract.stream)
        assert stream is not None
        assert stream.subjects == subjects_of(contract.model.service)
        assert not stream.settings.get("no_ack", False)


@pytest.mark.parametrize("durable", IN_ORDER, ids=lambda each: each.name)
def test_services_take_whole_aggregates_so_that_sequences_have_no_holes(durable: Durable) -> None:
    producer = next(each.model.service for each in CONTRACTS if each.stream == durable.stream)
    whole = {subjects_of(producer, each.model.aggregate)[0] for each in CONTRACTS if each.stream == durable.stream}
    assert set(durable.filter_subjects) <= whole
    assert durable.name.endswith(f"_{producer}")


@pytest.mark.parametrize("durable", PARTNERS_DURABLES, ids=lambda each: each.name)
def test_partners_take_public_events_and_no_others(durable: Durable) -> None:
    public = {each.subject for each in CONTRACTS if each.audience == "public"}
    assert set(durable.filter_subjects) <= public
    assert not [subject for subject in durable.filter_subjects if "*" in subject or ">" in subject]


def test_partners_may_have_every_public_event() -> None:
    public = {each.subject for each in CONTRACTS if each.audience == "public"}
    assert {subject for each in PARTNERS_DURABLES for subject in each.filter_subjects} == public


@pytest.mark.parametrize(
    ("pattern", "subject", "is_match"),
    [
        ("events.intake.>", "events.intake.call.opened.v1", True),
        ("events.intake.call.>", "events.intake.call", False),
        ("events.*.call.opened.v1", "events.intake.call.opened.v1", True),
        ("events.*.call", "events.intake.call.opened.v1", False),
        ("events.intake.call.opened.v1", "events.intake.call.opened.v10", False),
        ("events.intake.call.opened.v1", "events.intake.call.opened", False),
    ],
)
def test_filters_match_as_the_server_matches_them(pattern: str, subject: str, is_match: bool) -> None:
    assert Durable("d", "S", (pattern,), {}).matches(subject) is is_match


def test_a_folder_without_topology_gives_a_document_without_durables(tmp_path: Path) -> None:
    assert read_topology(tmp_path) == Topology()
