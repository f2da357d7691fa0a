"""The certificate in a wallet: what it reveals, the files, and a code that is made at a press and shown once."""

from __future__ import annotations

import re
from html import unescape
from typing import TYPE_CHECKING, Any

import pytest
from fastapi.responses import JSONResponse

from relevo_portal.page.wallet import scanned
from relevo_portal.words.paper import TEXTS as PAPER
from relevo_portal.words.wallet import TEXTS

if TYPE_CHECKING:  # the one name that mypy finds it under
    from tests.fake_services import FakeCertification, problem
else:
    from services.portal.tests.fake_services import FakeCertification, problem

LANGUAGES: tuple[Any, ...] = ("es", "en", "pt", "fr")
OFFER = "openid-credential-offer://?credential_offer_uri=https%3A%2F%2Fverify.example.org%2Fwallet%2Foffers%2FOFFER"


@pytest.fixture
def certification(house: Any) -> FakeCertification:
    """Of somebody whose certificate is issued."""
    made = FakeCertification()
    made.issue()
    house.serve("certification", made.app)
    house.intake.enrolled()
    return made


async def seen(house: Any, path: str = "/paper/wallet?lang=es", status: int = 200) -> str:
    answer = await house.get(path)
    assert answer.status_code == status
    return unescape(answer.text)


async def press(house: Any, form: dict[str, str], language: str = "es") -> Any:
    return await house.post(f"/paper/wallet?lang={language}", form)


async def test_a_wallet_is_for_whoever_takes_part_and_for_nobody_else(
    house: Any, certification: FakeCertification
) -> None:
    assert (await house.get("/paper/wallet")).headers["location"] == "/left"
    house.intake.applied()
    await house.enter()
    assert (await house.get("/paper/wallet")).status_code == 404
    assert certification.asked == []


async def test_the_certificate_leads_there_and_it_is_read_first_what_a_wallet_reveals(
    house: Any, certification: FakeCertification
) -> None:
    await house.enter()
    for language in LANGUAGES:
        assert f'href="/paper/wallet?lang={language}"' in await seen(house, f"/paper?lang={language}")
        html = await seen(house, f"/paper/wallet?lang={language}")
        words, files = TEXTS[language], PAPER[language].files
        for text in (*words.reveals, words.file.lead, words.scan.lead, files.hints["document.json"]):
            assert text in html
        assert html.index(words.reveals[0]) < html.index(words.scan.make)
        assert f'href="/paper/document.json?lang={language}"' in html
    assert certification.offers == []


@pytest.mark.parametrize("standing", ["waiting", "ready", "revoked", None])
async def test_without_a_certificate_that_stands_the_page_leads_back(
    house: Any, certification: FakeCertification, standing: str | None
) -> None:
    certification.certificate = None
    if standing:
        certification.stand(standing)
    await house.enter()
    assert (await house.get("/paper/wallet")).headers["location"] == "/paper"
    assert "/paper/wallet" not in await seen(house, "/paper?lang=es")


async def test_a_code_is_made_at_a_press_and_not_at_a_look_and_the_same_again_for_the_same_press(
    house: Any, certification: FakeCertification
) -> None:
    await house.enter()
    form = await house.form("/paper/wallet")
    assert certification.offers == []
    answers = [await press(house, form) for _ in range(2)]
    assert certification.offers == [form["once"]]
    for answer in answers:
        html = unescape(answer.text)
        assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
        assert f'href="{OFFER}1"' in html
        assert "000001" in html
        assert scanned(f"{OFFER}1").path in html
        assert "20 de febrero de 2020, 15:10 UTC" in html


async def test_the_code_is_drawn_without_script_and_stands_in_no_address_and_on_no_other_page(
    house: Any, certification: FakeCertification
) -> None:
    await house.enter()
    answer = await press(house, await house.form("/paper/wallet"))
    assert answer.text.count("<script") == answer.text.count('<script src="/files/')
    assert not re.search(r'(?:src|action)="[^"]*OFFER', answer.text)
    for page in ("/paper", "/paper/wallet", "/mine"):
        assert "OFFER1" not in await seen(house, page)
    kept = repr(house.stand.store.collections) + house.stand.logged.getvalue()
    assert "OFFER1" not in kept
    assert "000001" not in kept


async def test_another_code_can_be_made_from_where_one_is_shown(house: Any, certification: FakeCertification) -> None:
    await house.enter()
    answer = await press(house, await house.form("/paper/wallet"), "en")
    html = unescape(answer.text)
    assert TEXTS["en"].scan.again in html
    form = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', html.split("<main", 1)[1]))
    await press(house, form)
    assert len(certification.offers) == 2


@pytest.mark.parametrize("name", ["offered-in-danger", "name-being-asked", "wallet-offer-is-over", "already-revoked"])
async def test_a_rule_that_does_not_allow_it_is_told_in_its_own_sentence_and_the_next_press_is_another(
    house: Any, certification: FakeCertification, name: str
) -> None:
    certification.is_newer = True
    await house.enter()
    form = await house.form("/paper/wallet")
    certification.refuses_offers = problem(409, name, "Ahora no.")
    answer = await press(house, form)
    assert answer.status_code == 409
    assert "Ahora no." in answer.text
    assert form["once"] not in answer.text


async def test_while_certification_is_away_nothing_is_lost_and_the_same_key_stays(
    house: Any, certification: FakeCertification
) -> None:
    await house.enter()
    form = await house.form("/paper/wallet")
    certification.is_away = True
    answer = await press(house, form)
    assert (answer.status_code, form["once"] in answer.text) == (503, True)
    assert TEXTS["es"].scan.not_done in unescape(answer.text)


@pytest.mark.parametrize("offer", ["javascript:alert(1)", "https://elsewhere.example", OFFER + '1"><b>'])
async def test_what_is_no_offer_becomes_no_link(house: Any, certification: FakeCertification, offer: str) -> None:
    planted = {"offer": offer, "transaction_code": "000001", "over_at": "2020-02-20T15:10:00Z"}
    certification.refuses_offers = JSONResponse(planted)
    await house.enter()
    answer = await press(house, await house.form("/paper/wallet"))
    assert answer.status_code == 503
    assert offer not in unescape(answer.text)


@pytest.mark.parametrize("changed", [{"form": "x"}, {"once": "1"}, {"once": ""}])
async def test_a_form_that_is_not_as_it_was_shown_makes_nothing(
    house: Any, certification: FakeCertification, changed: dict[str, str]
) -> None:
    await house.enter()
    form = await house.form("/paper/wallet")
    assert (await press(house, {**form, **changed})).status_code in (400, 403)
    elsewhere = await house.post("/paper/wallet", form, **{"Sec-Fetch-Site": "cross-site"})
    assert elsewhere.status_code == 403
    assert certification.offers == []
