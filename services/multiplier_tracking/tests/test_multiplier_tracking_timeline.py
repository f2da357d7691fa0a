"""What participants read and see, in their language."""

from __future__ import annotations

from datetime import UTC, date, datetime
from xml.etree import ElementTree

import pytest

from relevo_chassis.languages import LANGUAGES, Language
from relevo_chassis.languages.days import day_in_the_year
from relevo_contracts import Requirements
from relevo_multiplier_tracking.domain import joining, period, sessions
from relevo_multiplier_tracking.domain.commitment import Commitment
from relevo_multiplier_tracking.domain.sessions import ReportedFacts
from relevo_multiplier_tracking.timeline import timeline
from relevo_multiplier_tracking.words import TEXTS

NOW = datetime(2020, 1, 25, 15, tzinfo=UTC)
SVG = "{http://www.w3.org/2000/svg}"


def commitment() -> Commitment:
    at = datetime(2019, 12, 14, 9, tzinfo=UTC)
    made, _ = joining.enrol(joining.expected("a" * 32), "e" * 32, Requirements(), at)
    made, _ = joining.complete_onsite(made, "e" * 32, date(2019, 12, 13), at)
    made, _ = period.pause(made, "p", "reason/p", "c", datetime(2019, 12, 28, 15, tzinfo=UTC))
    made, _ = period.resume(made, "r", "c", datetime(2020, 1, 4, 12, tzinfo=UTC))
    facts = ReportedFacts(held_on=date(2020, 1, 18), minutes=120, people=8, format="online")
    made, _ = sessions.report(made, "1" * 32, facts, NOW)
    made, _ = sessions.verify(made, "1" * 32, 1, "c", NOW)
    return sessions.plan(made, "2" * 32, date(2020, 2, 8), "in_person", NOW)[0]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_picture_says_the_due_day_and_the_sessions_in_each_language(language: Language) -> None:
    drawn = ElementTree.fromstring(timeline(commitment(), NOW, language))  # noqa: S314 - our own
    text = "".join(drawn.itertext())
    assert day_in_the_year(date(2020, 2, 18), language) in text
    assert TEXTS[language].timeline.due in text
    assert len([each for each in drawn.iter(f"{SVG}circle") if each.get("r") == "8"]) == 2
    assert drawn.find(f"{SVG}title") is not None
    assert not list(drawn.iter(f"{SVG}script"))


def test_before_anything_is_due_the_picture_says_what_comes_next() -> None:
    drawn = timeline(joining.expected("a" * 32), NOW, "en")
    assert TEXTS["en"].codes.next_step["wait_for_the_week"] in drawn
