"""A name that was given up is nowhere public any more: on no page, in no paper, behind no old link (rule 18)."""

from __future__ import annotations

from typing import Any

import pytest

from relevo_certification.store import IDENTITY_SET, PAPERS_SET, Identity, Portfolio

CANARY = "Zoraida Canario-Zafiro Ñuflo"
SITE = "https://certificados.oas.test"


@pytest.mark.parametrize(
    "body",
    [{"because": "name_corrected", "name": "Rosa Bien"}, {"because": "facts_corrected"}, {"because": "key_replaced"}],
)
async def test_rule_18_a_replaced_certificate_tells_nothing_but_that_and_where(house: Any, body: Any) -> None:
    person = await house.issued(0, CANARY)
    old = await house.link(person)
    await house.stand.post(f"/certificates/{person}/supersession", body, headers=house.coordinator)
    new, get = await house.link(person), house.stand.http.get
    found = (await get(f"/verifications/{old[3:]}")).json()
    told = {name: value for name, value in found.items() if value is not None}
    assert told == {"status": "superseded", "issuer": "did:web:certificados.oas.test", "superseded_by": SITE + new}
    page = await get(f"{old}?lang=en")
    assert page.status_code == 200
    assert f'href="{SITE}{new}?lang=en"' in page.text
    for name in ("credential.json", "credential.jwt", "certificate.pdf"):
        paper = await get(f"{old}/{name}")
        assert (paper.status_code, paper.json()["superseded_by"]) == (410, SITE + new)
        own = await get(
            f"/certificates/{person}/{name}?certificate_id={await house.id(person, 0)}", headers=house.holder(0)
        )
        assert (own.status_code, own.json()["type"]) == (410, "urn:relevo:problem:certificate-replaced")
        for answer in (page, paper, own):
            assert "Zoraida" not in answer.text


async def test_rule_18_revoking_brings_back_nothing_of_what_was_replaced(house: Any) -> None:
    person = await house.issued(0, CANARY)
    old = await house.link(person)
    body = {"because": "name_corrected", "name": "Rosa"}
    await house.stand.post(f"/certificates/{person}/supersession", body, headers=house.coordinator)
    await house.stand.post(f"/certificates/{person}/revocation", {"because": "misuse"}, headers=house.coordinator)
    found = (await house.stand.http.get(f"/verifications/{old[3:]}")).json()
    assert (found["status"], found.keys() & {"holder", "texts", "credential", "pdf"}) == ("revoked", set())
    assert "Zoraida" not in (await house.stand.http.get(old)).text


async def test_rule_18_the_papers_of_a_replaced_certificate_are_destroyed(house: Any) -> None:
    person = await house.issued(0, CANARY)
    body = {"because": "name_corrected", "name": "Rosa"}
    await house.stand.post(f"/certificates/{person}/supersession", body, headers=house.coordinator)
    sealed = (
        await house.office.vault.open(person, PAPERS_SET, Portfolio),
        await house.office.vault.open(person, IDENTITY_SET, Identity),
    )
    assert "Zoraida" not in repr(sealed)
