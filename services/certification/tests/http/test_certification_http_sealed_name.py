"""The printed name of a holder who does not show it: behind no public answer but as a ciphertext (rule 18)."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from relevo_certification.credential.sealed_name import decoded
from relevo_certification.domain.sealed import Papers, Portfolio
from relevo_certification.store import PAPERS_SET

CANARY = "Zoraida Canario-Zafiro Ñuflo"


async def papers(house: Any, number: int) -> Papers:
    portfolio: Portfolio | None = await house.office.vault.open(house.making.participant(number), PAPERS_SET, Portfolio)
    assert portfolio is not None
    return portfolio.papers[-1]


def opened(ciphertext: str, key: str) -> str:
    sealed = decoded(ciphertext)
    return AESGCM(decoded(key)).decrypt(sealed[:12], sealed[12:], None).rstrip(b"\0").decode()


async def test_the_signed_credential_vouches_for_the_ciphertext_behind_the_link(house: Any) -> None:
    person = await house.issued(0, CANARY, named=False)
    link, get = await house.link(person), house.stand.http.get
    verification = (await get(f"/verifications/{link[3:]}")).json()
    digest = "sha256-" + base64.b64encode(hashlib.sha256(decoded(verification["sealed_name"])).digest()).decode()
    credential = (await get(f"{link}/credential.json")).json()
    [resource] = credential["relatedResource"]
    assert (resource["digestSRI"], resource["mediaType"]) == (digest, "application/octet-stream")
    payload = (await get(f"{link}/credential.jwt")).text.split(".")[1]
    assert json.loads(decoded(payload))["relatedResource"] == [resource]
    sealed = (await papers(house, 0)).sealed_name
    assert sealed is not None
    assert opened(verification["sealed_name"], sealed.key) == CANARY


async def test_rule_18_no_public_answer_holds_the_key(house: Any) -> None:
    person = await house.issued(0, CANARY, named=False)
    sealed, link = (await papers(house, 0)).sealed_name, await house.link(person)
    assert sealed is not None
    for path in (link, f"/verifications/{link[3:]}", f"{link}/credential.json", f"{link}/credential.jwt"):
        answer = await house.stand.http.get(path)
        assert answer.status_code == 200
        assert sealed.key not in answer.text
    assert sealed.key not in repr(dict(house.stand.store.collections)) + house.stand.logged.getvalue()


async def test_of_a_name_that_is_shown_nothing_is_sealed_and_no_script_runs(house: Any) -> None:
    person = await house.issued(0, CANARY, named=True)
    assert (await papers(house, 0)).sealed_name is None
    page = await house.stand.http.get(await house.link(person))
    assert "script" not in page.headers["content-security-policy"]
    assert "<script" not in page.text
    assert "#" not in (await house.stand.http.get(f"{await house.link(person)}/credential.json")).json()["id"]


async def test_the_page_of_a_sealed_name_runs_our_script_and_no_other(house: Any) -> None:
    page = await house.stand.http.get(await house.link(await house.issued(0, CANARY, named=False)))
    script = page.text.partition("<script>")[2].partition("</script>")[0]
    hashed = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"script-src 'sha256-{hashed}'" in page.headers["content-security-policy"]
    assert page.text.count("<script") == 1


@pytest.mark.parametrize("how", ["hidden", "corrected", "shown", "erased"])
async def test_rule_18_the_ciphertext_is_destroyed_when_the_name_is_given_up(house: Any, how: str) -> None:
    person = await house.issued(0, CANARY, named=False)
    old, sealed = await house.link(person), (await papers(house, 0)).sealed_name
    assert sealed is not None
    if how == "erased":
        await house.receive(house.making.erased(0))
    elif how == "corrected":
        body = {"because": "name_corrected", "name": "Otra"}
        await house.stand.post(f"/certificates/{person}/supersede", body, headers=house.coordinator)
    else:
        body = {"display": "unnamed" if how == "hidden" else "named"}
        await house.stand.post("/me/certificate/choose-display", body, headers=house.holder(0))
    for path in (old, f"/verifications/{old[3:]}", await house.link(person)):
        answer = await house.stand.http.get(path)
        assert answer.status_code == 200
        assert sealed.ciphertext not in answer.text
    if how != "erased":
        now = (await papers(house, 0)).sealed_name
        assert now is None or (now.key != sealed.key and now.ciphertext != sealed.ciphertext)
