"""What is published: the documents that others build on."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

ROOT = Path(__file__).parents[2]
API = sorted((ROOT / "docs" / "api").glob("*.openapi.json"))
PUBLISHED = [*API, *sorted((ROOT / "contracts" / "schemas").glob("*.json")), ROOT / "contracts" / "asyncapi.json"]
RULE = re.compile(r"\brules? \d", re.IGNORECASE)


@pytest.mark.parametrize("path", PUBLISHED, ids=lambda path: path.name)
def test_no_published_document_says_a_rule_by_its_number(path: Path) -> None:
    assert RULE.findall(path.read_text(encoding="utf-8")) == []


def test_every_service_has_its_document() -> None:
    services = {path.name for path in (ROOT / "services").iterdir() if (path / "pyproject.toml").is_file()}
    assert {path.name.partition(".")[0] for path in API} == services - {"portal"}  # pages, on which nobody builds


@pytest.mark.parametrize("path", API, ids=lambda path: path.name)
def test_every_operation_tells_each_of_its_answers_and_leaves_none_open(path: Path) -> None:
    document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    for at, methods in document["paths"].items():
        for method, operation in methods.items():
            statuses = operation["responses"].keys()
            assert statuses >= {"400", "413", "415", "422", "500", "503"}, (method, at)
            assert "default" not in statuses, (method, at)
            assert any(status.startswith("2") for status in statuses), (method, at)


@pytest.mark.parametrize("path", API, ids=lambda path: path.name)
def test_every_body_has_an_example_that_fits_it(path: Path) -> None:
    document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    for at, methods in document["paths"].items():
        for operation in methods.values():
            for content in operation.get("requestBody", {}).get("content", {}).values():
                if content["schema"].get("format") == "binary":
                    continue
                examples = [each["value"] for each in content.get("examples", {}).values()]
                examples += [content["example"]] if "example" in content else []
                assert examples, at
                whole = {**content["schema"], "components": document["components"]}
                for each in examples:
                    jsonschema_rs.validate(whole, each)
