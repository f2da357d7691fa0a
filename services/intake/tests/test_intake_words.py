"""What letters say, in every language."""

from __future__ import annotations

import re
from typing import get_args

import pytest

from relevo_chassis.languages import LANGUAGES, Language
from relevo_intake.letters.render import text
from relevo_intake.words import LetterKind
from relevo_testkit.stand import Stand

FACTS = {
    "link": "https://relevo.net",
    "reference": "aaaaaaaa",
    "code": "0000",
    "expires_at": "2019-11-20T23:59:00+00:00",
    "opens_at": "2019-11-20T23:59:00+00:00",
    "due_on": "2020-02-11",
    "until_on": "2020-02-25",
    "days_left": 7,
    "by_staff": True,
    "matters": 3,
}
BETRAYING = re.compile(
    r"human|derecho|droit|direito|rights|defen[sd]|d[eé]fens|commission|comisi|comiss|\boas\b|oea|iachr|cidh|course|curso"
    r"|cours\b|amnes|certific",
    re.IGNORECASE,
)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", get_args(LetterKind))
def test_rule_20_every_letter_exists_in_every_language_and_betrays_nothing(
    kind: LetterKind, language: Language
) -> None:
    letter = text(kind, language, FACTS)
    assert not BETRAYING.search(letter.subject + letter.body)
    assert len(letter.body) < 600
    assert "{" not in letter.body


def test_subjects_tell_letters_apart_and_no_answer_from_another() -> None:
    for language in LANGUAGES:
        subjects = {kind: text(kind, language, FACTS).subject for kind in get_args(LetterKind)}
        assert len({subjects[kind] for kind in ("offer", "waitlisted", "turned_down")}) == 1
        assert len({subjects[kind] for kind in ("enrolled", "offer_expired")}) == 1
        assert len(set(subjects.values())) >= 8
        assert all(len(each) < 60 for each in subjects.values())


def test_the_last_day_is_told_in_the_singular() -> None:
    bodies = {each: text("reminder", each, {**FACTS, "days_left": 1}).body for each in LANGUAGES}
    assert "is 1 day left" in bodies["en"]
    assert "queda 1 día" in bodies["es"]
    assert "falta 1 dia" in bodies["pt"]
    assert "il reste 1 jour" in bodies["fr"]


def test_a_letter_tells_days_and_instants_as_people_say_them() -> None:
    phrases = {
        "es": "quedan 7 días, hasta el 11 de febrero de 2020.",
        "en": "there are 7 days left, until 11 February 2020.",
        "pt": "faltam 7 dias, até 11 de fevereiro de 2020.",
        "fr": "il reste 7 jours, jusqu’au 11 février 2020.",
    }
    assert all(phrases[each] in text("reminder", each, FACTS).body for each in LANGUAGES)
    elsewhere = {**FACTS, "expires_at": "2019-11-20T18:59:00-05:00"}
    assert "hasta el 20 de noviembre de 2019, 23:59 UTC." in text("offer", "es", elsewhere).body


def test_staff_who_change_an_address_are_told_of_as_such() -> None:
    assert "we were asked" in text("contact_changed", "en", FACTS).body
    assert "no longer go to this address" in text("contact_changed", "en", {**FACTS, "by_staff": False}).body


@pytest.mark.parametrize(
    ("language", "title"),
    [
        ("es", "No hay ninguna convocatoria con este identificador."),
        ("en", "There is no call with this id."),
        ("pt", "Não há nenhuma chamada com este identificador."),
        ("fr", "Aucun appel à candidatures n’a cet identifiant."),
    ],
)
async def test_a_refusal_is_told_in_the_language_that_is_preferred(intake: Stand, language: str, title: str) -> None:
    answer = await intake.http.get(f"/calls/{'a' * 32}", headers={"Accept-Language": language})
    assert (answer.json()["type"], answer.json()["title"]) == ("urn:relevo:problem:no-such-call", title)
    assert answer.headers["content-language"] == language
