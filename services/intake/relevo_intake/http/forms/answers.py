"""Answers to what a call asks besides the fixed questions: their shape. Whether they fit, the questions say."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import AfterValidator, Field, WithJsonSchema

from relevo_chassis.texts import lines, normal, seen
from relevo_chassis.wrong import Wrong
from relevo_intake.domain.questions import FARTHEST, MOST_OPTIONS, MOST_QUESTIONS
from relevo_intake.domain.sealed import AnswerValue

LONGEST_ANSWER = 10_000
_CODE = re.compile(r"[a-z][a-z0-9_]{0,31}\Z")


def _answer(value: Any) -> AnswerValue:
    """Raises ``Wrong`` for what no question can be answered with."""
    match value:
        case bool():
            return value
        case int() if abs(value) <= FARTHEST:
            return value
        case str() if len(value) <= LONGEST_ANSWER:
            return seen(lines(normal(value.strip())))
        case list() | tuple() if len(value) <= MOST_OPTIONS and all(_is_code(each) for each in value):
            return tuple(value)
    raise Wrong("not_an_answer", "is neither a text, a whole number, true or false, nor a list of codes of options")


def _is_code(value: object) -> bool:
    return isinstance(value, str) and _CODE.match(value) is not None


_CODE_SCHEMA = {"type": "string", "pattern": "^[a-z][a-z0-9_]{0,31}$"}
_SCHEMA = {
    "anyOf": [
        {"type": "boolean"},
        {"type": "integer", "minimum": -FARTHEST, "maximum": FARTHEST},
        {"type": "string", "maxLength": LONGEST_ANSWER},
        {"type": "array", "items": _CODE_SCHEMA, "maxItems": MOST_OPTIONS},
    ]
}
_AnyAnswer = Annotated[Any, AfterValidator(_answer), WithJsonSchema(_SCHEMA)]
_Key = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,31}$")]
AnswersByKey = Annotated[dict[_Key, _AnyAnswer], Field(max_length=MOST_QUESTIONS)]
