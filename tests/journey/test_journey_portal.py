"""Somebody without an account, in front of the portal's pages, with the real intake behind them."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
from tests.journey.visitor import HTML, Visitor

from relevo_chassis.ids import new_id
from relevo_deploy.deployed import PORTAL
from relevo_deploy.embedded.desk_client import Desk
from relevo_deploy.embedded.stack import Stack
from relevo_testkit.waiting import until

AT = datetime(2019, 9, 12, 12, tzinfo=UTC)
ANSWERS: dict[str, dict[str, str]] = {
    "1": {"name": "Zoraida Canario", "country": "GT", "sex": "female", "groups-indigenous": "indigenous"},
    "2": {"organisation": "", "themes-environment": "environment", "experience": "Ocho años.\r\nY más."},
    "3": {"motivation": "Soy Zoraida Canario, del río.", "multiplier_idea": ""},
    "4": {"contact": "", "letters": "few", "language": "es", "display": "unnamed"},
}
"""What somebody writes on the pages of an application, without an address."""
CALL = {"seats": 30, "opens_at": "2019-09-12T00:00:00Z", "closes_at": "2019-10-20T00:00:00Z"}
APPLICATION = {
    **{"contact": "ana@mail.invalid", "name": "Zoraida Canario", "language": "es", "country": "GT"},
    **{"motivation": "Defendemos el río.", "consent": True},
}


async def opened(intake: httpx.AsyncClient, coordinator: str) -> str:
    """The id of a call that is open."""
    staff = {"Idempotency-Key": new_id(), "Authorization": f"Bearer {coordinator}"}
    call = await intake.post("/calls", json={**CALL, "edition_id": new_id()}, headers=staff)
    assert call.status_code == 201, call.text
    return str(call.json()["call_id"])


async def applied(intake: httpx.AsyncClient, coordinator: str) -> str:
    """The receipt code of an application."""
    call_id, once = await opened(intake, coordinator), {"Idempotency-Key": new_id()}
    sent = await intake.post(f"/calls/{call_id}/applications", json=APPLICATION, headers=once)
    assert sent.status_code == 201, sent.text
    return str(sent.json()["receipt_code"])


async def renewed(stack: Stack, desk: Desk, visitor: Visitor, word: str) -> str:
    """The code that comes of a letter, to whoever lost theirs and knows their word."""
    noted = await visitor.send("/lost", "/lost", contact=str(APPLICATION["contact"]), word=word)
    assert (noted.status_code, "Thank you, we have noted it" in noted.text) == (200, True)
    links: list[str] = []

    async def written() -> bool:
        links[:] = [found[0] for each in await desk.mails() if (found := re.findall(r"\S+/recover/\S+", each["text"]))]
        return bool(links)

    await until(written, 20)
    [link] = links
    assert link.startswith(stack.url("intake"))
    assert "<button" in await visitor.page(link)
    pressed: Any = await visitor.http.post(link, headers=HTML)
    return str(re.findall(r"<output>(\S+)</output>", pressed.text)[0])


async def test_rule_19_a_lost_code_is_renewed_by_the_word_and_the_old_one_opens_nothing(tmp_path: Path) -> None:
    word = "Ceiba junto al río"
    async with Stack(tmp_path / "stack", clock_start=AT, services=("intake", PORTAL)) as stack, stack.desk() as desk:
        async with httpx.AsyncClient(base_url=stack.url("intake")) as intake:
            code = await applied(intake, await desk.token("carla", ["coordinator"], ["intake"]))
            mine = {"Relevo-Receipt": code, "Idempotency-Key": new_id()}
            chosen = await intake.post("/me/recovery/choose", json={"way": "word", "word": word}, headers=mine)
            assert chosen.status_code == 200, chosen.text
        async with httpx.AsyncClient(base_url=f"http://localhost:{stack.ports[PORTAL]}") as http:
            visitor = Visitor(http)
            fresh = await renewed(stack, desk, visitor, word.upper())
            assert (await visitor.send("/", "/enter", code=code)).status_code == 422
            assert (await visitor.send("/", "/enter", code=fresh)).headers["location"] == "/mine"
            assert "Your application is with us" in await visitor.page("/mine")


async def test_a_receipt_code_opens_what_is_ones_own_until_one_leaves(tmp_path: Path) -> None:
    async with Stack(tmp_path / "stack", clock_start=AT, services=("intake", PORTAL)) as stack:
        async with stack.desk() as desk, httpx.AsyncClient(base_url=stack.url("intake")) as intake:
            code = await applied(intake, await desk.token("carla", ["coordinator"], ["intake"]))
        async with httpx.AsyncClient(base_url=f"http://localhost:{stack.ports[PORTAL]}") as http:
            visitor = Visitor(http)
            wrong = await visitor.send("/", "/enter", code="0F3K-9Q2M")
            assert (wrong.status_code, "We find nothing under this code" in wrong.text) == (422, True)
            entered = await visitor.send("/", "/enter", code=code.lower())
            assert (entered.status_code, entered.headers["location"]) == (303, "/mine")
            assert "Your application is with us" in await visitor.page("/mine")
            assert (await visitor.send("/mine/out", "/mine/out")).status_code == 303
            assert "Your application is withdrawn" in await visitor.page("/mine")
            assert (await visitor.send("/mine", "/leave")).headers["location"] == "/left"
            assert (await http.get("/mine", headers=HTML)).headers["location"] == "/left"


async def begun(visitor: Visitor, call_id: str) -> str:
    """The code of a draft that somebody begins on the call's page, and keeps."""
    assert f'href="/calls/{call_id}"' in await visitor.page("/calls")
    begins = await visitor.send(f"/calls/{call_id}", f"/calls/{call_id}")
    assert (begins.status_code, begins.headers["location"]) == (303, "/apply/code")
    code = str(re.findall(r"<output[^>]*>([^<]+)</output>", await visitor.page("/apply/code"))[0])
    assert (await visitor.send("/apply/again", "/apply/again", last="AAAAAA")).status_code == 422
    assert (await visitor.send("/apply/again", "/apply/again", last=code[-7:])).headers["location"] == "/apply/1"
    return code


