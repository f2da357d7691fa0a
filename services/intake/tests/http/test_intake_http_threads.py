"""Somebody to write to: a thread of each person with the secretariat, sealed, both ways, never by mail."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from relevo_chassis.ids import new_id
from relevo_chassis.people.vault import SEALED, all_of
from relevo_intake.domain.participant import participant_id_of
from relevo_intake.domain.thread import MOST_A_DAY, MOST_UNANSWERED
from relevo_testkit.records import decisions_of, readings_of

if TYPE_CHECKING:  # the one name that mypy finds it under
    from tests.secretariat import ANSWER, EDITION, QUESTION, Person, problem
else:
    from services.intake.tests.secretariat import ANSWER, EDITION, QUESTION, Person, problem


@pytest.fixture
async def ana(call_with: Any) -> AsyncIterator[Person]:
    async with call_with() as call:
        yield Person(call, await call.apply(1), await call.apply(2))


async def test_somebody_asks_is_answered_and_asks_further(ana: Person) -> None:
    assert (await ana.own())["state"] == "none"
    asked = await ana.writes()
    assert asked.status_code == 201, asked.text
    assert asked.json() == {
        "state": "waiting",
        "waiting_since": "2019-09-12T00:00:00Z",
        "answer_until": "2019-09-17T00:00:00Z",
        "late": False,
        "unread": 0,
        "last": 1,
    }
    ana.clock.at += timedelta(days=1)
    assert (await ana.staff("answer")).json()["state"] == "answered"
    assert (await ana.mark())["unread"] == 1
    assert len((await ana.own(mark=False))["messages"]) == 2
    assert (await ana.mark())["unread"] == 1
    seen = await ana.own()
    assert [(each["kind"], each["by"], each["content"]["text"]) for each in seen["messages"]] == [
        ("answer", "secretariat", ANSWER),
        ("question", "person", QUESTION),
    ]
    assert "coo" not in json.dumps(seen)
    assert (await ana.mark())["unread"] == 0
    assert (await ana.writes("¿Y después?")).json()["last"] == 3
    assert (await ana.mark())["state"] == "waiting"


async def test_the_target_is_that_of_the_call(call_with: Any) -> None:
    async with call_with() as call:
        figures = await call.on.http.get(f"/calls/{call.call_id}/figures", headers=call.coordinator)
        assert figures.json()["answer_days"] == 5
        changed = await call.on.http.patch(
            f"/calls/{call.call_id}",
            json={"answer_days": 2},
            headers={**call.coordinator, "If-Match": figures.headers["etag"]},
        )
        assert changed.json()["answer_days"] == 2, changed.text
        ana = Person(call, await call.apply(1), await call.apply(2))
        await ana.writes()
        seen = await ana.own()
        assert (seen["answer_days"], seen["answer_until"]) == (2, "2019-09-14T00:00:00Z")


async def test_rule_24_somebody_without_an_address_and_somebody_who_only_begins_write_too(ana: Person) -> None:
    quiet = ana.call.receipt(await ana.call.apply(3, contact=None))
    form = {"language": "fr", "motivation": "Bonjour"}
    began = (await ana.call.on.post(f"/calls/{ana.call.call_id}/drafts", form)).json()
    drafting = {"Relevo-Receipt": began["receipt_code"]}
    for who in (quiet, drafting):
        assert (await ana.writes(who=who)).status_code == 201
    assert (await ana.listed())["total"] == 2
    ana.id = began["draft_id"]
    assert (await ana.staff("answer")).status_code == 200
    assert (await ana.call.ask("/me", **drafting))["thread"]["unread"] == 1
    assert await ana.letters() == []


async def test_what_a_draft_asked_goes_on_with_the_application_and_is_gone_when_it_is_given_up(ana: Person) -> None:
    whole = {
        "name": "Otra",
        "language": "es",
        "country": "HN",
        "motivation": "Quiero aprender.",
        "contact": "o@correo.org",
    }
    path = f"/calls/{ana.call.call_id}/drafts"
    sent, dropped = [(await ana.call.on.post(path, whole)).json() for _ in range(2)]
    for each in (sent, dropped):
        assert (await ana.writes(who={"Relevo-Receipt": each["receipt_code"]})).status_code == 201
    own = {"Relevo-Receipt": sent["receipt_code"]}
    await ana.call.post(f"/drafts/{sent['draft_id']}/submit", {"consent": True}, own)
    assert (await ana.call.ask("/me/thread", **own))["messages"][0]["content"]["text"] == QUESTION
    headers = {"Relevo-Receipt": dropped["receipt_code"]}
    gone = await ana.call.on.http.request("DELETE", f"/drafts/{dropped['draft_id']}", headers=headers)
    assert gone.status_code == 204, gone.text
    assert [each["thread_id"] for each in (await ana.listed())["items"]] == [sent["draft_id"]]
    vault = ana.call.on.store.collections[SEALED]
    assert [id for id in vault if f"thread/{dropped['draft_id']}" in id] == []


async def test_rule_20_the_letter_says_that_something_waits_and_goes_out_unless_it_was_read(ana: Person) -> None:
    await ana.writes()
    await ana.staff("answer")
    assert await ana.letters() == ["thread_answered"]
    await ana.own()
    assert await ana.letters() == []
    await ana.writes()
    await ana.staff("close", 3)
    assert await ana.letters() == ["thread_answered"]
    await ana.call.post(f"/applications/{ana.id}/withdraw", None, ana.code)
    assert await ana.letters() == ["thread_answered"]
    assert (await ana.writes()).status_code == 201


async def test_rule_25_whoever_is_in_danger_writes_and_is_answered_and_is_sent_no_letter(ana: Person) -> None:
    await ana.call.post("/me/danger", None, ana.code)
    assert (await ana.writes()).status_code == 201
    await ana.staff("answer")
    assert await ana.letters() == []
    assert (await ana.mark())["unread"] == 1


async def test_rule_22_who_answered_and_who_closed_and_why_is_on_record(ana: Person) -> None:
    await ana.writes()
    await ana.staff("answer")
    await ana.writes()
    closed = await ana.staff("close", 3, reason="Kanarie: por teléfono.")
    assert closed.json()["state"] == "closed", closed.text
    assert [each["code"] for each in decisions_of(ana.call.on.store)][-2:] == ["thread_answered", "thread_closed"]
    decided = await ana.call.ask(f"/applications/{ana.id}/decisions?reasons=true")
    [closing] = [each for each in decided["items"] if each["code"] == "thread_closed"]
    assert closing["reason"]["text"] == "Kanarie: por teléfono."
    assert "Kanarie: por" not in json.dumps(await ana.own())


async def test_staff_see_first_what_has_waited_longest_and_what_is_late(ana: Person) -> None:
    ids = [ana.id, ana.other_id, *[await ana.call.apply(number) for number in range(3, 6)]]
    for id in ids:
        await ana.writes(who=ana.call.receipt(id))
        ana.clock.at += timedelta(days=2)
    ana.id = ids[1]
    await ana.staff("answer")
    order = [ids[0], *ids[2:], ids[1]]
    whole = await ana.listed()
    assert ([each["thread_id"] for each in whole["items"]], whole["total"]) == (order, 5)
    assert [each["waiting_days"] for each in whole["items"]] == [10, 6, 4, 2, None]
    assert [each["late"] for each in whole["items"]] == [True, True, False, False, False]
    assert "Kanarie" not in json.dumps(whole)
    paged, after = list[str](), dict[str, str]()
    while True:
        page = await ana.listed(limit=2, **after)
        paged += [each["thread_id"] for each in page["items"]]
        assert page["total"] == 5
        if page["next"] is None:
            break
        after = {"after": page["next"]}
    assert paged == order
    assert [each["thread_id"] for each in (await ana.listed(late=True))["items"]] == [ids[0], ids[2]]
    assert (await ana.listed(waiting=True))["total"] == 4


async def test_what_staff_open_is_on_record_before_with_what_it_is_for(ana: Person) -> None:
    await ana.writes()
    seen = await ana.call.ask(f"/threads/{ana.id}")
    assert [each["content"]["text"] for each in seen["messages"]] == [QUESTION]
    reading = readings_of(ana.call.on.store)[-1]
    assert (reading["purpose"], reading["field_sets"]) == ("thread", [f"thread/{ana.id}/1"])
    assert reading["by"].endswith("coo")


async def test_nobody_else_reads_or_answers_it(ana: Person) -> None:
    await ana.writes()
    bearer, on = ana.call.on.tokens.bearer, ana.call.on
    strangers = [
        *(bearer(f"a-{role}", role) for role in ("reviewer", "auditor", "operator", "faculty", "expert")),
        bearer("somebody", "participant", participant_id=participant_id_of(ana.id)),
        bearer("other", "applicant", application_id=ana.other_id),
        bearer("certification", "service", service="certification"),
        ana.other,
    ]
    answer, closing = {"read_to": 1, "language": "es", "text": "x"}, {"read_to": 1, "reason": "x"}
    for who in strangers:
        assert (await on.http.get(f"/threads/{ana.id}", headers=who)).status_code in (401, 403)
        assert (await on.http.get(f"/editions/{EDITION}/threads", headers=who)).status_code in (401, 403)
        assert (await on.post(f"/threads/{ana.id}/answer", answer, headers=who)).status_code in (401, 403)
        assert (await on.post(f"/threads/{ana.id}/close", closing, headers=who)).status_code in (401, 403)
    others = await on.http.get("/me/thread", headers=ana.other)
    assert others.json()["messages"] == []
    for role in ("coordinator", "reviewer", "participant"):
        refused = await on.http.get("/me/thread", headers=bearer("coo", role, participant_id=participant_id_of(ana.id)))
        assert refused.status_code == 403


async def test_a_message_sent_twice_is_one_and_another_text_under_its_key_is_refused(ana: Person) -> None:
    key = {**ana.code, "Idempotency-Key": new_id()}
    form = {"language": "es", "text": QUESTION}
    first, second = [await ana.call.on.http.post("/me/thread/messages", json=form, headers=key) for _ in range(2)]
    assert (first.status_code, first.content) == (201, second.content)
    assert len((await ana.own())["messages"]) == 1
    other = await ana.call.on.http.post("/me/thread/messages", json={**form, "text": "otra"}, headers=key)
    assert problem(other) == (422, "once-key-reused")


async def test_how_much_somebody_may_write_is_bounded_and_said(ana: Person) -> None:
    for left in range(MOST_UNANSWERED, 0, -1):
        assert (await ana.own())["may_write"] == left
        assert (await ana.writes()).status_code == 201
    assert problem(await ana.writes()) == (429, "too-many-unanswered")
    for number in range(MOST_UNANSWERED + 1, 2 * MOST_A_DAY - MOST_UNANSWERED, 2):
        await ana.staff("answer", number - 1)
        assert (await ana.writes()).status_code == 201
    await ana.staff("answer", 2 * MOST_A_DAY - MOST_UNANSWERED)
    assert problem(await ana.writes()) == (429, "too-many-messages")
    assert (await ana.own())["may_write"] == 0


@pytest.mark.parametrize("text", ["", "   ", "x" * 2001, "\u202e", 7, None])
async def test_a_message_has_one_to_two_thousand_characters(ana: Person, text: Any) -> None:
    assert problem(await ana.writes(text))[0] == 422
    assert (await ana.own())["messages"] == []


async def test_older_messages_are_on_further_pages_and_read_with_the_first(ana: Person) -> None:
    for number in range(3):
        await ana.writes(f"texto {number}")
    page = await ana.own(limit=2)
    assert [each["number"] for each in page["messages"]] == [3, 2]
    older = await ana.own(limit=2, after=page["next"])
    assert ([each["number"] for each in older["messages"]], older["next"]) == ([1], None)
    assert problem(await ana.call.on.http.get("/me/thread?after=x", headers=ana.code)) == (400, "bad-cursor")


async def test_staff_who_answer_what_they_have_not_read_are_refused(ana: Person) -> None:
    await ana.writes()
    await ana.writes()
    assert problem(await ana.staff("answer", 1)) == (409, "written-since")
    assert problem(await ana.staff("close", 1)) == (409, "written-since")
    assert (await ana.staff("answer", 2)).status_code == 200
    assert problem(await ana.staff("close", 3)) == (409, "nothing-waits")


async def test_somebody_who_needs_no_answer_any_more_says_so(ana: Person) -> None:
    assert problem(await ana.call.on.post("/me/thread/close", headers=ana.code)) == (404, "no-such-thread")
    await ana.writes()
    closed = await ana.call.post("/me/thread/close", None, ana.code)
    assert (closed["state"], closed["unread"]) == ("closed", 0)
    assert (await ana.listed(waiting=True))["total"] == 0
    assert await ana.letters() == []


async def test_what_is_written_lies_sealed_and_is_in_no_event_and_no_log(
    ana: Person, capsys: pytest.CaptureFixture[str]
) -> None:
    await ana.writes()
    await ana.staff("answer")
    await ana.writes("Kanarie otra")
    await ana.staff("close", 3, reason="Kanarie motivo")
    await ana.own()
    kept = repr({name: list(rows.values()) for name, rows in ana.call.on.store.collections.items()})
    assert "Kanarie" not in kept
    assert "Kanarie" not in "".join(capsys.readouterr())


async def test_rule_14_an_erased_person_has_no_thread_and_nobody_reads_it(ana: Person) -> None:
    await ana.writes()
    await ana.staff("answer")
    person_id = ana.call.on.store.collections["application"][ana.id]["state"]["person_id"]
    await ana.call.post(f"/applications/{ana.id}/erase", None, ana.code)
    assert problem(await ana.call.on.http.get("/me/thread", headers=ana.code)) == (410, "person-erased")
    assert problem(await ana.writes()) == (410, "person-erased")
    assert problem(await ana.call.on.http.get(f"/threads/{ana.id}", headers=ana.call.coordinator))[0] == 404
    assert problem(await ana.staff("answer", 2))[0] == 404
    assert (await ana.listed())["total"] == 0
    assert await ana.call.on.store.rows(SEALED, all_of(person_id)) == []
    assert ana.call.on.store.collections["thread"][ana.id]["state"]["messages"] == []
