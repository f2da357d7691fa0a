"""What is said to whoever states what they need for the on-site week: see ``texts/needs``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from relevo_chassis.languages.loading import Texts, Words
from relevo_portal.services.needs import Into, NeedName
from relevo_portal.words import Passage

Notice = Literal["saved", "cleared"]
Missing = Literal["from_languages", "into", "into_named", "emergency_name", "emergency_reach", "emergency_agreed"]
"""What is asked for together with something else."""
Section = Literal["interpretation", "access", "food", "travel", "passport", "emergency"]


class FieldWords(Words):
    label: str
    hint: str


class NeedsWords(Words):
    above: str
    title: str
    lead: str
    rules_title: str
    rules: Sequence[str]
    until: str
    until_unknown: str
    sections: Mapping[Section, Passage]
    fields: Mapping[NeedName, FieldWords]
    into: Mapping[Into, str]
    into_nothing: str
    not_stated: str
    missing: Mapping[Missing, str]
    save: str
    notices: Mapping[Notice, Passage]
    conflict: Passage
    keep_saved: str
    clear_link: str
    clear: Passage
    clear_yes: str
    back: str
    not_cleared: str
    not_saved: str
    declined: str
    away: Passage
    nothing: Passage
    in_short: str
    in_short_nothing: str
    changed: str
    changed_name: str
    kept: str


TEXTS = Texts(NeedsWords, "relevo_portal", "needs")
