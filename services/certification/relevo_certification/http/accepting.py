"""Which form of an answer is wanted most (RFC 9110, 12.5.1)."""

from __future__ import annotations

from collections.abc import Sequence

_PARTS_MAX = 50


def preferred(accept: str, offered: Sequence[str]) -> str:
    """The media type wanted most; of equals the one that is named, and then the first that is offered.

    The first also when none is wanted.
    """
    wanted = [_weighed(part) for part in accept.lower().split(",")[:_PARTS_MAX]]
    weights = [_weight(media, wanted) for media in offered]
    return offered[weights.index(max(weights))]


def _weight(media: str, wanted: Sequence[tuple[str, float]]) -> tuple[float, int]:
    """What the most exact of the ranges that fit says, and how exact it is."""
    for exactness, range in ((2, media), (1, f"{media.partition('/')[0]}/*"), (0, "*/*")):
        for name, weight in wanted:
            if name == range:
                return weight, exactness if weight else 0
    return 0.0, 0


def _weighed(part: str) -> tuple[str, float]:
    media, _, parameters = part.partition(";")
    weights = [each.strip()[2:] for each in parameters.split(";") if each.strip().startswith("q=")]
    try:
        return media.strip(), float(weights[0]) if weights else 1.0
    except ValueError:
        return media.strip(), 0.0
