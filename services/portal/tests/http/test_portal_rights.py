"""What is kept of a person, taken along and erased, from a page of their own (rule 14)."""

from __future__ import annotations

import io
import json
import zipfile
from typing import TYPE_CHECKING, Any

import pytest
from fastapi import FastAPI, Request

from relevo_portal.words.rights import TEXTS

if TYPE_CHECKING:  # the one name that mypy finds it under
    from tests.tracking import FakeTracking
else:
    from services.portal.tests.tracking import FakeTracking

CODE = "0F3K-9Q2M-7WXY-ZA5B-C8DE-F1GH-JK"
CANARY = "Zoraida Canario-Zafiro"


class Kept:
    """What intake answers of it, beside what the fake does."""

    def __init__(self, intake: Any) -> None:
        self.erased: list[str] = []
        self.refuses = 0
        app = intake.app
        app.get("/applications/{id}/submission")(self.submission)
        app.get("/applications/{id}/details")(self.details)
        app.get("/drafts/{id}")(self.submission)
        app.post("/applications/{id}/erase")(self.erase)

    async def submission(self, id: str) -> Any:
        return {"application_id": id, "identity": {"name": CANARY, "contact": None}, "themes": ["a", "b"]}

    async def details(self, id: str) -> Any:
        return {"corrections": [], "by": "<b>"}

    async def erase(self, id: str, request: Request) -> Any:
        self.erased.append(request.headers["idempotency-key"])
        return {"person_id": id}


@pytest.fixture
async def kept(house: Any) -> Kept:
    return Kept(house.intake)


def unpacked(content: bytes) -> dict[str, str]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}


def beside(certificate: bool = True) -> FastAPI:
    """Any service that has what a participant asks for."""
    app = FastAPI()
    for path in ("/me/programme", "/me/attendance", "/me/commitment", "/me/commitment/texts", "/me/support-requests"):
        app.get(path)(lambda: {"there": True})
    if certificate:
        app.get("/me/certificate")(lambda: {"standing": "issued"})
        app.get("/me/invitations")(lambda: {"made": []})
        app.get("/me/certificate/certificate.pdf")(lambda: {"pdf": 1})
    return app


async def test_every_part_says_what_for_and_until_when_in_every_language(house: Any, kept: Kept) -> None:
    house.intake.applied(CODE)
    await house.enter()
    for language in ("es", "en", "pt", "fr"):
        html = (await house.get(f"/rights?lang={language}")).text.replace("&#39;", "'")
        for part in TEXTS[language].kept.values():
            assert part.what in html
            assert part.why in html
            assert part.until in html


async def test_an_applicant_takes_along_what_intake_keeps(house: Any, kept: Kept) -> None:
    house.intake.applied(CODE)
    await house.enter()
    answer = await house.get("/rights/bundle")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/zip")
    assert answer.headers["content-disposition"] == 'attachment; filename="papers.zip"'
    assert answer.headers["cache-control"] == "no-store"
    found = unpacked(answer.content)
    assert found.keys() == {"index.html", "state.json", "submission.json", "details.json"}
    assert json.loads(found["submission.json"])["identity"]["name"] == CANARY
    assert CANARY in found["index.html"]
    assert "<b>" not in found["index.html"]
    assert "<script" not in found["index.html"]


async def test_a_participant_takes_along_what_every_service_keeps(house: Any, kept: Kept) -> None:
    house.intake.enrolled(CODE)
    for service in ("scheduling", "multiplier_tracking", "certification"):
        house.serve(service, beside())
    await house.enter()
    found = unpacked((await house.get("/rights/bundle")).content)
    assert {"week.json", "attendance.json", "days.json", "texts.json", "questions.json", "paper.json"} < found.keys()
    assert "letters.json" in found
    assert "certificate.pdf" in found


async def test_rule_26_a_participant_takes_along_the_photographs_that_are_kept_now(
    house: Any, kept: Kept, days: FakeTracking
) -> None:
    for service in ("scheduling", "certification"):
        house.serve(service, beside())
    days.opened()
    days.session("verified")
    session = days.session("reported")
    gone = days.picture(session, b"gone")
    days.picture(session, b"a photograph")
    found = unpacked((await house.get("/rights/bundle")).content)
    assert (found["session-2-1.jpg"], found["session-2-2.jpg"]) == ("gone", "a photograph")
    days.reject(session, gone, "se ven personas")
    found = unpacked((await house.get("/rights/bundle")).content)
    assert [name for name in found if name.endswith(".jpg")] == ["session-2-1.jpg"]
    assert found["session-2-1.jpg"] == "a photograph"


async def test_what_a_service_does_not_give_now_is_named_and_the_rest_is_there(house: Any, kept: Kept) -> None:
    house.intake.enrolled(CODE)
    house.serve("certification", beside(certificate=False))
    await house.enter()
    found = unpacked((await house.get("/rights/bundle?lang=en")).content)
    assert "week.json" not in found
    assert TEXTS["en"].missing in found["index.html"]
    assert TEXTS["en"].papers["week"] in found["index.html"]
    assert TEXTS["en"].papers["paper"] not in found["index.html"], "there is none, and that is not missing"
    assert "submission.json" in found


async def test_a_draft_is_taken_along_as_it_is(house: Any, kept: Kept) -> None:
    house.intake.applied(CODE, state="draft", next=[])
    await house.enter()
    assert unpacked((await house.get("/rights/bundle")).content).keys() == {"index.html", "state.json", "draft.json"}


async def test_nothing_is_erased_before_it_was_asked_and_then_once_and_nobody_is_in_any_more(
    house: Any, kept: Kept
) -> None:
    house.intake.applied(CODE)
    await house.enter()
    page = await house.get("/rights/erase?lang=en")
    assert TEXTS["en"].erase.stays[0] in page.text
    assert kept.erased == []
    form = await house.form("/rights/erase")
    answer = await house.post("/rights/erase", form)
    assert (answer.status_code, answer.headers["location"]) == (303, "/left")
    assert kept.erased == [form["once"]]
    assert house.sessions == {}
    assert (await house.get("/rights")).headers["location"] == "/left"


async def test_whoever_is_refused_is_told_why_and_stays(house: Any, kept: Kept) -> None:
    house.intake.applied(CODE)
    await house.enter()
    form = await house.form("/rights/erase")
    house.intake.is_away = True
    answer = await house.post("/rights/erase", form)
    assert answer.status_code == 503
    assert TEXTS["es"].erase.not_done in answer.text
    assert form["once"] in answer.text, "the same key, so that it is done once"
    assert len(house.sessions) == 1


async def test_a_stranger_sees_no_rights_of_anybody(house: Any, kept: Kept) -> None:
    for path in ("/rights", "/rights/bundle", "/rights/erase"):
        assert (await house.get(path)).headers["location"] == "/left"


async def test_no_other_site_has_the_file_left_on_somebodys_device(house: Any, kept: Kept) -> None:
    house.intake.applied(CODE)
    await house.enter()
    for site, status in (("cross-site", 403), ("same-site", 403), ("same-origin", 200), ("none", 200)):
        assert (await house.get("/rights/bundle", **{"Sec-Fetch-Site": site})).status_code == status
