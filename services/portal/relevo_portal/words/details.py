"""What is said to whoever sees and corrects what they said of themselves: see ``texts/details``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from relevo_chassis.languages.loading import Counted, Texts, Words
from relevo_portal.services.details import DetailName, Way
from relevo_portal.words import Passage

Notice = Literal["saved", "refused", "chosen"]
WayMistake = Literal["way", "word", "hours"]


class WayWords(Words):
    """One way in which a lost code is recovered."""

    label: str
    hint: str


class DetailsWords(Words):
    title: str
    lead: str
    names: Mapping[DetailName, str]
    hints: Mapping[DetailName, str]
    displays: Mapping[Literal["named", "unnamed"], str]
    name_missing: str
    save: str
    limit: str
    notices: Mapping[Notice, Passage]
    proposed: Passage
    refuse: str
    no_recovery: str
    conflict: Passage
    keep_saved: str
    no_contact: str
    not_saved: str
    away: Passage
    declined: str
    history: str
    history_columns: Sequence[str]
    by: Mapping[Literal["you", "staff"], str]
    way_link: str
    way_title: str
    way_lead: str
    way_now: str
    ways: Mapping[Way, WayWords]
    word: str
    word_hint: str
    hours: str
    hours_hint: str
    hours_now: Counted
    way_mistakes: Mapping[WayMistake, str]
    binding: str
    choose: str
    back: str
    asked: str


TEXTS = Texts(DetailsWords, "relevo_portal", "details")
