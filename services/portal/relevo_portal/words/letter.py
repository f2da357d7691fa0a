"""What the portal says of the invitation for the visa, in every language: see ``texts/letter/``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from relevo_chassis.languages import Language
from relevo_chassis.languages.loading import Counted, Texts, Words
from relevo_portal.services.certification import InvitationStatus
from relevo_portal.words import Passage

NotNow = Literal["unset", "over", "used_up", "not_invited", "away"]
"""Why none can be made now."""


class StatedWords(Words):
    """What the letter says besides the name."""

    title: str
    lead: str
    institution: str
    occasion: str
    days: str
    place: str
    address: str
    costs: str


class FormWords(Words):
    title: str
    name: str
    name_hint: str
    kept: str
    language: str
    language_hint: str
    languages: Mapping[Language, str]
    button: str
    size: str
    name_missing: str
    not_done: str
    declined: str
    left: Counted


class MadeWords(Words):
    """The letters that were made."""

    title: str
    note: str
    columns: Sequence[str]
    statuses: Mapping[InvitationStatus, str]


class LetterWords(Words):
    above: str
    title: str
    lead: str
    points: Sequence[str]
    not_now: Mapping[NotNow, Passage]
    stated: StatedWords
    form: FormWords
    made: MadeWords
    back: str


TEXTS = Texts(LetterWords, "relevo_portal", "letter")
