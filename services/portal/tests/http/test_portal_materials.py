"""Materials of the week: found by day and session, with their sizes, and loaded as they come."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from html import unescape
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from fastapi import FastAPI
from fastapi.responses import StreamingResponse

from relevo_portal.services import asking
from relevo_portal.words.materials import TEXTS
from relevo_portal.words.week import TEXTS as WEEK
from relevo_servers import free_port
from relevo_testkit.serving import listening

if TYPE_CHECKING:  # the one name that mypy finds it under
    from tests.materials import CONTENT, FakeMaterials
else:
    from services.portal.tests.materials import CONTENT, FakeMaterials

LANGUAGES: tuple[Any, ...] = ("es", "en", "pt", "fr")
FIRST = "a" * 32


@pytest.fixture
def scheduling(house: Any) -> FakeMaterials:
    made = FakeMaterials()
    house.serve("scheduling", made.app)
    house.intake.enrolled()
    return made


async def seen(house: Any, path: str, status: int = 200) -> str:
    answer = await house.get(path)
    assert answer.status_code == status
    return unescape(answer.text)


@pytest.mark.parametrize("page", ["/week/materials", "/week/materials/take", f"/week/materials/file/{FIRST}"])
async def test_materials_are_for_whoever_takes_part_and_for_nobody_else(
    house: Any, scheduling: FakeMaterials, page: str
) -> None:
    assert (await house.get(page)).headers["location"] == "/left"
    house.intake.applied()
    await house.enter()
    assert (await house.get(page)).status_code == 404
    assert scheduling.asked == []


@pytest.mark.parametrize("language", LANGUAGES)
async def test_they_stand_by_day_and_session_with_their_sizes(
    house: Any, scheduling: FakeMaterials, language: Any
) -> None:
    scheduling.give("Un informe", FIRST, kind="report")
    scheduling.give("Para todos", language="any")
    scheduling.give("Afuera", link="https://www.oas.org/informe")
    await house.enter()
    html = await seen(house, f"/week/materials?lang={language}")
    words = TEXTS[language]
    assert html.index(words.week) < html.index("Para todos") < html.index("Un informe")
    topic = scheduling.programme["sessions"][1]["topic"][language]
    assert html.index(f"<h3>{topic}</h3>") < html.index("Un informe")
    assert words.kinds["report"] in html
    size = {"es": "301 KB", "en": "301 KB", "pt": "301 KB", "fr": "301\u00a0ko"}[language]
    assert f"PDF · {size}" in html
    assert words.leads_to.format(host="www.oas.org") in html
    assert 'href="https://www.oas.org/informe" rel="noopener noreferrer"' in html
    assert words.bundle.format(size=size.replace("301", "601")) in html
    assert "<title>Relevo</title>" in html


async def test_the_week_leads_there_and_they_lead_back(house: Any, scheduling: FakeMaterials) -> None:
    scheduling.give("Uno")
    await house.enter()
    assert 'href="/week/materials?lang=fr"' in await seen(house, "/week?lang=fr")
    html = await seen(house, "/week/materials?lang=fr")
    assert 'href="/week?lang=fr"' in html
    assert WEEK["fr"].back in html


async def test_a_language_in_the_address_shows_what_is_in_it(house: Any, scheduling: FakeMaterials) -> None:
    scheduling.give("Uno", language="es")
    scheduling.give("One", FIRST, language="en")
    await house.enter()
    html = await seen(house, "/week/materials?lang=pt&in=en")
    assert ("One" in html, "Uno" in html) == (True, False)
    assert '<a href="/week/materials?lang=pt&in=en" aria-current="true">' in html
    assert 'href="/week/materials/take?lang=pt&in=en"' in html
    assert scheduling.languages == ["en"]
    nothing = await seen(house, "/week/materials?lang=en&in=fr")
    assert TEXTS["en"].none_in in nothing
    assert "/week/materials/take" not in nothing
    assert (await house.get("/week/materials?in=de")).status_code == 422


@pytest.mark.parametrize("lacks", [None, "no-such-programme", "no-such-participant"])
async def test_when_there_is_nothing_yet_the_page_says_when_to_look_again(
    house: Any, scheduling: FakeMaterials, lacks: str | None
) -> None:
    scheduling.lacks = lacks
    await house.enter()
    html = await seen(house, "/week/materials?lang=en")
    assert TEXTS["en"].none.more in html
    assert "/week/materials/take" not in html


async def test_a_file_comes_whole_under_a_name_that_says_nothing_and_is_kept_by_no_cache(
    house: Any, scheduling: FakeMaterials
) -> None:
    id = scheduling.give("Violencia contra las mujeres")
    await house.enter()
    answer = await house.get(f"/week/materials/file/{id}")
    assert answer.content == CONTENT
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["content-length"] == str(len(CONTENT))
    assert answer.headers["content-disposition"] == 'attachment; filename="document.pdf"'
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in answer.headers["content-security-policy"]


async def test_a_kind_of_file_that_is_not_known_here_is_bytes_to_keep(house: Any, scheduling: FakeMaterials) -> None:
    id = scheduling.give("Uno")
    scheduling.items[0][1]["file"]["media"] = "text/html"
    scheduling.is_newer = True
    await house.enter()
    answer = await house.get(f"/week/materials/file/{id}")
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"] == 'attachment; filename="document"'


async def test_all_is_taken_along_in_the_language_that_is_chosen(house: Any, scheduling: FakeMaterials) -> None:
    await house.enter()
    answer = await house.get("/week/materials/take?lang=fr&in=pt")
    assert answer.content == b"PK\x03\x04fr"
    assert answer.headers["content-disposition"] == 'attachment; filename="documents.zip"'
    assert scheduling.languages == ["pt"]


async def test_a_file_that_was_withdrawn_is_said_to_be_gone_beside_what_there_is(
    house: Any, scheduling: FakeMaterials
) -> None:
    scheduling.give("Uno")
    await house.enter()
    html = await seen(house, f"/week/materials/file/{'9' * 32}?lang=en", 404)
    assert TEXTS["en"].gone in html
    assert "Uno" in html


async def test_while_too_many_files_are_on_their_way_another_is_asked_for_later(
    house: Any, scheduling: FakeMaterials, monkeypatch: pytest.MonkeyPatch
) -> None:
    id = scheduling.give("Uno")
    await house.enter()
    for _ in range(3):
        assert (await house.get(f"/week/materials/file/{id}")).status_code == 200, "each makes room for the next"
    monkeypatch.setattr(asking, "MOST_HANDED", 0)
    assert TEXTS["en"].full in await seen(house, f"/week/materials/file/{id}?lang=en", 503)


async def test_while_scheduling_is_away_the_page_says_so(house: Any, scheduling: FakeMaterials) -> None:
    await house.enter()
    scheduling.is_away = True
    for page in ("/week/materials", "/week/materials/take", f"/week/materials/file/{FIRST}"):
        assert (await house.get(page)).status_code == 503


async def test_no_other_site_has_somebody_load_a_file(house: Any, scheduling: FakeMaterials) -> None:
    id = scheduling.give("Uno")
    await house.enter()
    answer = await house.get(f"/week/materials/file/{id}", **{"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 403
    assert not any(each.endswith("/file") for each in scheduling.asked)


async def test_a_file_is_handed_on_as_it_comes_and_nothing_waits_for_its_end() -> None:
    """Of a service that has sent the first piece, and sends the second once the first has arrived."""
    arrived, service, port = asyncio.Event(), FastAPI(), free_port()

    async def content() -> AsyncIterator[bytes]:
        yield b"first"
        await arrived.wait()
        yield b"second"

    service.get("/file")(lambda: StreamingResponse(content(), media_type="application/pdf"))
    async with listening(service, port), httpx.AsyncClient(trust_env=False) as client:
        api = asking.Api(client, f"http://127.0.0.1:{port}")
        handed = await api.hand("/file", "a token", "es")
        assert await anext(handed.pieces) == b"first"
        arrived.set()
        assert [each async for each in handed.pieces] == [b"second"]
        await handed.close()


async def test_a_file_that_its_reader_gives_up_is_closed_and_makes_room(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Of a service that never ends: closing does not wait for it."""
    service, port = FastAPI(), free_port()

    async def content() -> AsyncIterator[bytes]:
        yield b"first"
        await asyncio.Event().wait()

    service.get("/file")(lambda: StreamingResponse(content(), media_type="application/pdf"))
    monkeypatch.setattr(asking, "MOST_HANDED", 1)
    async with listening(service, port), httpx.AsyncClient(trust_env=False) as client:
        api = asking.Api(client, f"http://127.0.0.1:{port}")
        for _ in range(2):
            handed = await api.hand("/file", "a token", "es")
            with pytest.raises(asking.LaterAgain):
                await api.hand("/file", "a token", "es")
            assert await anext(handed.pieces) == b"first"
            await handed.close()
