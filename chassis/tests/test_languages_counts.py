"""Numbers, what is counted, and lists."""

from __future__ import annotations

import pytest

from relevo_chassis.languages import LANGUAGES, Language
from relevo_chassis.languages.counts import counted, listed, number
from relevo_chassis.languages.loading import Counted

DAYS = Counted(one="queda 1 día, hasta el {day}", other="quedan {count} días, hasta el {day}")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, ["0", "0", "0", "0"]),
        (999, ["999"] * 4),
        (2953, ["2953", "2,953", "2.953", "2\u202f953"]),
        (-12953, ["-12\u202f953", "-12,953", "-12.953", "-12\u202f953"]),
    ],
)
def test_a_number_is_parted_as_its_language_parts_it(value: int, text: list[str]) -> None:
    assert [number(value, each) for each in LANGUAGES] == text


@pytest.mark.parametrize(("language", "nothing"), [("es", "{0}"), ("en", "{0}"), ("pt", "one"), ("fr", "one")])
def test_one_is_said_otherwise_than_many_and_nothing_as_the_language_has_it(language: Language, nothing: str) -> None:
    text = Counted(one="one", other="{{{count}}}")
    assert [counted(text, each, language) for each in (0, 1, 2, 10_000)] == [
        nothing, "one", "{2}", f"{{{number(10_000, language)}}}",
    ]  # fmt: skip


def test_what_is_counted_is_filled_in_with_the_other_facts() -> None:
    assert counted(DAYS, 1, "es", day="9 de marzo") == "queda 1 día, hasta el 9 de marzo"
    assert counted(DAYS, 7, "es", day="9 de marzo") == "quedan 7 días, hasta el 9 de marzo"


@pytest.mark.parametrize(
    ("items", "language", "text"),
    [
        ([], "es", ""),
        (["español"], "es", "español"),
        (["inglés", "portugués", "francés"], "es", "inglés, portugués y francés"),
        (["español", "inglés"], "es", "español e inglés"),
        (["padres", "hijos"], "es", "padres e hijos"),
        (["nieve", "hielo"], "es", "nieve y hielo"),
        (["Asunción", "Ypacaraí"], "es", "Asunción e Ypacaraí"),
        (["a", "yo"], "es", "a y yo"),
        (["Spanish", "French"], "en", "Spanish and French"),
        (["inglês", "francês"], "pt", "inglês e francês"),
        (["anglais", "italien"], "fr", "anglais et italien"),
    ],
)
def test_a_list_ends_with_and_which_is_e_in_spanish_before_its_own_sound(
    items: list[str], language: Language, text: str
) -> None:
    assert listed(items, language) == text
