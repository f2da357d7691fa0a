"""What is said to whoever is in danger."""

from __future__ import annotations

from collections.abc import Sequence

from relevo_chassis.languages.loading import Texts, Words
from relevo_portal.words import Passage


class DangerWords(Words):
    """The page on which one says that one is in danger, and that it is over."""

    above: str
    begin: Passage
    begun: Passage
    nothing_yet: Passage
    begun_at: str
    what_title: str
    what: Sequence[str]
    watched: str
    unwatched: str
    press: str
    over: str
    over_hint: str
    back: str
    not_done: str


TEXTS = Texts(DangerWords, "relevo_portal", "danger")
