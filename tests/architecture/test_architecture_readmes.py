"""The READMEs of the services and the portal have one order, and what they name is there; sentences on operation are
short.

A path that is named stands in the service's package, its folder, or the repository; a route in its OpenAPI document;
an event among those that its code takes and tells; a variable among its settings.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from relevo_contracts import CONTRACTS, SERVICES

ROOT = Path(__file__).resolve().parents[2]
DEPLOYED = (*SERVICES, "portal", "webhooks")
HEADINGS = ["What it does", "Listens and tells", "States", "Where to look", "Routes", "Settings", "Tests"]
BOOKS = [ROOT / "deploy/README.md", *sorted((ROOT / "deploy/docs").glob("*.md"))]
WORDS_ON_AVERAGE, WORDS_AT_MOST = 25, 35
_METHODS = "GET|POST|PUT|PATCH|DELETE"


def readme(service: str) -> str:
    return (ROOT / "services" / service / "README.md").read_text("utf-8")


def section(service: str, heading: str) -> str:
    found = re.search(rf"^## {heading}\n(.*?)(?=^## |\Z)", readme(service), re.MULTILINE | re.DOTALL)
    assert found, f"{service} has no {heading}"
    return found[1]


def package(service: str) -> Path:
    return ROOT / "services" / service / f"relevo_{service}"


@pytest.mark.parametrize("service", DEPLOYED)
def test_every_readme_has_the_same_headings_in_the_same_order(service: str) -> None:
    assert re.findall(r"^## (.+)$", readme(service), re.MULTILINE) == HEADINGS


@pytest.mark.parametrize("service", DEPLOYED)
def test_every_file_and_folder_that_a_readme_names_is_there(service: str) -> None:
    named = set(re.findall(r"`([\w./-]+(?:/|\.(?:py|toml|txt|json|mjs|typ|md)))`", readme(service)))
    stands = (package(service), package(service).parent, ROOT, ROOT / "chassis")
    assert {each for each in named if not any((place / each).exists() for place in stands)} - SERVED == set()


SERVED = {"/.well-known/did.json", "did.json", "status.json", "credential.json"}
"""Not of the tree: what certification answers with."""


@pytest.mark.parametrize("service", DEPLOYED)
def test_every_room_of_a_service_stands_where_one_looks_for_it(service: str) -> None:
    rooms = {
        f"{path.name}/" if path.is_dir() else path.name
        for path in package(service).iterdir()
        if not path.name.startswith(("_", "py.typed"))
    }
    printed = {
        f"{each.split('/')[0]}/" if "/" in each else each for each in named_in(section(service, "Where to look"))
    }
    assert rooms - printed - {"assets/"} == set()


def named_in(text: str) -> set[str]:
    return set(re.findall(r"`([\w./]+(?:/|\.py))`", text))


@pytest.mark.parametrize("service", SERVICES)
def test_every_route_that_a_readme_names_is_in_the_document(service: str) -> None:
    paths = json.loads((ROOT / f"docs/api/{service}.openapi.json").read_text("utf-8"))["paths"]
    named = re.findall(rf"`({_METHODS})(?:, ({_METHODS}))? (…?/[^`?\s]*)(?:\?[^`]*)?`", readme(service))
    assert named
    unknown = [
        f"{method} {path}"
        for *methods, path in named
        for method in methods
        if method and not any(answers(method, path, each, paths[each]) for each in paths)
    ]
    assert unknown == []


def answers(method: str, named: str, path: str, documented: dict[str, object]) -> bool:
    """Whether a path has this method and is the one that is named, or ends like it where its beginning is left out."""
    return method.lower() in documented and (path.endswith(named[1:]) if named.startswith("…") else path == named)


@pytest.mark.parametrize("service", SERVICES)
def test_a_readme_names_the_events_that_the_service_takes_and_tells_and_no_others(service: str) -> None:
    emitted = {each.model.__name__ for each in CONTRACTS if each.source == f"/relevo/{service}"}
    known = {each.model.__name__ for each in CONTRACTS}
    named = set(re.findall(r"[A-Z]\w+", section(service, "Listens and tells"))) & known
    assert named == emitted | consumed_by(service)
    public = {each.model.__name__ for each in CONTRACTS if each.audience == "public"} & emitted
    assert set(re.findall(r"\*\*(\w+)\*\*", section(service, "Listens and tells"))) == public


def consumed_by(service: str) -> set[str]:
    """The types in the subscriptions of a service's ``consumers.py``."""
    tree = ast.parse((package(service) / "consumers.py").read_text("utf-8"))
    return {
        key.id
        for call in ast.walk(tree)
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "Subscription"
        for each in call.args
        if isinstance(each, ast.Dict)
        for key in each.keys
        if isinstance(key, ast.Name)
    }


@pytest.mark.parametrize("service", DEPLOYED)
def test_a_readme_names_every_setting_of_the_service_and_no_other(service: str) -> None:
    tree = ast.parse((package(service) / "settings.py").read_text("utf-8"))
    fields = {
        f"RELEVO_{node.target.id.upper()}"
        for each in tree.body
        if isinstance(each, ast.ClassDef)
        for node in each.body
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)
    }
    of_every_service = {"RELEVO_SERVICE", "RELEVO_MONGO_DATABASE"}
    assert set(re.findall(r"`(RELEVO_\w+)`", section(service, "Settings"))) == fields - of_every_service


@pytest.mark.parametrize("service", DEPLOYED)
def test_a_readme_leads_to_the_pictures_of_all_states_of_the_service(service: str) -> None:
    headings = re.findall(rf"^## ([^\n]*\(\.\./services/{service}/[^\n]*)$", states(), re.MULTILINE)
    anchors = {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in rendered(headings)}
    assert set(re.findall(r"docs/states\.md#([\w-]+)", section(service, "States"))) == anchors


def states() -> str:
    return (ROOT / "docs/states.md").read_text("utf-8")


def rendered(headings: list[str]) -> list[str]:
    """Headings as they are read, without where their links lead."""
    return [re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", each) for each in headings]


@pytest.mark.parametrize("book", BOOKS, ids=lambda path: path.name)
def test_sentences_on_operation_are_short(book: Path) -> None:
    lengths = {each: len(re.findall(r"[\w']+", each)) for each in sentences(book.read_text("utf-8"))}
    lengths_counted = {each: words for each, words in lengths.items() if words > 4}
    assert sum(lengths_counted.values()) / len(lengths_counted) <= WORDS_ON_AVERAGE
    assert {each for each, words in lengths.items() if words > WORDS_AT_MOST} == set()


def sentences(text: str) -> Iterator[str]:
    """Of prose, lists and cells of tables; a piece of code is one word."""
    text = re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)
    text = re.sub(r"^ {4}.*$|^\|[-| ]+\|$", "", text, flags=re.MULTILINE)
    text = re.sub(r"`[^`\n]*`", "X", re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", text))
    for block in re.split(r"\n\s*\n|\n(?=[#])|\n(?=\s*(?:- |\d+\. ))|\|", text):
        yield from re.split(r"(?<=[.!?])\s+(?=[A-Z*])", " ".join(block.split()))
