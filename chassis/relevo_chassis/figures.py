"""The gate of figures: what leaves the house of how many, and when it is told anew.

Whoever reads all that is ever told, knows this file, and knows some wholes to the unit from elsewhere, still cannot
tell how large a group of fewer than ten people is: ten sizes of it are as possible, whatever was told before. Nobody at
all is such a group too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

LEAST = 10
"""The smallest group that is told of; what is told is a multiple of it."""
WITHHELD = 0
"""Told in place of a figure that is not; none that is told is as small."""


class Actual(NamedTuple):
    """A figure as it is, with what others may know beside it.

    ``within``: wholes that it is a part of and that others may know to the unit, so that the rest of each is as good as
    told with it. ``beyond``: parts of it that they may know so. ``part_of``: the figures of the same table that it is a
    part of. ``people``: how many it is about, where it counts what one person may have several of; it is told when they
    are ten, of wholes of twenty. ``along``: the figure of the same table with which alone it is told anew, as the sum
    over what that one counts.
    """

    value: int
    within: tuple[int, ...] = ()
    beyond: tuple[int, ...] = ()
    part_of: tuple[str, ...] = ()
    people: int | None = None
    along: str | None = None


def snapshot(released: Mapping[str, int], actual: Mapping[str, Actual]) -> dict[str, int]:
    """What is told from now on of a table of which ``released`` was told last; ``WITHHELD`` where nothing may be.

    A figure stays as it was told until it may be told again and is ten or more away, and is told to the nearest ten. So
    any two figures that were ever told, of whatever table and whichever service, are the same or ten apart; and that
    one stays may be for any of these reasons. Figures that come first in the table are told rather than later ones.
    """
    after = {name: released.get(name, WITHHELD) for name in actual}
    for name, each in actual.items():
        before = after[name]
        if each.along is not None:
            is_due = after[each.along] != released.get(each.along, WITHHELD)
        else:
            is_due = before == WITHHELD or abs(each.value - before) >= LEAST
        if is_due and each.value >= LEAST and _leaves_ten(name, actual, after):
            after[name] = nearest(each.value)
    return after


def is_news(released: Mapping[str, int], after: Mapping[str, int]) -> bool:
    """Whether a snapshot says anything that was not told before."""
    return any(value != released.get(name, WITHHELD) for name, value in after.items())


def nearest(value: int) -> int:
    """The nearest ten; five and more go up."""
    return (value + LEAST // 2) // LEAST * LEAST


def _leaves_ten(name: str, actual: Mapping[str, Actual], released: Mapping[str, int]) -> bool:
    """Whether every value that the figure may have, once it is told, leaves ten or more of all that may be known."""
    each = actual[name]
    if each.people is not None:
        return each.people >= LEAST and all(whole >= 2 * LEAST for whole in each.within)
    return all(rest >= LEAST for rest in _rests(name, actual, released))


def _rests(name: str, actual: Mapping[str, Actual], released: Mapping[str, int]) -> Iterator[int]:
    """The smallest that may be left of wholes without the figure, and of it without its parts, when it is told."""
    each, now = actual[name], nearest(actual[name].value)
    lowest, highest = max(now - LEAST // 2, LEAST), now + LEAST // 2 - 1
    yield from (whole - highest for whole in each.within)
    yield from (lowest - part for part in each.beyond)
    for other, value in released.items():
        if value != WITHHELD and other in each.part_of:
            yield (value - LEAST + 1) - highest
        if value != WITHHELD and name in actual[other].part_of:
            yield lowest - (value + LEAST - 1)
