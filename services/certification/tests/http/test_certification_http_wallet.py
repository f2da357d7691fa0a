"""A certificate handed over to its holder's wallet: made at a press, for ten minutes, once; and what ends it."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from relevo_certification.deadlines import WALLET_OFFER_DUE, on_wallet_offer_due
from relevo_certification.domain.sealed import Identity
from relevo_chassis.delivery.deadlines import Deadline
from relevo_chassis.ids import new_id
from relevo_contracts.intake import DangerPassed, DangerReported

CANARY = "Zoraida Canario-Zafiro Ñuflo"
GRANT = "urn:ietf:params:oauth:grant-type:pre-authorized_code"
FETCH = {"credential_configuration_id": "open_badge"}


async def press(house: Any, number: int = 0, key: str | None = None) -> Any:
    return await house.stand.post("/me/certificate/wallet", key=key, headers=house.holder(number))


async def offered(house: Any, number: int = 0) -> dict[str, str]:
    """What a holder's page shows after a press."""
    answer = await press(house, number)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def address_of(offer: dict[str, str]) -> str:
    [address] = parse_qs(urlsplit(offer["offer"]).query)["credential_offer_uri"]
    return address


async def found(house: Any, offer: dict[str, str], **headers: str) -> Any:
    """What lies at the address that a wallet scanned."""
    return await house.stand.http.get(address_of(offer).removeprefix(house.making.site), headers=headers)


async def code_in(house: Any, offer: dict[str, str]) -> str:
    return str((await found(house, offer)).json()["grants"][GRANT]["pre-authorized_code"])


async def exchange(house: Any, code: str, digits: str, **fields: str) -> Any:
    form = {"grant_type": GRANT, "pre-authorized_code": code, "tx_code": digits, **fields}
    return await house.stand.http.post("/wallet/token", data={name: each for name, each in form.items() if each})


async def token_for(house: Any, offer: dict[str, str]) -> str:
    answer = await exchange(house, await code_in(house, offer), offer["transaction_code"])
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    assert (answer.json()["token_type"], answer.json()["expires_in"]) == ("Bearer", 300)
    return str(answer.json()["access_token"])


async def fetch(house: Any, token: str, body: Any = FETCH) -> Any:
    headers = {"Authorization": f"Bearer {token}"}
    return await house.stand.http.post("/wallet/credential", json=body, headers=headers)


def wrong(digits: str) -> str:
    return f"{(int(digits) + 1) % 10**6:06d}"


async def test_other_peoples_wallet_receives_the_credential_that_stands_and_other_peoples_verifier_finds_it_valid(
    house: Any, wallet: Any, verifier: Any, tmp_path: Path
) -> None:
    await house.issued(0, CANARY, named=True)
    offer = await offered(house)
    received = await wallet.receive(offer["offer"], offer["transaction_code"])
    assert "error" not in received, received
    assert received["version"] == "V1"
    assert received["configuration"]["format"] == "ldp_vc"
    own = await house.stand.http.get("/me/certificate/credential.json", headers=house.holder(0))
    assert received["credential"] == own.json()
    assert {*received["configuration"]["credential_definition"]["type"]} == {*own.json()["type"]}
    assert received["configuration"]["credential_definition"]["@context"] == own.json()["@context"]
    file, did = tmp_path / "credential.json", tmp_path / "did.json"
    file.write_text(json.dumps(received["credential"]), encoding="utf-8")
    did.write_bytes((await house.stand.http.get("/.well-known/did.json")).content)
    [judged] = verifier.outcomes([file], did, await house.status_lists(tmp_path), house.stand.clock.now())
    assert judged["outcome"] == "valid"


async def test_other_peoples_wallet_is_refused_in_the_standards_own_codes(house: Any, wallet: Any) -> None:
    await house.issued(0, CANARY)
    offer = await offered(house)
    refused = await wallet.receive(offer["offer"], wrong(offer["transaction_code"]))
    assert refused["error"] == "invalid_grant"
    assert "error" not in await wallet.receive(offer["offer"], offer["transaction_code"])
    again = await wallet.receive(offer["offer"], offer["transaction_code"])
    assert [each.rpartition(" ")[2] for each in again["asked"]] == ["404"]


