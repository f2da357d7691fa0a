"""What verifiers who never saw our page are told of a certificate: revoked, superseded, neither; as JSON and JWT."""

from __future__ import annotations

import base64
import json
from datetime import timedelta
from pathlib import Path
from subprocess import CalledProcessError
from typing import Any

import pytest

from relevo_certification.calendar import dated_at
from relevo_certification.credential import jwt, proof
from relevo_certification.http.accepting import preferred
from relevo_certification.store import STATUS_LISTS

FORMS = ("credential.json", "credential.jwt")


async def handed_out(house: Any, person: str, folder: Path, which: str) -> list[Path]:
    """The credential in both securings, as a holder keeps it."""
    files = []
    for name in FORMS:
        answer = await house.stand.http.get(f"/certificates/{person}/{name}", headers=house.coordinator)
        assert answer.status_code == 200, answer.text
        files.append(folder / f"{which}-{name}")
        files[-1].write_bytes(answer.content)
    return files


async def judged(house: Any, verifier: Any, files: list[Path], folder: Path, form: str = "json") -> list[str]:
    did = folder / "did.json"
    did.write_bytes((await house.stand.http.get("/.well-known/did.json")).content)
    found = verifier.outcomes(files, did, await house.status_lists(folder, form), house.stand.clock.now())
    return [each["outcome"] for each in found]


async def corrected(house: Any, folder: Path) -> tuple[str, list[Path], list[Path]]:
    """A participant whose name was corrected, with what they had been handed out before and have now."""
    person = await house.issued(0, "Roza Mal Escrita")
    old = await handed_out(house, person, folder, "old")
    body = {"because": "name_corrected", "name": "Rosa Bien Escrita"}
    await house.stand.post(f"/certificates/{person}/supersede", body, headers=house.coordinator)
    return person, old, await handed_out(house, person, folder, "new")


async def revoked(house: Any, person: str, certificate_id: str) -> Any:
    body = {"because": "misuse", "certificate_id": certificate_id}
    return await house.stand.post(f"/certificates/{person}/revoke", body, headers=house.coordinator)


@pytest.mark.parametrize("form", ["json", "jwt"])
async def test_rule_13_a_superseded_credential_says_so_to_other_peoples_verifiers_and_is_not_revoked(
    house: Any, verifier: Any, tmp_path: Path, form: str
) -> None:
    _, old, new = await corrected(house, tmp_path)
    assert await judged(house, verifier, [*old, *new], tmp_path, form) == [*["superseded"] * 2, *["valid"] * 2]


async def test_that_it_was_superseded_shows_only_when_the_next_lists_are_published(
    house: Any, verifier: Any, tmp_path: Path
) -> None:
    await house.publish()
    _, old, new = await corrected(house, tmp_path)
    assert await judged(house, verifier, [*old, *new], tmp_path) == ["valid"] * 4
    house.stand.clock.at += timedelta(minutes=15)
    assert await judged(house, verifier, [*old, *new], tmp_path) == [*["superseded"] * 2, *["valid"] * 2]


async def test_a_coordinator_may_revoke_the_old_one_alone(house: Any, verifier: Any, tmp_path: Path) -> None:
    person, old, new = await corrected(house, tmp_path)
    first, second = (await house.seen(person))["issued"]
    answer = await revoked(house, person, first["certificate_id"])
    assert (answer.status_code, answer.json()["standing"]) == (200, "issued")
    assert await judged(house, verifier, [*old, *new], tmp_path) == [*["revoked"] * 2, *["valid"] * 2]
    page = await house.verification(person, 0)
    assert (page["status"], page["revoked_on"], page["revoked_because"]) == ("revoked", "2020-02-20", "misuse")
    assert page["superseded_by"] == second["verification_url"]
    current = await house.verification(person)
    assert (current["status"], current["revoked_on"]) == ("valid", None)
    seen = (await house.seen(person))["issued"]
    assert [each["revoked_because"] for each in seen] == ["misuse", None]


async def test_rule_13_others_are_told_that_the_one_in_its_place_stands(house: Any, tmp_path: Path) -> None:
    person, _, _ = await corrected(house, tmp_path)
    first, second = (await house.seen(person))["issued"]
    await revoked(house, person, first["certificate_id"])
    rows = sorted(house.stand.store.collections["outbox"].values(), key=lambda row: int(row["order"]))
    event = json.loads(rows[-1]["body"])
    assert (event["certificate_id"], event["superseded_by_id"]) == (first["certificate_id"], second["certificate_id"])
    assert (await house.count()).revoked == 0


async def test_what_is_revoked_is_not_revoked_again_and_the_current_one_takes_the_old_ones_with_it(
    house: Any, verifier: Any, tmp_path: Path
) -> None:
    person, old, new = await corrected(house, tmp_path)
    first, second = (await house.seen(person))["issued"]
    assert (await revoked(house, person, first["certificate_id"])).status_code == 200
    again = await revoked(house, person, first["certificate_id"])
    assert (again.status_code, again.json()["type"]) == (409, "urn:relevo:problem:already-revoked")
    unknown = await revoked(house, person, "9" * 32)
    assert (unknown.status_code, unknown.json()["type"]) == (404, "urn:relevo:problem:no-such-certificate")
    answer = await revoked(house, person, second["certificate_id"])
    assert answer.json()["standing"] == "revoked"
    assert (await revoked(house, person, first["certificate_id"])).status_code == 409
    assert await judged(house, verifier, [*old, *new], tmp_path) == ["revoked"] * 4


