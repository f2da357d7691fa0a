"""What subscribers read at the desk: every document as a page, whose links lead somewhere, in the image too."""

from __future__ import annotations

import posixpath
import re
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from relevo_contracts import CONTRACTS
from relevo_deploy.embedded.desk.http import reading_doors
from relevo_deploy.embedded.desk.library import DOORS, FIRST, Library, default_library
from relevo_deploy.embedded.desk.picture import Arrow, arrows_in, pictures
from relevo_testkit.browsing import chromium, visiting

ROOT = Path(__file__).resolve().parents[2]
LIBRARY = Library(default_library())
PAGES = [name for name in LIBRARY.names() if name.endswith(".html")]


def app_of(library: Library) -> FastAPI:
    app = FastAPI(docs_url=None, redoc_url=None)
    app.include_router(reading_doors(library))
    return app


@pytest.fixture
async def desk() -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app_of(LIBRARY))
    async with httpx.AsyncClient(transport=transport, base_url="http://desk") as client:
        yield client


def links_of(page: str) -> set[tuple[str, str]]:
    found = re.findall(r'<a href="([^"#]*)#?([^"]*)"', page)
    return {(target, place) for target, place in found if not target.startswith("http")}


def test_every_event_has_a_page_and_its_schema_beside_it() -> None:
    names = LIBRARY.names()
    for each in (contract.model for contract in CONTRACTS):
        assert f"docs/events/{each.__name__}.html" in names
        schema = f"../../contracts/schemas/{each.type_name()}.v{each.version}.json"
        assert (schema, "") in links_of(LIBRARY.page(f"docs/events/{each.__name__}.html"))
    assert set(DOORS.values()) <= names.keys()


@pytest.mark.parametrize("name", PAGES)
def test_every_link_of_a_page_leads_to_a_document_and_to_a_place_in_it(name: str) -> None:
    page, names = LIBRARY.page(name), LIBRARY.names()
    for target, place in links_of(page):
        leads = posixpath.normpath(posixpath.join(posixpath.dirname(name), target)) if target else name
        assert leads in names, target
        assert not place or f'id="{place}"' in LIBRARY.page(leads), (leads, place)
    assert page.count("<a href") - page.count('<a href="http') >= len(DOORS)
    assert "flowchart" not in page
    assert not re.search(r"<(script|link|img)|style=|https?://[^ ]*\.(js|css)", page)


def test_what_is_in_the_repository_alone_keeps_its_name_and_leads_nowhere() -> None:
    rules = LIBRARY.page("docs/rules.html")
    assert '<span title="services/intake/relevo_intake/domain/contact.py"><code>link</code></span>' in rules
    assert ".py#" not in "".join(target for target, _ in links_of(rules))


def test_the_text_of_a_document_is_text_and_never_markup(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "rules.md").write_text(
        "# A <b>rule</b>\n\n<script>alert(1)</script>\n\n| | |\n|---|---|\n| a | <i> |\n"
    )
    page = Library(tmp_path).page("docs/rules.html")
    assert "<script" not in page
    assert '<h1 id="a-bruleb">A &lt;b&gt;rule&lt;/b&gt;</h1>' in page
    assert '<th role="rowheader" scope="row">a</th>' in page
    assert "<thead" not in page


async def test_the_first_address_leads_to_the_events_and_what_is_on_no_shelf_is_not_shown(
    desk: httpx.AsyncClient,
) -> None:
    for address in ("/read", "/read/"):
        assert (await desk.get(address)).headers["location"] == f"/read/{FIRST}"
    answer = await desk.get(f"/read/{FIRST}")
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    schema = await desk.get("/read/contracts/schemas/CallOpened.v1.json")
    assert (schema.headers["content-type"], schema.json()["title"]) == ("application/json", "CallOpened")
    for elsewhere in (
        "pyproject.toml",
        "docs/../pyproject.toml",
        "docs/%2e%2e/README.md",
        "docs/rules.md",
        "/etc/passwd",
    ):
        refused = await desk.get(f"/read/{elsewhere}")
        assert (refused.status_code, "/read" in refused.text) == (404, True)


def test_a_picture_has_an_arrow_for_each_reader_and_the_names_of_what_they_are_told() -> None:
    arrows = arrows_in('flowchart LR\n  a -- "One<br>Two" --> c\n  b_b -- "Three" --> c\n  a -- "Three" --> partners\n')
    assert arrows == [
        Arrow("a", ("One", "Two"), "c"),
        Arrow("b_b", ("Three",), "c"),
        Arrow("a", ("Three",), "partners"),
    ]
    overview, of_a, of_b = re.findall(r"<svg.*?</svg>", pictures(arrows))
    assert overview.count('class="head"') == 3
    assert re.findall(r'class="name"[^>]*>([^<]*)', overview) == ["a", "b b", "c", "partners"]
    assert re.findall(r'href="([^"]*)"', of_a) == ["One.html", "Two.html", "Three.html"]
    assert "b b tells c Three" in overview
    assert re.findall(r'href="([^"]*)"', of_b) == ["Three.html"]
    assert arrows_in("stateDiagram-v2\n  [*] --> open\n") == []


def test_the_picture_of_an_event_names_whom_the_page_names() -> None:
    page = LIBRARY.page("docs/events/OnsiteCompleted.html")
    assert re.findall(r'class="name"[^>]*>([^<]*)', page) == [
        *("scheduling", "intake", "multiplier tracking", "certification", "portal")
    ]


def test_the_image_has_every_document_that_the_tree_has(tmp_path: Path) -> None:
    copied = re.findall(
        r"^COPY (\S.*) /srv/library/(\S*)$", (ROOT / "deploy" / "Containerfile").read_text("utf-8"), re.MULTILINE
    )
    for sources, target in copied:
        into = tmp_path / target
        for source in (path for pattern in sources.split() for path in ROOT.glob(pattern)):
            if source.is_dir():
                shutil.copytree(source, into)
            else:
                into.mkdir(parents=True, exist_ok=True)
                shutil.copy(source, into)
    assert Library(tmp_path).names().keys() == LIBRARY.names().keys()


async def test_pages_can_be_read_at_every_width_in_both_themes_and_load_nothing_else() -> None:
    async with chromium() as browser, visiting(app_of(LIBRARY), browser, java_script_enabled=True) as visit:
        found = []
        for name in (
            FIRST,
            "docs/events/CallOpened.html",
            "docs/problems.html",
            "contracts/README.html",
            "docs/words.html",
        ):
            await visit.open(f"/read/{name}")
            found += await visit.faults_at_widths(name)
        assert found == []
        assert all(address.startswith(f"{visit.site}/read/") for address in visit.asked)
        assert visit.complaints == []
