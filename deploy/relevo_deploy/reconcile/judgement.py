"""The judgement: pure, so that planted violations of every kind prove it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Literal, NamedTuple

from relevo_chassis.delivery.digest import after
from relevo_deploy.reconcile.evidence import Durable, Evidence, OutboxRow, Stored, Stream
from relevo_deploy.reconcile.restored import in_words, lanes_left_behind, left_behind

UNSENT_SECONDS = 60
EVENTS = "outbox numbered"
PARKED = "parked"


Kind = Literal["lost", "late", "doubled", "foreign", "altered", "disordered", "aside"]


class Offence(NamedTuple):
    """Something that is wrong, where, and of which kind."""

    kind: Kind
    text: str


class Check(NamedTuple):
    """One comparison for one service or durable: how much was compared, and what is wrong.

    ``do`` says what to do when something is.
    """

    name: str
    of: str
    compared: int
    offences: tuple[Offence, ...]
    says: str
    do: str
    expected: Sequence[tuple[str, int]] = ()
    """Restores that a receipt tells of, and how many events each left behind."""

    @property
    def ok(self) -> bool:
        return not self.offences


def judge(evidence: Evidence) -> list[Check]:
    """Everything that can be compared. What is in flight shows as an offence only until it is looked at again."""
    checks = []
    for service in evidence.services:
        checks += [judgement(evidence, service) for judgement in _OF_A_SERVICE]
    for durable in evidence.durables:
        checks += [judgement(evidence, durable) for judgement in _OF_A_DURABLE]
    return checks


def together(judged: Iterable[Sequence[Check]]) -> list[Check]:
    """The judgements of all shares as one."""
    return [_together(each) for each in zip(*judged, strict=True)]


def _together(checks: Sequence[Check]) -> Check:
    wrong = [each for each in checks if not each.ok]
    first = min(wrong, key=lambda each: each.do, default=checks[0])
    offences = tuple(offence for each in checks for offence in each.offences)
    expected: Counter[str] = Counter()
    for each in checks:
        expected.update(dict(each.expected))
    compared = sum(each.compared for each in checks)
    return first._replace(compared=compared, offences=offences, expected=tuple(expected.items()))


def lasting(before: Iterable[Check], after: Iterable[Check]) -> list[Check]:
    """The later judgement with those offences alone that were there before as well: the others were in flight."""
    known = {(each.name, each.of): set(each.offences) for each in before}
    return [
        check._replace(
            offences=tuple(each for each in check.offences if each in known.get((check.name, check.of), set()))
        )
        for check in after
    ]


def sequences(evidence: Evidence, service: str) -> Check:
    """Rule 6: an aggregate's events are numbered without hole and without double."""
    lanes = evidence.outboxes[service]
    return Check(
        EVENTS,
        service,
        sum(len(rows) for rows in lanes.values()),
        tuple(each for lane, rows in lanes.items() for each in _unnumbered(lane, rows)),
        "events of an aggregate are missing from the outbox, or two have the same number",
        f"stop {service}; restore its database from the last backup before this; then look at who wrote to it",
    )


def aggregates_in_outbox(evidence: Evidence, service: str) -> Check:
    """Rule 4: what an aggregate says that it told stands in the outbox, written in the same transaction."""
    lanes, counted = evidence.outboxes[service], evidence.aggregates[service]
    last = {lane: max(row.sequence for row in rows) for lane, rows in lanes.items()}
    offences = [
        Offence(
            "lost" if counted.get(lane, 0) > last.get(lane, 0) else "doubled",
            f"{lane} counts {counted.get(lane, 0)} events and the outbox holds {last.get(lane, 0)}",
        )
        for lane in sorted(counted.keys() | last.keys())
        if counted.get(lane, 0) != last.get(lane, 0)
    ]
    return Check(
        "stores against outbox",
        service,
        len(counted),
        tuple(offences),
        "aggregates and outbox do not tell the same",
        f"stop {service}; restore its database from the last backup before this; then look at who wrote to it",
    )


def all_sent(evidence: Evidence, service: str) -> Check:
    """What waits for the relay waits for a minute at most."""
    late = evidence.read_at - timedelta(seconds=UNSENT_SECONDS)
    waiting = [(lane, row) for lane, row in _rows(evidence, service) if not row.sent]
    return Check(
        "outbox told",
        service,
        len(waiting),
        tuple(_row("late", lane, row) for lane, row in waiting if row.moved_at < late),
        "events wait in the outbox for more than a minute",
        f"see relevo status: NATS, the stream or the relay of {service} is in the way",
    )


