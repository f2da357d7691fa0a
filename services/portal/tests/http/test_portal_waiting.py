"""A form that is sent after its session was over loses nothing, and is seen by nobody else."""

from __future__ import annotations

from typing import Any

import pytest

from relevo_portal.store import WAITING_FORMS
from relevo_portal.words import TEXTS

CODE = "0F3K-9Q2M-7WXY-ZA5B-C8DE-F1GH-JK"
OTHER = "1F3K-9Q2M-7WXY-ZA5B-C8DE-F1GH-JK"
CANARY = "Canaria Zafiro"
OWN = TEXTS["es"]
TYPED = {"name": CANARY, "country": "HN", "sex": "female", "groups-indigenous": "indigenous"}


def rows(house: Any) -> dict[str, Any]:
    found: dict[str, Any] = house.stand.store.collections.get(WAITING_FORMS, {})
    return found


@pytest.fixture
async def draft(house: Any, applying: Any) -> dict[str, Any]:
    """The draft of whoever is in, whose code is ``CODE``."""
    mine = house.intake.applied(CODE, state="draft")
    id = mine["application_id"]
    applying.drafts[id] = {"draft_id": id, "call_id": id, "state": "open", "content": {}, "revision": 1}
    await house.enter(CODE)
    found: dict[str, Any] = applying.drafts[id]
    return found


async def test_what_was_sent_too_late_waits_for_the_code_and_is_saved_then(house: Any, draft: Any) -> None:
    form = {**await house.form("/apply/1"), **TYPED}
    house.later(minutes=11)
    late = await house.post("/apply/1?lang=en", form)
    assert (late.status_code, late.headers["location"]) == (303, "/kept?lang=en")
    assert TEXTS["en"].door.notices["kept"].title in (await house.get("/kept?lang=en")).text
    entered = await house.enter(CODE)
    assert entered.headers["location"] == "/apply/1"
    html = (await house.get("/apply/1")).text
    for text in (OWN.waiting.title, f'value="{CANARY}"', '<option value="HN" selected>'):
        assert text in html
    assert draft["content"] == {}
    again = {**await house.form("/apply/1"), **TYPED}
    assert (await house.post("/apply/1", again)).headers["location"] == "/apply/2"
    assert (draft["content"]["name"], rows(house)) == (CANARY, {})
    assert OWN.waiting.title not in (await house.get("/apply/1")).text


async def test_it_is_kept_sealed_for_an_hour_and_no_longer(house: Any, draft: Any) -> None:
    form = {**await house.form("/apply/1"), **TYPED}
    house.later(minutes=11)
    await house.post("/apply/1", form)
    [row] = rows(house).values()
    assert set(row) == {"_id", "sealed", "ends_at"}
    assert CANARY not in str(row)
    assert CANARY.encode() not in bytes(row["sealed"])
    assert CANARY not in house.stand.logged.getvalue()
    house.later(minutes=60)
    assert (await house.enter(CODE)).headers["location"] == "/mine"
    assert CANARY not in (await house.get("/apply/1")).text


async def test_whoever_comes_in_with_another_code_sees_nothing_of_it(house: Any, applying: Any, draft: Any) -> None:
    form = {**await house.form("/apply/1"), **TYPED}
    house.later(minutes=11)
    await house.post("/apply/1", form)
    id = house.intake.applied(OTHER, state="draft")["application_id"]
    applying.drafts[id] = {"draft_id": id, "call_id": id, "state": "open", "content": {}, "revision": 1}
    assert (await house.enter(OTHER)).headers["location"] == "/mine"
    assert CANARY not in (await house.get("/apply/1")).text
    await house.post("/leave", await house.form("/mine"))
    assert (await house.enter(CODE)).headers["location"] == "/apply/1"
    assert CANARY in (await house.get("/apply/1")).text


async def test_what_was_saved_from_elsewhere_meanwhile_is_not_overwritten_unseen(house: Any, draft: Any) -> None:
    form = {**await house.form("/apply/1"), **TYPED}
    house.later(minutes=11)
    await house.post("/apply/1", form)
    draft["content"] = {"name": "De lejos"}
    await house.enter(CODE)
    again = {**await house.form("/apply/1"), **TYPED}
    conflict = await house.post("/apply/1", again)
    assert (conflict.status_code, "De lejos" in conflict.text) == (409, True)
    assert draft["content"] == {"name": "De lejos"}


@pytest.mark.parametrize("proof", ["", ".", "." + "0" * 64, ".é"])
async def test_what_no_page_of_theirs_sent_is_not_kept(house: Any, draft: Any, proof: str) -> None:
    form = {**await house.form("/apply/1"), **TYPED}
    house.later(minutes=11)
    whose = form["whose"].partition(".")[0] + proof
    assert (await house.post("/apply/1", {**form, "whose": whose})).headers["location"] == "/left"
    assert rows(house) == {}


async def test_what_another_site_or_another_browser_sends_is_not_kept(house: Any, draft: Any) -> None:
    form = {**await house.form("/apply/1"), **TYPED}
    house.later(minutes=11)
    assert (await house.post("/apply/1", {**form, "form": "0" * 64})).status_code == 403
    assert (await house.post("/apply/1", form, **{"Sec-Fetch-Site": "cross-site"})).status_code == 403
    house.http.cookies.clear()
    assert (await house.post("/apply/1", form)).headers["location"] == "/left"
    assert rows(house) == {}


async def test_a_browser_waits_with_one_form_and_the_last(house: Any, draft: Any) -> None:
    form = {**await house.form("/apply/1"), **TYPED}
    cookie = house.http.cookies["session"]
    house.later(minutes=11)
    await house.post("/apply/1", form)
    house.http.cookies.set("session", cookie)
    await house.post("/apply/1", {**form, "name": f"{CANARY} B"})
    assert len(rows(house)) == 1
    house.http.cookies.clear()
    house.http.cookies.set("waiting", cookie)
    await house.enter(CODE)
    assert f'value="{CANARY} B"' in (await house.get("/apply/1")).text


async def test_details_that_were_sent_too_late_wait_too(house: Any, applying: Any) -> None:
    mine = house.intake.applied(CODE, next=[{"what": "correct", "until": None}])
    applying.sent(mine["application_id"], {"name": "Ana", "contact": "ana@correo.org", "language": "es"})
    await house.enter(CODE)
    typed = {"name": CANARY, "contact": "ana@correo.org", "language": "es", "display": "unnamed", "letters": "all"}
    form = {**await house.form("/details"), **typed}
    house.later(minutes=11)
    assert (await house.post("/details", form)).headers["location"] == "/kept"
    assert (await house.enter(CODE)).headers["location"] == "/details"
    html = (await house.get("/details")).text
    assert OWN.waiting.title in html
    assert f'value="{CANARY}"' in html
    again = {**await house.form("/details"), **typed}
    assert (await house.post("/details", again)).headers["location"] == "/details/saved"
    assert (applying.corrected, rows(house)) == ([{"name": CANARY}], {})