async def filled_in(visitor: Visitor) -> None:
    """Every page, and what is said of a text that tells who writes; one may go on."""
    for number, typed in ANSWERS.items():
        saved = await visitor.send(f"/apply/{number}", f"/apply/{number}", **typed)
        assert saved.status_code == 303, saved.text
        assert saved.headers["location"] == (f"/apply/{number}" if number == "3" else f"/apply/{int(number) + 1}")
    assert "May tell who writes (your name): “Zoraida Canario”" in await visitor.page("/apply/3")


async def test_rule_24_somebody_applies_on_the_pages_without_an_address_and_corrects_what_they_said(
    tmp_path: Path,
) -> None:
    async with Stack(tmp_path / "stack", clock_start=AT, services=("intake", PORTAL)) as stack, stack.desk() as desk:
        coordinator = await desk.token("carla", ["coordinator"], ["intake"])
        async with httpx.AsyncClient(base_url=stack.url("intake")) as intake:
            call_id = await opened(intake, coordinator)
            async with httpx.AsyncClient(base_url=f"http://localhost:{stack.ports[PORTAL]}") as http:
                visitor = Visitor(http)
                code = await begun(visitor, call_id)
                await filled_in(visitor)
                http.cookies.clear()
                assert (await visitor.send("/", "/enter", code=code)).headers["location"] == "/mine"
                assert "Ocho años.\nY más." in await visitor.page("/apply/2")
                wrong = await visitor.send("/apply/4", "/apply/4", **{**ANSWERS["4"], "contact": "zoraida@correo"})
                assert wrong.headers["location"] == "/apply/4"
                assert 'href="#contact">E-mail address: after the @' in await visitor.page("/apply/4")
                assert (await visitor.send("/apply/4", "/apply/4", **ANSWERS["4"])).headers["location"] == "/apply/5"
                assert (await visitor.send("/apply/5", "/apply/5")).status_code == 422
                sent = await visitor.send("/apply/5", "/apply/5", consent="yes")
                assert (sent.status_code, sent.headers["location"]) == (303, "/apply/sent"), sent.text
                assert "We send you no letters" in await visitor.page("/apply/sent")
                corrected = {"language": "pt", "display": "unnamed", "letters": "none"}
                typed = {"name": "Zoraida C. Canario", "contact": "", **corrected}
                assert (await visitor.send("/details", "/details", **typed)).headers["location"] == "/details/saved"
                assert 'value="Zoraida C. Canario"' in await visitor.page("/details")
                refused = await visitor.send("/details/way", "/details/way", way="waiting", hours="72")
                assert (refused.status_code, "Without a contact nothing can be recovered" in refused.text) == (
                    409,
                    True,
                )
                chosen = await visitor.send("/details/way", "/details/way", way="none")
                assert chosen.headers["location"] == "/details/chosen"
            staff = {"Authorization": f"Bearer {coordinator}"}
            listed = (await intake.get(f"/calls/{call_id}/applications", headers=staff)).json()["items"]
            [only] = listed
            read = await intake.get(f"/applications/{only['application_id']}/dossier?purpose=casework", headers=staff)
            assert read.status_code == 200, read.text
            dossier = read.json()
        identity = {"name": "Zoraida C. Canario", "contact": None, **corrected}
        assert dossier["identity"] == identity
        assert (dossier["profile"]["country"], dossier["profile"]["groups"]) == ("GT", ["indigenous"])
        assert dossier["statement"]["experience"] == "Ocho años.\nY más."
        assert await desk.mails() == []