def all_stored(evidence: Evidence, service: str) -> Check:
    """What was acknowledged by the stream is in the stream, for as long as the stream keeps it."""
    stream = evidence.streams[service]
    stored = {each.id for each in stream.messages}
    oldest = evidence.read_at - timedelta(seconds=stream.keeps_seconds) if stream.keeps_seconds else None
    due = [(lane, row) for lane, row in _rows(evidence, service) if row.sent and (not oldest or row.moved_at > oldest)]
    lost = [(lane, row) for lane, row in due if row.id not in stored]
    gone = f"the stream {stream.name} is gone" if not stream.exists else f"events are lost from {stream.name}"
    apply = "relevo topology apply, then " if not stream.exists else ""
    since = min((row.moved_at for _, row in lost), default=evidence.read_at).isoformat(timespec="seconds")
    return Check(
        "outbox against stream",
        service,
        len(due),
        tuple(_row("lost", lane, row) for lane, row in lost),
        gone,
        f"{apply}relevo republish {service} (the first one lost was sent at {since})",
    )


def all_known(evidence: Evidence, service: str) -> Check:
    """What is in the stream was told by the service that owns it, where it stands in its outbox."""
    known = {row.id: (lane, row.sequence) for lane, row in _rows(evidence, service)}
    stream, left = evidence.streams[service], left_behind(evidence, service)
    return Check(
        "stream against outbox",
        service,
        len(stream.messages),
        tuple(
            Offence("foreign", f"{stream.place(each)} ({each.lane or 'none'} {each.sequence or '?'})")
            for each in stream.messages
            if (each.id is None or known.get(each.id) != (each.lane, each.sequence)) and each not in left
        ),
        f"messages that {service} never told are in its stream",
        f"somebody publishes as {service}: change its password on the bus; then look at what its readers parked",
        in_words(left),
    )


def all_alike(evidence: Evidence, service: str) -> Check:
    """What is in the stream under the id of an event says what the outbox says: neither was changed since."""
    rows = {row.id: (lane, row.sequence, row.digest) for lane, row in _rows(evidence, service)}
    stream = evidence.streams[service]
    named = [(each, rows[each.id]) for each in stream.messages if each.id in rows]
    placed = [(each, row) for each, row in named if (each.lane, each.sequence) == row[:2]]
    unaltered = {each.id for each, row in placed if each.digest == row[2]}
    return Check(
        "words in the stream",
        service,
        len(placed),
        tuple(
            Offence(
                "foreign" if each.id in unaltered else "altered", f"{stream.place(each)} ({each.lane} {each.sequence})"
            )
            for each, row in placed
            if each.digest != row[2]
        ),
        "messages say something else than the outbox says under their ids",
        f"compare both with the backups. Was the outbox changed: stop {service}, restore its database. Did somebody "
        f"publish as {service}: take its credentials back, relevo republish {service}",
    )


def in_order(evidence: Evidence, service: str) -> Check:
    """Rule 6: first occurrences stand in the order of the sequence; what was told again on purpose is passed over."""
    again = {row.id for _, row in _rows(evidence, service) if row.republished}
    stream = evidence.streams[service]
    return Check(
        "order in the stream",
        service,
        len(stream.messages),
        tuple(_disorder(stream, again, left_behind(evidence, service))),
        "first occurrences stand in another order than they were told in",
        "consumers hold them back until it is their turn, so nothing took effect out of order; look for a second relay",
    )


def handled(evidence: Evidence, durable: Durable) -> Check:
    """Rule 6: what was acknowledged took effect, up to its place in the sequence, unless it was set aside."""
    lanes = {
        lane: rows
        for lane, rows in evidence.outboxes[durable.producer].items()
        if lane.partition("/")[0] in durable.aggregates
    }
    offences = list(_unhandled(evidence, durable, lanes)) if durable.exists else [_GONE]
    undone = "something was acknowledged and not done, or done and never told"
    return Check(
        "positions against stream",
        durable.name,
        len(lanes),
        tuple(offences),
        undone if durable.exists else "nothing is delivered",
        f"relevo replay {durable.name}" if durable.exists else "relevo topology apply",
    )


def handled_as_published(evidence: Evidence, durable: Durable) -> Check:
    """What took effect is what the outbox says, event by event: by the digest that each commit carried on."""
    positions = evidence.positions.get(durable.name, {})
    lanes = evidence.outboxes[durable.producer]
    known = {lane: each for lane, each in positions.items() if each.digest is not None and each.sequence}
    left = lanes_left_behind(evidence, durable.producer)  # what was taken of those, no outbox knows any more
    return Check(
        "words that were taken",
        durable.name,
        len(known),
        tuple(
            Offence("foreign", f"{lane}: what was taken is not what the outbox says")
            for lane, each in sorted(known.items())
            if lane not in left
            if (digest := _digest_up_to(lanes.get(lane, ()), each.sequence)) and digest != each.digest
        ),
        "something else took effect than the outbox of the producer says",
        f"compare the outbox of {durable.producer} and the database of {durable.service} with their backups; restore "
        "the one that was changed; then look at who wrote to it",
    )


