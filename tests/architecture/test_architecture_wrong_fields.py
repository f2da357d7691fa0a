"""What is said of a wrong field: each code has its words, the same wherever it is said, and stands in the documents."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from relevo_chassis.http.fields import REASONS

ROOT = Path(__file__).resolve().parents[2]
MODULES = [
    path
    for package in (ROOT / "chassis" / "relevo_chassis", *(ROOT / "services").glob("*/relevo_*"))
    for path in sorted(package.rglob("*.py"))
]
WORDS_AT = {"Wrong": 0, "NotAnAddress": 0, "WrongField": 1}
"""Where the code stands among the arguments, with its words after it."""

_ROW = re.compile(r"^\| `([a-z_]+)` \| (.+) \|$", re.MULTILINE)


def codes_in(tree: ast.AST) -> Iterator[tuple[str, str]]:
    """Codes with their words; either is ``?`` unless it is written where it is said."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in WORDS_AT:
            at = WORDS_AT[node.func.id]
            code, words = (each.value if isinstance(each, ast.Constant) else "?" for each in node.args[at : at + 2])
            yield str(code), str(words)


def codes() -> set[tuple[str, str]]:
    found = {pair for path in MODULES for pair in codes_in(ast.parse(path.read_text("utf-8")))}
    return found - {("?", "?")} | set(REASONS.items())


def test_a_code_is_written_with_its_words_and_has_the_same_everywhere() -> None:
    found = codes()
    assert not {pair for pair in found if "?" in pair}
    twice = [code for code, _ in found]
    assert sorted(set(twice)) == sorted(twice)
    assert all(re.fullmatch(r"[a-z][a-z_]{2,39}", code) for code in twice)


def test_every_code_of_a_wrong_field_stands_in_the_documents_with_its_words() -> None:
    rows = _ROW.findall((ROOT / "docs" / "wrong-fields.md").read_text("utf-8"))
    assert rows == sorted(codes())


def test_a_refusal_of_what_was_sent_says_which_field_is_wrong() -> None:
    silent = {
        node.name
        for path in MODULES
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.ClassDef) and node.name != "FieldsRefused"
        for assignments in [{ast.unparse(each) for each in node.body if isinstance(each, ast.Assign)}]
        if "status = 422" in assignments and not any(each.startswith("where = ") for each in assignments)
    }
    assert silent == set()


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ('raise Wrong("a_code", "words of {it}", it=1)', [("a_code", "words of {it}")]),
        ('raise Wrong(f"a_{code}", "words")', [("?", "words")]),
        ('raise Wrong("a_code", says)', [("a_code", "?")]),
        ('WrongField("scores", "a_code", "words")', [("a_code", "words")]),
    ],
)
def test_words_that_are_put_together_elsewhere_are_noticed(source: str, found: list[tuple[str, str]]) -> None:
    assert list(codes_in(ast.parse(source))) == found
