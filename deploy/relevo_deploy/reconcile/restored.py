"""What a restore leaves behind, and nobody did wrong: pure, as the judgement is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from relevo_deploy.reconcile.evidence import Evidence, Restored, Stored


def left_behind(evidence: Evidence, service: str) -> Mapping[Stored, Restored]:
    """The messages of a service's stream that its outbox knew before it was restored, by the restore.

    They stand between a backup and its restore, in the very stream that the receipt names, and the outbox knows
    nothing of them now.
    """
    restores = evidence.restores.get(service, ())
    if not restores:
        return {}
    stream = evidence.streams[service]
    known = {row.id for rows in evidence.outboxes[service].values() for row in rows}
    found = {}
    for message in stream.messages:
        if message.id is not None and message.id not in known:
            for each in restores:
                if stream.made_at == each.made_at and each.after < message.place <= each.until:
                    found[message] = each
                    break
    return found


def lanes_left_behind(evidence: Evidence, service: str) -> Mapping[str, int]:
    """The lanes of such messages, each with the highest number among them."""
    highest: dict[str, int] = {}
    for each in left_behind(evidence, service):
        if each.lane is not None and each.sequence is not None:
            highest[each.lane] = max(each.sequence, highest.get(each.lane, 0))
    return highest


def in_words(left: Mapping[Stored, Restored]) -> Sequence[tuple[str, int]]:
    """Each restore, and how many events were published between its backup and it."""
    return tuple(Counter(each.words for each in left.values()).items())
