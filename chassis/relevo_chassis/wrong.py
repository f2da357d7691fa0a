"""What is wrong with a field: a stable code, and words made of a template and facts. Pure: the domain says so too.

A code has the same words wherever it is said, so that others can be put in their place. The facts are numbers and
names of ours, never anything that was sent.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Mapping
from dataclasses import dataclass, field, replace

from relevo_chassis.delivery.change import Refusal

Fact = str | int


class Wrong(ValueError):
    """A value is not taken. Raised by validators, by one of a whole model with the ``field`` that it is about.

    ``words`` may name facts in braces.
    """

    def __init__(self, code: str, words: str, *, field: str = "", **facts: Fact) -> None:
        super().__init__(words.format_map(facts))
        self.code = code
        self.words = words
        self.field = field
        self.facts = facts


def each_once(values: Collection[Hashable], field: str) -> None:
    """Raises ``Wrong`` if something is among the values of this field more than once."""
    if len(set(values)) != len(values):
        raise Wrong("named_twice", "names something twice", field=field)


@dataclass(frozen=True, slots=True)
class WrongField:
    """One wrong field: where it is (``contact``, ``scores.experience``), and what is wrong with it."""

    where: str
    code: str
    words: str
    facts: Mapping[str, Fact] = field(default_factory=dict)

    @property
    def reason(self) -> str:
        return self.words.format_map(self.facts)


class FieldsRefused(Refusal):
    """Correct the fields listed under errors. ``within`` is where their names belong."""

    status = 422
    within = "body"

    def __init__(self, errors: Iterable[WrongField], **facts: str | int | bool | None) -> None:
        super().__init__(**facts)
        self.errors = tuple(errors)

    @property
    def placed(self) -> tuple[WrongField, ...]:
        """The wrong fields, each with its whole place in the request."""
        before = f"{self.within}." if self.within else ""
        return tuple(replace(each, where=before + each.where) for each in self.errors)
