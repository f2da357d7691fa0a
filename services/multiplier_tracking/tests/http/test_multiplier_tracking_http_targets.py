"""Within how many days the experts mean to answer: the edition says, a question keeps its day, and one that was not
answered by then is late, once."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from relevo_chassis.delivery.change import Asked
from relevo_chassis.ids import new_id
from relevo_contracts.intake import DangerReported, ParticipantWithdrawn, PersonErased
from relevo_contracts.scheduling import OnsiteCompleted
from relevo_multiplier_tracking.domain import days
from relevo_multiplier_tracking.domain.sealed import THREADS
from relevo_multiplier_tracking.store import ENDING

EDITION, ANA = "e" * 32, "a" * 32
TERMS = f"/editions/{EDITION}/support"
QUESTION = {"topic": "method", "language": "es", "question": "¿Cómo empiezo?"}
FURTHER = {"question": "¿Y después?"}
UNTIL = date(2019, 12, 18)
"""Asked on 14 December at 09:00 UTC, when the 13th is not over everywhere: five days later."""


async def set_days(house: Any, answer_days: int) -> Any:
    tag = (await house.stand.http.get(TERMS, headers=house.coordinator)).headers["etag"]
    headers = {**house.coordinator, "If-Match": tag}
    return await house.stand.http.put(TERMS, json={"answer_days": answer_days}, headers=headers)


async def asked(house: Any, who: Any = None) -> str:
    """The path of a question that waits."""
    made = await house.post("/me/support-requests", who or house.ana, QUESTION, 201)
    return f"/support-requests/{made['support_request_id']}"


async def own(house: Any) -> Any:
    return (await house.get("/me/support-requests", house.ana))["items"][0]


def overdue(house: Any) -> list[dict[str, Any]]:
    rows = sorted(house.stand.store.collections["outbox"].values(), key=lambda row: int(row["order"]))
    return [json.loads(row["body"]) for row in rows if ".SupportOverdue." in str(row["headers"]["ce-type"])]


def deadlines(house: Any) -> list[str]:
    return [key for key in house.stand.store.collections["deadlines"] if key.startswith("answer/")]


async def test_an_edition_says_within_how_many_days_the_experts_answer(house: Any) -> None:
    assert (await house.get(TERMS, house.expert))["answer_days"] == 5
    answer = await set_days(house, 2)
    assert (answer.status_code, answer.json()) == (200, {"edition_id": EDITION, "answer_days": 2})
    assert (await house.get(TERMS, house.coordinator))["answer_days"] == 2
    assert (await house.get("/me/support-requests", house.ana))["answer_days"] == 2
    other = await house.get(f"/editions/{'f' * 32}/support", house.coordinator)
    assert other["answer_days"] == 5


async def test_two_coordinators_cannot_set_the_days_past_each_other(house: Any) -> None:
    seen = await house.stand.http.get(TERMS, headers=house.coordinator)
    assert (await set_days(house, 2)).status_code == 200
    for headers, status in (({}, 428), ({"If-Match": "2"}, 400), ({"If-Match": seen.headers["etag"]}, 412)):
        headers = {**house.coordinator, **headers}
        answer = await house.stand.http.put(TERMS, json={"answer_days": 9}, headers=headers)
        assert answer.status_code == status, answer.text
    assert (await house.get(TERMS, house.coordinator))["answer_days"] == 2


@pytest.mark.parametrize("wrong", [0, 31, -1, 2.5, "5", None])
async def test_the_days_are_from_one_to_thirty(house: Any, wrong: Any) -> None:
    assert (await set_days(house, wrong)).status_code == 422
    for right in (1, 30):
        assert (await set_days(house, right)).status_code == 200


async def test_a_question_keeps_the_day_that_it_was_asked_with(house: Any) -> None:
    path = await asked(house)
    assert (await own(house))["answer_until_on"] == UNTIL.isoformat()
    await set_days(house, 1)
    await house.post(f"{path}/take", house.expert)
    await house.post(f"{path}/assign", house.coordinator, {"expert_id": "eva"})
    assert (await own(house))["answer_until_on"] == UNTIL.isoformat()
    await house.post(f"{path}/answer", house.other_expert, {"answer": "Con quince."})
    assert (await own(house))["answer_until_on"] is None
    after = await house.post(f"/me{path}/ask-further", house.ana, FURTHER)
    assert after["answer_until_on"] == "2019-12-14", "what is asked further is asked under what is in force then"


async def test_what_was_not_answered_by_its_day_is_late_once_however_long_nobody_answers(house: Any) -> None:
    path = await asked(house)
    await house.time(days.ends_at(UNTIL) - timedelta(seconds=1))
    assert (overdue(house), (await own(house))["late"]) == ([], False)
    await house.time(days.ends_at(UNTIL))
    assert (await own(house))["late"] is True
    for weeks in range(1, 6):
        await house.time(days.ends_at(UNTIL) + timedelta(weeks=weeks))
    assert overdue(house) == [
        {
            "support_request_id": path.rpartition("/")[2],
            "participant_id": ANA,
            "edition_id": EDITION,
            "answer_until_on": UNTIL.isoformat(),
            "overdue_at": "2019-12-19T12:00:00Z",
        }
    ]
    assert deadlines(house) == []
    await house.post(f"{path}/take", house.expert)
    answered = await house.post(f"{path}/answer", house.expert, {"answer": "Con quince."})
    assert (answered["late"], answered["answer_until_on"]) == (False, None)


async def test_a_clock_that_was_turned_by_weeks_makes_it_late_once(house: Any) -> None:
    await asked(house)
    await house.time(datetime(2020, 3, 1, tzinfo=UTC))
    await house.time(datetime(2020, 3, 2, tzinfo=UTC))
    assert len(overdue(house)) == 1


async def test_what_is_asked_further_has_a_day_of_its_own_and_may_be_late_again(house: Any) -> None:
    path = await asked(house)
    await house.time(days.ends_at(UNTIL))
    await house.post(f"{path}/take", house.expert)
    await house.post(f"{path}/answer", house.expert, {"answer": "Con quince."})
    after = await house.post(f"/me{path}/ask-further", house.ana, FURTHER)
    assert (after["late"], after["answer_until_on"]) == (False, "2019-12-24")
    await house.time(datetime(2019, 12, 25, 12, tzinfo=UTC))
    assert [each["answer_until_on"] for each in overdue(house)] == ["2019-12-18", "2019-12-24"]


@pytest.mark.parametrize("end", ["answer", "close", "close_own"])
async def test_what_was_answered_or_closed_in_time_is_never_late(house: Any, end: str) -> None:
    path = await asked(house)
    await house.post(f"{path}/take", house.expert)
    if end == "answer":
        await house.post(f"{path}/answer", house.expert, {"answer": "Con quince."})
    else:
        await house.post(*((f"{path}/close", house.coordinator) if end == "close" else (f"/me{path}/close", house.ana)))
    assert deadlines(house) == []
    await house.time(days.ends_at(UNTIL) + timedelta(weeks=1))
    assert (overdue(house), (await own(house))["late"]) == ([], False)


async def test_that_a_question_was_closed_is_told_with_who_closed_it_and_once(house: Any) -> None:
    mine, theirs = await asked(house), await asked(house, house.bea)
    for _ in range(2):
        await house.post(f"/me{mine}/close", house.ana)
        await house.post(f"{theirs}/close", house.coordinator)
    rows = [row for row in house.stand.store.collections["outbox"].values()]
    closed = [json.loads(row["body"]) for row in rows if ".SupportClosed." in str(row["headers"]["ce-type"])]
    assert sorted(each["because"] for each in closed) == ["by_participant", "by_staff"]


async def test_staff_see_what_is_late_first_then_what_waits_the_oldest_first_with_how_many(house: Any) -> None:
    done = await asked(house)
    await house.post(f"{done}/close", house.coordinator)
    late = [await asked(house), await asked(house, house.bea)]
    await house.time(days.ends_at(UNTIL))
    waiting = []
    for _ in range(3):
        house.stand.clock.at += timedelta(minutes=1)
        waiting.append(await asked(house))
    seen, after = list[str](), dict[str, str]()
    while True:
        page = await house.get("/support-requests", house.coordinator, limit=1, **after)
        assert (page["total"], page["late"]) == (6, 2)
        seen += [f"/support-requests/{each['support_request_id']}" for each in page["items"]]
        if page["next"] is None:
            break
        after = {"after": page["next"]}
    assert seen == [*sorted(late), *waiting, done]
    only = await house.get("/support-requests", house.expert, late=True)
    assert (len(only["items"]), only["total"], only["late"]) == (2, 2, 2)
    assert all(each["late"] and each["answer_until_on"] == UNTIL.isoformat() for each in only["items"])
    await house.post(f"{late[0]}/take", house.expert)
    mine = await house.get("/support-requests", house.expert, mine=True)
    assert (mine["total"], mine["late"]) == (1, 1)
    free = await house.get("/support-requests", house.expert)
    assert (free["total"], free["late"]) == (4, 1)


async def test_staff_of_one_edition_see_what_was_asked_in_it_and_its_numbers_alone(house: Any) -> None:
    path = await asked(house)
    await house.enrolled("9" * 32, edition_id="8" * 32)
    week = house.onsite(OnsiteCompleted, "9" * 32, completed_at=house.stand.clock.now())
    await house.receive(week.model_copy(update={"edition_id": "8" * 32}))
    other = await asked(house, house.stand.tokens.bearer("eva", "participant", participant_id="9" * 32))
    await house.time(days.ends_at(UNTIL))
    for edition_id, own in ((EDITION, path), ("8" * 32, other)):
        page = await house.get("/support-requests", house.coordinator, edition_id=edition_id, late=True)
        assert [f"/support-requests/{each['support_request_id']}" for each in page["items"]] == [own]
        assert (page["total"], page["late"]) == (1, 1)
    empty = await house.get("/support-requests", house.coordinator, edition_id="7" * 32)
    assert (empty["items"], empty["total"]) == ([], 0)


async def test_the_place_in_a_list_of_one_edition_is_none_in_that_of_another(house: Any) -> None:
    await asked(house)
    await asked(house)
    page = await house.get("/support-requests", house.coordinator, limit=1, edition_id=EDITION)
    query = {"after": page["next"], "limit": 1, "edition_id": "8" * 32}
    answer = await house.stand.http.get("/support-requests", params=query, headers=house.coordinator)
    assert answer.status_code == 400


async def test_days_that_stand_still_move_no_day_of_the_experts(house: Any) -> None:
    """Rule 10 stops the participant's days; rule 25 keeps letters back, and the question still waits."""
    await house.post(f"{house.commitment}/pause", house.coordinator, {"reason": "illness"})
    await asked(house)
    began = {"participant_id": "b" * 32, "edition_id": EDITION, "began_at": house.stand.clock.now()}
    await house.receive(DangerReported(**began), 2)
    await asked(house, house.bea)
    await house.time(days.ends_at(UNTIL))
    assert {each["participant_id"] for each in overdue(house)} == {ANA, "b" * 32}


