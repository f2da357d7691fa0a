"""Routes read alike in the four services: a verb and a noun, which hands on to a use case by its module."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SERVICES = ("intake", "scheduling", "multiplier_tracking", "certification")
READS = {"read", "list", "download", "preview"}
"""With what the name of a GET begins; of nothing else but a POST that only looks."""
NO_NOUN = {"up", "out", "off", "on", "it"}
"""With what a name that says no thing ends."""


def modules_of(service: str) -> list[ast.Module]:
    folder = ROOT / "services" / service / f"relevo_{service}" / "http"
    return [ast.parse(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.py"))]


def routes_in(tree: ast.AST) -> Iterator[tuple[str, str, str]]:
    """Each route of a module: its method, its path with the router's prefix, its function."""
    prefix = ""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "id", None) == "Routes":
            prefix = next((ast.literal_eval(each.value) for each in node.keywords if each.arg == "prefix"), "")
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            for each in node.decorator_list:
                match each:
                    case ast.Call(ast.Attribute(ast.Name("router"), method), [ast.Constant(str(path)), *_]):
                        yield method, prefix + path, node.name


def is_misnamed(method: str, path: str, name: str) -> bool:
    """No verb and noun, a reading under another word or another word for a reading, or one's own and not said so."""
    verb, *nouns = name.split("_")
    if not nouns or nouns[0] == "of" or nouns[-1] in NO_NOUN:
        return True
    if method != "get":
        return verb in READS - {"preview"}
    return verb not in READS or (path.startswith("/me") and "own" not in nouns)


def misnamed(tree: ast.AST) -> list[str]:
    return [name for method, path, name in routes_in(tree) if is_misnamed(method, path, name)]


def asked_by_name(tree: ast.AST) -> Iterator[str]:
    """Use cases that a route hands on without the module of commands that they stand in."""
    for node in ast.walk(tree):
        match node:
            case ast.Call(ast.Attribute(ast.Name("asking"), "answer"), [ast.Name(name), *_]):
                yield name


@pytest.mark.parametrize("service", SERVICES)
def test_a_route_is_a_verb_and_a_noun_that_no_other_of_its_service_has(service: str) -> None:
    modules = modules_of(service)
    names = Counter(name for tree in modules for _, _, name in routes_in(tree))
    assert names
    assert [name for name, count in names.items() if count > 1] == []
    assert [name for tree in modules for name in misnamed(tree)] == []


@pytest.mark.parametrize("service", SERVICES)
def test_a_route_hands_on_to_a_use_case_by_the_module_that_it_stands_in(service: str) -> None:
    assert [name for tree in modules_of(service) for name in asked_by_name(tree)] == []


@pytest.mark.parametrize(
    "source",
    [
        '@router.post("/calls")\nasync def submit(): ...',
        '@router.get("/calls")\nasync def show_call(): ...',
        '@router.post("/calls")\nasync def list_calls(): ...',
        '@router.get("/decisions")\nasync def list_of_call(): ...',
        '@router.post("/selections")\nasync def give_up(): ...',
        'router = Routes(prefix="/me/reviews")\n@router.get("/{id}")\nasync def read_review(): ...',
    ],
)
def test_planted_routes_under_another_name_are_caught(source: str) -> None:
    assert len(misnamed(ast.parse(source))) == 1


def test_a_planted_use_case_that_is_handed_on_by_its_name_alone_is_caught() -> None:
    assert list(asked_by_name(ast.parse("asking.answer(give_review, office, command)"))) == ["give_review"]
    assert list(asked_by_name(ast.parse("asking.answer(reviews.give_review, office, command)"))) == []
