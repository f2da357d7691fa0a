"""What the page says that works without a line: see ``texts/offline/``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from relevo_chassis.languages.loading import Counted, Texts, Words
from relevo_portal.words import Passage
from relevo_portal.words.days import FieldWords, FormWords

OfflineNotice = Literal[
    "arrived",
    "not_taken",
    "no_line",
    "away",
    "others",
    "gone",
    "broke",
    "ready",
    "ready_for_now",
    "not_ready",
    "not_yours",
    "deleted",
]
"""What happened, as the page's script names it."""
ReportState = Literal["draft", "waits", "refused", "pictures", "not_taken"]
PictureFault = Literal["affirm", "many", "unusable"]


class ViewWords(Words):
    """One view of the page: its heading, what it is for, its button."""

    title: str
    lead: str
    button: str


class ScriptWords(Words):
    """What the page's script says."""

    notices: Mapping[OfflineNotice, Passage]
    states: Mapping[ReportState, str]
    kept: Counted
    kept_none: str
    lacks: Counted
    alike: str
    enough: str
    differ: str
    wrong: str
    saved: str
    title: str
    no_day: str
    planned: str
    planned_then: str
    unplanned: str
    picture: str
    pictures: Mapping[PictureFault, str]


class PicturesWords(Words):
    """Pictures of a session: what they may show, how one is chosen, and what its sender affirms."""

    title: str
    lead: str
    affirm: str
    pick: FieldWords
    remove: str


class OfflineWords(Words):
    link: str
    above: str
    unable: Passage
    ordinary: str
    begin: ViewWords
    stays_title: str
    stays: Sequence[str]
    cannot_title: str
    cannot: Sequence[str]
    passphrase: FieldWords
    again: FieldWords
    suggest: str
    locked: ViewWords
    secret: FieldWords
    forgot: Passage
    code: ViewWords
    not_now: str
    list: ViewWords
    none: str
    close: str
    to_days: str
    see: str
    write: FormWords
    pictures: PicturesWords
    about: FieldWords
    frozen: Passage
    back: str
    remove: ViewWords
    delete: Passage
    script: ScriptWords


TEXTS = Texts(OfflineWords, "relevo_portal", "offline")
