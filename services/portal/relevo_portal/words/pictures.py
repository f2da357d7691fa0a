"""What the page with the pictures of a session says: see ``texts/pictures/``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from relevo_chassis.languages.loading import Texts, Words
from relevo_portal.words.days import FieldWords

Fault = Literal["none", "large", "other", "people", "away"]
"""What can be wrong with a picture before it is sent on, or when it is."""


class PictureWords(Words):
    link: str
    title: str
    lead: str
    points: Sequence[str]
    rejected: str
    rejected_because: str
    kept: str
    none: str
    item: str
    see: str
    remove: str
    add: str
    left: str
    field: FieldWords
    affirmed: str
    button: str
    full: str
    over: str
    faults: Mapping[Fault, str]


TEXTS = Texts(PictureWords, "relevo_portal", "pictures")
