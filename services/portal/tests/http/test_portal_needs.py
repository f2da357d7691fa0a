"""What somebody needs for the week: why each is asked, stated once, not overwritten unseen, taken back; in four
languages."""

from __future__ import annotations

import io
import json
import zipfile
from html import unescape
from typing import TYPE_CHECKING, Any, get_args

import pytest

from relevo_portal.services.needs import NeedName, Needs
from relevo_portal.words import TEXTS as PORTAL
from relevo_portal.words.needs import TEXTS, Section

if TYPE_CHECKING:  # the one name that mypy finds it under
    from tests.applying import problem
    from tests.needing import NOTHING, FakeNeeds
else:
    from services.portal.tests.applying import problem
    from services.portal.tests.needing import NOTHING, FakeNeeds

OWN = TEXTS["es"]
TYPED = {
    "from_languages-en": "en",
    "into": "es",
    "access": "Silla de ruedas.\r\nLetra grande.",
    "arrival_on": "2019-12-08",
    "arrival_number": "CM 304",
    "emergency_name": "Berta Ejemplo",
    "emergency_reach": "+504 5555",
    "emergency_agreed": "yes",
}
STATED = {
    **NOTHING,
    "from_languages": ["en"],
    "into": "es",
    "access": "Silla de ruedas.\nLetra grande.",
    "arrival_on": "2019-12-08",
    "arrival_number": "CM 304",
    "emergency_name": "Berta Ejemplo",
    "emergency_reach": "+504 5555",
    "emergency_agreed": True,
}


@pytest.fixture
async def own(house: Any) -> FakeNeeds:
    """Whoever takes part is in."""
    found = FakeNeeds(house.intake)
    mine = house.intake.enrolled()
    mine["needs"] = {"changed_at": None, "kept_until_on": "2019-12-27"}
    mine["next"].append({"what": "state_needs", "until": "2019-12-14T12:00:00Z"})
    await house.enter()
    return found


async def state(house: Any, **typed: str) -> Any:
    return await house.send("/needs", **typed)


def test_every_need_of_the_page_is_one_of_the_service() -> None:
    assert set(get_args(NeedName)) == set(Needs.model_fields) == NOTHING.keys()


@pytest.mark.parametrize("language", ["es", "en", "pt", "fr"])
async def test_each_part_says_why_it_is_asked_who_reads_it_and_until_when_it_is_kept(
    house: Any, own: FakeNeeds, language: Any
) -> None:
    html, words = await house.page(f"/needs?lang={language}"), TEXTS[language]
    for section in get_args(Section):
        assert words.sections[section].title in html
        assert words.sections[section].more in html
    for rule in words.rules:
        assert rule in html
    for name in get_args(NeedName):
        assert words.fields[name].hint in html
    assert "27" in html
    assert "2019" in html
    assert words.until_unknown not in html
    own.is_known = False
    assert words.until_unknown in await house.page(f"/needs?lang={language}")


async def test_it_is_saved_whole_and_shown_again(house: Any, own: FakeNeeds) -> None:
    form = {**await house.form("/needs"), **TYPED}
    for _ in range(2):
        assert (await house.post("/needs", form)).headers["location"] == "/needs/saved"
    assert own.stated == [STATED]
    html = await house.page("/needs/saved")
    assert OWN.notices["saved"].title in html
    assert 'value="CM 304"' in html
    assert "Letra grande.</textarea>" in html
    assert 'value="en" checked' in html
    assert 'value="yes" checked' in html
    assert OWN.clear_link in html


async def test_an_empty_page_is_nothing_to_save(house: Any, own: FakeNeeds) -> None:
    assert (await state(house)).headers["location"] == "/needs/saved"
    assert own.stated == []


@pytest.mark.parametrize(
    ("typed", "names"),
    [
        ({"emergency_name": "Berta"}, ["emergency_reach", "emergency_agreed"]),
        ({"emergency_agreed": "yes"}, ["emergency_name", "emergency_reach"]),
        ({"from_languages-en": "en"}, ["into"]),
        ({"into": "es"}, ["from_languages"]),
        ({"from_languages-en": "en", "into": "sign"}, ["into_named"]),
    ],
)
async def test_what_goes_together_is_asked_for_by_its_fields_and_nothing_is_lost(
    house: Any, own: FakeNeeds, typed: dict[str, str], names: list[Any]
) -> None:
    answer = await state(house, **typed, diet="Sin carne.")
    html = unescape(answer.text)
    assert answer.status_code == 422
    for name in names:
        assert f'<a href="#{name}">{OWN.fields[name].label}: {OWN.missing[name]}</a>' in html
    assert "Sin carne.</textarea>" in html
    assert own.stated == []


