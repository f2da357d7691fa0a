"""What is wrong with a field: a stable code, and words made of a template and facts. Pure: the domain says so too.

A code has the same words wherever it is said, so that others can be put in their place. The facts are numbers and
names of ours, never anything that was sent.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Mapping
from dataclasses import dataclass, field

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

    def __init__(self, errors: Iterable[WrongField], detail: str = "", **facts: str | int | bool | None) -> None:
        super().__init__(detail, **facts)
        self.errors = tuple(errors)

    def told(self) -> list[dict[str, str]]:
        """The wrong fields as they go on the wire."""
        before = f"{self.within}." if self.within else ""
        return [{"where": before + each.where, "code": each.code, "reason": each.reason} for each in self.errors]
