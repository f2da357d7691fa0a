"""Keys over time: fresh ones wait, retired ones stay, compromised ones verify nothing."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization as pem

from relevo_certification.credential import jwt, proof, text
from relevo_certification.credential.keys import DOCUMENT_SECONDS, SIGNS_AFTER, BadKeys, Keys, generate, load
from relevo_certification.keyring import publish_keys, published_keys
from relevo_certification.press import Press

DID = "did:web:certificados.oas.test"
THEN = datetime(2026, 3, 1, 12, tzinfo=UTC)
LATER = THEN + timedelta(days=300)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two keys: key-2020-1 for proofs, key-2020-2 for JWT."""
    generate(tmp_path / "keys", 2020)
    return tmp_path / "keys"


def public_half(folder: Path, name: str) -> str:
    key = pem.load_pem_private_key((folder / f"{name}.pem").read_bytes(), None).public_key()
    return key.public_bytes(pem.Encoding.PEM, pem.PublicFormat.SubjectPublicKeyInfo).decode()


def compromise(folder: Path, name: str, line: str = "compromised since 2026-06-01T08:00:00Z\n") -> None:
    (folder / f"{name}.compromised.pem").write_text(line + public_half(folder, name), encoding="ascii")


def signing(keys: Keys, at: datetime) -> tuple[str, str]:
    signer = keys.signer(at)
    return signer.proof_name, signer.jwt_name


async def test_the_first_keys_sign_at_once(house: Any, folder: Path) -> None:
    assert signing(await publish_keys(house.office.store, load(folder, DID), THEN), THEN) == (
        "key-2020-1",
        "key-2020-2",
    )


async def test_a_fresh_key_is_shown_at_once_and_signs_when_no_cache_is_without_it(house: Any, folder: Path) -> None:
    store = house.office.store
    await publish_keys(store, load(folder, DID), THEN)
    generate(folder, 2026)
    keys = await publish_keys(store, load(folder, DID), LATER)
    assert [each["id"].partition("#")[2] for each in keys.did_document()["verificationMethod"]] == [
        *("key-2020-1", "key-2020-2", "key-2026-1", "key-2026-2")
    ]
    assert timedelta(seconds=DOCUMENT_SECONDS) < SIGNS_AFTER
    for wait in (timedelta(), SIGNS_AFTER - timedelta(seconds=1)):
        assert signing(keys, LATER + wait) == ("key-2020-1", "key-2020-2")
    assert signing(keys, LATER + SIGNS_AFTER) == ("key-2026-1", "key-2026-2")


async def test_a_key_grows_old_until_a_newer_one_of_both_algorithms_is_published(house: Any, folder: Path) -> None:
    store = house.office.store
    keys = await publish_keys(store, load(folder, DID), THEN)
    assert keys.age(LATER) == timedelta(days=300)
    generate(folder, 2026)
    (folder / "key-2026-2.pem").unlink()
    keys = await publish_keys(store, load(folder, DID), LATER)
    assert keys.age(LATER) == timedelta(days=300), "one of the algorithms has its old key still"
    generate(folder, 2027)
    keys = await publish_keys(store, load(folder, DID), LATER)
    assert keys.age(LATER + timedelta(days=1)) == timedelta(days=1)


async def test_a_restart_does_not_make_a_fresh_key_wait_again(house: Any, folder: Path) -> None:
    store = house.office.store
    await publish_keys(store, load(folder, DID), THEN)
    generate(folder, 2026)
    await publish_keys(store, load(folder, DID), LATER)
    keys = await publish_keys(store, load(folder, DID), LATER + SIGNS_AFTER)
    assert signing(keys, LATER + SIGNS_AFTER) == ("key-2026-1", "key-2026-2")


