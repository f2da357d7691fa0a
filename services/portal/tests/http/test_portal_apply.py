"""An application page by page: what is kept, what stands in the way, and that it is sent once."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, get_args

import pytest

from relevo_chassis.ids import new_id
from relevo_portal.page.apply import PAGES
from relevo_portal.services.applying import REQUIRED, SEVERAL, Display, FieldName, Letters, Sex
from relevo_portal.words.apply import NOTICE_VERSION, TEXTS
from relevo_portal.words.countries import names

DOCUMENT = json.loads((Path(__file__).parents[4] / "docs/api/intake.openapi.json").read_text("utf-8"))
SCHEMAS = DOCUMENT["components"]["schemas"]
ANSWERS: dict[str, dict[str, str]] = {
    "1": {"name": "Ana Ejemplo", "country": "HN", "sex": "female", "groups-indigenous": "indigenous"},
    "2": {"organisation": "Red de Agua", "themes-environment": "environment", "experience": "Ocho años.\r\nMás."},
    "3": {"motivation": "Llevarlo a mi comunidad.", "multiplier_idea": ""},
    "4": {"contact": "", "letters": "few", "language": "es", "display": "unnamed"},
}
OWN = TEXTS["es"]


@pytest.fixture
async def draft(house: Any, applying: Any) -> dict[str, Any]:
    """The draft of whoever is in and has kept their code."""
    call_id = applying.opened()
    await house.post(f"/calls/{call_id}", await house.form(f"/calls/{call_id}"))
    [kept] = applying.once.values()
    await house.post("/apply/again", {**await house.form("/apply/again"), "last": kept["receipt_code"]})
    found: dict[str, Any] = applying.drafts[kept["draft_id"]]
    return found


async def save(house: Any, number: str, **more: str) -> Any:
    return await house.post(f"/apply/{number}", {**await house.form(f"/apply/{number}"), **ANSWERS[number], **more})


async def fill_in(house: Any, **contact: str) -> None:
    for number in ANSWERS:
        answer = await save(house, number, **(contact if number == "4" else {}))
        assert answer.status_code == 303, answer.text


async def send(house: Any, **more: str) -> Any:
    return await house.post("/apply/5", {**await house.form("/apply/5"), "consent": "yes", **more})


def plain(html: str) -> str:
    return html.replace("&#39;", "'").replace("&#34;", '"')


async def test_each_page_is_kept_in_the_draft_and_leads_to_the_next(house: Any, draft: Any) -> None:
    for number in ANSWERS:
        assert (await save(house, number)).headers["location"] == f"/apply/{int(number) + 1}"
    assert draft["content"] == {
        **{"name": "Ana Ejemplo", "country": "HN", "sex": "female", "groups": ["indigenous"]},
        **{"organisation": "Red de Agua", "themes": ["environment"], "experience": "Ocho años.\nMás."},
        **{"motivation": "Llevarlo a mi comunidad.", "multiplier_idea": None},
        **{"contact": None, "letters": "few", "language": "es", "display": "unnamed"},
    }
    again = (await house.get("/apply/2")).text
    assert 'value="Red de Agua"' in again
    assert "Ocho años.\nMás." in again
    assert OWN.count.other.format(count=3) in again


@pytest.mark.parametrize("number", PAGES)
@pytest.mark.parametrize("language", ["es", "en", "pt", "fr"])
async def test_every_question_is_asked_in_every_language_with_what_need_not_be_answered_said(
    house: Any, draft: Any, number: Any, language: Any
) -> None:
    html = plain((await house.get(f"/apply/{number}?lang={language}")).text)
    own = TEXTS[language]
    assert own.progress.format(page=number, pages=5) in html
    for name in PAGES[number]:
        assert own.fields[name].hint in html
        optional = f"{own.fields[name].label} ({own.optional})"
        assert (optional in html) == (name not in REQUIRED)


async def test_what_a_newer_intake_keeps_in_a_draft_is_not_lost_by_saving(house: Any, draft: Any) -> None:
    draft["content"] = {"answers": {"q1": "sí"}}
    await save(house, "1")
    assert draft["content"]["answers"] == {"q1": "sí"}


async def test_what_was_saved_from_elsewhere_is_shown_beside_what_was_typed_and_not_overwritten_unseen(
    house: Any, draft: Any
) -> None:
    form = await house.form("/apply/1")
    draft["content"], draft["revision"] = {"name": "Ana de lejos", "country": "BR"}, 7
    conflict = await house.post("/apply/1", {**form, **ANSWERS["1"]})
    assert conflict.status_code == 409
    for text in (OWN.conflict.title, "Ana de lejos", "Brasil", 'value="Ana Ejemplo"'):
        assert text in conflict.text
    assert draft["content"]["name"] == "Ana de lejos"
    mark = conflict.text.split('name="mark" value="')[1].split('"')[0]
    assert (await house.post("/apply/1", {**form, **ANSWERS["1"], "mark": mark})).status_code == 303
    assert draft["content"]["name"] == "Ana Ejemplo"


async def test_other_pages_saved_from_elsewhere_are_no_conflict(house: Any, draft: Any) -> None:
    form = await house.form("/apply/1")
    draft["content"], draft["revision"] = {"motivation": "De lejos."}, 7
    assert (await house.post("/apply/1", {**form, **ANSWERS["1"]})).status_code == 303
    assert (draft["content"]["motivation"], draft["content"]["name"]) == ("De lejos.", "Ana Ejemplo")


async def test_a_save_that_another_one_outruns_is_tried_again(house: Any, draft: Any, applying: Any) -> None:
    applying.saved_between = 1
    assert (await save(house, "1")).status_code == 303
    applying.saved_between = 9
    lost = await save(house, "1", name="Otra")
    assert (lost.status_code, OWN.not_saved in lost.text, 'value="Otra"' in lost.text) == (503, True, True)


async def test_the_same_page_sent_twice_is_saved_once(house: Any, draft: Any) -> None:
    form = {**await house.form("/apply/1"), **ANSWERS["1"]}
    await house.post("/apply/1", form)
    revision = draft["revision"]
    assert (await house.post("/apply/1", form)).headers["location"] == "/apply/2"
    assert draft["revision"] == revision


async def test_while_intake_is_away_what_was_typed_stays_on_the_page(house: Any, draft: Any) -> None:
    form = {**await house.form("/apply/3"), **ANSWERS["3"]}
    house.intake.is_away = True
    answer = await house.post("/apply/3", form)
    assert (answer.status_code, OWN.not_saved in answer.text) == (503, True)
    assert "Llevarlo a mi comunidad." in answer.text
    assert f'name="mark" value="{form["mark"]}"' in answer.text


async def test_what_intake_does_not_take_is_said_at_the_field(house: Any, draft: Any, applying: Any) -> None:
    errors = [{"where": "body.motivation", "code": "too_long", "reason": "tiene más de 20000 caracteres"}]
    applying.refuses = applying.problem(422, "not-well-formed", errors=errors)
    answer = await save(house, "3")
    assert answer.status_code == 422
    assert '<a href="#motivation">' in answer.text
    assert 'id="motivation-fault">tiene más de 20000 caracteres' in answer.text
    assert "Llevarlo a mi comunidad." in answer.text


async def test_texts_as_long_as_intake_takes_them_fit_into_a_form(house: Any, draft: Any) -> None:
    longest = "😀" * 20_000
    answer = await save(house, "3", motivation=longest, multiplier_idea=longest)
    assert answer.status_code == 303
    assert draft["content"]["motivation"] == longest
    small = {**await house.form("/apply/5"), "consent": "x" * 20_000}
    assert (await house.post("/apply/5", small)).status_code == 400


async def test_a_text_that_tells_who_writes_is_pointed_out_and_may_stay(house: Any, draft: Any, applying: Any) -> None:
    text = "Soy Ana Ejemplo, de Yoro."
    applying.warns = [{"field": "motivation", "names": "name", "at": 4, "length": 11}]
    form = {**await house.form("/apply/3"), "motivation": text}
    assert (await house.post("/apply/3", form)).headers["location"] == "/apply/3"
    html = (await house.get("/apply/3")).text
    assert OWN.warning_next.title in html
    assert OWN.warning.format(what=OWN.names["name"], words="Ana Ejemplo") in html
    assert 'href="/apply/4"' in html
    assert (await house.post("/apply/3", {**await house.form("/apply/3"), "motivation": text})).headers[
        "location"
    ] == "/apply/4"
    assert OWN.warning.format(what=OWN.names["name"], words="Ana Ejemplo") in (await house.get("/apply/5")).text
    assert OWN.warning_next.title not in (await house.get("/apply/1")).text


async def test_an_answer_that_would_be_refused_is_pointed_out_when_it_is_saved_and_may_wait(
    house: Any, draft: Any, applying: Any
) -> None:
    reason = "después de la @ no hay ningún dominio"
    applying.would_refuse = [{"where": "contact", "code": "address_domain", "reason": reason}]
    form = {**await house.form("/apply/4"), **ANSWERS["4"], "contact": "ana@correo"}
    assert (await house.post("/apply/4", form)).headers["location"] == "/apply/4"
    assert draft["content"]["contact"] == "ana@correo"
    html = (await house.get("/apply/4")).text
    assert f'<a href="#contact">{OWN.fields["contact"].label}: {reason}</a>' in html
    assert f'id="contact-fault">{reason}' in html
    assert reason not in (await house.get("/apply/1")).text
    assert (
        f'<a href="/apply/4#contact">{OWN.fields["contact"].label}: {reason}</a>' in (await house.get("/apply/5")).text
    )
    again = {**await house.form("/apply/4"), **ANSWERS["4"], "contact": "ana@correo"}
    assert (await house.post("/apply/4", again)).headers["location"] == "/apply/5"


async def test_the_last_page_shows_all_and_leads_to_what_is_missing(house: Any, draft: Any) -> None:
    await save(house, "1")
    html = (await house.get("/apply/5")).text
    assert "Honduras" in html
    assert OWN.review.nothing in html
    for name in ("motivation", "language"):
        number = next(each for each, fields in PAGES.items() if name in fields)
        assert f'href="/apply/{number}#{name}">{OWN.review.lacking.format(what=OWN.fields[name].label)}' in html
    assert OWN.review.send not in html


async def test_it_is_sent_once_under_the_notice_that_was_shown_and_says_what_follows(
    house: Any, draft: Any, applying: Any
) -> None:
    await fill_in(house)
    form = {**await house.form("/apply/5"), "consent": "yes"}
    for _ in range(2):
        answer = await house.post("/apply/5", form)
        assert (answer.status_code, answer.headers["location"]) == (303, "/apply/sent")
    assert applying.submitted == [{"consent": True, "consent_version": NOTICE_VERSION}]
    html = (await house.get("/apply/sent?lang=en")).text
    assert TEXTS["en"].sent.title in html
    assert TEXTS["en"].sent.no_letters in html
    assert "31 October 2019, 23:59 UTC" in html
    assert (await house.get("/apply/1")).headers["location"] == "/apply/sent"


async def test_whoever_gives_an_address_is_told_of_the_letter_and_whoever_gives_none_what_that_means(
    house: Any, draft: Any
) -> None:
    assert OWN.fields["contact"].hint in (await house.get("/apply/4")).text
    await fill_in(house, contact="ana@correo.org")
    await send(house)
    html = (await house.get("/apply/sent")).text
    assert OWN.sent.letters in html
    assert OWN.sent.no_letters not in html


async def test_without_agreement_nothing_is_sent(house: Any, draft: Any, applying: Any) -> None:
    await fill_in(house)
    form = await house.form("/apply/5")
    answer = await house.post("/apply/5", form)
    assert (answer.status_code, OWN.review.consent_missing in answer.text) == (422, True)
    assert '<a href="#consent">' in answer.text
    assert f'value="{form["once"]}"' in answer.text
    assert applying.submitted == []


async def test_what_intake_refuses_at_the_end_leads_to_the_page_where_it_was_asked(
    house: Any, draft: Any, applying: Any
) -> None:
    await fill_in(house)
    errors = [{"where": "draft.name", "code": "name_does_not_print", "reason": "tiene un signo que no se imprime"}]
    applying.refuses = applying.problem(422, "draft-is-incomplete", errors=errors)
    answer = await send(house)
    assert answer.status_code == 422
    assert '<a href="/apply/1#name">Su nombre: tiene un signo que no se imprime</a>' in answer.text
    applying.refuses = applying.problem(409, "call-is-closed", "La convocatoria está cerrada.")
    closed = await send(house, late_code="0F3K-9Q2M")
    assert (closed.status_code, "La convocatoria está cerrada." in closed.text) == (409, True)
    assert 'value="0F3K-9Q2M"' in closed.text
    applying.refuses = None
    await send(house, late_code="0F3K-9Q2M")
    assert applying.submitted[-1]["late_code"] == "0F3K-9Q2M"


async def test_a_draft_is_given_up_after_asking_and_its_session_ends(house: Any, draft: Any) -> None:
    asked = await house.get("/apply/drop")
    assert OWN.dropping.more in asked.text
    assert draft["state"] == "open"
    house.intake.is_away = True
    away = await house.post("/apply/drop", {**await house.form("/apply/drop"), "once": new_id()})
    assert (away.status_code, draft["state"]) == (503, "open")
    house.intake.is_away = False
    gone = await house.post("/apply/drop", await house.form("/apply/drop"))
    assert (gone.headers["location"], draft["state"]) == ("/left", "expired")
    assert house.sessions == {}


async def test_whoever_has_no_draft_is_led_to_what_is_theirs_and_whoever_is_not_in_to_the_door(house: Any) -> None:
    for path in ("/apply/1", "/apply/5", "/apply/sent"):
        assert (await house.get(path)).headers["location"] == "/left"
    house.intake.applied(next=[])
    await house.enter()
    for path in ("/apply/1", "/apply/5"):
        assert (await house.get(path)).headers["location"] == "/mine"
    assert (await house.get("/apply")).headers["location"] == "/apply/1"
    assert (await house.get("/apply/9")).status_code == 422


async def test_a_begun_application_is_gone_on_with_from_the_page_of_what_is_ones_own(house: Any, draft: Any) -> None:
    assert '<a class="button main" href="/apply">' in (await house.get("/mine")).text
    house.intake.mine[next(iter(house.intake.mine))]["next"] = []
    assert '<a class="button main" href="/apply">' in (await house.get("/mine")).text


async def test_nothing_that_was_written_is_in_an_address_a_title_or_a_log(house: Any, draft: Any) -> None:
    await fill_in(house, contact="canario@correo.org")
    await send(house)
    for canary in ("Ana Ejemplo", "canario", "comunidad", "Red de Agua"):
        assert canary not in house.stand.logged.getvalue()
        assert not [each for each in house.intake.asked if canary in each]
        assert canary not in str(house.sessions)


def test_what_may_be_answered_is_what_intake_documents() -> None:
    form, besides = SCHEMAS["ApplicationForm"]["properties"], {"answers"}
    asked = {name for fields in PAGES.values() for name in fields}
    assert asked == set(get_args(FieldName)) == set(form) - {"consent", "consent_version", "late_code"} - besides
    assert asked == set(SCHEMAS["DraftForm"]["properties"]) - besides
    assert asked == set(SCHEMAS["DraftDossier"]["properties"]) - besides
    assert set(REQUIRED) == set(SCHEMAS["ApplicationForm"]["required"]) - {"consent"}
    assert set(names("es")) == set(form["country"]["enum"])
    assert set(get_args(Sex)) == set(form["sex"]["enum"])
    assert set(get_args(Letters)) == set(form["letters"]["enum"])
    assert set(get_args(Display)) == set(form["display"]["enum"])
    for name, codes in SEVERAL.items():
        assert set(codes) == set(form[name]["items"]["enum"])
    for language in ("es", "en", "pt", "fr"):
        assert len(set(names(language).values())) == len(names("es")) == 249
