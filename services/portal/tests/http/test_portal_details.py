"""What somebody said of themselves: seen, corrected once, not overwritten unseen; and how a lost code is recovered."""

from __future__ import annotations

from typing import Any, get_args

import pytest

from relevo_portal.http.details import LEAST_HOURS, MOST_HOURS, SHORTEST_WORD
from relevo_portal.services.details import Way
from relevo_portal.words.details import TEXTS

OWN = TEXTS["es"]
CONTENT = {"name": "Ana Ejemplo", "contact": "ana@correo.org", "language": "es"}
TYPED = {**CONTENT, "display": "unnamed", "letters": "all"}


@pytest.fixture
async def own(house: Any, applying: Any) -> dict[str, Any]:
    """The details of whoever is in."""
    mine = house.intake.applied(next=[{"what": "correct", "until": None}])
    found: dict[str, Any] = applying.sent(mine["application_id"], CONTENT)
    await house.enter()
    return found


async def correct(house: Any, **typed: str) -> Any:
    return await house.post("/details", {**await house.form("/details"), **TYPED, **typed})


async def choose(house: Any, **typed: str) -> Any:
    return await house.post("/details/way", {**await house.form("/details/way"), **typed})


@pytest.mark.parametrize("language", ["es", "en", "pt", "fr"])
async def test_what_is_kept_is_shown_with_what_each_means(house: Any, own: Any, language: Any) -> None:
    html = (await house.get(f"/details?lang={language}")).text.replace("&#39;", "'")
    for hint in TEXTS[language].hints.values():
        assert hint in html
    assert 'value="Ana Ejemplo"' in html
    assert 'value="ana@correo.org"' in html
    assert f'href="/details?lang={language}"' in (await house.get(f"/mine?lang={language}")).text


async def test_only_what_is_said_anew_is_corrected_and_once_for_the_form(house: Any, own: Any, applying: Any) -> None:
    form = {**await house.form("/details"), **TYPED, "name": "Ana María Ejemplo"}
    for _ in range(2):
        assert (await house.post("/details", form)).headers["location"] == "/details/saved"
    assert applying.corrected == [{"name": "Ana María Ejemplo"}]
    html = (await house.get("/details/saved?lang=en")).text
    assert TEXTS["en"].notices["saved"].title in html
    assert "25 October 2019, 12:00 UTC" in html


async def test_an_address_left_empty_is_taken_away(house: Any, own: Any, applying: Any) -> None:
    await correct(house, contact="")
    assert applying.corrected == [{"contact": None}]
    await correct(house, contact="")
    assert len(applying.corrected) == 1


async def test_a_name_cannot_be_left_empty(house: Any, own: Any, applying: Any) -> None:
    answer = await correct(house, name=" ")
    assert (answer.status_code, OWN.name_missing in answer.text) == (422, True)
    assert applying.corrected == []


async def test_what_was_corrected_from_elsewhere_is_shown_beside_what_was_typed(
    house: Any, own: Any, applying: Any
) -> None:
    form = {**await house.form("/details"), **TYPED, "name": "Ana E."}
    own.update(contact="otra@correo.org", language="pt")
    conflict = await house.post("/details", form)
    assert conflict.status_code == 409
    for text in (OWN.conflict.title, "otra@correo.org", "Português", 'value="Ana E."'):
        assert text in conflict.text
    assert applying.corrected == []
    mark = conflict.text.split('name="mark" value="')[1].split('"')[0]
    assert (await house.post("/details", {**form, "mark": mark})).status_code == 303
    assert applying.corrected == [{"name": "Ana E.", "contact": "ana@correo.org", "language": "es"}]


async def test_what_intake_refuses_is_said_with_what_was_typed_still_there(house: Any, own: Any, applying: Any) -> None:
    errors = [{"where": "body.contact", "code": "address_domain", "reason": "no tiene dominio"}]
    applying.refuses = applying.problem(422, "not-well-formed", errors=errors)
    answer = await correct(house, contact="ana@correo")
    assert answer.status_code == 422
    assert '<a href="#contact">' in answer.text
    assert 'id="contact-fault">no tiene dominio' in answer.text
    assert 'value="ana@correo"' in answer.text
    applying.refuses = applying.problem(429, "too-many-corrections", "Cinco veces al día.")
    often = await correct(house, name="Otra")
    assert (often.status_code, "Cinco veces al día." in often.text) == (409, True)
    applying.refuses = None
    form = {**await house.form("/details"), **TYPED, "name": "Otra"}
    house.intake.is_away = True
    away = await house.post("/details", form)
    assert (away.status_code, OWN.not_saved in away.text, 'value="Otra"' in away.text) == (503, True, True)
    assert (await house.get("/details")).status_code == 503