async def test_an_offer_says_nothing_of_anybody_and_stands_in_no_log(house: Any) -> None:
    person = await house.issued(0, CANARY, named=True)
    offer = await offered(house)
    answer = await found(house, offer, **{"Accept-Language": "pt"})
    assert answer.headers["cache-control"] == "no-store"
    content = answer.json()
    assert content["credential_issuer"] == house.making.site
    assert content["credential_configuration_ids"] == ["open_badge"]
    assert content["grants"][GRANT]["tx_code"] == {
        "input_mode": "numeric",
        "length": 6,
        "description": "Os seis algarismos ao lado do código QR, na página em que você o pediu.",
    }
    assert offer["transaction_code"] not in answer.text
    token = await token_for(house, offer)
    await fetch(house, token)
    code = content["grants"][GRANT]["pre-authorized_code"]
    for secret in (person, "Zoraida", await house.id(person)):
        assert secret not in answer.text + offer["offer"]
    for secret in (address_of(offer).rpartition("/")[2], code, token, offer["transaction_code"]):
        assert secret not in house.stand.logged.getvalue()
        assert secret not in repr(house.stand.store.collections)


async def test_rule_18_a_wallet_receives_no_name_of_whoever_does_not_show_it(house: Any) -> None:
    await house.issued(0, CANARY, named=False)
    answer = await fetch(house, await token_for(house, await offered(house)))
    assert answer.status_code == 200
    assert "Zoraida" not in answer.text


async def test_an_offer_is_used_once_and_its_credential_can_be_fetched_again_where_the_line_breaks(house: Any) -> None:
    await house.issued(0, CANARY)
    offer = await offered(house)
    code = await code_in(house, offer)
    token = await token_for(house, offer)
    first, second = await fetch(house, token), await fetch(house, token)
    assert (first.status_code, first.content) == (200, second.content)
    assert (await found(house, offer)).status_code == 404
    house.stand.clock.at += timedelta(minutes=5)
    assert (await fetch(house, token)).status_code == 401
    refused = await exchange(house, code, offer["transaction_code"])
    assert (refused.status_code, refused.json()) == (400, {"error": "invalid_grant"})


async def test_codes_that_are_sent_twice_end_what_came_of_the_first(house: Any) -> None:
    await house.issued(0, CANARY)
    offer = await offered(house)
    code = await code_in(house, offer)
    token = await token_for(house, offer)
    assert (await exchange(house, code, offer["transaction_code"])).json() == {"error": "invalid_grant"}
    assert (await fetch(house, token)).status_code == 401


async def test_five_wrong_transaction_codes_end_the_offer_and_four_do_not(house: Any) -> None:
    await house.issued(0, CANARY)
    for times, status in ((4, 200), (5, 400)):
        offer = await offered(house)
        code = await code_in(house, offer)
        for _ in range(times):
            answer = await exchange(house, code, wrong(offer["transaction_code"]))
            assert (answer.status_code, answer.json()) == (400, {"error": "invalid_grant"})
        assert (await exchange(house, code, offer["transaction_code"])).status_code == status


async def test_an_offer_is_over_after_ten_minutes_and_nothing_of_it_is_kept(house: Any, making: Any) -> None:
    person = await house.issued(0, CANARY)
    offer = await offered(house)
    code = await code_in(house, offer)
    house.stand.clock.at += timedelta(minutes=10)
    assert (await found(house, offer)).status_code == 404
    assert (await exchange(house, code, offer["transaction_code"])).json() == {"error": "invalid_grant"}
    due = Deadline(f"wallet_offer/{person}", WALLET_OFFER_DUE, person, house.stand.clock.now())
    await house.stand.shell.committer.commit(on_wallet_offer_due(due, due.due_at))
    [kept] = house.stand.store.collections["wallet_offer"].values()
    assert {name: each for name, each in kept["state"].items() if each} == {"participant_id": person}


