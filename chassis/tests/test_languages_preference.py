"""Which language a request wants."""

from __future__ import annotations

import httpx
import pytest
from fastapi import FastAPI, Response

from relevo_chassis.languages import LANGUAGES, Language
from relevo_chassis.languages.preference import Spoken, preferred, spoken_in


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("fr;q=0.1, en;q=0.9", "en"),
        ("en;q=0, fr", "fr"),
        ("fr ; q=0.2 , pt;q=0.7", "pt"),
        ("est, en;q=0.8", "en"),
        ("en;q=0", "es"),
        ("gn, es;q=0.9, en;q=0.8", "es"),
        (None, "es"),
        ("", "es"),
        ("*", "es"),
        ("de, ja;q=0.9", "es"),
        ("fr-CA, en;q=0.9", "fr"),
        ("PT-br", "pt"),
        ("es-419,es;q=0.9,en;q=0.8", "es"),
        ("en, fr", "en"),
        ("en;q=0.5, fr;q=0.5", "en"),
        ("en;q=0.123, pt;q=0.124", "pt"),
        ("en;q=1.000, fr", "en"),
        ("en\t;\tq=0.1,\tfr;Q=0.2", "fr"),
        ("en;q=0.", "es"),
    ],
)
def test_the_language_wanted_most_is_given(accepted: str | None, language: str) -> None:
    assert preferred(accepted, "es") == language


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("es;q=0", "en"),
        ("es;q=0, *", "en"),
        ("es;q=0, en;q=0, de", "pt"),
        ("*;q=0", "es"),
        ("fr, *;q=0", "fr"),
        ("fr-CA, fr;q=0", "es"),
        ("en-US;q=0, en", "en"),
        ("fr;q=0.5, *;q=0.8", "es"),
        ("es;q=0.1, fr;q=0.5, *;q=0.8", "en"),
        ("pt, *;q=0.5", "pt"),
        ("*, es;q=0.1, en;q=0.1, pt;q=0.2, fr;q=0.1", "pt"),
    ],
)
def test_what_is_refused_is_not_given_and_a_star_is_what_is_not_named(accepted: str, language: str) -> None:
    assert preferred(accepted, "es") == language


@pytest.mark.parametrize(
    "accepted",
    ["en;q=x", "en;q=9e9", "en;q=1.5", "en;q=-1", "en;q=0.1234", "en;q", "en q=1", "en_US", "é", "en;;q=1", "-en",
     "en-", ",;,", "enen-toolongsubtag", "\x00en", "٣"],
)  # fmt: skip
def test_what_is_not_well_formed_wants_nothing_and_spoils_nothing(accepted: str) -> None:
    assert preferred(accepted, "es") == "es"
    assert preferred(f"{accepted}, fr;q=0.3", "es") == "fr"


@pytest.mark.parametrize("otherwise", LANGUAGES)
def test_who_wants_none_that_there_is_gets_the_one_that_is_given_otherwise(otherwise: Language) -> None:
    assert {preferred(each, otherwise) for each in (None, "de", "*", ",,,", "*;q=0")} == {otherwise}


def test_a_header_of_any_length_is_read_in_time_that_grows_with_it() -> None:
    assert preferred("a-" * 100_000 + "," + "de;q=0.9," * 20_000 + "fr", "es") == "fr"


async def test_an_answer_says_its_language_and_that_others_get_others() -> None:
    app = FastAPI()

    @app.get("/said")
    async def answer_language(spoken: Spoken, response: Response) -> str:
        response.headers["Vary"] = "Accept"
        spoken_in(response, spoken)
        return spoken

    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
        two = [("Accept-Language", "fr;q=0.2"), ("Accept-Language", "pt;q=0.4")]
        answer = await client.get("/said", headers=two)
        asked = await client.get("/said", headers=two, params={"lang": "en"})
        unknown = await client.get("/said", headers=two, params={"lang": "qu"})
    assert (answer.json(), answer.headers["Content-Language"], answer.headers["Vary"]) == (
        "pt", "pt", "Accept, Accept-Language",
    )  # fmt: skip
    assert (asked.json(), unknown.json()) == ("en", "pt")
