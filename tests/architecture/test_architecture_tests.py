"""Where tests stand and what they are named after: a service's in rooms named like its own, a rule's by its number."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.documents.rules import ROOT, by_rule, files_of_tests, named, parsed, rules

SERVICES = ("intake", "scheduling", "multiplier_tracking", "certification", "portal", "webhooks")
OTHER_ROOMS = {
    "servers": "whole services and races of replicas, on real servers",
    "browser": "pages in a browser",
    "verifier": "a verifier of credentials that shares no code with ours, in JavaScript",
    "w3c": "ours behind the interface that the suites of the W3C ask",
}
"""Folders of tests that no room of a package is named after, and what they hold."""
_NUMBER = re.compile(r"rules?[_ ]?\d", re.IGNORECASE)


def rooms_of(package: Path) -> set[str]:
    return {path.stem for path in package.iterdir() if not path.name.startswith(("_", "py.typed"))}


def misplaced(tests: Path, service: str, rooms: set[str]) -> list[str]:
    """What of a service's tests stands where nobody looks for it.

    The tests of a room stand in a folder of its name, or, if they are one file, in one that is named after it.
    """
    files = [path.relative_to(tests) for path in tests.rglob("*") if "node_modules" not in path.parts]
    folders = {path.parts[0] for path in files if len(path.parts) > 1} - {"__pycache__"}
    alone = {path.name for path in files if len(path.parts) == 1 and path.name.startswith("test_")}
    wanted = {f"test_{service}_{room}.py" for room in rooms - folders}
    return sorted(folders - rooms - OTHER_ROOMS.keys()) + sorted(alone - wanted)


@pytest.mark.parametrize("service", SERVICES)
def test_tests_of_a_service_stand_in_rooms_named_like_its_own(service: str) -> None:
    folder = ROOT / "services" / service
    assert misplaced(folder / "tests", service, rooms_of(folder / f"relevo_{service}")) == []


def test_planted_tests_in_rooms_of_other_names_are_caught(tmp_path: Path) -> None:
    for path in ("domain/test_x_call.py", "choosing/test_x_offers.py", "servers/test_x_servers.py"):
        (tmp_path / path).parent.mkdir()
        (tmp_path / path).touch()
    for name in ("conftest.py", "test_x_words.py", "test_x_domain.py", "test_x_everything.py"):
        (tmp_path / name).touch()
    found = misplaced(tmp_path, "x", {"domain", "words", "http"})
    assert found == ["choosing", "test_x_domain.py", "test_x_everything.py"]


def functions(tree: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
            yield node


def waiting(tree: ast.Module) -> list[str]:
    """Tests that wait for something: what they test is not pure."""
    return [node.name for node in functions(tree) if isinstance(node, ast.AsyncFunctionDef)]


def test_tests_of_a_domain_wait_for_nothing() -> None:
    """What is asked through routes or of a store stands in the room that answers it."""
    domains = [path for path in files_of_tests() if path.parent.name == "domain"]
    assert {path.parts[-4] for path in domains} == set(SERVICES)
    found = {path.name: waiting(parsed(path)) for path in domains}
    assert {name: each for name, each in found.items() if each} == {}
    assert waiting(ast.parse("async def test_a_route_answers(): ...")) == ["test_a_route_answers"]


def misnamed(tree: ast.Module) -> list[str]:
    """Tests and classes of tests that say a rule's number elsewhere than at the beginning of a test's name."""
    classes = [node.name for node in ast.walk(tree) if isinstance(node, ast.ClassDef) and _NUMBER.search(node.name)]
    found = [(node.name, named(node.name)) for node in functions(tree) if _NUMBER.search(node.name)]
    return classes + [name for name, read in found if read is None or _NUMBER.search(read[1])]


def test_a_test_that_holds_a_rule_begins_with_its_number() -> None:
    found = {path.name: misnamed(parsed(path)) for path in files_of_tests()}
    assert {name: each for name, each in found.items() if each} == {}


@pytest.mark.parametrize(
    "source",
    [
        "def test_a_seat_is_given_once_rule_3(): ...",
        "def test_rule_3_a_seat_is_given_once_rule_4(): ...",
        "def test_rule3_a_seat_is_given_once(): ...",
        "class TestRule3:\n    def test_a_seat_is_given_once(self): ...",
    ],
)
def test_planted_numbers_of_rules_in_other_places_are_caught(source: str) -> None:
    assert misnamed(ast.parse(source))


def test_what_a_name_says_is_read() -> None:
    assert named("test_rule_8_of_240_minutes") == ((8,), "Of 240 minutes")
    assert named("test_rules_6_and_16_a_move") == ((6, 16), "A move")
    assert named("test_rules_3_4_and_22_an_offer") == ((3, 4, 22), "An offer")
    assert named("test_a_rule_is_kept") is None


def test_every_rule_that_is_kept_has_tests_and_no_other_has_any() -> None:
    tests = by_rule()
    assert [rule.number for rule in rules()] == list(range(1, len(rules()) + 1))
    assert [rule.number for rule in rules() if rule.kept is not bool(tests[rule.number])] == []
    written = {number for path in files_of_tests() for number in numbers(path)}
    assert written <= tests.keys(), "rules that there are not"


def numbers(path: Path) -> Iterator[int]:
    for node in functions(parsed(path)):
        if found := named(node.name):
            yield from found[0]