async def test_every_replica_shows_a_key_that_one_of_them_has_and_one_whose_file_is_gone(
    house: Any, folder: Path
) -> None:
    store = house.office.store
    generate(folder, 2026)
    await publish_keys(store, load(folder, DID), THEN)
    answer = await house.stand.http.get("/.well-known/did.json")
    assert answer.headers["cache-control"] == f"public, max-age={DOCUMENT_SECONDS}"
    assert {"key-2026-1", "key-2026-2"} <= {
        each["id"].partition("#")[2] for each in answer.json()["verificationMethod"]
    }
    (folder / "key-2020-1.pem").unlink()
    without = load(folder, DID)
    whole = without.did_document(await published_keys(store))
    assert f"{DID}#key-2020-1" not in without.did_document()["assertionMethod"]
    assert f"{DID}#key-2020-1" in whole["assertionMethod"]


async def test_another_key_under_a_name_that_was_published_is_refused(house: Any, folder: Path) -> None:
    await publish_keys(house.office.store, load(folder, DID), THEN)
    (folder / "key-2020-1.pem").unlink()
    generate(folder, 2021)
    (folder / "key-2021-1.pem").rename(folder / "key-2020-1.pem")
    with pytest.raises(BadKeys, match="key-2020-1 is another key"):
        await publish_keys(house.office.store, load(folder, DID), LATER)


async def test_a_compromised_key_signs_nothing_and_is_shown_as_revoked_by_every_replica(
    house: Any, folder: Path
) -> None:
    store = house.office.store
    before = await publish_keys(store, load(folder, DID), THEN)
    generate(folder, 2026)
    for name in ("key-2020-1", "key-2020-2"):
        compromise(folder, name)
    keys = await publish_keys(store, load(folder, DID), LATER)
    assert signing(keys, LATER) == ("key-2026-1", "key-2026-2")
    for replica in (keys, before):
        document = replica.did_document(await published_keys(store))
        revoked = {each["id"].partition("#")[2]: each.get("revoked") for each in document["verificationMethod"]}
        since = "2026-06-01T08:00:00Z"
        assert revoked == {"key-2020-1": since, "key-2020-2": since, "key-2026-1": None, "key-2026-2": None}
        assert document["assertionMethod"] == [f"{DID}#key-2026-1", f"{DID}#key-2026-2"]


def test_other_peoples_code_takes_nothing_that_a_compromised_key_signed(
    making: Any, folder: Path, verifier: Any, press: Press, tmp_path: Path
) -> None:
    old = load(folder, DID)
    own = text.Particulars("1" * 32, "2" * 32, text.Entry(1, 7), making.issued_at, "es", "Ana")
    document = text.credential(text.Issuer(DID, making.site), making.edition_id, making.facts(), own)
    files = [tmp_path / "credential.json", tmp_path / "credential.jwt"]
    files[0].write_text(json.dumps(proof.secured(document, old, making.issued_at)), encoding="utf-8")
    files[1].write_text(jwt.secured(document, old, making.issued_at), encoding="utf-8")
    generate(folder, 2026)
    did = tmp_path / "did.json"

    def outcomes() -> list[str]:
        did.write_text(json.dumps(load(folder, DID).did_document()), encoding="utf-8")
        return [each["outcome"] for each in verifier.outcomes(files, did, [], making.issued_at)]

    assert outcomes() == ["valid", "valid"]
    compromise(folder, "key-2020-1")
    assert outcomes() == ["invalid", "valid"]
    compromise(folder, "key-2020-2")
    assert outcomes() == ["invalid", "invalid"]


@pytest.mark.parametrize("line", ["", "compromised since yesterday\n", "compromised since 2026-06-01T08:00:00\n"])
def test_a_mark_that_does_not_say_since_when_is_refused(folder: Path, line: str) -> None:
    generate(folder, 2026)
    compromise(folder, "key-2020-1", line)
    with pytest.raises(BadKeys, match="since when"):
        load(folder, DID)


def test_compromised_keys_alone_are_none_to_sign_with(folder: Path) -> None:
    compromise(folder, "key-2020-1")
    with pytest.raises(BadKeys, match="needs a private"):
        load(folder, DID)
