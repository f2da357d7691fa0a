"""How a lost code is recovered, and who lost theirs."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from relevo_chassis.http.strict import NORMAL, ONE_LINE, Strict, example
from relevo_chassis.wrong import Wrong
from relevo_intake.domain.recovery import WAITING_HOURS, Way
from relevo_intake.http.forms.fields import Address, Code

Word = Annotated[str, Field(min_length=8, max_length=200), NORMAL, ONE_LINE]


class RecoveryForm(Strict, json_schema_extra=example(way="waiting", hours=72)):
    """How the holder of a code wants it recovered, should it be lost."""

    way: Way = Field(description="with a word that only they know, after a waiting time, or not at all")
    hours: Annotated[int, Field(ge=24, le=720)] = Field(
        default=WAITING_HOURS, description="how long the code so far still works and can refuse, when nobody has a word"
    )
    word: Word | None = Field(
        default=None, description="eight characters or more, capitals do not matter; only a keyed hash is kept"
    )

    @model_validator(mode="after")
    def _goes_together(self) -> RecoveryForm:
        if (self.way == "word") != (self.word is not None):
            raise Wrong("word_or_none", "is given for the way of the word, and for no other", field="word")
        return self


class LostForm(Strict, json_schema_extra=example(contact="ana@correo.org")):
    """Somebody lost their code."""

    contact: Address
    word: Word | None = None


class RenewalForm(Strict, json_schema_extra=example(code="0F3K-9Q2M-7WXY-ZA5B-C8DE-F1GH-JK")):
    """The code of the letter."""

    code: Code