def parked_events(evidence: Evidence, durable: Durable) -> Check:
    """What was set aside has not taken effect, and a held aggregate has something that holds it."""
    parked = evidence.parked.get(durable.name, {})
    positions = evidence.positions.get(durable.name, {})
    blocked = [lane for lane, position in positions.items() if position.parked]
    lanes = {each.lane for each in parked.values()}
    return Check(
        PARKED,
        durable.name,
        len(parked),
        (
            *(Offence("aside", f"{id}: {each.what}") for id, each in parked.items()),
            *(Offence("aside", f"{lane} is held and nothing of it is parked") for lane in blocked if lane not in lanes),
        ),
        "events were set aside and have not taken effect",
        "relevo dead-letters list, mend the cause, then relevo dead-letters retry",
    )


def parked_as_published(evidence: Evidence, durable: Durable) -> Check:
    """What was set aside is what the outbox says, or else a retry would let something else take effect."""
    parked = {id: each for id, each in evidence.parked.get(durable.name, {}).items() if each.lane is not None}
    lanes = evidence.outboxes[durable.producer]
    return Check(
        "words set aside",
        durable.name,
        len(parked),
        tuple(
            Offence("altered", f"{id}: {each.what} is not what the outbox says")
            for id, each in parked.items()
            if each.digest
            not in {row.digest for row in lanes.get(each.lane or "", ()) if row.sequence == each.sequence}
        ),
        "something else was set aside than the outbox of the producer says",
        f"remove its row from {durable.service}'s parked, then relevo replay {durable.name}: what the stream holds is "
        "set aside anew; look at who wrote there",
    )


def _rows(evidence: Evidence, service: str) -> Iterator[tuple[str, OutboxRow]]:
    for lane, rows in evidence.outboxes[service].items():
        for row in rows:
            yield lane, row


def _row(kind: Kind, lane: str, row: OutboxRow) -> Offence:
    return Offence(kind, f"{lane} {row.sequence} (event {row.id})")


def _digest_up_to(rows: Iterable[OutboxRow], last: int) -> bytes | None:
    """The digest of all events of a lane up to one; nothing where one is missing or twice there."""
    first = sorted((row for row in rows if row.sequence <= last), key=lambda row: row.sequence)
    if [row.sequence for row in first] != [*range(1, last + 1)]:
        return None
    digest = b""
    for row in first:
        digest = after(digest, row.digest or b"")
    return digest


def _unnumbered(lane: str, rows: Iterable[OutboxRow]) -> Iterator[Offence]:
    expected = 1
    for row in sorted(rows, key=lambda row: row.sequence):
        if row.sequence != expected:
            kind: Kind = "lost" if row.sequence > expected else "doubled"
            yield Offence(kind, f"{lane}: {row.sequence} (event {row.id}) where {expected} is due")
        expected = row.sequence + 1


def _disorder(stream: Stream, again: set[str], left: Container[Stored]) -> Iterator[Offence]:
    seen: set[str] = set()
    last: dict[str, int] = {}
    for each in stream.messages:
        if each.id is None or each.lane is None or each.sequence is None or each.id in seen:
            continue
        seen.add(each.id)
        if each.id in again or each in left:
            continue
        if each.sequence <= last.get(each.lane, 0):
            text = f"{stream.place(each)}: {each.lane} {each.sequence} comes after {last[each.lane]}"
            yield Offence("disordered", text)
        last[each.lane] = max(each.sequence, last.get(each.lane, 0))


def _unhandled(evidence: Evidence, durable: Durable, lanes: Mapping[str, tuple[OutboxRow, ...]]) -> Iterator[Offence]:
    positions = evidence.positions.get(durable.name, {})
    stored = _places(evidence.streams[durable.producer].messages)
    left = lanes_left_behind(evidence, durable.producer)
    for lane in sorted(lanes.keys() | positions.keys()):
        rows = {row.sequence: row for row in lanes.get(lane, ())}
        position = positions.get(lane)
        reached, last = (position.sequence if position else 0), max(rows, default=0)
        if last < reached <= left.get(lane, 0):
            continue
        if reached > last:
            yield Offence("doubled", f"{lane}: took {reached} events and {last} were told")
        elif reached < last and not (position and position.parked):
            place = stored.get(rows[reached + 1].id) if reached + 1 in rows else None
            if place is None and reached + 1 in rows and rows[reached + 1].sent:
                yield Offence("lost", f"{lane}: took {reached} of {last} and the next one is lost from the stream")
            elif place is not None and place <= durable.floor:
                text = f"{lane}: took {reached} of {last} and the next one (message {place}) was acknowledged"
                yield Offence("lost", text)


def _places(messages: Iterable[Stored]) -> dict[str, int]:
    """Where each event stands last: after that place its durable has seen it, whatever was repeated."""
    return {each.id: each.place for each in messages if each.id is not None}


_GONE = Offence("late", "the durable does not exist")
_OF_A_SERVICE: tuple[Callable[[Evidence, str], Check], ...] = (
    sequences,
    aggregates_in_outbox,
    all_sent,
    all_stored,
    all_known,
    all_alike,
    in_order,
)
_OF_A_DURABLE: tuple[Callable[[Evidence, Durable], Check], ...] = (
    handled,
    handled_as_published,
    parked_events,
    parked_as_published,
)
