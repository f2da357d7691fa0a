"""Every line of ``relevo`` that a document shows can be typed: the real parser takes it.

A word in capitals stands for a value, ``[…]`` for what may be left out, and a bar between choices.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
from cyclopts import CycloptsError

from relevo_deploy.command import application

ROOT = Path(__file__).resolve().parents[2]
BOOKS = [
    path
    for path in sorted(ROOT.rglob("*.md"))
    if not {"node_modules", ".venv", "var", "decisions"} & {*path.parts} and "relevo " in path.read_text("utf-8")
]
STANDS_FOR = {
    "N": "1", "INSTANT": "2019-09-12T09:00Z", "SERVICE": "intake", "DURABLE": "scheduling_intake", "URL": "https://there",
    "DURATION": "3d", "SERVER": "scheduling", "AGGREGATE/ID": "call/0", "FOLDER": "there", "FILE": "there.json",
}  # fmt: skip
_LINE = re.compile(r"^(?:    | *[$] )?(?:\S*/)?(relevo [a-z].*)$")
_CHOICES = re.compile(r"\[([^\[\]]*)\]")


def lines_of(text: str) -> Iterator[str]:
    """What is to be typed: lines in blocks of code, and code within sentences."""
    text = text.replace("\\\n", " ")
    for line in text.splitlines():
        if found := _LINE.match(re.sub(r"^( *)[\d*]+( [\d*]+){4} +", r"    ", line)):
            yield re.split(r"  +#| # |  +(?=[a-z]+ [a-z])", found[1])[0]
    yield from (each for each in re.findall(r"`(relevo [a-z][^`\n]*)`", text) if "…" not in each)


def choices(line: str) -> Iterator[list[str]]:
    """The words of a line with nothing that may be left out, then with each choice of it."""
    line = line.replace("[the same]", "").replace(" ...", "")
    yield _words(_CHOICES.sub("", line))
    for options in _CHOICES.findall(line):
        for each in options.split(" | "):
            yield _words(_CHOICES.sub("", line) + " " + each)


def _words(line: str) -> list[str]:
    return [STANDS_FOR.get(word, word.partition("|")[0]) for word in shlex.split(line)[1:]]


@pytest.mark.parametrize("book", BOOKS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_command_in_a_document_can_be_typed(book: Path) -> None:
    wrong = []
    for line in sorted(set(lines_of(book.read_text("utf-8")))):
        for words in choices(line):
            if why := refusal(words):
                wrong.append(f"{line}: {why}")
    assert wrong == []


def refusal(words: list[str]) -> str | None:
    """What the parser says against these words; a command that is only named needs no arguments."""
    app = application(words)
    named = app
    for word in words:
        if word not in named:
            break
        named = named[word]
    if all(word in app for word in words[:1]) and (named.name[0] == words[-1]):
        return None
    try:
        application(words).parse_args(words, exit_on_error=False, print_error=False)
    except CycloptsError as refused:
        return str(refused)
    return None


def test_a_line_that_cannot_be_typed_is_caught() -> None:
    planted = "    relevo dead-letters drop --every\n\n    .venv/bin/relevo status   # how it stands\n\n`relevo bogus`"
    assert list(lines_of(planted)) == ["relevo dead-letters drop --every", "relevo status", "relevo bogus"]
    assert refusal(["dead-letters", "drop", "--every"])
    assert refusal(["bogus"])
    assert refusal(["replay", "--since", "yesterday", "x"])
    assert refusal(["status"]) is refusal(["dead-letters"]) is None
