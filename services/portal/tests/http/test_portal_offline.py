"""The page that works without a line, and the report that comes from it: the same for all, once for its key."""

from __future__ import annotations

import json
import re
from html import unescape
from typing import TYPE_CHECKING, Any

import pytest
from fastapi.responses import JSONResponse

from relevo_chassis.languages import LANGUAGES
from relevo_portal.page.frame import POLICY
from relevo_portal.page.offline import MODULES
from relevo_portal.services.asking import Declined, LaterAgain
from relevo_portal.words.days import TEXTS as DAYS
from relevo_portal.words.offline import TEXTS

if TYPE_CHECKING:  # the one name that mypy finds it under
    from tests.fake_services import problem
    from tests.tracking import REPORTED_ALREADY, FakeTracking
else:
    from services.portal.tests.fake_services import problem
    from services.portal.tests.tracking import REPORTED_ALREADY, FakeTracking

CANARY = "canario-zafiro"
KEY = "3f9a4c1be2d07586" * 2
OTHER = "0F3K-9Q2M-7WXY-ZA5B-C8DE-F1GH-JM"
BODY = {"held_on": "2020-01-18", "minutes": 260, "people": 14, "format": "in_person", "description": CANARY}
JPEG = b"\xff\xd8\xff" + b"x" * 600_000
PICTURE = {"picture_id": "b" * 32, "size_bytes": 400, "width": 160, "height": 120, "added_at": "2020-01-20T12:00:00Z"}
JSON = {"accept": "application/json"}


async def status_of(house: Any) -> dict[str, Any]:
    found: dict[str, Any] = (await house.http.get("/offline/status", headers=JSON)).json()
    return found


async def send(house: Any, report: str = json.dumps(BODY), once: str = KEY, **more: str) -> Any:
    status = await status_of(house)
    form = {"form": status["form"], "whose": status.get("whose", ""), "once": once, "report": report, **more}
    return await house.http.post("/offline/report?lang=es", data=form, headers=JSON)


@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_page_is_the_same_for_everybody_and_holds_nothing_of_anybody(
    house: Any, days: FakeTracking, language: Any
) -> None:
    days.opened()
    inside = await house.get(f"/offline?lang={language}")
    house.later(minutes=11)
    outside = await house.get(f"/offline?lang={language}")
    assert inside.text == outside.text
    assert "set-cookie" not in inside.headers
    assert inside.headers["content-security-policy"] == POLICY
    assert inside.headers["cache-control"] == "no-store"
    assert "<title>Relevo</title>" in inside.text
    assert 'name="form"' not in inside.text
    assert TEXTS[language].begin.title in unescape(inside.text)
    assert unescape(inside.text).count("<noscript>") == 1


async def test_a_worker_keeps_the_page_and_files_that_are_there_and_may_answer_for_that_page_alone(house: Any) -> None:
    answer = await house.http.get("/offline/worker?lang=pt")
    assert answer.headers["service-worker-allowed"] == "/offline"
    assert answer.headers["content-security-policy"] == "default-src 'none'; connect-src 'self'"
    assert answer.headers["content-type"].startswith("text/javascript")
    named = json.loads(re.findall(r"^const FILES = (.*);$", answer.text, re.MULTILINE)[0])
    assert {f"/files/{each}" for each in MODULES} < set(named)
    for path in ("/offline?lang=pt", *named):
        assert (await house.http.get(path)).status_code == 200
    other = (await house.http.get("/offline/worker?lang=fr")).text
    assert other.partition("\n")[0] != answer.text.partition("\n")[0]


async def test_modules_ask_for_each_other_by_names_that_change_with_what_is_in_them(house: Any) -> None:
    asked = {name for file in MODULES.values() for name in re.findall(rb'from "\./([^"]+)"', file.content)}
    assert {name.decode() for name in asked} == set(MODULES) - {
        next(each for each in MODULES if each.startswith("shell."))
    }