async def test_what_the_service_refuses_is_told_at_its_field(house: Any, own: FakeNeeds) -> None:
    errors = [{"where": "body.arrival_on", "code": "far_from_week", "reason": "está demasiado lejos"}]
    own.refuses = problem(422, "days-are-far-from-week", errors=errors)
    answer = await state(house, **{**TYPED, "arrival_on": "2018-01-01"})
    html = unescape(answer.text)
    assert answer.status_code == 422
    assert f'<a href="#arrival_on">{OWN.fields["arrival_on"].label}: está demasiado lejos</a>' in html
    assert 'value="2018-01-01"' in html


async def test_what_was_changed_from_elsewhere_is_shown_beside_what_was_typed(house: Any, own: FakeNeeds) -> None:
    form = {**await house.form("/needs"), **TYPED}
    own.has(diet="Sin gluten.", from_languages=["fr"], into="es")
    answer = await house.post("/needs", form)
    html = unescape(answer.text)
    assert (answer.status_code, own.stated) == (409, [])
    assert OWN.conflict.title in html
    assert "<dd>Sin gluten.</dd>" in html
    assert "Silla de ruedas." in html
    mark = html.split('name="mark" value="')[1].split('"')[0]
    assert (await house.post("/needs", {**form, "mark": mark})).headers["location"] == "/needs/saved"
    assert own.stated == [STATED]


async def test_a_race_lost_is_read_again_and_not_overwritten(house: Any, own: FakeNeeds) -> None:
    own.changed_between = 1
    assert (await state(house, **TYPED)).headers["location"] == "/needs/saved"
    own.changed_between = 9
    answer = await state(house, diet="Otra.")
    assert (answer.status_code, OWN.not_saved in unescape(answer.text)) == (503, True)


async def test_it_is_taken_back_after_asking(house: Any, own: FakeNeeds) -> None:
    own.has(diet="Sin carne.")
    assert OWN.clear.more in await house.page("/needs/clear")
    assert own.needs is not None
    assert (await house.send("/needs/clear")).headers["location"] == "/needs/cleared"
    assert own.needs is None
    html = await house.page("/needs/cleared")
    assert OWN.notices["cleared"].title in html
    assert OWN.clear_link not in html


async def test_the_first_page_says_whether_it_is_stated_and_until_when_it_can_be(house: Any, own: FakeNeeds) -> None:
    html = await house.page("/mine")
    assert OWN.in_short_nothing in html
    assert PORTAL["es"].mine.steps["state_needs"] in html
    assert "14 de diciembre de 2019, 12:00" in html
    [mine] = house.intake.mine.values()
    mine["needs"]["changed_at"] = "2019-10-25T12:00:00Z"
    mine["next"].pop()
    html = await house.page("/mine")
    assert OWN.in_short in html
    assert "27 de diciembre de 2019" in html
    mine["needs"] = None
    assert OWN.in_short not in await house.page("/mine")


@pytest.mark.parametrize(("status", "name"), [(410, "needs-are-gone"), (404, "no-seat-accepted")])
async def test_once_it_is_gone_the_page_says_that_nothing_is_kept(
    house: Any, own: FakeNeeds, status: int, name: str
) -> None:
    own.lacks = problem(status, name)
    assert OWN.nothing.title in await house.page("/needs")
    answer = await house.get("/mine")
    assert answer.status_code == 200, "the session goes on"


async def test_while_intake_is_away_nothing_that_was_typed_is_lost(house: Any, own: FakeNeeds) -> None:
    form = {**await house.form("/needs"), **TYPED}
    house.intake.is_away = True
    answer = await house.post("/needs", form)
    assert (answer.status_code, "Silla de ruedas." in answer.text) == (503, True)
    assert OWN.not_saved in unescape(answer.text)
    assert (await house.get("/needs")).status_code == 503


async def test_what_is_sent_when_the_session_is_over_waits_for_its_person(house: Any, own: FakeNeeds) -> None:
    form = {**await house.form("/needs"), **TYPED}
    house.later(minutes=11)
    assert (await house.post("/needs", form)).headers["location"] == "/kept"
    await house.enter()
    html = await house.page("/needs")
    assert PORTAL["es"].waiting.title in html
    assert "Silla de ruedas." in html
    assert (await house.send("/needs", **TYPED)).headers["location"] == "/needs/saved"
    assert own.stated == [STATED]
    assert PORTAL["es"].waiting.title not in await house.page("/needs")


async def test_it_is_for_whoever_takes_part(house: Any) -> None:
    FakeNeeds(house.intake)
    house.intake.applied()
    await house.enter()
    assert (await house.get("/needs")).status_code == 404
    assert 'href="/needs' not in (await house.get("/mine")).text


async def test_it_is_taken_along_with_all_the_rest(house: Any, own: FakeNeeds) -> None:
    own.has(diet="Sin carne.")
    packed = zipfile.ZipFile(io.BytesIO((await house.get("/rights/bundle")).content))
    assert json.loads(packed.read("needs.json"))["needs"]["diet"] == "Sin carne."
    assert "Sin carne." in packed.read("index.html").decode()
