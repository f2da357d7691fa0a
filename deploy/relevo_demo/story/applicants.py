"""Who applies: the population with some who apply twice, one whose contact a stranger uses, and those with a part."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Literal, NamedTuple

from relevo_demo.dice import dice
from relevo_demo.edition import LANGUAGES, PRIORITY_COUNTRIES
from relevo_demo.people import Person, population, with_canaries
from relevo_demo.story.parts import CARRIERS, PARTS, Part, in_part, refused
from relevo_demo.texts import application

Story = Literal["newest", "first", "nobody", "both"]


class Link(NamedTuple):
    """Two applications of one contact, by number, and which of them its holder confirms; of both, the newest last."""

    first: int
    second: int
    confirmed: Story


class Cast(NamedTuple):
    """All who apply, and what is special about some of them, by number.

    ``addressless`` gave no e-mail address, letters to ``refused`` come back; ``mistyped`` is the one of those who
    notices and gives another. ``turned_away`` is one of whom it is clear that they get no seat.
    """

    people: list[Person]
    links: tuple[Link, ...]
    drafted: tuple[int, ...]
    withdrawn: tuple[int, ...]
    addressless: tuple[int, ...]
    refused: tuple[int, ...]
    mistyped: int
    turned_away: int

    def in_part(self, part: Part) -> Person:
        return next(each for each in self.people if each.part == part)


_STORIES: tuple[Story, ...] = ("both", "newest", "newest", "newest", "first", "nobody")
_SPACING = 2


def cast_of(count: int, seed: int) -> Cast:
    """The cast for so many applications; at least 90."""
    people = population(count, seed)
    links = tuple(
        Link(4 + _SPACING * at, count // 4 + 20 + _SPACING * at, confirmed) for at, confirmed in enumerate(_STORIES)
    )
    for link in links:
        people[link.second] = _linked(people[link.first], people[link.second], link, seed)
        for number in link[:2]:
            people[number] = replace(people[number], linked=True)
    special = {number for link in links for number in link[:2]}
    free = [each for each in range(count - 1) if each not in special]
    for part, number in _parts(people, free).items():
        people[number] = in_part(people[number], part, seed)
    others = [each for each in free if not people[each].part]
    mistyped, *never_reached = others[14:17]
    for number in others[9:14]:
        people[number] = replace(people[number], contact="")
    for number in (mistyped, *never_reached):
        people[number] = replace(people[number], contact=refused(people[number]))
    turned_away = _on_pages(people, others[17:], seed)
    return Cast(
        people,
        links,
        drafted=tuple(others[2:5]),
        withdrawn=tuple(others[7:9]),
        addressless=tuple(each for each in range(count) if not people[each].contact),
        refused=(mistyped, *never_reached, *(each for each in free if people[each].part == "unreached")),
        mistyped=mistyped,
        turned_away=turned_away,
    )


def _on_pages(people: list[Person], numbers: Sequence[int], seed: int) -> int:
    """Let one of each kind use the portal's pages, each in another language: whoever carries canaries with script,
    whoever gave no address without, and one more, who gets no seat. The number of that one."""
    carrier, addressless = (
        next(each for each in people if each.part == part) for part in ("second_carrier", "addressless")
    )
    left = [each for each in LANGUAGES if each not in (carrier.language, addressless.language)]
    without = addressless.language if addressless.language != carrier.language else left.pop()
    turned_away = next(each for each in (people[number] for number in numbers) if each.language in left)
    people[carrier.number] = replace(carrier, way="script", pages_in=carrier.language)
    people[addressless.number] = replace(addressless, way="plain", pages_in=without)
    people[turned_away.number] = replace(
        with_canaries(turned_away, seed), quality=0.0, way="script", pages_in=turned_away.language
    )
    return turned_away.number


def canaries_of(people: Sequence[Person]) -> tuple[str, ...]:
    return tuple(planted for person in people for planted in person.canaries)


def _linked(first: Person, second: Person, link: Link, seed: int) -> Person:
    """Whoever applies second under the contact: the same person with other words, or a stranger."""
    if link.confirmed == "first":
        return replace(second, contact=first.contact)
    words = application(first.language, first.themes[0], 14, dice(seed, "second", link.second))
    return replace(first, number=second.number, **words._asdict())


def _parts(people: Sequence[Person], numbers: Sequence[int]) -> Mapping[Part, int]:
    """Each part to somebody of another country, so that no country's most is in the way; every other one to a woman."""
    women = _priority_women(people, numbers)[: len(CARRIERS)]
    left = [country for country in _COUNTRIES if country not in {people[number].country for number in women}]
    others = [_of_country(people, numbers, country, woman=at % 2 == 0) for at, country in enumerate(left)]
    return dict(zip(PARTS, (*women, *others), strict=False))


_COUNTRIES = ("HN", "HT", *(each for each in PRIORITY_COUNTRIES if each != "HN"), "PE", "US", "EC", "AR", "BO", "CL")


def _of_country(people: Sequence[Person], numbers: Sequence[int], country: str, woman: bool) -> int:
    """The first of a country, a woman if one is wanted and there is one."""
    theirs = [number for number in numbers if people[number].country == country]
    return min(theirs, key=lambda number: (woman and people[number].sex != "female", number))


def _priority_women(people: Sequence[Person], numbers: Sequence[int]) -> list[int]:
    """Women of two different priority countries first."""
    found = {
        person.country: number
        for number in reversed(numbers)
        if (person := people[number]).sex == "female" and person.country in ("MX", "CO", "BR", "GT")
    }
    return sorted(found.values())
