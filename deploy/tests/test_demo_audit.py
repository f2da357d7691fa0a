"""The auditor: silent about a sound run, and loud about each kind of loss and doubling planted into it."""

from collections.abc import Callable
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import pytest

from relevo_contracts import Envelope, Event, Requirements, derived_id, encode
from relevo_contracts.intake import ParticipantEnrolled, ParticipantWithdrawn
from relevo_contracts.topology import Durable
from relevo_demo.audit import judge
from relevo_demo.evidence import Evidence, Message, stored_event

NOW = datetime(2019, 11, 4, 12, tzinfo=UTC)
ONE, TWO, EDITION = "1" * 32, "2" * 32, "e" * 32
DURABLE = Durable("scheduling_intake", "EVENTS_INTAKE", ("events.intake.participant.>",), {})
PLACE = {"application_id": "a" * 32, "call_id": "c" * 32, "edition_id": EDITION}


def enrolled(participant_id: str) -> Event:
    place = {**PLACE, "application_id": participant_id}
    return ParticipantEnrolled(participant_id=participant_id, **place, enrolled_at=NOW, requirements=Requirements())


def withdrawn(participant_id: str) -> Event:
    return ParticipantWithdrawn(participant_id=participant_id, **PLACE, withdrawn_at=NOW)


def message(event: Event, sequence: int, number: int, id: str | None = None) -> Message:
    id = id or derived_id("event", event.aggregate_id, sequence)
    wire = encode(Envelope(id=id, sequence=sequence, time=NOW, cause_id=id, chain_id=id, event=event))
    return Message("EVENTS_INTAKE", number, wire.subject, wire.headers, wire.body)


def sound() -> dict[str, Any]:
    """Two participants enrolled, one of whom left; scheduling took all three events; one letter went out."""
    messages = [message(enrolled(ONE), 1, 1), message(enrolled(TWO), 1, 2), message(withdrawn(ONE), 2, 3)]
    rows = [
        {
            "_id": each.headers["ce-id"],
            "lane": each.headers["ce-subject"],
            "sequence": int(each.headers["ce-sequence"]),
            "subject": each.subject,
            "headers": each.headers,
            "body": each.body,
        }
        for each in messages
    ]
    return {
        "messages": messages,
        "outbox": rows,
        "participant": [participant(ONE, 2), participant(TWO, 1)],
        "positions": [position(ONE, 2), position(TWO, 1)],
        "letters": [
            {"_id": "f" * 32, "person_id": ONE, "kind": "enrolled", "facts": {"application_id": ONE}, "state": "sent"}
        ],
        "mailbox": [{"message_id": f"<{'f' * 32}@relevo.invalid>"}],
        "refused": [],
        "application": [{"_id": ONE, "sequence": 0, "state": {"person_id": ONE, "has_contact": True}}],
        "decisions": [decision("participant_withdrawn", b"why")],
        "vault": [{"_id": "p/reason", "sealed": b"why"}],
        "details": [],
    }


def decision(code: str, reason: bytes) -> dict[str, Any]:
    sealed = {"place": "p/reason", "sha256": sha256(reason).hexdigest()}
    return {"_id": "d1", "id": "d1", "record": "decisions", "code": code, "reason": sealed}


def participant(participant_id: str, sequence: int) -> dict[str, Any]:
    return {"_id": participant_id, "sequence": sequence, "state": {"application_id": participant_id}}


def position(participant_id: str, sequence: int) -> dict[str, Any]:
    return {"_id": f"scheduling_intake|participant/{participant_id}", "sequence": sequence}


def evidence(run: dict[str, Any]) -> Evidence:
    kept = ("outbox", "participant", "letters", "application", "decisions", "vault", "details")
    documents = {"intake": {name: run[name] for name in kept}, "scheduling": {"positions": run["positions"]}}
    messages = [stored_event(each) for each in run["messages"]]
    return Evidence(messages, 0, [DURABLE], documents, run["mailbox"], run["refused"])


def test_a_sound_run_has_nothing_lost_and_nothing_doubled() -> None:
    found = judge(evidence(sound()))
    assert (found.lost, found.duplicated) == ((), ())
    assert found.by_type == {"ParticipantEnrolled": 2, "ParticipantWithdrawn": 1}
    assert (found.published, found.repeats, found.dead_letters) == (3, 0, 0)


def never_published(run: dict[str, Any]) -> None:
    run["outbox"].append({"_id": "9" * 32, "lane": "x", "sequence": 9, "subject": "events.intake.call.opened.v1"})


def gone_from_the_stream(run: dict[str, Any]) -> None:
    run["messages"].pop(0)


def another_body_in_the_outbox(run: dict[str, Any]) -> None:
    run["outbox"][0]["body"] += b" "


def never_written_anywhere(run: dict[str, Any]) -> None:
    run["participant"][1] = participant(TWO, 2)


def left_unhandled(run: dict[str, Any]) -> None:
    run["positions"][0] = position(ONE, 1)


def never_heard_of(run: dict[str, Any]) -> None:
    run["positions"].pop()


def letter_not_sent(run: dict[str, Any]) -> None:
    run["letters"][0]["state"] = "queued"


def letter_not_arrived(run: dict[str, Any]) -> None:
    run["mailbox"].clear()


