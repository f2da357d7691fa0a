"""What a request body may be made of: known fields and texts without trickery."""

from __future__ import annotations

import re
import unicodedata
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

_INVISIBLE = re.compile("[\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069\ufeff\ufff9-\ufffb]")
_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_CONTROLS_BUT_LINES = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]")


class Strict(BaseModel):
    """A request body: frozen, and a field that is not known is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


def _normal(value: object) -> object:
    return unicodedata.normalize("NFC", value).replace("\r\n", "\n") if isinstance(value, str) else value


def _one_line(text: str) -> str:
    if _CONTROLS.search(text) or _INVISIBLE.search(text):
        raise ValueError("control characters, line breaks and direction overrides are not taken here")
    return text


def _lines(text: str) -> str:
    if _CONTROLS_BUT_LINES.search(text) or _INVISIBLE.search(text):
        raise ValueError("control characters and direction overrides are not taken here")
    return text


NORMAL = BeforeValidator(_normal)
"""In Unicode's normal form C, lines ended by a line feed."""

ONE_LINE = AfterValidator(_one_line)
"""Without line breaks, control characters and direction overrides."""

ShortText = Annotated[str, Field(min_length=1, max_length=200), NORMAL, ONE_LINE]
"""One line of 1 to 200 characters, in Unicode's normal form C."""

LongText = Annotated[str, Field(min_length=1, max_length=20_000), NORMAL, AfterValidator(_lines)]
"""Lines of text, 1 to 20,000 characters, in Unicode's normal form C."""

ShortTextOrEmpty = Annotated[str, Field(max_length=200), NORMAL, ONE_LINE]
"""As ``ShortText``, and may be left empty."""

LongTextOrEmpty = Annotated[str, Field(max_length=20_000), NORMAL, AfterValidator(_lines)]
"""As ``LongText``, and may be left empty."""
