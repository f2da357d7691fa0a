"""Sessions: what the browser holds, what the store does, and when it is over."""

from __future__ import annotations

from typing import Any

import pytest

from relevo_chassis.delivery.change import Busy
from relevo_portal.words import TEXTS

CODE = "0F3K-9Q2M-7WXY-ZA5B-C8DE-F1GH-JK"


async def test_the_store_lets_nobody_in_and_keeps_the_handle_sealed(house: Any) -> None:
    house.intake.applied(CODE)
    await house.enter()
    [(id, row)] = house.sessions.items()
    cookie = house.http.cookies["session"]
    [handle] = house.intake.handles
    assert set(row) == {"_id", "sealed", "begun_at", "ends_at"}
    assert cookie not in str(row)
    assert handle.encode() not in bytes(row["sealed"])
    house.http.cookies.clear()
    house.http.cookies.set("session", id)
    assert (await house.get("/mine")).headers["location"] == "/left"


async def test_a_sealed_handle_opens_in_no_other_session(house: Any) -> None:
    house.intake.applied(CODE)
    await house.enter()
    [first] = house.sessions.values()
    house.http.cookies.clear()
    await house.enter()
    second = next(each for each in house.sessions.values() if each["_id"] != first["_id"])
    second["sealed"] = first["sealed"]
    assert (await house.get("/mine")).status_code == 500


@pytest.mark.parametrize(("minutes", "status"), [(9.9, 200), (10, 303)])
async def test_a_page_after_ten_idle_minutes_leads_to_the_door(house: Any, minutes: float, status: int) -> None:
    house.intake.applied(CODE)
    await house.enter()
    house.later(minutes=minutes)
    assert (await house.get("/mine")).status_code == status


async def test_every_page_lets_the_session_go_on(house: Any) -> None:
    house.intake.applied(CODE)
    await house.enter()
    for _ in range(5):
        house.later(minutes=9)
        assert (await house.get("/mine")).status_code == 200


@pytest.mark.parametrize("cookie", ["", "x", "x" * 43, "a" * 5_000, "é", "../../etc", "{}"])
async def test_what_no_browser_was_given_lets_nobody_in(house: Any, cookie: str) -> None:
    answer = await house.http.get(
        "/mine", headers=[(b"accept", b"text/html"), (b"cookie", b"session=" + cookie.encode())]
    )
    assert (answer.status_code, answer.headers["location"]) == (303, "/left")


async def test_leaving_ends_the_session_here_and_at_intake(house: Any) -> None:
    house.intake.applied(CODE)
    await house.enter()
    form = await house.form("/mine")
    answer = await house.post("/leave", form)
    assert (answer.status_code, answer.headers["location"]) == (303, "/left")
    assert (house.sessions, house.intake.handles) == ({}, {})
    assert TEXTS["es"].door.notices["left"].title in (await house.get("/left")).text


async def test_leaving_works_while_intake_is_away(house: Any) -> None:
    house.intake.applied(CODE)
    await house.enter()
    form = await house.form("/mine")
    house.intake.is_away = True
    assert (await house.post("/leave", form)).status_code == 303
    assert house.sessions == {}


async def test_another_site_signs_nobody_out(house: Any) -> None:
    house.intake.applied(CODE)
    await house.enter()
    assert (await house.post("/leave", {"form": "x"})).status_code == 403
    elsewhere = await house.get("/away", **{"Sec-Fetch-Site": "cross-site"})
    assert elsewhere.headers["location"] == "http://127.0.0.1:9/harmless"
    assert len(house.sessions) == 1


async def test_leaving_at_once_is_a_plain_link_that_ends_the_session_and_leads_to_a_harmless_page(house: Any) -> None:
    house.intake.applied(CODE)
    await house.enter()
    assert 'id="exit" href="/away"' in (await house.get("/mine")).text
    answer = await house.get("/away")
    assert (answer.status_code, answer.headers["location"]) == (303, "http://127.0.0.1:9/harmless")
    assert (house.sessions, house.intake.handles) == ({}, {})
    assert 'session=""' in answer.headers["set-cookie"]


async def test_a_session_that_intake_ended_ends_here_with_the_next_page(house: Any) -> None:
    house.intake.applied(CODE)
    await house.enter()
    house.intake.handles.clear()
    assert (await house.get("/mine")).headers["location"] == "/left"
    assert house.sessions == {}


async def test_a_session_that_intake_ended_ends_here_within_four_minutes_whatever_was_asked_before(house: Any) -> None:
    house.intake.applied(CODE)
    await house.enter()
    await house.get("/mine")
    house.intake.handles.clear()
    house.later(minutes=4)
    assert (await house.get("/mine")).headers["location"] == "/left"
    assert house.sessions == {}


async def test_whoever_left_leaves_nothing_behind_that_opens_a_service(house: Any) -> None:
    house.intake.applied(CODE)
    await house.enter()
    form = await house.form("/mine")
    cookie = house.http.cookies["session"]
    await house.post("/leave", form)
    house.http.cookies.set("session", cookie)
    assert (await house.get("/mine")).headers["location"] == "/left"


async def test_over_tls_what_the_browser_holds_is_for_this_host_and_no_script(
    portal_settings: Any, portal_housed: Any
) -> None:
    async with portal_housed(portal_settings(public_url="https://portal.oas.test")) as house:
        answer = await house.get("/")
        cookie = answer.headers["set-cookie"]
        assert cookie.startswith("__Host-form=")
        assert {each.strip().lower() for each in cookie.split(";")[1:]} == {
            *("httponly", "path=/", "samesite=lax", "secure")
        }


@pytest.mark.parametrize("url", ["http://portal.oas.test", "ftp://localhost", "https://oas.test/portal", "localhost"])
def test_a_site_that_is_not_reached_over_tls_is_refused(portal_settings: Any, url: str) -> None:
    with pytest.raises(ValueError, match=r"(?i)public_url"):
        portal_settings(public_url=url)


async def test_whoever_comes_in_with_another_code_is_out_of_the_first(house: Any) -> None:
    house.intake.applied(CODE)
    house.intake.applied("OTHER", "waitlisted")
    await house.enter()
    form = {**await house.form("/left"), "code": "other"}
    assert (await house.post("/enter", form)).status_code == 303
    assert list(house.intake.handles.values()) == ["0THER"]
    assert len(house.sessions) == 1


class NoStore:
    """Sessions whose store does not answer."""

    async def use(self, *_: object) -> None:
        raise Busy("MongoDB is away")


async def test_leaving_at_once_works_while_the_store_is_away(house: Any) -> None:
    house.equipped(sessions=NoStore())
    assert (await house.get("/away")).headers["location"] == "http://127.0.0.1:9/harmless"
    answer = await house.get("/mine")
    assert (answer.status_code, TEXTS["es"].problems["later"].title in answer.text) == (503, True)