async def test_whoever_left_the_course_is_still_answered_and_their_question_may_be_late(house: Any) -> None:
    path = await asked(house)
    left = {"participant_id": ANA, "edition_id": EDITION, "application_id": "1" * 32, "call_id": "c" * 32}
    await house.receive(ParticipantWithdrawn(**left, withdrawn_at=house.stand.clock.now()), 2)
    await house.time(days.ends_at(UNTIL))
    assert len(overdue(house)) == 1
    await house.post(f"{path}/take", house.expert)
    await house.post(f"{path}/answer", house.expert, {"answer": "Con quince."})


async def test_rule_14_what_somebody_erased_had_asked_is_closed_at_once_and_never_late(house: Any) -> None:
    path, other = await asked(house), await asked(house, house.bea)
    now = house.stand.clock.now()
    await house.receive(PersonErased(person_id="f" * 32, application_ids=(), participant_ids=(ANA,), erased_at=now))
    await house.time(now)
    listed = (await house.get("/support-requests", house.coordinator))["items"]
    states = {f"/support-requests/{each['support_request_id']}": each["state"] for each in listed}
    assert states == {path: "closed", other: "open"}
    await house.time(days.ends_at(UNTIL))
    assert [each["participant_id"] for each in overdue(house)] == ["b" * 32]


async def test_what_nobody_can_read_any_more_is_closed_in_place_of_being_late(house: Any) -> None:
    await asked(house)
    at = house.stand.shell
    await ENDING.destroy(at.store, at.committer, ANA, THREADS, Asked("the-head", at.clock.now(), new_id()))
    await house.time(days.ends_at(UNTIL))
    assert (overdue(house), house.events()[-1]) == ([], "SupportClosed")
