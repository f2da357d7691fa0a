"""What an endpoint of webhooks has to have: every public event of the services that took part, once, in order."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Literal, NamedTuple

from tests.chaos.history import History

from relevo_contracts import CONTRACTS

PUBLIC = frozenset(each.model.__name__ for each in CONTRACTS if each.audience == "public")
Wrong = Literal["missed", "doubled", "out of order", "told by nobody"]


class HandedOnWrong(NamedTuple):
    """An event, or a thing that events are of, and what is wrong with how it was handed on."""

    wrong: Wrong
    what: str


def handed_on_wrong(history: History) -> Iterator[HandedOnWrong]:
    """Nothing, where nobody subscribed."""
    services = {service for each in history.subscribed for service in each.services}
    if not services:
        return
    published = {each.event_id: each for each in history.emitted if each.type in PUBLIC and each.service in services}
    lanes = defaultdict[str, list[int]](list)
    seen: set[str] = set()
    for each in sorted(history.handed_on, key=lambda each: each.place):
        if each.event_id in seen:
            yield HandedOnWrong("doubled", each.event_id)
            continue
        seen.add(each.event_id)
        if each.event_id not in published:
            yield HandedOnWrong("told by nobody", each.event_id)
        lanes[f"{each.source} {each.subject}"].append(each.sequence)
    for id in published.keys() - seen:
        yield HandedOnWrong("missed", id)
    for lane, sequences in lanes.items():
        if sequences != sorted(sequences):
            yield HandedOnWrong("out of order", f"{lane}: {sequences}")
