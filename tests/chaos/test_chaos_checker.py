"""The checker is held against histories with one thing wrong in each, and against one with nothing wrong."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.chaos import history as records
from tests.chaos.checker import check
from tests.chaos.history import (
    Answered,
    Consumes,
    Due,
    Effect,
    Emitted,
    HandedOn,
    History,
    Invoked,
    Letter,
    Overview,
    Parked,
    Poison,
    Position,
    Repeated,
    State,
    Stored,
    Subscribed,
    Unsettled,
)

P, E, C, CALL = "a" * 32, "e" * 32, "c" * 32, "d" * 32
Plant = Callable[[History], object]


def emitted(service: str, type: str, aggregate: str, id: str, sequence: int, cause: str, **facts: Any) -> Emitted:
    return Emitted(
        service=service,
        event_id=f"{type}-{id[:1]}-{sequence}",
        type=type,
        aggregate=aggregate,
        aggregate_id=id,
        sequence=sequence,
        order=1000 + sequence,
        cause_id=cause,
        sent=True,
        facts={"participant_id": P, "edition_id": E, **facts},
    )


def state(service: str, aggregate: str, id: str, sequence: int, **facts: Any) -> State:
    return State(service=service, aggregate=aggregate, aggregate_id=id, version=1, sequence=sequence, facts=facts)


def clean() -> History:
    """One participant from the enrolment to the certificate, one seat, one planted poison; all as it should be."""
    history = History()
    commands = {
        "enrol": [Effect(type="ParticipantEnrolled", where={"participant_id": P})],
        "record": [Effect(type="AttendanceRecorded", where={"participant_id": P, "minutes": 60})],
        "correct": [Effect(type="AttendanceRecorded", where={"participant_id": P, "minutes": 120})],
        "verify": [
            Effect(type="MultiplierSessionVerified", where={"participant_id": P}),
            Effect(type="CommitmentFulfilled", where={"participant_id": P}),
        ],
        "accept": [Effect(type="SeatAccepted", where={"offer_id": "o1"})],
    }
    for key, effects in commands.items():
        history.add(Invoked(key=key, command=key, at=1.0, effects=tuple(effects)))
        history.add(Answered(key=key, at=2.0, outcome="ok", status=201))
    history.add(Invoked(key="late", command="accept", at=1.0, effects=(Effect(type="SeatAccepted", where={"o": 2}),)))
    history.add(Answered(key="late", at=2.0, outcome="refused", status=409))
    history.add(Repeated(key="enrol", same=True))
    history.extend(
        [
            emitted("intake", "ParticipantEnrolled", "participant", P, 1, "enrol", application_id="x"),
            emitted("scheduling", "OnsiteNotCompleted", "attendance", P, 1, "ParticipantEnrolled-a-1"),
            emitted("scheduling", "AttendanceRecorded", "attendance", P, 2, "record", minutes=60),
            emitted("scheduling", "AttendanceRecorded", "attendance", P, 3, "correct", minutes=120),
            emitted("scheduling", "OnsiteCorrected", "attendance", P, 4, "correct", outcome="completed"),
            emitted(
                "multiplier_tracking", "CommitmentOpened", "commitment", C, 1, "OnsiteCorrected-a-4", commitment_id=C
            ),
            emitted(
                "multiplier_tracking",
                "CommitmentDeadlineNear",
                "commitment",
                C,
                2,
                "due",
                commitment_id=C,
                due_on="2020-02-11",
                days_left=30,
            ),
            emitted(
                *("multiplier_tracking", "MultiplierSessionVerified", "commitment", C, 3, "verify"),
                people=12,
                session_id="s1",
            ),
            emitted("multiplier_tracking", "CommitmentFulfilled", "commitment", C, 4, "verify"),
            emitted("certification", "CertificateReady", "certificate", P, 1, "CommitmentFulfilled-c-4"),
            emitted("intake", "SeatAccepted", "seating", CALL, 1, "accept", offer_id="o1", participant_id=None),
            emitted("intake", "CallOpened", "call", CALL, 1, "accept", participant_id=None),
            emitted("intake", "CallExtended", "call", CALL, 2, "accept", participant_id=None),
        ]
    )
    history.extend(
        [
            state("intake", "participant", P, 1),
            state("intake", "seating", CALL, 1, seats=1),
            state("scheduling", "attendance", P, 4, participant_id=P),
            state("scheduling", "roster", E, 0, entries=[{"participant_id": P}]),
            state("multiplier_tracking", "commitment", C, 4, participant_id=P),
            state("multiplier_tracking", "reach", E, 0, totals={"enrolled": 1, "people_reached": 12}),
            state("certification", "certificate", P, 1, participant_id=P),
            state("witness", "followed", f"attendance/{P}", 0, sequences=[1, 2, 3, 4]),
            state("intake", "call", CALL, 2),
        ]
    )
    streams = {"intake": "EVENTS_INTAKE", "scheduling": "EVENTS_SCHEDULING"}
    for place, each in enumerate(history.emitted, 1):
        history.add(stored(each, place, streams.get(each.service, "EVENTS_OTHER")))
    history.add(stored(history.emitted[2], 50, "EVENTS_SCHEDULING"))  # a repeat is allowed
    history.add(Consumes(consumer="multiplier_tracking_scheduling", source="scheduling", aggregates=("attendance",)))
    history.add(position(4))
    history.add(Poison(event_id="bad", aggregate="attendance", aggregate_id="b" * 32, consumers=("k",)))
    where = {"commitment_id": C, "due_on": "2020-02-11", "days_left": 30}
    history.add(Due(effect=Effect(type="CommitmentDeadlineNear", where=where)))
    history.add(letter())
    history.add(overview())
    history.extend(handing_on())
    history.add(Parked(consumer="k", event_id="bad", code="body_malformed", after_seconds=1.5))
    return history


def stored(each: Emitted, place: int, stream: str) -> Stored:
    named = {name: getattr(each, name) for name in ("event_id", "aggregate", "aggregate_id", "sequence")}
    return Stored(stream=stream, place=place, **named)


def letter(**changes: Any) -> Letter:
    made = {"letter_id": "l1", "participant_id": P, "due_on": "2020-02-11", "days_left": 30, "sent": True, "times": 1}
    return Letter.model_validate({**made, **changes})


def handing_on() -> list[Subscribed | HandedOn]:
    """Two public events of a call reached an endpoint."""
    source, subject = "/relevo/intake", f"call/{CALL}"
    return [
        Subscribed(services=("intake",)),
        *(
            HandedOn(
                place=sequence,
                webhook_id=f"w{sequence}",
                event_id=f"{type}-d-{sequence}",
                source=source,
                subject=subject,
                sequence=sequence,
                type=type,
            )
            for sequence, type in enumerate(("CallOpened", "CallExtended"), 1)
        ),
    ]


def overview(**changes: int) -> Overview:
    counts = {"attended": 1, "multiplying": 1, "verified": 1, "accepted": 1, "applied": 0, "people_reached": None}
    return Overview(edition_id=E, counts={**counts, **changes})


def position(sequence: int, **changes: Any) -> Position:
    made = {"consumer": "multiplier_tracking_scheduling", "aggregate": "attendance", "aggregate_id": P}
    return Position.model_validate({**made, "sequence": sequence, "parked": False, **changes})


def changed(each: Any, **values: Any) -> Any:
    return each.model_copy(update=values)


def swap(history: History, list_name: str, index: int, **values: Any) -> None:
    found = getattr(history, list_name)
    found[index] = changed(found[index], **values)


def drop_emitted(history: History, type: str) -> None:
    history.emitted = [each for each in history.emitted if each.type != type]


def twice_recorded(history: History) -> None:
    extra = emitted("scheduling", "AttendanceRecorded", "attendance", P, 5, "again", minutes=120)
    history.emitted.append(extra)
    history.states[2] = changed(history.states[2], sequence=5)


def without_cause(history: History) -> None:
    history.emitted.append(emitted("scheduling", "AttendanceRecorded", "attendance", "f" * 32, 1, "nobody", minutes=7))
    history.states.append(state("scheduling", "attendance", "f" * 32, 1))


def refused_and_done(history: History) -> None:
    swap(history, "answered", 2, outcome="refused", status=409)


def sequences_out_of_order(history: History) -> None:
    swap(history, "emitted", 2, order=9999)


def same_sequence_twice(history: History) -> None:
    swap(history, "emitted", 3, sequence=2)


def stream_in_another_order(history: History) -> None:
    history.stored[2], history.stored[3] = (
        changed(history.stored[2], place=history.stored[3].place),
        changed(history.stored[3], place=history.stored[2].place),
    )


def second_certificate(history: History) -> None:
    history.emitted.append(emitted("certification", "CertificateReady", "certificate", P, 2, "CommitmentFulfilled-c-4"))
    history.states[6] = changed(history.states[6], sequence=2)


def second_reminder(history: History) -> None:
    again = changed(history.emitted[6], event_id="another", sequence=5, order=2000)
    history.emitted.append(again)
    history.states[4] = changed(history.states[4], sequence=5)


def one_seat_too_many(history: History) -> None:
    history.emitted.append(emitted("intake", "SeatAccepted", "seating", CALL, 2, "accept", offer_id="o2"))
    history.states[1] = changed(history.states[1], sequence=2)


PLANTED: list[tuple[str, Plant]] = [
    ("acknowledged_and_lost", lambda history: drop_emitted(history, "SeatAccepted")),
    ("took_effect_twice", twice_recorded),
    ("no_cause", without_cause),
    ("no_cause", refused_and_done),
    ("answer_differs", lambda history: swap(history, "repeated", 0, same=False)),
    ("unsettled", lambda history: history.add(Unsettled(what="scheduling_intake has 3 pending"))),
    ("sequence_missing", lambda history: history.emitted.pop(2)),
    ("sequence_twice", same_sequence_twice),
    ("sequence_out_of_order", sequences_out_of_order),
    ("state_missing", lambda history: history.states.pop(2)),
    ("state_at_other_sequence", lambda history: swap(history, "states", 2, sequence=5)),
    ("untold", lambda history: swap(history, "states", 3, sequence=1)),
    ("unsent", lambda history: swap(history, "emitted", 9, sent=False)),
    ("not_in_the_stream", lambda history: history.stored.pop(9)),
    ("sequence_missing", lambda history: history.stored.pop(1)),
    ("sequence_out_of_order", stream_in_another_order),
    ("invented", lambda history: swap(history, "stored", 4, event_id="nobody-told-this")),
    ("consumer_behind", lambda history: swap(history, "positions", 0, sequence=3)),
    ("consumer_behind", lambda history: history.positions.clear()),
    ("consumer_ahead", lambda history: swap(history, "positions", 0, sequence=5)),
    ("held", lambda history: swap(history, "positions", 0, parked=True)),
    ("sequence_missing", lambda history: swap(history, "states", 7, facts={"sequences": [1, 3, 4]})),
    ("sequence_twice", lambda history: swap(history, "states", 7, facts={"sequences": [1, 2, 2, 3, 4]})),
    ("sequence_out_of_order", lambda history: swap(history, "states", 7, facts={"sequences": [1, 3, 2, 4]})),
    ("parked", lambda history: history.poison.clear()),
    ("poison_not_parked", lambda history: history.parked.clear()),
    ("parked_late", lambda history: swap(history, "parked", 0, after_seconds=61.0)),
    ("exists_twice", second_certificate),
    ("exists_twice", second_reminder),
    ("deadline_missed", lambda history: drop_emitted(history, "CommitmentDeadlineNear")),
    ("letter_missing", lambda history: history.letters.clear()),
    ("letter_twice", lambda history: history.add(letter(letter_id="l2"))),
    ("letter_unsent", lambda history: swap(history, "letters", 0, sent=False)),
    ("letter_unsent", lambda history: swap(history, "letters", 0, times=0)),
    ("effect_missing", lambda history: drop_emitted(history, "CertificateReady")),
    ("effect_missing", lambda history: swap(history, "states", 6, facts={})),
    ("sum_wrong", lambda history: swap(history, "states", 5, facts={"totals": {"enrolled": 1, "people_reached": 24}})),
    ("sum_wrong", lambda history: swap(history, "states", 3, facts={"entries": []})),
    ("roster_wrong", lambda history: swap(history, "states", 3, facts={"entries": [{"participant_id": "z"}]})),
    ("seats_exceeded", one_seat_too_many),
    ("overview_wrong", lambda history: history.overviews.__setitem__(0, overview(verified=0))),
    ("overview_wrong", lambda history: history.overviews.__setitem__(0, overview(accepted=2))),
    ("overview_wrong", lambda history: history.overviews.__setitem__(0, overview(applied=1))),
    ("overview_wrong", lambda history: history.overviews.__setitem__(0, overview(attended=0, attendance_undone=1))),
    ("handed_on_wrong", lambda history: history.handed_on.pop()),
    ("handed_on_wrong", lambda history: history.add(changed(history.handed_on[0], place=9, webhook_id="again"))),
    ("handed_on_wrong", lambda history: swap(history, "handed_on", 0, place=9)),
    ("handed_on_wrong", lambda history: swap(history, "handed_on", 0, event_id="nobody-told-this")),
]


def test_a_history_that_keeps_every_promise_has_no_findings() -> None:
    assert check(clean()) == []


@pytest.mark.parametrize(
    ("code", "plant"), PLANTED, ids=[f"{number}-{code}" for number, (code, _) in enumerate(PLANTED)]
)
def test_a_planted_violation_is_found(code: str, plant: Plant) -> None:
    history = clean()
    plant(history)
    assert code in {each.code for each in check(history)}


def test_an_attempt_whose_outcome_nobody_learned_may_have_taken_effect_or_not() -> None:
    history = clean()
    history.answered = [each for each in history.answered if each.key != "correct"]
    assert check(history) == []
    history.add(Invoked(key="lost", command="record", at=3.0, effects=(Effect(type="AttendanceRecorded", where={"minutes": 9}),)))  # fmt: skip  # noqa: E501
    assert check(history) == []


def test_what_was_published_once_more_may_stand_behind_what_it_came_before() -> None:
    history = clean()
    stream_in_another_order(history)
    history.emitted = [changed(each, again=True) for each in history.emitted]
    assert check(history) == []


def test_an_overview_that_counts_too_little_has_lost_something_and_one_that_counts_too_much_has_it_twice() -> None:
    history = clean()
    history.overviews = [overview(verified=0, accepted=2)]
    found = {each.where.split()[3]: each.harm for each in check(history)}
    assert found == {"verified,": "lost", "accepted,": "duplicated"}


def test_every_code_that_the_checker_knows_has_a_planted_violation() -> None:
    source = (Path(__file__).parent / "checker.py").read_text(encoding="utf-8")
    codes = {part.split('"')[1] for part in source.split("Finding(")[1:] if part.startswith('"')}
    assert codes | {"acknowledged_and_lost", "took_effect_twice"} == {code for code, _ in PLANTED}


def test_a_history_survives_being_written_down(tmp_path: Path) -> None:
    history = clean()
    records.write(history, tmp_path / "history.jsonl")
    assert records.read(tmp_path / "history.jsonl") == history
