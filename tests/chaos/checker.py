"""Whether a history keeps what is promised. Pure: the same records always lead to the same findings.

What is held against the records:

- a command that was acknowledged took effect once; one that was refused, not at all; one whose outcome its client
  never learned, once or not at all; and every event has a command, an event or a deadline as its cause
- along each aggregate the sequence runs 1, 2, 3 …: in the outbox, in the state, in the stream (first occurrences) and
  at every consumer, and everything in the outbox reached the stream
- nothing is set aside but what was planted to be, and that within a minute
- what the rules of the domain promise once exists once, and what has to follow from an event has followed
- the portal's overview comes to what the events of an edition come to
- an endpoint of webhooks has each public event, once, in the order of its aggregate
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal, NamedTuple

from tests.chaos.handing_on import Wrong, handed_on_wrong
from tests.chaos.history import Effect, Emitted, History, State
from tests.chaos.overview import wrong_counts

Harm = Literal["lost", "duplicated", "out_of_order", "broken"]
PARK_SECONDS = 60.0
BY_DEADLINE = frozenset(
    {"CommitmentDeadlineNear", "CommitmentLapsed", "MultiplierReachCounted", "CertificatesCounted", "CallClosed",
     "SeatDeclined", "SeatOffered", "OnsiteWeekEnded"}
)  # fmt: skip
ONCE_FOR = (
    ("ParticipantEnrolled", ("application_id",)),
    ("CallClosed", ("call_id",)),
    ("SeatAccepted", ("offer_id",)),
    ("CommitmentOpened", ("participant_id", "edition_id")),
    ("CommitmentFulfilled", ("participant_id", "edition_id")),
    ("CommitmentDeadlineNear", ("commitment_id", "due_on", "days_left")),
    ("CertificateReady", ("participant_id", "edition_id")),
    ("CertificateIssued", ("participant_id", "edition_id")),
)
"""Types of which there is at most one for the same values of these fields (rules 1, 4, 7, 11 and 12)."""


class Finding(NamedTuple):
    """Something that should not be: what it is, which harm that does, and where to look."""

    code: str
    harm: Harm
    where: str


def check(history: History) -> list[Finding]:
    """Everything in a history that breaks a promise; nothing when it keeps them all."""
    return [
        *_unsettled(history),
        *_commands(history),
        *_outbox(history),
        *_streams(history),
        *_consumers(history),
        *_witnessed(history),
        *_parked(history),
        *_once_each(history),
        *_reminded(history),
        *_followed_up(history),
        *_tallies(history),
        *_seats(history),
        *_overviews(history),
        *_webhooks(history),
    ]


def _unsettled(history: History) -> Iterator[Finding]:
    for each in history.unsettled:
        yield Finding("unsettled", "lost", each.what)
    for repeat in history.repeated:
        if not repeat.same:
            yield Finding("answer_differs", "duplicated", f"the repeat of {repeat.key} got another answer")


def _commands(history: History) -> Iterator[Finding]:
    """Claim an event for each effect of each command; what nobody claims has to have another cause."""
    events = _ByType(history.emitted)
    answered = {each.key: each for each in history.answered}
    causes = {each.event_id for each in history.emitted} | {each.event_id for each in history.poison}
    loose = []
    for each in history.invoked:
        end = answered.get(each.key)
        outcome = end.outcome if end else "unknown"
        effects = end.effects if end and end.effects is not None else each.effects
        if outcome == "unknown":
            loose.append((each.key, effects))
        elif outcome == "ok":
            for effect in effects:
                found = events.claim(effect)
                causes |= {one.cause_id for one in found}
                if len(found) != 1:
                    code, harm = _COUNTED[bool(found)]
                    yield Finding(code, harm, f"{each.command} {each.key}: {len(found)} × {_text(effect)}")
    for _, effects in sorted(loose, key=lambda pair: -sum(len(effect.where) for effect in pair[1])):
        claimed = [events.claim(effect, most=1) for effect in effects]
        causes |= {one.cause_id for found in claimed for one in found}
    for one in events.unclaimed():
        if one.cause_id not in causes and one.type not in BY_DEADLINE:
            yield Finding("no_cause", "duplicated", f"{one.service}: {one.type} {one.event_id} of {_place(one)}")


_COUNTED: Mapping[bool, tuple[str, Harm]] = {
    False: ("acknowledged_and_lost", "lost"),
    True: ("took_effect_twice", "duplicated"),
}


class _ByType:
    """Events by type, and which of them a command has claimed."""

    def __init__(self, rows: Iterable[Emitted]) -> None:
        self._events: dict[str, list[Emitted]] = defaultdict(list)
        self._index: dict[tuple[str, str, Any], list[Emitted]] = defaultdict(list)
        self._claimed: set[str] = set()
        for each in rows:
            self._events[each.type].append(each)
            for name, value in each.facts.items():
                if isinstance(value, str | int):
                    self._index[each.type, name, value].append(each)

    def claim(self, effect: Effect, most: int | None = None) -> list[Emitted]:
        """The events that are this effect and that nobody has claimed yet, claimed now."""
        lists = [self._index.get((effect.type, name, value), []) for name, value in effect.where.items()]
        shortest = min(lists, key=len, default=self._events[effect.type])
        found = [
            each
            for each in shortest
            if each.event_id not in self._claimed
            and all(each.facts.get(name) == value for name, value in effect.where.items())
        ][:most]
        self._claimed |= {each.event_id for each in found}
        return found

    def unclaimed(self) -> Iterator[Emitted]:
        for events in self._events.values():
            yield from (each for each in events if each.event_id not in self._claimed)


def _outbox(history: History) -> Iterator[Finding]:
    states = {(each.service, each.aggregate, each.aggregate_id): each for each in history.states}
    lanes = _lanes(history.emitted)
    for place, rows in lanes.items():
        service, aggregate, id = place
        where = f"the outbox of {service}, {aggregate}/{id}"
        sequences = [each.sequence for each in sorted(rows, key=lambda each: (each.order, each.sequence))]
        yield from _contiguous(sequences, where)
        state = states.get(place)
        if state is None:
            yield Finding("state_missing", "lost", f"{where}: events and no state")
        elif state.sequence != max(sequences):
            harm: Harm = "lost" if state.sequence > max(sequences) else "out_of_order"
            yield Finding("state_at_other_sequence", harm, f"{where}: {state.sequence}, told {max(sequences)}")
        for each in rows:
            if not each.sent:
                yield Finding("unsent", "lost", f"{where}: {each.event_id}")
    for (service, aggregate, id), state in states.items():
        if state.sequence and (service, aggregate, id) not in lanes:
            yield Finding("untold", "lost", f"{service}: {aggregate}/{id} at {state.sequence}, and no event of it")


def _contiguous(sequences: Sequence[int], where: str) -> Iterator[Finding]:
    counted = Counter(sequences)
    for missing in sorted(set(range(1, max(sequences, default=0) + 1)) - counted.keys()):
        yield Finding("sequence_missing", "lost", f"{where}: {missing}")
    for doubled in sorted(number for number, times in counted.items() if times > 1):
        yield Finding("sequence_twice", "duplicated", f"{where}: {doubled}")
    if sequences != sorted(sequences):
        yield Finding("sequence_out_of_order", "out_of_order", f"{where}: {sequences}")


def _streams(history: History) -> Iterator[Finding]:
    if not history.stored:
        return
    rows = {each.event_id: each for each in history.emitted}
    planted = {each.event_id for each in history.poison}
    seen: set[str] = set()
    first: dict[tuple[str, str, str], list[int]] = defaultdict(list)
    for each in sorted(history.stored, key=lambda each: (each.stream, each.place)):
        if each.event_id in seen or each.event_id in planted:
            continue
        seen.add(each.event_id)
        if each.event_id not in rows:
            yield Finding("invented", "duplicated", f"{each.stream} {each.place}: {each.event_id} is in no outbox")
            continue
        first[each.stream, each.aggregate, each.aggregate_id].append(each.sequence)
    refilled = {(each.aggregate, each.aggregate_id) for each in history.emitted if each.again}
    for (stream, aggregate, id), sequences in first.items():
        in_place = sorted(sequences) if (aggregate, id) in refilled else sequences  # what was lost stands at the end
        yield from _contiguous(in_place, f"{stream}, {aggregate}/{id}")
    for id, one in rows.items():
        if one.sent and id not in seen:
            yield Finding("not_in_the_stream", "lost", f"{one.service}: {one.type} {id} of {_place(one)}")


def _consumers(history: History) -> Iterator[Finding]:
    last: dict[tuple[str, str], int] = {}
    by_service: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for (service, aggregate, id), lane in _lanes(history.emitted).items():
        last[aggregate, id] = max(each.sequence for each in lane)
        by_service[service].append((aggregate, id))
    positions = {(each.consumer, each.aggregate, each.aggregate_id): each for each in history.positions}
    sources = {"witness": "intake"}
    for each in history.consumes:
        for service, places in by_service.items():
            if sources.get(service, service) != each.source:
                continue
            for aggregate, id in places:
                if aggregate not in each.aggregates:
                    continue
                position = positions.get((each.consumer, aggregate, id))
                reached, expected = position.sequence if position else 0, last[aggregate, id]
                where = f"{each.consumer}, {aggregate}/{id}: {reached} of {expected}"
                if reached < expected:
                    yield Finding("consumer_behind", "lost", where)
                elif reached > expected:
                    yield Finding("consumer_ahead", "out_of_order", where)
    planted = {(each.aggregate, each.aggregate_id) for each in history.poison}
    for one in history.positions:
        if one.parked and (one.aggregate, one.aggregate_id) not in planted:
            yield Finding("held", "lost", f"{one.consumer}, {one.aggregate}/{one.aggregate_id} is held")


def _witnessed(history: History) -> Iterator[Finding]:
    """One consumer writes down every sequence in the order in which it took effect."""
    for each in history.states:
        if each.aggregate == "followed":
            yield from _contiguous(each.facts["sequences"], f"as it took effect at {each.service}, {each.aggregate_id}")


def _parked(history: History) -> Iterator[Finding]:
    planted = {(consumer, each.event_id) for each in history.poison for consumer in each.consumers}
    found = {(each.consumer, each.event_id): each for each in history.parked}
    for consumer, id in sorted(planted - found.keys()):
        yield Finding("poison_not_parked", "broken", f"{consumer}: {id}")
    for (consumer, id), each in found.items():
        if (consumer, id) not in planted:
            yield Finding("parked", "lost", f"{consumer}: {id}, {each.code}")
        elif each.after_seconds is not None and each.after_seconds > PARK_SECONDS:
            yield Finding("parked_late", "broken", f"{consumer}: {id} after {each.after_seconds:.0f} s")


def _once_each(history: History) -> Iterator[Finding]:
    for type, fields in ONCE_FOR:
        counted = Counter(
            tuple(str(each.facts.get(name)) for name in fields) for each in history.emitted if each.type == type
        )
        for values, times in counted.items():
            if times > 1:
                named = ", ".join(f"{name} {value}" for name, value in zip(fields, values, strict=True))
                yield Finding("exists_twice", "duplicated", f"{times} × {type} for {named}")


def _reminded(history: History) -> Iterator[Finding]:
    """What was due took effect, and whom intake knows got a letter of each reminder, once (rule 11)."""
    events = _ByType(history.emitted)
    for due in history.due:
        if not events.claim(due.effect):
            yield Finding("deadline_missed", "lost", _text(due.effect))
    known = {
        each.aggregate_id for each in history.states if (each.service, each.aggregate) == ("intake", "participant")
    }
    letters = Counter((each.participant_id, each.due_on, each.days_left) for each in history.letters)
    for event in history.emitted:
        if event.type != "CommitmentDeadlineNear" or event.facts["participant_id"] not in known:
            continue
        reminder = (event.facts["participant_id"], event.facts["due_on"], event.facts["days_left"])
        if not letters[reminder]:
            yield Finding("letter_missing", "lost", f"no letter of {event.event_id} to participant {reminder[0]}")
        elif letters[reminder] > 1:
            yield Finding("letter_twice", "duplicated", f"{letters[reminder]} letters for {reminder}")
    for each in history.letters:
        if not (each.sent and each.times):
            yield Finding("letter_unsent", "lost", f"{each.letter_id}: given to the mail server {each.times} times")


def _followed_up(history: History) -> Iterator[Finding]:
    """What each event has to lead to in the services that took part."""
    services = {each.service for each in history.states}
    people = {(each.service, each.facts.get("participant_id")) for each in history.states}
    emitted = {(each.type, each.facts.get("participant_id")) for each in history.emitted}
    planted = {each.aggregate_id for each in history.poison}
    for each in history.emitted:
        participant = each.facts.get("participant_id")
        if participant in planted:
            continue
        if each.type == "ParticipantEnrolled":
            for service in sorted(services & {"scheduling", "multiplier_tracking", "certification"}):
                if (service, participant) not in people:
                    yield Finding("effect_missing", "lost", f"{service} knows nothing of participant {participant}")
        next_type, service = _next(each)
        if service in services and (next_type, participant) not in emitted:
            yield Finding("effect_missing", "lost", f"{each.type} {each.event_id} and no {next_type} in {service}")


def _next(event: Emitted) -> tuple[str, str]:
    if event.type == "OnsiteCorrected" and event.facts.get("outcome") == "completed":
        return "CommitmentOpened", "multiplier_tracking"
    if event.type == "CommitmentFulfilled":
        return "CertificateReady", "certification"
    return "", ""


def _tallies(history: History) -> Iterator[Finding]:
    """Sums that a lost or a repeated effect would falsify."""
    enrolled, reached = Counter[str](), Counter[str]()
    here: dict[str, set[str]] = defaultdict(set)
    for each in history.emitted:
        edition = str(each.facts.get("edition_id"))
        if each.type == "ParticipantEnrolled":
            enrolled[edition] += 1
            here[edition].add(each.facts["participant_id"])
        elif each.type == "MultiplierSessionVerified":
            reached[edition] += each.facts["people"]
    for each in history.emitted:
        if each.type == "ParticipantWithdrawn":
            here[str(each.facts.get("edition_id"))].discard(each.facts["participant_id"])
    for state in history.states:
        if state.aggregate in ("reach", "roster") and state.aggregate_id not in enrolled:
            continue  # of an edition that was there before
        if state.aggregate == "reach":
            edition, totals = state.aggregate_id, state.facts["totals"]
            yield from _sums(state, "enrolled", totals["enrolled"], enrolled[edition])
            yield from _sums(state, "people reached", totals["people_reached"], reached[edition])
        elif state.aggregate == "roster":
            listed = [each["participant_id"] for each in state.facts["entries"]]
            yield from _sums(state, "participants", len(listed), len(here[state.aggregate_id]))
            if set(listed) != here[state.aggregate_id] or len(set(listed)) != len(listed):
                yield Finding("roster_wrong", "broken", f"edition {state.aggregate_id}")


def _sums(state: State, what: str, kept: int, expected: int) -> Iterator[Finding]:
    if kept != expected:
        harm: Harm = "lost" if kept < expected else "duplicated"
        yield Finding("sum_wrong", harm, f"{state.aggregate}/{state.aggregate_id}: {kept} {what}, told {expected}")


def _seats(history: History) -> Iterator[Finding]:
    """Never more seats accepted than there are, at no moment (rule 3)."""
    seats = {each.aggregate_id: each.facts["seats"] for each in history.states if each.aggregate == "seating"}
    for (_, aggregate, id), lane in _lanes(history.emitted).items():
        if aggregate != "seating":
            continue
        occupied: set[str] = set()
        for each in sorted(lane, key=lambda each: each.sequence):
            if each.type == "SeatAccepted":
                occupied.add(each.facts["offer_id"])
            elif each.type == "SeatDeclined":
                occupied.discard(each.facts["offer_id"])
            if len(occupied) > seats.get(id, 0):
                yield Finding("seats_exceeded", "broken", f"call {id}: {len(occupied)} of {seats.get(id, 0)}")
                break


def _overviews(history: History) -> Iterator[Finding]:
    for each in wrong_counts(history):
        harm: Harm = "lost" if each.counted < each.expected else "duplicated"
        where = f"edition {each.edition_id}: {each.counted} {each.what}, published {each.expected}"
        yield Finding("overview_wrong", harm, where)


_OF_WEBHOOKS: Mapping[Wrong, Harm] = {
    "missed": "lost",
    "doubled": "duplicated",
    "out of order": "out_of_order",
    "told by nobody": "duplicated",
}


def _webhooks(history: History) -> Iterator[Finding]:
    for each in handed_on_wrong(history):
        yield Finding("handed_on_wrong", _OF_WEBHOOKS[each.wrong], f"{each.wrong}: {each.what}")


def _lanes(rows: Iterable[Emitted]) -> dict[tuple[str, str, str], list[Emitted]]:
    lanes: dict[tuple[str, str, str], list[Emitted]] = defaultdict(list)
    for each in rows:
        lanes[each.service, each.aggregate, each.aggregate_id].append(each)
    return lanes


def _place(event: Emitted) -> str:
    return f"{event.aggregate}/{event.aggregate_id}"


def _text(effect: Effect) -> str:
    return f"{effect.type}({', '.join(f'{name}={value}' for name, value in effect.where.items())})"
