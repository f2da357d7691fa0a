"""What is said of the rights of a person over what is kept of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from relevo_chassis.languages.loading import Texts, Words
from relevo_portal.words import Passage

Kept = Literal["applied", "taking_part", "needs", "written", "certified", "decided"]
"""What there may be, told in six parts."""
Paper = Literal[
    "state",
    "submission",
    "details",
    "draft",
    "needs",
    "week",
    "attendance",
    "days",
    "texts",
    "questions",
    "paper",
    "letters",
    "thread",
]
"""What is taken along, each as a file of its own."""


class KeptWords(Words):
    """One part of what is kept: what, what for, and until when."""

    title: str
    what: str
    why: str
    until: str


class EraseWords(Words):
    """The page that asks before everything is erased."""

    link: str
    title: str
    lead: str
    goes_title: str
    goes: Sequence[str]
    stays_title: str
    stays: Sequence[str]
    wait: str
    button: str
    back: str
    not_done: str
    declined: str


class RightsWords(Words):
    above: str
    heading: Passage
    kept_title: str
    why: str
    until: str
    kept: Mapping[Kept, KeptWords]
    bundle_title: str
    bundle_lead: str
    bundle_button: str
    bundle_warning: str
    bundle: str
    papers: Mapping[Paper, str]
    missing: str
    erase: EraseWords


TEXTS = Texts(RightsWords, "relevo_portal", "rights")
