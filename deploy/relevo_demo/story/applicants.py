"""Who applies: the population with some who apply twice, one whose contact a stranger uses, and the canaries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal, NamedTuple

from relevo_demo.dice import dice
from relevo_demo.people import Person, population, with_canaries
from relevo_demo.texts import application

Story = Literal["newest", "first", "nobody"]
CANARIES = 2


class Link(NamedTuple):
    """Two applications of one contact, by number, and which of them its holder confirms."""

    first: int
    second: int
    confirmed: Story


class Cast(NamedTuple):
    """All who apply, and what is special about some of them, by number."""

    people: list[Person]
    links: tuple[Link, ...]
    drafted: tuple[int, ...]
    withdrawn: tuple[int, ...]


_STORIES: tuple[Story, ...] = ("newest", "newest", "newest", "newest", "first", "nobody")
_APART = 2


def cast_of(count: int, seed: int) -> Cast:
    """The cast for so many applications; at least 40."""
    people = population(count, seed)
    links = tuple(
        Link(4 + _APART * at, count // 4 + 20 + _APART * at, confirmed) for at, confirmed in enumerate(_STORIES)
    )
    for link in links:
        people[link.second] = _linked(people[link.first], people[link.second], link, seed)
    special = {number for link in links for number in link[:2]}
    free = [each for each in range(count - 1) if each not in special]
    for number in _priority_women(people, free)[:CANARIES]:
        people[number] = with_canaries(people[number], seed)
    others = [each for each in free if not people[each].canaries]
    return Cast(people, links, drafted=tuple(others[2:5]), withdrawn=tuple(others[7:9]))


def canaries_of(people: Sequence[Person]) -> tuple[str, ...]:
    return tuple(planted for person in people for planted in person.canaries)


def _linked(first: Person, second: Person, link: Link, seed: int) -> Person:
    """Whoever applies second under the contact: the same person with other words, or a stranger."""
    if link.confirmed == "first":
        return replace(second, contact=first.contact)
    words = application(first.language, first.themes[0], 14, dice(seed, "second", link.second))
    return replace(first, number=second.number, **words._asdict())


def _priority_women(people: Sequence[Person], numbers: Sequence[int]) -> list[int]:
    """Women of two different priority countries first."""
    found = {
        person.country: number
        for number in reversed(numbers)
        if (person := people[number]).sex == "female" and person.country in ("MX", "CO", "BR", "GT")
    }
    return sorted(found.values())
