"""Words for people are set as their language sets them: apostrophes everywhere, spaces that hold in French."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from relevo_chassis.languages.loading import flat

ROOT = Path(__file__).resolve().parents[2]
FILES = sorted(
    path
    for folder in (*ROOT.glob("services/*/relevo_*/texts"), *ROOT.glob("*/relevo_*/**/texts"))
    for path in folder.rglob("*.toml")
)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_texts_are_set_as_their_language_sets_them(path: Path) -> None:
    wrong = re.compile(r"\w'\w| [:;?!»]|« " if path.stem == "fr" else r"\w'\w")
    texts = dict(flat(tomllib.loads(path.read_text(encoding="utf-8")), ""))
    assert {name: text for name, text in texts.items() if wrong.search(str(text))} == {}


def test_there_are_texts_in_four_languages() -> None:
    assert {path.stem for path in FILES} == {"en", "es", "pt", "fr"}
