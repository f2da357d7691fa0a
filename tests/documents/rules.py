"""Which tests hold which rule: read from their names, where ``test_rule_6_…`` holds rule 6."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
PAGE = DOCS / "rules-tests.md"
NOT_YET = "*In the code.* Not yet."
INTRODUCTION = """# The rules, and the tests that hold them

Made by `make schemas` of the names of tests: one that holds [rule 6](rules.md#rule-6) is called `test_rule_6_…`, one
that holds two rules `test_rules_6_and_16_…`. What else a name says is the sentence here. A rule that is kept in the
code and has no test fails one.

| | | tests |
|---|---|---|
"""
_ONE = re.compile(r"test_rule_(\d+)_(\w+)")
_SEVERAL = re.compile(r"test_rules_(\d+(?:_\d+)*)_and_(\d+)_(\w+)")
_SECTION = re.compile(r"^## Rule (\d+)\n\n\*\*([^*]+?)\.\*\*(.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)


class Rule(NamedTuple):
    """A rule as ``docs/rules.md`` has it."""

    number: int
    title: str
    kept: bool


class Holds(NamedTuple):
    """A test, with the rules that it holds and what it says of them."""

    path: Path
    rules: tuple[int, ...]
    sentence: str


def rules() -> list[Rule]:
    found = _SECTION.findall((DOCS / "rules.md").read_text("utf-8"))
    return [Rule(int(number), title, NOT_YET not in text) for number, title, text in found]


def files_of_tests() -> list[Path]:
    """Every file in which pytest looks for tests."""
    options = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["pytest"]["ini_options"]
    found = (path for folder in options["testpaths"] for path in (ROOT / folder).rglob("test_*.py"))
    return sorted(path for path in found if "node_modules" not in path.parts)


def named(name: str) -> tuple[tuple[int, ...], str] | None:
    """The rules that a test is named after, and the rest of its name as a sentence."""
    if one := _ONE.fullmatch(name):
        return (int(one[1]),), sentence(one[2])
    if several := _SEVERAL.fullmatch(name):
        return (*map(int, several[1].split("_")), int(several[2])), sentence(several[3])
    return None


def sentence(name: str) -> str:
    words = re.sub(r"bodys\b", "body's", name.replace("_", " "))
    return words[0].upper() + words[1:]


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"))


def holding(path: Path) -> Iterator[Holds]:
    """The tests of a file that hold a rule, in their order."""
    for node in parsed(path).body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and (found := named(node.name)):
            yield Holds(path, *found)


def by_rule() -> Mapping[int, list[Holds]]:
    """By rule: the tests that hold it, file by file."""
    tests = [each for path in files_of_tests() for each in holding(path)]
    return {rule.number: [each for each in tests if rule.number in each.rules] for rule in rules()}


def page() -> str:
    known, tests = rules(), by_rule()
    rows = [f"| [{each.number}](#rule-{each.number}) | {each.title} | {_count(tests[each.number])} |" for each in known]
    return INTRODUCTION + "\n".join(rows) + "\n" + "".join(_section(rule, tests[rule.number]) for rule in known)


def _count(tests: list[Holds]) -> str:
    return str(len(tests)) if tests else "not kept yet"


def _section(rule: Rule, tests: list[Holds]) -> str:
    text = f"\n## Rule {rule.number}\n\n[{rule.title}](rules.md#rule-{rule.number}).\n"
    if not tests:
        return f"{text}\nNot kept yet, so that there is nothing to test.\n"
    last = None
    for each in tests:
        if each.path != last:
            text += f"\n[{each.path.name}](../{each.path.relative_to(ROOT).as_posix()})\n"
            last = each.path
        text += f"- {each.sentence}\n"
    return text