async def test_a_credential_that_was_issued_with_one_status_keeps_verifying(
    house: Any, verifier: Any, keys: Any, making: Any, tmp_path: Path
) -> None:
    person = await house.issued(0, "Persona")
    [file, _] = await handed_out(house, person, tmp_path, "made")
    document = json.loads(file.read_text(encoding="utf-8"))
    del document["proof"]
    document["credentialStatus"] = document["credentialStatus"][0]
    files = [tmp_path / "before.json", tmp_path / "before.jwt"]
    at = dated_at((await house.certificate(0)).current)
    files[0].write_text(json.dumps(proof.secured(document, keys, at)), encoding="utf-8")
    files[1].write_text(jwt.secured(document, keys, at), encoding="utf-8")
    assert await judged(house, verifier, files, tmp_path) == ["valid", "valid"]
    await house.stand.post(f"/certificates/{person}/revoke", {"because": "misuse"}, headers=house.coordinator)
    house.stand.clock.at += timedelta(minutes=15)
    assert await judged(house, verifier, files, tmp_path) == ["revoked", "revoked"]


@pytest.mark.parametrize("path", ["/status/1", "/status/1/refresh"])
async def test_the_same_list_is_a_jwt_for_who_prefers_one(house: Any, keys: Any, path: str) -> None:
    await house.issued(0, "Persona")
    await house.publish()
    as_json = await house.stand.http.get(path, headers={"Accept": "application/vc"})
    as_jwt = await house.stand.http.get(path, headers={"Accept": "application/vc+jwt, application/vc;q=0.5"})
    assert [each.headers["content-type"] for each in (as_json, as_jwt)] == ["application/vc", "application/vc+jwt"]
    assert {each.headers["vary"] for each in (as_json, as_jwt)} == {"Accept"}
    head, body, _ = (json.loads(opened(part)) for part in [*as_jwt.text.split(".")[:2], "e30"])
    assert head == {"alg": "ES256", "kid": keys.signer().jwt_method, "typ": "vc+jwt"}
    document = as_json.json()
    claims = {name: body.pop(name) for name in ("iss", "jti", "nbf", "exp")}
    assert (claims["iss"], claims["jti"], claims["exp"] - claims["nbf"]) == (keys.did, document["id"], 7 * 86_400)
    assert body == {name: value for name, value in document.items() if name != "proof"}


def opened(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


@pytest.mark.parametrize(
    ("accept", "chosen"),
    [
        ("", None),
        ("*/*", None),
        ("application/vc", None),
        ("application/json, application/vc+jwt;q=0.9", "application/json"),
        ("application/vc+jwt, application/vc", None),
        ("application/vc+jwt;q=0", None),
        ("application/vc+jwt;q=much", None),
        ("application/vc+jwt", "application/vc+jwt"),
        ("Application/VC+JWT , */*", "application/vc+jwt"),
        ("application/vc+jwt;q=0.9, application/vc;q=0.8", "application/vc+jwt"),
        ("application/jwt", "application/jwt"),
        ("application/jwt;q=0.5, application/vc+jwt", "application/vc+jwt"),
    ],
)
def test_a_jwt_is_given_only_to_who_prefers_one(accept: str, chosen: str | None) -> None:
    offered = ("application/vc", "application/json", "application/vc+jwt", "application/jwt")
    assert preferred(accept, offered) == (chosen or "application/vc")


async def test_a_list_as_jwt_that_was_altered_or_is_out_of_date_is_refused(
    house: Any, verifier: Any, tmp_path: Path
) -> None:
    files = await handed_out(house, await house.issued(0, "Persona"), tmp_path, "made")
    assert await judged(house, verifier, files, tmp_path, "jwt") == ["valid", "valid"]
    lists = await house.status_lists(tmp_path, "jwt")
    did, now = tmp_path / "did.json", house.stand.clock.now()
    with pytest.raises(CalledProcessError):
        verifier.outcomes(files, did, lists, now + timedelta(days=8))
    head, body, signature = lists[0].read_text().split(".")
    altered = json.dumps({**json.loads(opened(body)), "validUntil": "2099-01-01T00:00:00Z"}).encode()
    lists[0].write_text(".".join([head, base64.urlsafe_b64encode(altered).decode().rstrip("="), signature]))
    with pytest.raises(CalledProcessError):
        verifier.outcomes(files, did, lists, now)


async def test_a_list_that_a_version_before_published_is_served_and_published_anew_in_both_forms(house: Any) -> None:
    now = house.stand.clock.now()
    await house.publish(now)
    row = house.stand.store.collections[STATUS_LISTS]["1"]
    del row["jwt"]
    answer = await house.stand.http.get("/status/1", headers={"Accept": "application/vc+jwt"})
    assert answer.headers["content-type"] == "application/vc"
    assert await house.publish(now) == 1
    answer = await house.stand.http.get("/status/1", headers={"Accept": "application/vc+jwt"})
    assert answer.headers["content-type"] == "application/vc+jwt"


async def test_there_is_no_list_that_was_never_published(house: Any) -> None:
    for path in ("/status/77", "/status/77/refresh"):
        answer = await house.stand.http.get(path)
        assert (answer.status_code, answer.json()["type"]) == (404, "urn:relevo:problem:no-such-status-list")
