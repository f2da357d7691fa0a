"""The invitation for the visa: what it says before it is made, the name that goes through, and why none is made."""

from __future__ import annotations

import io
import re
import zipfile
from html import unescape
from typing import TYPE_CHECKING, Any

import pytest

from relevo_portal.words.danger import TEXTS as DANGER
from relevo_portal.words.letter import TEXTS

if TYPE_CHECKING:  # the one name that mypy finds it under
    from tests.fake_services import FakeScheduling, problem
    from tests.inviting import FakeInviting
else:
    from services.portal.tests.fake_services import FakeScheduling, problem
    from services.portal.tests.inviting import FakeInviting

LANGUAGES: tuple[Any, ...] = ("es", "en", "pt", "fr")
NAME = "Zoraida Canario Ñuflo"


@pytest.fixture
def inviting(house: Any) -> FakeInviting:
    made = FakeInviting()
    house.serve("certification", made.app)
    house.intake.enrolled()
    return made


async def seen(house: Any, path: str = "/letter?lang=es", status: int = 200) -> str:
    answer = await house.get(path)
    assert answer.status_code == status
    return unescape(answer.text)


async def form(house: Any, **fields: str) -> dict[str, str]:
    """The form as it is shown, filled in."""
    html = await seen(house)
    hidden = dict(re.findall(r'<input type="hidden" name="(form|once)" value="([^"]*)">', html.split("<main", 1)[1]))
    return {**hidden, "name": NAME, "written_in": "fr", **fields}


async def sent(house: Any, filled: dict[str, str]) -> Any:
    return await house.stand.http.post("/letter?lang=es", data=filled)


async def test_a_letter_is_for_whoever_takes_part_and_for_nobody_else(house: Any, inviting: FakeInviting) -> None:
    assert (await house.get("/letter")).headers["location"] == "/left"
    house.intake.applied()
    await house.enter()
    assert (await house.get("/letter")).status_code == 404
    assert inviting.asked == []


async def test_what_the_letter_will_say_is_read_before_it_is_made(house: Any, inviting: FakeInviting) -> None:
    await house.enter()
    for language in LANGUAGES:
        html = await seen(house, f"/letter?lang={language}")
        for text in (f"Programa ({language})", "Washington, DC", "1889 F Street NW", TEXTS[language].form.kept):
            assert text in html
    assert inviting.made == {}


async def test_the_name_goes_through_to_certification_and_the_file_comes_back_under_a_name_that_says_nothing(
    house: Any, inviting: FakeInviting
) -> None:
    await house.enter()
    answer = await sent(house, await form(house))
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/pdf")
    assert answer.headers["content-disposition"] == 'attachment; filename="document.pdf"'
    assert answer.headers["cache-control"] == "no-store"
    assert answer.content == f"%PDF {NAME}".encode()
    assert list(inviting.made.values()) == [{"passport_name": NAME, "language": "fr"}]


async def test_the_name_is_kept_nowhere_by_the_portal(house: Any, inviting: FakeInviting) -> None:
    await house.enter()
    filled = await form(house)
    await sent(house, filled)
    inviting.refuses_to_invite = problem(
        422, "passport-name-cannot-be-printed", "No se puede imprimir", "body.passport_name"
    )
    await sent(house, filled)
    kept = repr(house.stand.store.collections) + house.stand.logged.getvalue()
    for part in ("Zoraida", "zoraida", "Canario"):
        assert part not in kept


async def test_the_same_form_sent_again_is_the_same_letter_and_another_name_is_another(
    house: Any, inviting: FakeInviting
) -> None:
    await house.enter()
    filled = await form(house)
    for _ in range(3):
        await sent(house, filled)
    assert len(inviting.made) == 1
    await sent(house, {**filled, "name": "Otra Persona"})
    await sent(house, {**filled, "written_in": "en"})
    assert len(inviting.made) == 3
    html = await seen(house)
    assert html.count("<td data-column") == 12


