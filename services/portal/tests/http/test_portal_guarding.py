"""Beginning while a call is under attack: a device works, or its person waits, and neither loses anything."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
from datetime import timedelta
from typing import Any

import pytest

from relevo_chassis.languages import LANGUAGES
from relevo_chassis.languages.days import instant
from relevo_portal.words.guarding import TEXTS


def solved(page: str) -> str:
    """What the script of the page makes of its challenge."""
    (text,) = re.findall(r'data-challenge="([^"]*)"', page)
    challenge = json.loads(html.unescape(text))
    asked = challenge["parameters"]
    nonce, salt = bytes.fromhex(asked["nonce"]), bytes.fromhex(asked["salt"])
    counter, derived = -1, ""
    while not derived.startswith(asked["keyPrefix"]):
        counter += 1
        derived = hashlib.pbkdf2_hmac("sha256", nonce + counter.to_bytes(4, "big"), salt, asked["cost"], 32).hex()
    payload = {"challenge": challenge, "solution": {"counter": counter, "derivedKey": derived}}
    return base64.b64encode(json.dumps(payload).encode()).decode()


@pytest.fixture
def call_id(house: Any, applying: Any) -> str:
    applying.now = lambda: house.now
    return str(applying.opened(proof_wanted=True))


async def sent(house: Any, call_id: str, **typed: str) -> Any:
    return await house.send(f"/calls/{call_id}", **typed)


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_call_under_attack_says_what_happens_and_what_there_is_without_script(
    house: Any, call_id: str, language: Any
) -> None:
    page = await house.page(f"/calls/{call_id}?lang={language}")
    own = TEXTS[language]
    assert own.attacked.title in page
    assert own.attacked.more in page
    assert own.without_script in page
    assert '<input type="hidden" name="proof" value="">' in page


async def test_a_call_that_nobody_attacks_asks_for_no_work_and_loads_no_script(house: Any, applying: Any) -> None:
    page = await house.page(f"/calls/{applying.opened()}")
    assert "data-challenge" not in page
    assert "work." not in page
    assert TEXTS["es"].attacked.title not in page


async def test_what_the_device_solved_lets_its_person_begin_once(house: Any, applying: Any, call_id: str) -> None:
    page = (await house.get(f"/calls/{call_id}")).text
    proof = solved(page)
    assert (await sent(house, call_id, proof=proof)).headers["location"] == "/apply/code"
    house.http.cookies.clear()
    answer = await sent(house, call_id, proof=proof)
    assert answer.status_code == 428
    assert TEXTS["es"].mistakes["again"] in html.unescape(answer.text)
    assert (await sent(house, call_id, proof=solved(answer.text))).status_code == 303
    assert len(applying.drafts) == 2


async def test_without_script_the_page_says_from_when_on_one_can_begin_and_then_one_can(
    house: Any, applying: Any, call_id: str
) -> None:
    form = await house.form(f"/calls/{call_id}")
    answer = await house.post(f"/calls/{call_id}", form)
    at = instant(house.now + timedelta(minutes=10), "es")
    assert answer.status_code == 428
    assert TEXTS["es"].waits.title.format(at=at) in answer.text
    assert f'value="{form["once"]}"' in answer.text
    house.later(minutes=5)
    again = await house.page(f"/calls/{call_id}")
    assert TEXTS["es"].waits.title.format(at=at) in again
    early = await house.post(f"/calls/{call_id}", form)
    assert (early.status_code, TEXTS["es"].mistakes["early"] in early.text) == (428, True)
    assert len(applying.tickets) == 1
    house.later(minutes=5)
    begun = await house.post(f"/calls/{call_id}", form)
    assert begun.headers["location"] == "/apply/code"
    assert len(applying.drafts) == 1
    assert "ticket" not in house.http.cookies


async def test_whoever_waits_need_wait_no_longer_once_nobody_attacks(house: Any, applying: Any, call_id: str) -> None:
    await sent(house, call_id)
    applying.calls[call_id]["proof_wanted"] = False
    assert (await sent(house, call_id)).status_code == 303


async def test_a_ticket_of_another_call_or_one_that_somebody_wrote_counts_for_nothing(
    house: Any, applying: Any, call_id: str
) -> None:
    other = applying.opened(proof_wanted=True)
    await sent(house, other)
    house.later(minutes=11)
    assert (await sent(house, call_id)).status_code == 428
    assert len(applying.tickets) == 2
    for value in ("", "x", f"{call_id}_1_2_ticket.aaaaaaaaaa", f"{call_id}_1_99999999999_ticket.aaaaaaaaaa", "é" * 9):
        house.http.cookies.clear()
        page = await house.get(f"/calls/{call_id}", Cookie=f"ticket={value}".encode())
        assert page.status_code == 200


async def test_a_ticket_that_was_used_or_is_over_is_followed_by_another(
    house: Any, applying: Any, call_id: str
) -> None:
    await sent(house, call_id)
    applying.used += list(applying.tickets)
    house.later(minutes=10)
    assert (await sent(house, call_id)).status_code == 428
    assert len(applying.tickets) == 2
    house.later(minutes=71)
    assert (await sent(house, call_id)).status_code == 428
    assert len(applying.tickets) == 3


async def test_a_call_under_attack_is_shown_without_work_while_intake_gives_none(
    house: Any, applying: Any, call_id: str
) -> None:
    house.intake.app.router.routes = [
        each for each in house.intake.app.router.routes if "challenge" not in getattr(each, "path", "")
    ]
    page = await house.page(f"/calls/{call_id}")
    assert 'data-challenge="' not in page
    assert (await sent(house, call_id)).status_code == 428
    assert len(applying.tickets) == 1


@pytest.mark.parametrize("text", ["a" * 9_000, "é", "a\r\nRelevo-Receipt: b", "\u202e", "ticket.a.1.b"])
async def test_what_can_be_no_solution_is_not_sent_on(house: Any, applying: Any, call_id: str, text: str) -> None:
    answer = await sent(house, call_id, proof=text)
    assert (answer.status_code, len(applying.tickets)) == (428, 1)
    assert applying.drafts == {}


async def test_the_scripts_of_the_work_are_files_of_this_service(house: Any, call_id: str) -> None:
    page = (await house.get(f"/calls/{call_id}")).text
    files = re.findall(r'(?:src|data-worker)="(/files/work[^"]+)"', page)
    assert len(files) == 2
    for each in files:
        found = await house.get(each)
        assert (found.status_code, found.headers["content-type"]) == (200, "text/javascript; charset=utf-8")
