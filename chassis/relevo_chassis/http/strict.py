"""What a request body may be made of: known fields and texts without trickery."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic.config import JsonDict, JsonValue

from relevo_chassis.texts import lines, named, normal, one_line, seen


class Strict(BaseModel):
    """A request body: frozen, and a field that is not known is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


def example(**fields: JsonValue) -> JsonDict:
    """``json_schema_extra`` of a body: a request as somebody may send it."""
    return {"examples": [fields]}


def _normal(value: object) -> object:
    return normal(value) if isinstance(value, str) else value


NORMAL = BeforeValidator(_normal)
"""In Unicode's normal form C, lines ended by a line feed."""

ONE_LINE = AfterValidator(one_line)
"""Without line breaks, control characters and direction overrides."""

ShortTextOrEmpty = Annotated[str, Field(max_length=200), NORMAL, ONE_LINE, AfterValidator(seen)]
"""As ``ShortText``, and may be left empty."""

ShortText = Annotated[str, Field(min_length=1, max_length=200), NORMAL, ONE_LINE, AfterValidator(seen)]
"""One line of 1 to 200 characters of which one can be seen, in Unicode's normal form C."""

NameOrEmpty = Annotated[ShortTextOrEmpty, AfterValidator(named)]
"""As ``Name``, and may be left empty."""

Name = Annotated[ShortText, AfterValidator(named)]
"""What somebody or something is called: as ``ShortText``, with at least one letter."""

LongTextOrEmpty = Annotated[str, Field(max_length=20_000), NORMAL, AfterValidator(lines), AfterValidator(seen)]
"""As ``LongText``, and may be left empty."""

LongText = Annotated[str, Field(min_length=1, max_length=20_000), NORMAL, AfterValidator(lines), AfterValidator(seen)]
"""Lines of text, 1 to 20,000 characters of which one can be seen, in Unicode's normal form C."""
