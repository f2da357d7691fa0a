"""The materials to take along, in one file that needs no connection."""

from __future__ import annotations

import re
from io import BytesIO
from typing import TYPE_CHECKING, Any
from zipfile import ZipFile

if TYPE_CHECKING:  # the one name that mypy finds it under
    from tests.handing_out import (
        LINK,
        TEXT,
        Door,
        added,
        participant,
        with_file,
    )
else:
    from services.scheduling.tests.handing_out import (
        LINK,
        TEXT,
        Door,
        added,
        participant,
        with_file,
    )


async def bundled(door: Door, query: str = "", **headers: str) -> Any:
    return await door.get(f"/me/materials/bundle{query}", {**participant(door), **headers})


async def test_all_can_be_taken_along_in_one_file_that_needs_no_connection(week: Door) -> None:
    [first, _] = await week.session_ids()
    await with_file(week, first, title="<b>Uno</b> & dos")
    await with_file(week, None, title="El mismo")
    await with_file(week, None, b"Otro.", language="any", title="Otro")
    await added(week, link=LINK + "?a=1&b=2", title="Un enlace")
    await added(week, title="Espera")
    answer = await bundled(week)
    assert answer.headers["content-type"] == "application/zip"
    assert int(answer.headers["content-length"]) == len(answer.content)
    with ZipFile(BytesIO(answer.content)) as found:
        assert found.testzip() is None
        assert found.namelist() == ["index.html", "01.txt", "02.txt"], (
            "the same bytes once, under names that say nothing"
        )
        assert {each.date_time for each in found.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert found.read("01.txt") == TEXT
        page = found.read("index.html").decode()
    assert "&lt;b&gt;Uno&lt;/b&gt; &amp; dos" in page
    assert page.count('href="01.txt"') == 2
    assert f'href="{LINK}?a=1&amp;b=2" rel="noopener noreferrer"' in page
    assert "Espera" not in page
    assert "default-src" in page
    assert not re.search(r"<script|src=|url\(|@import", page)
    assert page.index("Para toda la semana") < page.index("Peticiones y casos")


async def test_what_is_taken_along_is_the_same_bytes_as_long_as_nothing_changes(week: Door) -> None:
    await with_file(week)
    first, again = await bundled(week), await bundled(week)
    assert first.content == again.content
    known = await bundled(week, **{"If-None-Match": first.headers["etag"]})
    assert known.status_code == 304
    await with_file(week, None, b"Otro.")
    assert (await bundled(week)).headers["etag"] != first.headers["etag"]


async def test_what_is_taken_along_is_in_the_language_that_is_chosen_and_says_so_in_the_one_that_is_spoken(
    week: Door,
) -> None:
    await with_file(week, None, b"Uno.", language="es", title="Uno")
    await with_file(week, None, b"One.", language="en", title="One")
    answer = await bundled(week, "?language=en&lang=fr")
    assert answer.headers["content-language"] == "fr"
    with ZipFile(BytesIO(answer.content)) as found:
        page = found.read("index.html").decode()
        assert found.read("01.txt") == b"One.\n"
    assert '<html lang="fr">' in page
    assert "Uno" not in page


async def test_a_bundle_of_nothing_says_so(week: Door) -> None:
    with ZipFile(BytesIO((await bundled(week, "?lang=en")).content)) as found:
        assert "There is nothing here yet." in found.read("index.html").decode()
