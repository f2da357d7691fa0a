"""What is named in the code has the words of docs/words.md, section *In the code*, and none of those they replace."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parents[2]
ROOMS = (
    *("chassis/relevo_chassis", "contracts/relevo_contracts", "testkit/relevo_testkit", "servers/relevo_servers"),
    *("deploy/relevo_deploy", "deploy/relevo_demo", "benchmarks"),
    *("services/intake/relevo_intake", "services/scheduling/relevo_scheduling"),
    *("services/multiplier_tracking/relevo_multiplier_tracking", "services/certification/relevo_certification"),
    *("services/portal/relevo_portal", "services/webhooks/relevo_webhooks"),
    *("chassis/tests", "contracts/tests", "servers/tests", "deploy/tests", "tests"),
    *("services/intake/tests", "services/scheduling/tests"),
    *("services/multiplier_tracking/tests", "services/certification/tests", "services/portal/tests"),
    "services/webhooks/tests",
)
_CODE = re.compile(r"`([^`]+)`")
SKIPPED = {"__pycache__", "node_modules"}
_PART = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")


class Stays(NamedTuple):
    """A name in which a replaced word may stand, in the files below a folder."""

    name: str
    folder: str

    def allows(self, name: str, path: str) -> bool:
        within = self.folder == "everywhere" or f"{path}/".startswith(f"{self.folder}/")
        return within and fnmatchcase(_two(name) if "." in self.name else _last(name), self.name)


def _last(name: str) -> str:
    return name.rpartition(".")[2]


def _two(name: str) -> str:
    return ".".join(name.split(".")[-2:])


def _rows(text: str, head: str) -> list[list[str]]:
    """The cells of the table that begins with the head."""
    _, _, table = text.partition(head)
    lines = table.lstrip("\n").splitlines()[1:]
    rows = []
    for line in lines:
        if not line.startswith("|"):
            break
        rows.append([cell.strip() for cell in line.strip("|").split(" | ")])
    return rows


@cache
def words() -> tuple[Mapping[tuple[str, ...], str], Sequence[Stays]]:
    """The replaced words, as parts of a name, each with what replaces it; and the names in which they stay."""
    text = (ROOT / "docs" / "words.md").read_text("utf-8").partition("\n## In the code\n")[2]
    replaced: dict[tuple[str, ...], str] = {}
    for use, instead_of, _ in _rows(text, "| use | not | of what |"):
        for word in _CODE.findall(instead_of):
            known = replaced.get(parts_of(word))
            replaced[parts_of(word)] = f"{known}, {use}" if known else use
    stays = [
        Stays(name, folder.strip("`"))
        for names, folder, _ in _rows(text, "| name | in | because |")
        for name in _CODE.findall(names)
    ]
    return replaced, stays


def parts_of(name: str) -> tuple[str, ...]:
    return tuple(part.lower() for part in _PART.findall(name))


def names_in(tree: ast.AST, within: str = "") -> Iterator[str]:
    """What a module names, with the classes and functions around it."""
    for node in ast.iter_child_nodes(tree):
        inside = within
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                yield within + name
                inside = f"{within}{name}."
            case ast.arg(arg=name) | ast.Attribute(attr=name, ctx=ast.Store()) | ast.Name(id=name, ctx=ast.Store()):
                yield within + name
            case ast.alias(asname=str(name)) | ast.ExceptHandler(name=str(name)):
                yield within + name
            case ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
                yield within + name
            case _:
                pass
        yield from names_in(node, inside)


def _has(parts: tuple[str, ...], word: tuple[str, ...]) -> bool:
    return any(parts[at : at + len(word)] == word for at in range(len(parts) - len(word) + 1))


def replaced_in(names: Iterable[str], path: str) -> Iterator[str]:
    """Names of a module that hold a replaced word, and what to write. What a test is called is a sentence."""
    replaced, stays = words()
    for name in names:
        parts = parts_of(_last(name))
        found = {word: use for word, use in replaced.items() if _has(parts, word)}
        if found and parts[0] != "test" and not any(each.allows(name, path) for each in stays):
            yield f"{name}: {'; '.join(found.values())}"


@cache
def names_of(room: str) -> Mapping[str, Sequence[str]]:
    """What each module of a room names, by its path."""
    return {
        path.relative_to(ROOT).as_posix(): [*names_in(ast.parse(path.read_text("utf-8")))]
        for path in sorted((ROOT / room).rglob("*.py"))
        if not SKIPPED & {*path.parts}
    }


def in_room(room: str) -> set[str]:
    return {f"{path} {name}" for path, names in names_of(room).items() for name in replaced_in(names, path)}


@pytest.mark.parametrize("room", ROOMS)
def test_no_name_has_a_word_that_another_replaces(room: str) -> None:
    assert sorted(in_room(room)) == []


def test_the_tables_are_read_and_every_name_that_stays_is_there() -> None:
    replaced, stays = words()
    assert len(replaced) > 20
    there = {(name, path) for room in ROOMS for path, names in names_of(room).items() for name in names}
    assert [each for each in stays if not any(each.allows(name, path) for name, path in there)] == []


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("def tell_again(): ...", ["tell_again"]),
        ("class ToldTwice: ...", ["ToldTwice"]),
        ("class Row:\n    taken: int", ["Row.taken"]),
        ("class Row:\n    def __init__(self):\n        self._standing = 1", ["Row.__init__._standing"]),
        ("def read(*, ended_by, **said): ...", ["read.ended_by", "read.said"]),
        ("told = 1", ["told"]),
        ("for number, taken in rows: ...", ["taken"]),
        ("with lock as taken: ...", ["taken"]),
        ("if (told := read()): ...", ["told"]),
        ("found = [told for told in rows]", ["told"]),
        ("work = lambda told: None", ["told"]),
        ("import digest as told", ["told"]),
        ("try: ...\nexcept OSError as told: ...", ["told"]),
        ("match row:\n    case {'id': told}: ...", ["told"]),
        ("def give_back(self): ...", ["give_back"]),
        ("def give(back): ...", []),
        ("published = retold = mistaken = stands = 1", []),
        ("read(told=1); row.taken; 'told'", []),
    ],
)
def test_a_planted_word_is_caught_where_something_is_named(source: str, found: list[str]) -> None:
    assert [each.partition(":")[0] for each in replaced_in(names_in(ast.parse(source)), "anywhere")] == found