async def test_another_press_takes_the_place_of_the_offer_before(house: Any) -> None:
    await house.issued(0, CANARY)
    first = await offered(house)
    second = await offered(house)
    assert first != second
    assert [(await found(house, each)).status_code for each in (first, second)] == [404, 200]


async def test_the_same_press_is_told_the_same_offer_until_it_is_used(house: Any) -> None:
    await house.issued(0, CANARY)
    key = new_id()
    first, second = await press(house, key=key), await press(house, key=key)
    assert first.json() == second.json()
    await token_for(house, first.json())
    over = await press(house, key=key)
    assert (over.status_code, over.json()["type"]) == (409, "urn:relevo:problem:wallet-offer-is-over")


async def revoke(house: Any) -> None:
    person = house.making.participant(0)
    await house.stand.post(f"/certificates/{person}/revoke", {"because": "misuse"}, headers=house.coordinator)


async def supersede(house: Any) -> None:
    body = {"because": "facts_corrected"}
    await house.stand.post(f"/certificates/{house.making.participant(0)}/supersede", body, headers=house.coordinator)


async def hide(house: Any) -> None:
    body = {"display": "unnamed"}
    await house.stand.post("/me/certificate/choose-display", body, headers=house.holder(0))


async def erase(house: Any) -> None:
    await house.receive(house.making.erased(0))


async def report_danger(house: Any) -> None:
    person, at = house.making.participant(0), house.stand.clock.now()
    await house.receive(DangerReported(participant_id=person, edition_id=house.making.edition_id, began_at=at))


@pytest.mark.parametrize("change", [revoke, supersede, hide, erase, report_danger])
@pytest.mark.parametrize("is_exchanged", [False, True])
async def test_rules_13_14_18_and_25_whatever_changes_the_certificate_or_its_holder_ends_the_offer(
    house: Any, change: Callable[[Any], Awaitable[None]], is_exchanged: bool
) -> None:
    await house.issued(0, CANARY, named=True)
    offer = await offered(house)
    code = await code_in(house, offer)
    token = await token_for(house, offer) if is_exchanged else ""
    await change(house)
    assert (await found(house, offer)).status_code == 404
    if is_exchanged:
        assert (await fetch(house, token)).json()["error"] == "invalid_token"
    else:
        assert (await exchange(house, code, offer["transaction_code"])).json() == {"error": "invalid_grant"}


async def test_rule_25_nothing_is_offered_while_its_holder_is_in_danger_and_it_can_be_again_afterwards(
    house: Any, making: Any
) -> None:
    person = await house.issued(0, CANARY, named=False)
    await report_danger(house)
    answer = await press(house)
    assert (answer.status_code, answer.json()["type"]) == (409, "urn:relevo:problem:name-being-asked")
    house.identities.known[person] = Identity(name=CANARY, language="es", named=False, in_danger=True)
    await house.ask()
    answer = await press(house)
    assert (answer.status_code, answer.json()["type"]) == (409, "urn:relevo:problem:offered-in-danger")
    house.identities.known[person] = Identity(name=CANARY, language="es", named=False)
    at = house.stand.clock.now()
    await house.receive(DangerPassed(participant_id=person, edition_id=making.edition_id, passed_at=at))
    await house.ask()
    assert (await press(house)).status_code == 200


