"""The words of every code, and of refusals, in four languages."""

from __future__ import annotations

from typing import Any

from relevo_chassis.languages import LANGUAGES
from relevo_multiplier_tracking.words import CodeWords, every_code


def test_every_list_of_codes_that_an_answer_holds_has_its_words_in_four_languages() -> None:
    codes = every_code()
    assert codes.keys() == CodeWords.model_fields.keys()
    assert all(tuple(each) == LANGUAGES for words in codes.values() for each in words.values())


async def test_anybody_reads_the_words_of_the_codes(house: Any) -> None:
    answer = await house.stand.http.get("/codes")
    assert answer.json()["rejected_because"]["too_short"]["pt"] == "a sessão foi curta demais"


async def test_a_refusal_is_told_in_the_language_that_is_preferred(house: Any) -> None:
    wanted = {**house.coordinator, "Accept-Language": "pt"}
    answer = await house.stand.http.get(f"/commitments/{'f' * 32}", headers=wanted)
    assert answer.json()["title"] == "Não há tal compromisso; verifique o identificador."