async def test_a_contact_that_staff_put_forward_is_shown_and_refused(house: Any, own: Any, applying: Any) -> None:
    own.update(proposed_contact="nueva@correo.org", no_recovery_until="2019-11-02T12:00:00Z")
    html = (await house.get("/details")).text
    for text in (OWN.proposed.title, "nueva@correo.org", "2 de noviembre de 2019"):
        assert text in html
    form = await house.form("/details")
    assert (await house.post("/details/refuse", form)).headers["location"] == "/details/refused"
    assert (await house.post("/details/refuse", form)).headers["location"] == "/details"
    assert applying.refused == [form["once"]]
    assert OWN.notices["refused"].title in (await house.get("/details/refused")).text


@pytest.mark.parametrize("way", get_args(Way))
async def test_rule_19_how_a_lost_code_is_recovered_is_explained_and_chosen(
    house: Any, own: Any, applying: Any, way: Any
) -> None:
    html = (await house.get("/details/way")).text
    for each in OWN.ways.values():
        assert each.hint in html
    assert OWN.hours_now.other.format(count=72) in html
    assert OWN.binding in html
    answer = await choose(house, way=way, word="ceiba junto al río", hours="48")
    assert answer.headers["location"] == "/details/chosen"
    expected: dict[str, dict[str, Any]] = {"word": {"word": "ceiba junto al río"}, "waiting": {"hours": 48}, "none": {}}
    assert applying.chosen == [{"way": way, **expected[way]}]
    assert OWN.ways[way].label in (await house.get("/details/way")).text
    assert OWN.notices["chosen"].title in (await house.get("/details/chosen")).text


@pytest.mark.parametrize(
    ("typed", "where"),
    [
        ({"way": ""}, "way"),
        ({"way": "fly"}, "way"),
        ({"way": "word", "word": "x" * (SHORTEST_WORD - 1)}, "word"),
        ({"way": "waiting", "hours": str(LEAST_HOURS - 1)}, "hours"),
        ({"way": "waiting", "hours": str(MOST_HOURS + 1)}, "hours"),
        ({"way": "waiting", "hours": "٤٨"}, "hours"),
        ({"way": "waiting", "hours": ""}, "hours"),
    ],
)
async def test_what_cannot_be_a_way_is_said_at_its_field(
    house: Any, own: Any, applying: Any, typed: Any, where: Any
) -> None:
    answer = await choose(house, **typed)
    assert (answer.status_code, f'<a href="#{where}">' in answer.text) == (422, True)
    assert OWN.way_mistakes[where] in answer.text
    assert applying.chosen == []


async def test_what_intake_says_against_a_way_and_that_somebody_asks_is_told(
    house: Any, own: Any, applying: Any
) -> None:
    own["recovery"]["asked"] = {"asked_at": "2019-10-25T12:00:00Z", "opens_at": "2019-10-28T12:00:00Z"}
    assert OWN.asked in (await house.get("/details/way")).text
    applying.refuses = applying.problem(409, "no-contact-to-recover-by", "Sin contacto no hay nada que recuperar.")
    answer = await choose(house, way="waiting", hours="72")
    assert (answer.status_code, "Sin contacto no hay nada" in answer.text) == (409, True)
    house.intake.is_away = True
    assert (await house.get("/details/way")).status_code == 503


async def test_whoever_has_sent_nothing_yet_goes_on_writing_and_whoever_is_not_in_to_the_door(
    house: Any, applying: Any
) -> None:
    for path in ("/details", "/details/way"):
        assert (await house.get(path)).headers["location"] == "/left"
    house.intake.applied(state="draft")
    await house.enter()
    for path in ("/details", "/details/way"):
        assert (await house.get(path)).headers["location"] == "/apply"


async def test_a_form_of_another_site_corrects_nothing(house: Any, own: Any, applying: Any) -> None:
    for path in ("/details", "/details/way", "/details/refuse"):
        form = {**await house.form("/details"), **TYPED, "name": "Otra", "way": "none"}
        assert (await house.post(path, form, **{"Sec-Fetch-Site": "cross-site"})).status_code == 403
        assert (await house.post(path, {**form, "form": "0" * 64})).status_code == 403
    assert (applying.corrected, applying.chosen, applying.refused) == ([], [], [])