async def test_code_for_writing_without_a_line_is_loaded_by_that_page_alone(house: Any, days: FakeTracking) -> None:
    days.opened()
    for path in ("/mine", "/days", "/days/report", "/notice"):
        assert 'type="module"' not in await house.page(path)
    for path in ("/days", "/days/report"):
        assert 'href="/offline"' in await house.page(path)


async def test_who_is_in_is_the_same_person_in_two_sessions_and_nobody_else(house: Any, days: FakeTracking) -> None:
    first = await status_of(house)
    assert (first["state"], first["takes_part"]) == ("in", True)
    house.later(minutes=11)
    out = await status_of(house)
    assert (out["state"], "whose" in out) == ("out", False)
    entered = await house.http.post("/enter", data={"form": out["form"], "code": "0F3K-9Q2M-7WXY-ZA5B-C8DE-F1GH-JK"})
    assert entered.status_code == 303
    again = await status_of(house)
    assert (again["whose"], again["form"]) != (first["whose"], first["form"])
    assert again["whose"] == first["whose"]
    house.intake.applied(OTHER)
    house.http.cookies.clear()
    await house.enter(OTHER)
    other = await status_of(house)
    assert (other["takes_part"], other["whose"] != first["whose"]) == (False, True)


async def test_ten_tries_of_a_frozen_report_are_one_report(house: Any, days: FakeTracking) -> None:
    days.opened()
    answers = [await send(house) for _ in range(10)]
    assert days.commitment is not None
    [session] = days.commitment["sessions"]
    arrived = {"state": "arrived", "session_id": session["session_id"], "number": 1}
    assert [each.json() for each in answers] == [arrived] * 10
    assert days.done == [("commitment/reports", BODY)]
    assert CANARY not in house.stand.logged.getvalue()


async def test_a_planned_session_is_reported_as_the_one_it_is(house: Any, days: FakeTracking) -> None:
    days.opened()
    days.session("verified")
    id = days.session("planned", planned_on="2020-01-18")["session_id"]
    planned = await house.http.get("/offline/planned", headers=JSON)
    assert (planned.json(), planned.headers["cache-control"]) == (
        {"planned": [{"id": id, "on": "2020-01-18"}]},
        "no-store",
    )
    answer = await send(house, subject=id)
    assert (answer.status_code, answer.json()) == (201, {"state": "arrived", "session_id": id, "number": 2})
    assert days.done == [(f"commitment/sessions/{id}/report", BODY)]
    assert (await send(house, subject="another")).status_code == 400
    house.later(minutes=11)
    assert (await house.http.get("/offline/planned", headers=JSON)).status_code == 401


async def test_a_report_that_was_written_by_somebody_else_on_the_same_device_goes_out_in_nobodys_name(
    house: Any, days: FakeTracking
) -> None:
    days.opened()
    whose = (await status_of(house))["whose"]
    house.intake.enrolled(OTHER)
    house.http.cookies.clear()
    await house.enter(OTHER)
    answer = await send(house, whose=whose)
    assert (answer.status_code, answer.json(), days.done) == (409, {"state": "others"}, [])


async def test_rule_8_a_report_that_stands_already_comes_back_to_be_affirmed_as_another(
    house: Any, days: FakeTracking
) -> None:
    days.opened()
    await send(house)
    answer = await send(house, once=KEY[::-1])
    content = {"faults": {"another_session": REPORTED_ALREADY}, "problem": REPORTED_ALREADY}
    assert (answer.status_code, answer.json()) == (409, {"state": "refused", **content})
    affirmed = {**BODY, "another_session": True}
    assert (await send(house, json.dumps(affirmed), once=KEY[::-1])).status_code == 201
    assert [body for _, body in days.done] == [BODY, affirmed]


async def test_only_what_the_service_refused_before_any_effect_may_be_written_anew(
    house: Any, days: FakeTracking
) -> None:
    days.opened()
    days.refuses = problem(409, "reporting-is-over", "Los informes ya no se reciben.")
    answer = await send(house)
    assert (answer.status_code, answer.json()) == (
        409,
        {"state": "refused", "problem": "Los informes ya no se reciben."},
    )
    days.refuses = problem(422, "held-after-the-due-day", "Diez o más.", "body.people")
    answer = await send(house)
    assert (answer.status_code, answer.json()["faults"]) == (422, {"people": "Diez o más."})
    days.refuses = None
    days.is_away = True
    answer = await send(house)
    assert (answer.status_code, answer.json()) == (503, {"state": "away"})
    assert days.done == []


