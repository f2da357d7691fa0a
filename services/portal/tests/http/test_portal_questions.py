"""What a call asks besides the fixed questions: said beforehand, asked on short pages, sent with the application."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, get_args

import pytest

from relevo_portal.page.questions import LONGEST, USUAL_WORDS, pages_of
from relevo_portal.services.applying import KeptUntil, Purpose, Question, QuestionKind
from relevo_portal.words.apply import TEXTS as APPLY
from relevo_portal.words.questions import TEXTS

DOCUMENT = json.loads((Path(__file__).parents[4] / "docs/api/intake.openapi.json").read_text("utf-8"))
QUESTION = DOCUMENT["components"]["schemas"]["Question"]["properties"]
OWN, ES = APPLY["es"], TEXTS["es"]
OPTIONS = [{"code": code, "texts": {"es": f"Opción {code}", "fr": f"Choix {code}"}} for code in ("a", "b", "c")]
IF_SO = {"question": "network", "answers": ["yes"]}
KEPT = {"network": True, "which": "Una red", "work": ["a", "c"], "how": "b", "years": 7, "since": "2012-03-01"}
FIXED = {"name": "Ana", "country": "HN", "motivation": "Sí.", "language": "es"}


def asks(applying: Any) -> list[dict[str, Any]]:
    """What the call asks besides."""
    asks = applying.question
    return [
        asks("network", "yes_no", required=True),
        asks("which", "text", most_words=30, required=True, only_if=IF_SO, purpose="assess", for_reviewers=True),
        asks("work", "several", options=OPTIONS),
        asks("how", "one", options=OPTIONS, kept_until="texts", hints={"es": "La que más use."}),
        asks("years", "number", least=0, most=60),
        asks("since", "date"),
    ]


@pytest.fixture
async def draft(house: Any, applying: Any) -> dict[str, Any]:
    """The draft of whoever is in for a call that asks more."""
    call_id = applying.opened(questions=asks(applying))
    await house.post(f"/calls/{call_id}", await house.form(f"/calls/{call_id}"))
    [kept] = applying.once.values()
    await house.post("/apply/again", {**await house.form("/apply/again"), "last": kept["receipt_code"]})
    found: dict[str, Any] = applying.drafts[kept["draft_id"]]
    found["content"] = dict(FIXED)
    return found


async def save(house: Any, number: int, **typed: str) -> Any:
    return await house.post(f"/apply/more/{number}", {**await house.form(f"/apply/more/{number}"), **typed})


SECOND = {"q-which": "Una red", "q-work-a": "a", "q-work-c": "c", "q-how": "b", "q-years": "7", "q-since": "2012-03-01"}


async def test_whoever_applies_is_told_beforehand_what_is_asked_besides_what_for_and_until_when(
    house: Any, applying: Any
) -> None:
    call_id = applying.opened(questions=asks(applying))
    html = (await house.get(f"/calls/{call_id}")).text
    for text in (ES.call_title, "¿network?", ES.purposes["course"], ES.ends["texts"], ES.for_reviewers, ES.only_some):
        assert text in html
    french = (await house.get(f"/calls/{call_id}?lang=fr")).text
    assert '<span lang="es">¿network?</span>' in french
    assert ES.call_title not in (await house.get(f"/calls/{applying.opened()}")).text


async def test_a_question_that_hangs_on_another_is_asked_on_a_later_page_once_that_is_saved(
    house: Any, draft: Any
) -> None:
    last = await house.post("/apply/4", {**await house.form("/apply/4"), "language": "es", "letters": "all"})
    assert last.headers["location"] == "/apply/more/1"
    first = (await house.get("/apply/more/1")).text
    assert "¿network?" in first
    assert "¿which?" not in first
    assert OWN.progress.format(page=5, pages=7) in first
    assert (await save(house, 1, **{"q-network": "no"})).headers["location"] == "/apply/more/2"
    assert "¿which?" not in (await house.get("/apply/more/2")).text
    await save(house, 1, **{"q-network": "yes"})
    assert "¿which?" in (await house.get("/apply/more/2")).text


async def test_answers_are_kept_in_the_draft_as_intake_documents_them_and_shown_as_they_were(
    house: Any, draft: Any
) -> None:
    await save(house, 1, **{"q-network": "yes"})
    assert (await save(house, 2, **SECOND)).headers["location"] == "/apply/5"
    assert draft["content"] == {**FIXED, "answers": KEPT}
    again = (await house.get("/apply/more/2")).text
    for part in ('id="q-work-c" name="q-work-c" value="c" checked', 'value="7"', 'value="2012-03-01"', "Una red"):
        assert part in again
    assert OWN.count.other.format(count=2) in again
    await save(house, 2, **{"q-which": "Una red", "q-how": ""})
    assert draft["content"]["answers"] == {"network": True, "which": "Una red"}


async def test_what_is_typed_where_a_number_belongs_is_kept_and_pointed_out(
    house: Any, draft: Any, applying: Any
) -> None:
    applying.would_refuse = [{"where": "answers.years", "code": "not_an_integer", "reason": "no es un número entero"}]
    answer = await save(house, 2, **{"q-years": "siete"})
    assert answer.headers["location"] == "/apply/more/2"
    assert draft["content"]["answers"]["years"] == "siete"
    html = (await house.get("/apply/more/2")).text
    assert '<a href="#q-years">¿years?: no es un número entero</a>' in html
    assert 'value="siete"' in html


async def test_a_text_that_reviewers_see_and_that_could_tell_who_writes_is_marked(
    house: Any, draft: Any, applying: Any
) -> None:
    await save(house, 1, **{"q-network": "yes"})
    applying.warns = [{"field": "answers.which", "names": "name", "at": 6, "length": 3}]
    assert (await save(house, 2, **{**SECOND, "q-which": "La de Ana"})).headers["location"] == "/apply/more/2"
    warning = OWN.warning.format(what=OWN.names["name"], words="Ana")
    assert warning in (await house.get("/apply/more/2")).text
    assert warning in (await house.get("/apply/5")).text
    assert warning not in (await house.get("/apply/more/1")).text


async def test_the_last_page_shows_answers_in_words_with_links_to_change_and_leads_to_what_is_missing(
    house: Any, draft: Any
) -> None:
    html = (await house.get("/apply/5")).text
    assert f'href="/apply/more/1#q-network">{OWN.review.lacking.format(what="¿network?")}' in html
    assert OWN.review.send not in html
    draft["content"]["answers"] = KEPT
    full = (await house.get("/apply/5")).text
    for text in (ES.yes, "Opción a, Opción c", "Opción b", "1 de marzo de 2012", f"<h2>{ES.title} (2)</h2>"):
        assert text in full
    assert 'href="/apply/more/2"' in full
    assert OWN.progress.format(page=7, pages=7) in full
    assert OWN.review.send in full


async def test_what_intake_refuses_of_the_answers_leads_to_where_they_were_asked(
    house: Any, draft: Any, applying: Any
) -> None:
    draft["content"]["answers"] = KEPT
    errors = [{"where": "draft.answers.how", "code": "not_an_option", "reason": "no es ninguna de las opciones"}]
    applying.refuses = applying.problem(422, "draft-is-incomplete", errors=errors)
    answer = await house.post("/apply/5", {**await house.form("/apply/5"), "consent": "yes"})
    assert '<a href="/apply/more/2#q-how">¿how?: no es ninguna de las opciones</a>' in answer.text


async def test_what_was_saved_from_elsewhere_is_shown_beside_and_not_overwritten_unseen(house: Any, draft: Any) -> None:
    form = await house.form("/apply/more/2")
    draft["content"]["answers"], draft["revision"] = {"years": 9}, 7
    conflict = await house.post("/apply/more/2", {**form, **SECOND})
    assert (conflict.status_code, draft["content"]["answers"]) == (409, {"years": 9})
    assert OWN.conflict.title in conflict.text
    assert 'value="7"' in conflict.text


async def test_a_page_on_which_nothing_is_asked_leads_on_and_one_that_is_not_there_is_nowhere(
    house: Any, draft: Any, applying: Any
) -> None:
    draft["content"]["answers"] = {"network": False}
    applying.calls[draft["call_id"]]["questions"] = asks(applying)[:2]
    assert (await house.get("/apply/more/2")).headers["location"] == "/apply/5"
    assert (await house.get("/apply/more/3")).status_code == 404
    assert (await house.get("/apply/more/x")).status_code == 422


async def test_answers_that_are_sent_when_the_session_is_over_wait_for_their_person(
    house: Any, draft: Any, applying: Any
) -> None:
    form = await house.form("/apply/more/2")
    [kept] = applying.once.values()
    house.later(minutes=11)
    answer = await house.post("/apply/more/2", {**form, **SECOND})
    assert answer.headers["location"] == "/kept"
    entered = await house.enter(kept["receipt_code"])
    assert entered.headers["location"] == "/apply/more/2"
    assert 'value="7"' in (await house.get("/apply/more/2")).text


def test_pages_are_short_whatever_is_asked(applying: Any) -> None:
    twenty = [{"code": f"o{at}", "texts": {"es": "x"}} for at in range(20)]
    many = [
        *(applying.question(f"n{at}", "number") for at in range(8)),
        *(applying.question(f"s{at}", "several", options=twenty) for at in range(3)),
        *(applying.question(f"t{at}", "text", most_words=1000) for at in range(7)),
    ]
    pages = pages_of([Question.model_validate(each) for each in many])
    assert [len(each) for each in pages] == [6, 3, 1, 5, 3]
    assert [each.key for page in pages for each in page] == [each["key"] for each in many]


def test_what_is_asked_and_how_is_what_intake_documents() -> None:
    assert set(get_args(QuestionKind)) == set(QUESTION["kind"]["enum"])
    schemas = DOCUMENT["components"]["schemas"]
    assert set(get_args(Purpose)) == set(schemas["QuestionPurpose"]["enum"])
    assert set(get_args(KeptUntil)) == set(schemas["QuestionEnd"]["enum"])
    assert set(Question.model_fields) <= set(QUESTION)
    assert f"{USUAL_WORDS} unless" in QUESTION["most_words"]["description"]
    [answers] = schemas["DraftForm"]["properties"]["answers"]["anyOf"][0]["patternProperties"].values()
    assert max(each.get("maxLength", 0) for each in answers["anyOf"]) == LONGEST