@pytest.mark.parametrize("name", ["", "   "])
async def test_without_a_name_nothing_is_asked(house: Any, inviting: FakeInviting, name: str) -> None:
    await house.enter()
    answer = await sent(house, await form(house, name=name))
    assert answer.status_code == 422
    assert TEXTS["es"].form.name_missing in unescape(answer.text)
    assert inviting.made == {}


async def test_what_is_wrong_with_the_name_is_told_beside_what_was_typed(house: Any, inviting: FakeInviting) -> None:
    await house.enter()
    filled = await form(house)
    inviting.refuses_to_invite = problem(
        422, "passport-name-cannot-be-printed", "No se puede imprimir", "body.passport_name"
    )
    answer = await sent(house, filled)
    html = unescape(answer.text)
    assert answer.status_code == 422
    assert html.count("No se puede imprimir") == 2
    assert f'value="{NAME}"' in html
    assert '<option value="fr" selected>' in html


@pytest.mark.parametrize(("away", "status"), [(True, 503), (False, 409)])
async def test_what_stood_in_the_way_is_told_in_words(
    house: Any, inviting: FakeInviting, away: bool, status: int
) -> None:
    await house.enter()
    filled = await form(house)
    inviting.is_away = away
    inviting.refuses_to_invite = problem(409, "invitations-used-up", "No hay más")
    answer = await sent(house, filled)
    assert answer.status_code == status
    assert (TEXTS["es"].form.not_done if away else "No hay más") in unescape(answer.text)


@pytest.mark.parametrize("why", ["unset", "over", "used_up", "not_invited", "away"])
@pytest.mark.parametrize("language", LANGUAGES)
async def test_when_no_letter_can_be_made_the_page_says_why_and_has_no_form(
    house: Any, inviting: FakeInviting, why: Any, language: Any
) -> None:
    await house.enter()
    match why:
        case "unset":
            inviting.stated, inviting.left = None, 0
        case "over":
            inviting.is_over, inviting.left = True, 0
        case "used_up":
            inviting.left = 0
        case "not_invited":
            inviting.refuses_to_invite = problem(409, "not-invited")
        case "away":
            inviting.is_away = True
    html = await seen(house, f"/letter?lang={language}")
    assert TEXTS[language].not_now[why].title in html
    assert 'name="written_in"' not in html


async def test_a_form_from_elsewhere_or_in_an_unknown_language_makes_nothing(
    house: Any, inviting: FakeInviting
) -> None:
    await house.enter()
    filled = await form(house)
    for wrong in ({"form": "x"}, {"once": "short"}, {"written_in": "de"}):
        assert (await sent(house, {**filled, **wrong})).status_code in (400, 403)
    elsewhere = await house.stand.http.post("/letter", data=filled, headers={"Sec-Fetch-Site": "cross-site"})
    assert elsewhere.status_code == 403
    assert inviting.made == {}


@pytest.mark.parametrize("lacks", ["no-such-programme", None])
async def test_the_week_leads_there_before_its_programme_is_published_and_after(
    house: Any, inviting: FakeInviting, lacks: str | None
) -> None:
    scheduling = FakeScheduling()
    scheduling.lacks = lacks
    house.serve("scheduling", scheduling.app)
    await house.enter()
    assert 'href="/letter?lang=es"' in await seen(house, "/week?lang=es")


async def test_rule_25_the_page_of_danger_says_that_the_letter_can_still_be_made(
    house: Any, inviting: FakeInviting
) -> None:
    house.intake.app.get("/me/danger")(lambda: {"since": "2019-11-20T15:00:00Z", "watched": True})
    await house.enter()
    for language in LANGUAGES:
        html = await seen(house, f"/danger?lang={language}")
        assert DANGER[language].what[3] in html
    answer = await sent(house, await form(house))
    assert (answer.status_code, len(inviting.made)) == (200, 1)


async def test_ones_own_bundle_has_that_letters_were_made_and_in_which_language(
    house: Any, inviting: FakeInviting
) -> None:
    await house.enter()
    await sent(house, await form(house))
    answer = await house.get("/rights/bundle")
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        texts = {name: archive.read(name).decode() for name in archive.namelist()}
    assert '"language": "fr"' in texts["letters.json"]
    assert not any("Zoraida" in text for text in texts.values())
