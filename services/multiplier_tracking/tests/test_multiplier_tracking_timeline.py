"""What participants read and see, in their language."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import get_args
from xml.etree import ElementTree

import pytest

from relevo_chassis.languages import LANGUAGES
from relevo_contracts import Requirements
from relevo_multiplier_tracking.domain import joining, period, sessions
from relevo_multiplier_tracking.domain.commitment import Commitment
from relevo_multiplier_tracking.domain.next_step import NextStep
from relevo_multiplier_tracking.domain.sealed import Language
from relevo_multiplier_tracking.domain.sessions import Held
from relevo_multiplier_tracking.phrases import NEXT_STEP, TIMELINE
from relevo_multiplier_tracking.timeline import day_in_words, timeline

NOW = datetime(2020, 1, 25, 15, tzinfo=UTC)
SVG = "{http://www.w3.org/2000/svg}"


def commitment() -> Commitment:
    at = datetime(2019, 12, 14, 9, tzinfo=UTC)
    made, _ = joining.enrol(joining.expected("a" * 32), "e" * 32, Requirements(), at)
    made, _ = joining.complete_onsite(made, "e" * 32, date(2019, 12, 13), at)
    made, _ = period.pause(made, "p", "reason/p", "c", datetime(2019, 12, 28, 15, tzinfo=UTC))
    made, _ = period.resume(made, "r", "c", datetime(2020, 1, 4, 12, tzinfo=UTC))
    held = Held(held_on=date(2020, 1, 18), minutes=120, people=8, format="online")
    made, _ = sessions.report(made, "1" * 32, held, NOW)
    made, _ = sessions.verify(made, "1" * 32, 1, "c", NOW)
    return sessions.plan(made, "2" * 32, date(2020, 2, 8), "in_person", NOW)[0]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_picture_says_the_due_day_and_the_sessions_in_each_language(language: Language) -> None:
    drawn = ElementTree.fromstring(timeline(commitment(), NOW, language))  # noqa: S314 - our own
    said = "".join(drawn.itertext())
    assert day_in_words(date(2020, 2, 18), language) in said
    assert TIMELINE[language]["due"] in said
    assert len([each for each in drawn.iter(f"{SVG}circle") if each.get("r") == "8"]) == 2
    assert drawn.find(f"{SVG}title") is not None
    assert not list(drawn.iter(f"{SVG}script"))


@pytest.mark.parametrize(
    ("language", "said"), [("es", "1 de marzo"), ("en", "1 March"), ("pt", "1º de março"), ("fr", "1er mars")]
)
def test_the_first_of_a_month_is_said_as_people_say_it(language: Language, said: str) -> None:
    assert day_in_words(date(2020, 3, 1), language) == said


def test_before_anything_is_due_the_picture_says_what_comes_next() -> None:
    drawn = timeline(joining.expected("a" * 32), NOW, "en")
    assert NEXT_STEP["wait_for_the_week"]["en"] in drawn


def test_there_is_a_phrase_for_every_next_step_in_every_language() -> None:
    assert set(NEXT_STEP) == set(get_args(NextStep))
    assert all(set(phrases) == set(LANGUAGES) for phrases in NEXT_STEP.values())