async def test_whoever_is_told_to_come_later_was_refused_nothing(house: Any, days: FakeTracking) -> None:
    days.opened()
    days.is_newer = True
    days.refuses = problem(429, "too-many", "Más tarde.")
    assert (await send(house)).json() == {"state": "away"}
    assert issubclass(LaterAgain, Declined)


async def test_a_report_is_sent_by_nobody_who_is_not_in_and_from_no_other_page(house: Any, days: FakeTracking) -> None:
    days.opened()
    assert (await send(house, form="another")).status_code == 403
    house.intake.applied(OTHER)
    house.http.cookies.clear()
    await house.enter(OTHER)
    assert (await send(house)).status_code == 404
    house.later(minutes=11)
    assert (await send(house)).status_code == 401
    assert days.done == []


@pytest.mark.parametrize(
    "report",
    [
        "",
        "[]",
        "[" * 100_000,
        json.dumps({**BODY, "minutes": float("nan")}),
        json.dumps({**BODY, "minutes": 10**9}),
        json.dumps({**BODY, "description": "\ud800"}),
        json.dumps({**BODY, "session_id": "a" * 32}),
        json.dumps({**BODY, "people": "14"}),
    ],
)
async def test_what_no_device_of_ours_froze_is_not_read(house: Any, days: FakeTracking, report: str) -> None:
    days.opened()
    assert ((await send(house, report)).status_code, days.done) == (400, [])


@pytest.mark.parametrize("language", LANGUAGES)
async def test_every_sentence_of_the_script_is_on_the_page(house: Any, language: Any) -> None:
    html = unescape((await house.get(f"/offline?lang={language}")).text)
    sources = "".join(file.content.decode() for file in MODULES.values())
    named = set(re.findall(r'word\("([\w.]+)"\)', sources)) | set(re.findall(r'counted\("(\w+)"', sources))
    for name in named:
        assert f'data-word="{name}' in html, name
    for fault in ("day", "number", "choice"):
        assert f'<span data-word="faults.{fault}">{DAYS[language].faults[fault]}</span>' in html


async def send_picture(house: Any, content: bytes = JPEG, **more: str) -> Any:
    status = await status_of(house)
    fields = {"form": status["form"], "whose": status.get("whose", ""), "once": KEY, "subject": "a" * 32, **more}
    headers = {**JSON, "content-type": "image/jpeg", **{f"relevo-{name}": text for name, text in fields.items()}}
    return await house.http.post("/offline/picture?lang=es", content=content, headers=headers)


async def test_a_picture_of_a_report_that_has_arrived_is_handed_on_as_it_came_and_under_its_key(
    house: Any, days: FakeTracking
) -> None:
    days.opened()
    days.refuses = JSONResponse(PICTURE, 201)
    assert ((answer := await send_picture(house)).status_code, answer.json()) == (201, {"state": "arrived"})
    days.refuses = problem(404, "no-such-session")
    assert ((answer := await send_picture(house)).status_code, answer.json()) == (503, {"state": "away"})
    days.refuses = problem(409, "pictures-are-over", "Ya se decidió.")
    assert ((answer := await send_picture(house)).status_code, answer.json()["problem"]) == (409, "Ya se decidió.")
    assert (await send_picture(house, subject="x")).status_code == 400
    assert (await send_picture(house, content=b"x" * (2 * 2**20 + 1))).status_code == 413
    assert (await send_picture(house, once="x")).status_code == 400
    assert (await send_picture(house, form="x")).status_code == 403
    assert (await send_picture(house, whose="x")).json() == {"state": "others"}
    house.later(minutes=11)
    assert (await send_picture(house)).status_code == 401
    assert f"POST /me/commitment/sessions/{'a' * 32}/pictures" in days.asked
    assert days.asked.count(days.asked[-1]) == 3
