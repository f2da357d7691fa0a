"""What people read of scheduling."""

from __future__ import annotations

from typing import Any

import pytest

from relevo_chassis.languages import Language
from relevo_scheduling.words import tongues


@pytest.mark.parametrize(
    ("language", "spoken", "interpreted"),
    [
        ("es", "en español", "en portugués, con interpretación al francés, español e inglés"),
        ("en", "in Spanish", "in Portuguese, with interpretation into French, Spanish and English"),
        ("pt", "em espanhol", "em português, com interpretação para francês, espanhol e inglês"),
        ("fr", "en espagnol", "en portugais, avec interprétation en français, espagnol et anglais"),
    ],
)
def test_a_session_says_in_which_language_it_is_held_and_into_which_it_is_interpreted(
    language: Language, spoken: str, interpreted: str
) -> None:
    assert tongues(language, "es", ()) == spoken
    assert tongues(language, "pt", ("fr", "es", "en")) == interpreted


async def test_a_refusal_says_in_which_way_a_rule_was_broken_in_the_language_that_is_preferred(door: Any) -> None:
    link = await door.stand.http.get(f"/calendars/{'0' * 26}.ics", headers={"Accept-Language": "es"})
    assert link.json()["because"] == "link_not_in_use"
    assert link.json()["detail"] == "este enlace de calendario no está en uso; haga uno nuevo"
