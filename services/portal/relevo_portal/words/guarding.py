"""What is said to whoever begins while a call is under attack: see ``texts/guarding``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from relevo_chassis.languages.loading import Texts, Words
from relevo_portal.words import Passage

ProofMistake = Literal["early", "again", "wait"]
"""It is not time yet; what was brought counts no more; there was no script to do the work."""


class GuardingWords(Words):
    attacked: Passage
    without_script: str
    working: str
    waits: Passage
    mistakes: Mapping[ProofMistake, str]


TEXTS = Texts(GuardingWords, "relevo_portal", "guarding")