async def test_only_a_certificate_that_stands_is_offered(house: Any) -> None:
    refused = [await press(house)]
    await house.ready(0, CANARY)
    refused.append(await press(house))
    await house.issue()
    await revoke(house)
    refused.append(await press(house))
    assert [each.json()["type"].rpartition(":")[2] for each in refused] == [
        "no-such-certificate",
        "nothing-issued",
        "already-revoked",
    ]


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"grant_type": "authorization_code"}, "unsupported_grant_type"),
        ({"grant_type": ""}, "invalid_request"),
        ({"pre-authorized_code": ""}, "invalid_request"),
        ({"tx_code": ""}, "invalid_request"),
        ({"pre-authorized_code": "0" * 26}, "invalid_grant"),
        ({"tx_code": "seis cifras ñ"}, "invalid_grant"),
    ],
)
async def test_a_token_is_refused_in_the_codes_of_oauth(house: Any, fields: dict[str, str], error: str) -> None:
    await house.issued(0, CANARY)
    offer = await offered(house)
    code = await code_in(house, offer)
    answer = await exchange(house, code, offer["transaction_code"], **fields)
    assert (answer.status_code, answer.headers["content-type"]) == (400, "application/json")
    assert (answer.json(), answer.headers["cache-control"]) == ({"error": error}, "no-store")


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({}, "invalid_credential_request"),
        ({"credential_configuration_id": 5}, "invalid_credential_request"),
        ({"credential_configuration_id": "another"}, "unknown_credential_configuration"),
        ({"credential_identifier": "another"}, "unknown_credential_identifier"),
        ({**FETCH, "credential_response_encryption": {"jwk": {}, "enc": "A128GCM"}}, "invalid_encryption_parameters"),
    ],
)
async def test_a_credential_is_refused_in_the_codes_of_the_standard(house: Any, body: Any, error: str) -> None:
    await house.issued(0, CANARY)
    token = await token_for(house, await offered(house))
    answer = await fetch(house, token, body)
    assert (answer.status_code, answer.headers["content-type"]) == (400, "application/json")
    assert (answer.json(), answer.headers["cache-control"]) == ({"error": error}, "no-store")
    assert (await fetch(house, token, {**FETCH, "something": "new"})).status_code == 200


@pytest.mark.parametrize("authorization", ["", "Bearer", "Bearer nothing", "Basic eA==", "Bearer ñ"])
async def test_without_its_token_nothing_is_fetched(house: Any, authorization: str) -> None:
    await house.issued(0, CANARY)
    await token_for(house, await offered(house))
    headers = {"Authorization": authorization.encode()} if authorization else {}
    answer = await house.stand.http.post("/wallet/credential", json=FETCH, headers=headers)
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_token")
    assert answer.headers["www-authenticate"] == 'Bearer error="invalid_token"'


async def test_a_token_is_not_there_before_its_codes_were_given(house: Any) -> None:
    await house.issued(0, CANARY)
    offer = await offered(house)
    code = await code_in(house, offer)
    for guess in (code, address_of(offer).rpartition("/")[2]):
        assert (await fetch(house, guess)).status_code == 401


async def test_one_address_may_try_so_many_codes_a_minute_and_no_more(house: Any) -> None:
    house.allow(3)
    answers = [await exchange(house, "0" * 26, "000000") for _ in range(4)]
    assert [each.status_code for each in answers] == [400, 400, 400, 429]
    assert answers[3].headers["retry-after"] == "20"


async def test_that_a_wallet_fetches_goes_on_record_and_that_an_offer_is_looked_at_does_not(house: Any) -> None:
    person = await house.issued(0, CANARY)
    offer = await offered(house)
    before = len(house.reads())
    await found(house, offer)
    assert len(house.reads()) == before
    await fetch(house, await token_for(house, offer))
    [read] = house.reads()[before:]
    assert (read["by"], read["purpose"], read["person_ids"]) == ("wallet", "own", [person])


async def test_a_wallet_that_runs_in_a_page_of_any_origin_may_ask(house: Any) -> None:
    await house.issued(0, CANARY)
    elsewhere = {"Origin": "https://wallet.example"}
    answer = await house.stand.http.get("/.well-known/openid-credential-issuer", headers=elsewhere)
    assert answer.headers["access-control-allow-origin"] == "*"
    asked = {**elsewhere, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization"}
    answer = await house.stand.http.request("OPTIONS", "/wallet/credential", headers=asked)
    assert "POST" in answer.headers["access-control-allow-methods"]
    assert "Authorization" in answer.headers["access-control-allow-headers"]