def letter_dropped_that_nobody_refused(run: dict[str, Any]) -> None:
    run["letters"][0] |= {"state": "failed", "because": "refused", "code": 550}


def letter_dropped(run: dict[str, Any]) -> None:
    run["letters"][0] |= {"state": "failed", "because": "gave_up", "code": 451}
    run["refused"] = ["ana@refused.invalid"]


def letter_not_sent_to_somebody_with_a_contact(run: dict[str, Any]) -> None:
    run["letters"][0] |= {"state": "dropped", "because": "no_contact"}


def decision_not_published(run: dict[str, Any]) -> None:
    run["decisions"].append({**decision("call_extended", b"why"), "_id": "d2", "id": "d2"})


def reason_is_another(run: dict[str, Any]) -> None:
    run["vault"][0]["sealed"] = b"another"


def reason_is_gone(run: dict[str, Any]) -> None:
    run["vault"].clear()


@pytest.mark.parametrize(
    "plant",
    [
        never_published, another_body_in_the_outbox, gone_from_the_stream, never_written_anywhere, left_unhandled,
        never_heard_of, letter_not_sent, letter_not_arrived, letter_dropped_that_nobody_refused, letter_dropped,
        letter_not_sent_to_somebody_with_a_contact, decision_not_published, reason_is_another, reason_is_gone,
    ],
)  # fmt: skip
def test_what_is_lost_is_found(plant: Callable[[dict[str, Any]], None]) -> None:
    run = sound()
    plant(run)
    assert judge(evidence(run)).lost


def another_with_the_same_sequence(run: dict[str, Any]) -> None:
    run["messages"].append(message(withdrawn(ONE), 2, 4, id="8" * 32))


def two_rows_for_one_place(run: dict[str, Any]) -> None:
    run["outbox"].append({**run["outbox"][0], "_id": "7" * 32})


def later_before_earlier(run: dict[str, Any]) -> None:
    run["messages"].reverse()


def position_beyond_the_outbox(run: dict[str, Any]) -> None:
    run["positions"][0] = position(ONE, 3)


def more_sent_than_counted(run: dict[str, Any]) -> None:
    run["participant"][0] = participant(ONE, 1)


def enrolled_again(run: dict[str, Any]) -> None:
    run["messages"].append(message(enrolled(ONE), 3, 4))


def two_participants_of_one_application(run: dict[str, Any]) -> None:
    run["participant"].append({**participant("3" * 32, 0), "state": {"application_id": ONE}})


def details_of_one_application_twice(run: dict[str, Any]) -> None:
    run["details"] = [{"_id": id, "sequence": 0, "state": {"application_id": ONE}} for id in ("1", "2")]


def letter_written_twice(run: dict[str, Any]) -> None:
    run["letters"].append({**run["letters"][0], "_id": "6" * 32})


def letter_arrived_twice(run: dict[str, Any]) -> None:
    run["mailbox"] *= 2


@pytest.mark.parametrize(
    "plant",
    [
        another_with_the_same_sequence, two_rows_for_one_place, later_before_earlier, position_beyond_the_outbox,
        more_sent_than_counted, enrolled_again, two_participants_of_one_application, details_of_one_application_twice,
        letter_written_twice, letter_arrived_twice,
    ],
)  # fmt: skip
def test_what_is_doubled_is_found(plant: Callable[[dict[str, Any]], None]) -> None:
    run = sound()
    plant(run)
    assert judge(evidence(run)).duplicated


def test_a_message_stored_again_is_a_repeat_and_no_doubling() -> None:
    run = sound()
    run["messages"].append(run["messages"][0])
    found = judge(evidence(run))
    assert (found.repeats, found.duplicated, found.lost) == (1, (), ())


def test_parked_events_count_as_dead_letters() -> None:
    whole = evidence(sound())
    parked = {**whole.documents, "scheduling": {**whole.documents["scheduling"], "parked": [{"_id": "x"}]}}
    assert judge(whole._replace(documents=parked)).dead_letters == 1


def test_letters_of_which_a_letter_of_news_tells_are_not_lost_and_those_of_which_none_does_are() -> None:
    run = sound()
    run["letters"][0] |= {"kind": "news", "of": ["4" * 32, "5" * 32]}
    gathered = {"person_id": ONE, "kind": "commitment_paused", "facts": {}, "state": "gathered"}
    run["letters"] += [{"_id": each * 32, **gathered} for each in "45"]
    assert judge(evidence(run)).lost == ()
    run["letters"].append({"_id": "6" * 32, **gathered})
    assert len(judge(evidence(run)).lost) == 1


def test_letters_that_the_mail_server_refused_and_those_to_nobody_are_not_lost() -> None:
    run = sound()
    run["letters"][0] |= {"state": "failed", "because": "refused", "code": 550}
    run["refused"] = ["ana@refused.invalid"]
    run["application"].append({"_id": TWO, "sequence": 0, "state": {"person_id": TWO, "has_contact": False}})
    run["letters"].append({"_id": "5" * 32, "person_id": TWO, "kind": "enrolled", "facts": {}, "state": "dropped"})
    run["letters"][1]["because"] = "no_contact"
    assert judge(evidence(run)).lost == ()
