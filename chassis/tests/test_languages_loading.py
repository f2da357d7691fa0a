"""Words for people are complete in every language, or nothing starts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Literal

import pytest

from relevo_chassis.languages import LANGUAGES
from relevo_chassis.languages.loading import Counted, Texts, TextsIncomplete, Words

Kind = Literal["talk", "panel"] | Literal["other"]


class PageWords(Words):
    title: str
    left: Counted


class Shown(Words):
    """The words of a made-up package."""

    page: PageWords
    kinds: Mapping[Kind, str]
    months: Sequence[str]


SOUND = """
months = ["a", "b"]
[page]
title = "{language}: {name}"
left.one = "one"
left.other = "{count}"
[kinds]
talk = "t"
panel = "p"
other = "o"
"""
Package = Callable[[Mapping[str, str]], str]


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Package:
    """Makes a package whose files of texts are sound but for what is given."""

    def make(changed: Mapping[str, str]) -> str:
        name = f"made_up_{abs(hash(tmp_path)):x}"
        texts = tmp_path / name / "texts"
        texts.mkdir(parents=True)
        (tmp_path / name / "__init__.py").touch()
        for language in LANGUAGES:
            (texts / f"{language}.toml").write_text(changed.get(language, SOUND), "utf-8")
        monkeypatch.syspath_prepend(str(tmp_path))
        return name

    return make


def test_words_are_read_in_every_language_and_known_to_the_type_checker(package: Package) -> None:
    texts = Texts(Shown, package({"pt": SOUND.replace('"t"', '"palestra"')}))
    assert texts["pt"].kinds["talk"] == "palestra"
    assert texts.in_all(lambda words: words.kinds["talk"]) == {"es": "t", "en": "t", "pt": "palestra", "fr": "t"}
    assert texts["fr"].page.title.format(language="fr", name="x") == "fr: x"


@pytest.mark.parametrize(
    ("language", "before", "after", "fault"),
    [
        ("fr", 'talk = "t"', "", "fr.toml lacks kinds.talk"),
        ("pt", 'other = "o"', 'other = " "', "pt.toml lacks kinds.other"),
        ("es", 'left.one = "one"', "", "es.toml lacks page.left.one"),
        ("en", 'months = ["a", "b"]', "months = []", "en.toml lacks months"),
        ("en", 'panel = "p"', 'panel = "p"\npannel = "p"', "en.toml has kinds.pannel, which nobody says"),
        ("pt", "{name}", "{nome}", r"page.title names \['language', 'nome'\] in pt.toml"),
        ("fr", "{count}", "many", r"page.left.other names \[\] in fr.toml"),
        ("fr", '"one"', '"{day}"', r"page.left.one names \['day'\] in fr.toml"),
        ("es", "{name}", "{name.__class__}", "is not a plain name"),
        ("es", "{name}", "{name!r}", "is not a plain name"),
        ("es", "{name}", "{name", "page.title in es.toml"),
        ("es", '"a", "b"', '"a", 1', "months"),
        ("en", "[page]", "[page", "en.toml cannot be read"),
    ],
)
def test_a_service_does_not_start_with_words_that_are_missing_or_differ(
    package: Package, language: str, before: str, after: str, fault: str
) -> None:
    assert before in SOUND
    with pytest.raises(TextsIncomplete, match=fault):
        Texts(Shown, package({language: SOUND.replace(before, after)}))


def test_a_language_without_a_file_is_missing_and_all_faults_are_told_at_once(package: Package) -> None:
    name = package({"en": SOUND.replace('talk = "t"', ""), "fr": SOUND.replace('panel = "p"', "")})
    with pytest.raises(TextsIncomplete, match=r"en\.toml lacks kinds.talk; fr.toml lacks kinds.panel"):
        Texts(Shown, name)
    with pytest.raises(TextsIncomplete, match=r"es\.toml cannot be read"):
        Texts(Shown, "relevo_chassis")
