"""What is refused is told in the language that the request prefers, and is known by the same type and codes in all."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import pytest
from pydantic import Field

from relevo_chassis.delivery.change import Busy, Refusal
from relevo_chassis.http.problems import Problem, of_refusal, sentences_of
from relevo_chassis.http.refusals import refuses
from relevo_chassis.http.routes import NOT_ONCE, Routes
from relevo_chassis.http.strict import Strict
from relevo_chassis.http.wire import Full
from relevo_chassis.languages import LANGUAGES
from relevo_chassis.languages.loading import TextsIncomplete
from relevo_testkit.stand import Stand, stand


class Noted(Strict):
    """A made-up body."""

    text: Annotated[str, Field(max_length=3)]


class NotesAreOver(Refusal):
    """No notes are taken any more (rule 9)."""


router = Routes()


@router.post("/notes", openapi_extra=NOT_ONCE)
@refuses(NotesAreOver)
async def note(noted: Noted) -> None:
    raise NotesAreOver(last_on="2019-12-13")


@router.post("/kept")
async def keep(noted: Noted) -> None: ...


@router.get("/busy")
async def busy() -> None:
    raise Busy("conflict after conflict")


@router.get("/broken")
async def broken() -> None:
    raise RuntimeError("by accident")


@pytest.fixture
async def at() -> AsyncIterator[Stand]:
    async with stand([router], datetime(2019, 9, 12, tzinfo=UTC)) as made:
        yield made


async def problem_of(at: Stand, method: str, path: str, accepted: str | None, **request: Any) -> dict[str, Any]:
    headers = {"Accept-Language": accepted} if accepted else {}
    answer = await at.http.request(method, path, headers={**headers, **request.pop("headers", {})}, **request)
    assert answer.headers["content-type"] == "application/problem+json"
    assert "Accept-Language" in answer.headers["vary"]
    assert int(answer.headers["content-length"]) == len(answer.content)
    return {"in": answer.headers["content-language"], **answer.json()}


@pytest.mark.parametrize(
    ("accepted", "language", "title"),
    [
        (None, "en", "Send one Idempotency-Key"),
        ("de", "en", "Send one Idempotency-Key"),
        ("en;q=0.2, es-419", "es", "Envíe una Idempotency-Key"),
        ("pt-BR", "pt", "Envie uma Idempotency-Key"),
        ("gn, fr;q=0.3", "fr", "Envoyez une Idempotency-Key"),
    ],
)
async def test_a_refusal_is_told_in_the_language_preferred_and_in_english_otherwise(
    at: Stand, accepted: str | None, language: str, title: str
) -> None:
    problem = await problem_of(at, "POST", "/kept", accepted, json={"text": "a"})
    assert problem["in"] == language
    assert problem["title"].startswith(title)
    assert problem["detail"] == problem["title"]
    assert problem["type"] == "urn:relevo:problem:no-idempotency-key"


async def test_wrong_fields_are_told_in_each_language_with_the_same_places_and_codes(at: Stand) -> None:
    found = {each: await problem_of(at, "POST", "/notes", each, json={"text": "long", "more": 1}) for each in LANGUAGES}
    assert {(problem["type"], problem["status"]) for problem in found.values()} == {
        ("urn:relevo:problem:not-well-formed", 422)
    }
    assert {tuple((one["where"], one["code"]) for one in each["errors"]) for each in found.values()} == {
        (("body.text", "too_long"), ("body.more", "unknown"))
    }
    assert [found[each]["errors"][0]["reason"] for each in LANGUAGES] == [
        "tiene más caracteres de los que caben: 3",
        "has more than 3 characters",
        "tem mais caracteres do que cabem: 3",
        "a plus de caractères qu’il n’en tient\u00a0: 3",
    ]


async def test_the_way_in_which_a_rule_was_broken_is_told_by_its_code_and_facts(at: Stand) -> None:
    twice = [("Host", "a.example"), ("Host", "b.example"), ("Accept-Language", "es")]
    answer = await at.http.post("/notes", headers=twice, json={"text": "a"})
    assert answer.json() | {"title": ""} == {
        "type": "urn:relevo:problem:ambiguous-request",
        "title": "",
        "status": 400,
        "detail": "el encabezado host llegó más de una vez",
        "because": "header_twice",
        "header": "host",
    }


async def test_what_is_no_broken_rule_is_told_in_each_language_too(at: Stand) -> None:
    nothing = await problem_of(at, "GET", "/nowhere", "es")
    assert (nothing["type"], nothing["title"]) == ("about:blank", "Aquí no hay nada")
    assert (await problem_of(at, "PATCH", "/notes", "pt"))["title"] == "Este método não é aceito aqui"
    away = await problem_of(at, "GET", "/busy", "fr")
    assert away["title"] == "Le service est très occupé en ce moment"
    assert away["detail"].startswith("Rien n’a été changé.")
    fault = await problem_of(at, "GET", "/broken", "es")
    assert fault["fault_id"] in fault["detail"]
    assert fault["title"] == "Algo se averió aquí"


async def test_a_refusal_that_no_texts_say_is_told_in_english_with_its_facts_and_without_the_number_of_its_rule(
    at: Stand,
) -> None:
    problem = await problem_of(at, "POST", "/notes", "es", json={"text": "a"})
    assert (problem["title"], problem["last_on"]) == ("No notes are taken any more.", "2019-12-13")


async def test_who_is_turned_away_at_the_door_is_told_in_their_language() -> None:
    sent = list[Any]()

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": "http", "headers": [(b"accept-language", b"fr")]}
    await of_refusal(Full())(scope, None, send)  # type: ignore[arg-type]
    assert "autant de requêtes" in sent[1]["body"].decode()
    assert "as many requests" in bytes(of_refusal(Full()).body).decode()


def test_a_problem_without_detail_has_none() -> None:
    assert b"detail" not in Problem("about:blank", "There is nothing here", 404).body


def test_a_service_whose_texts_forget_a_refusal_does_not_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    texts = tmp_path / "made_up_service" / "texts"
    texts.mkdir(parents=True)
    (tmp_path / "made_up_service" / "__init__.py").touch()
    monkeypatch.syspath_prepend(str(tmp_path))

    class DoorIsShut(Refusal):
        """The door is shut."""

        __module__ = "made_up_service.domain"

    for content, complaint in ((b"", "do not say door-is-shut"), (b'[refusals.titles]\ndoor-is-shut = "x"', "")):
        for language in LANGUAGES:
            (texts / f"{language}.toml").write_bytes(content)
        if complaint:
            with pytest.raises(TextsIncomplete, match=complaint):
                sentences_of("made_up_service")
    assert sentences_of("made_up_service").title("door-is-shut", "es", "The door is shut.") == "x"
    (texts / "fr.toml").write_bytes(b'[refusals.titles]\ndoor-is-shut = "{x}"')
    with pytest.raises(TextsIncomplete, match="door-is-shut"):
        sentences_of("made_up_service")
    assert DoorIsShut.status == 409
