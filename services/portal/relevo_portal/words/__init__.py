"""What the portal says to people, in every language: see ``texts/``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from relevo_chassis.languages.loading import Counted, Texts, Words
from relevo_portal.services.intake import Standing

Mistake = Literal["missing", "unknown", "gone", "away", "too_many", "not_from_here"]
"""What can be wrong when somebody comes in."""
Notice = Literal["left", "kept", "undone"]
LostMistake = Literal["missing", "no_address", "short_word", "away", "too_many", "not_from_here"]
"""What can be wrong when somebody has lost their code."""
Deed = Literal["stop", "yes", "no", "out", "end"]
"""What a person may do: refuse whoever asks for another code, accept an offer, decline it, withdraw the application,
leave the course. The address of its page says no more than this."""
Problem = Literal["nothing_here", "not_from_here", "not_taken", "too_large", "later", "broke"]
Room = Literal["mine", "details", "needs", "week", "days", "paper", "rights", "write"]
"""What whoever is in finds: what stands, what they said of themselves, what they need, the week, the sixty days, the
certificate, their rights over what is kept, somebody to write to. The address of its page says no more than this."""
Step = Literal["submit", "confirm", "state_needs", "correct"]
"""What the person may do elsewhere: on pages of its own, or by a letter."""


class Passage(Words):
    """A heading, and what follows from it."""

    title: str
    more: str


class FrameWords(Words):
    """What is around every page."""

    skip: str
    languages: str
    exit: str
    exit_keys: str
    leave: str
    note: str
    problem: str
    way: str
    danger: str
    danger_more: str
    danger_what: str
    seconds: Counted
    rooms: Mapping[Room, str]


class DoorWords(Words):
    title: str
    lead: str
    code: str
    code_hint: str
    enter: str
    no_account: str
    mistakes: Mapping[Mistake, str]
    notices: Mapping[Notice, Passage]
    what_title: str
    what: Sequence[str]
    safe_title: str
    safe: Sequence[str]


class LostWords(Words):
    """The page for whoever no longer has their code."""

    link: str
    title: str
    lead: str
    contact: str
    contact_hint: str
    word: str
    word_hint: str
    ask: str
    back: str
    how_title: str
    how: Sequence[str]
    asked: Passage
    mistakes: Mapping[LostMistake, str]


class DeedWords(Words):
    link: str
    title: str
    more: str
    button: str


class MineWords(Words):
    standing: Mapping[Standing, Passage]
    draft: Passage
    expired: Passage
    above: str
    facts: str
    call: str
    closes: str
    offer_until: str
    grant: str
    grant_yes: str
    grant_no: str
    endangered: Passage
    can: str
    nothing: str
    until: str
    steps: Mapping[Step, str]
    deeds: Mapping[Deed, DeedWords]
    back: str
    away: Passage
    parts_away: str
    not_done: str
    declined: str


class SpecimenWords(Words):
    """The page that shows every component, for who makes pages."""

    title: str
    who: str


class PortalWords(Words):
    frame: FrameWords
    door: DoorWords
    lost: LostWords
    mine: MineWords
    waiting: Passage
    problems: Mapping[Problem, Passage]
    specimens: SpecimenWords


TEXTS = Texts(PortalWords, "relevo_portal")
