"""The credential: what it says, how it is secured, and that nobody can alter it."""

from __future__ import annotations

import base64
import copy
import gzip
import io
import json
import random
import re
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from subprocess import CalledProcessError
from typing import Any
from uuid import RFC_4122, UUID

import pytest
from cryptography.hazmat.primitives import serialization as pem
from pypdf import PdfReader

from relevo_certification.assets.pinned import CREDENTIALS_V2, OPEN_BADGES, PINNED
from relevo_certification.credential import canonical, contexts, jwt, proof, status_list, text
from relevo_certification.credential.keys import BadKeys, Keys, did_of, generate, load
from relevo_certification.domain.edition import LANGUAGES, Language
from relevo_certification.domain.sealed import Identity
from relevo_certification.domain.status_entry import BITS, STATUS_PURPOSES, StatusPurpose
from relevo_certification.press import Press
from relevo_chassis.ids import new_id

OWN_ID, SUBJECT_ID, POSITION = "1" * 32, "2" * 32, 77
NAME = "María José Ñandú “la Zafiro” g̃ẽ"
Steps = tuple[str | int, ...]


@pytest.fixture
def document(making: Any, keys: Keys) -> dict[str, Any]:
    own = text.Particulars(OWN_ID, SUBJECT_ID, text.Entry(1, POSITION), making.issued_at, "es", NAME)
    return text.credential(text.Issuer(keys.did, making.site), making.edition_id, making.facts(), own)


@pytest.fixture
def signed(document: dict[str, Any], keys: Keys, making: Any) -> dict[str, Any]:
    return proof.secured(document, keys, making.issued_at)


@pytest.fixture
def did(tmp_path: Path, keys: Keys) -> Path:
    return written(tmp_path / "did.json", keys.did_document())


def written(path: Path, content: Any) -> Path:
    path.write_text(content if isinstance(content, str) else json.dumps(content, ensure_ascii=False), encoding="utf-8")
    return path


def status(folder: Path, press: Press, making: Any, *revoked: int, superseded: Sequence[int] = ()) -> list[Path]:
    """Both lists, as JSON."""
    places: dict[StatusPurpose, Sequence[int]] = {"revocation": revoked, "refresh": superseded}
    return [
        written(folder / f"{each}.json", press.status_list(1, each, places[each], making.issued_at).credential)
        for each in STATUS_PURPOSES
    ]


def leaves(value: Any, steps: Steps = ()) -> Iterator[Steps]:
    if isinstance(value, dict | list):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from leaves(inner, (*steps, key))
    else:
        yield steps


def altered(document: dict[str, Any], steps: Steps) -> dict[str, Any]:
    """The document with one leaf changed."""
    made: Any = copy.deepcopy(document)
    place = made
    for step in steps[:-1]:
        place = place[step]
    old = place[steps[-1]]
    place[steps[-1]] = _another(old)
    return dict(made)


def _another(old: Any) -> Any:
    if isinstance(old, bool):
        return not old
    if isinstance(old, int):
        return old + 1
    return "2020-02-21T15:00:00Z" if old.endswith("Z") else f"{old}x"


def removed(document: dict[str, Any], steps: Steps) -> dict[str, Any]:
    made: Any = copy.deepcopy(document)
    place = made
    for step in steps[:-1]:
        place = place[step]
    del place[steps[-1]]
    return dict(made)


def test_it_says_what_open_badges_ask_for(document: dict[str, Any], keys: Keys) -> None:
    assert document["@context"] == [CREDENTIALS_V2, OPEN_BADGES]
    assert document["type"] == ["VerifiableCredential", "OpenBadgeCredential"]
    assert document["issuer"]["id"] == keys.did == "did:web:certificados.oas.test"
    assert {"id", "type", "name", "description", "criteria"} <= document["credentialSubject"]["achievement"].keys()
    assert [each["statusPurpose"] for each in document["credentialStatus"]] == ["revocation", "refresh"]
    for status in document["credentialStatus"]:
        assert status["id"] != status["statusListCredential"]
        assert status["statusListIndex"] == str(POSITION)


def test_every_uuid_in_it_is_a_version_4_uuid_whatever_the_random_bits(making: Any, keys: Keys) -> None:
    for bits in ("0" * 32, "f" * 32, *(new_id() for _ in range(50))):
        own = text.Particulars(bits, bits[::-1], text.Entry(1, 0), making.issued_at, "pt", None, "sha256-YQ==")
        document = text.credential(text.Issuer(keys.did, making.site), bits, making.facts(), own)
        found = re.findall(r"urn:uuid:([^\"]*)", json.dumps(document))
        assert len(found) == 10
        assert [(UUID(each).version, UUID(each).variant, str(UUID(each))) for each in found] == [
            (4, RFC_4122, each) for each in found
        ]


def test_an_unnamed_credential_holds_no_name(making: Any, keys: Keys) -> None:
    own = text.Particulars(OWN_ID, SUBJECT_ID, text.Entry(1, 0), making.issued_at, "pt", None)
    document = text.credential(text.Issuer(keys.did, making.site), making.edition_id, making.facts(), own)
    assert "identifier" not in document["credentialSubject"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_hours_place_and_who_signs_are_signed_as_the_paper_states_them(
    making: Any, keys: Keys, press: Press, language: Language
) -> None:
    facts = making.facts()
    holder = Identity(name="Ana", language=language, named=True)
    paper = PdfReader(io.BytesIO(press.sample(facts, holder, making.issued_at)))
    printed = " ".join(paper.pages[0].extract_text().split())
    own = text.Particulars(OWN_ID, SUBJECT_ID, text.Entry(1, 0), making.issued_at, language, None)
    document = text.credential(text.Issuer(keys.did, making.site), making.edition_id, facts, own)
    subject, achievement = document["credentialSubject"], document["credentialSubject"]["achievement"]
    assert subject["creditsEarned"] == achievement["creditsAvailable"] == 35
    named = {each["id"]: each for each in achievement["resultDescription"]}
    assert [each["value"] for each in subject["result"]] == ["35", "4", "10"]
    assert len({each["name"] for each in named.values()}) == 3
    assert all(named[each["resultDescription"]]["requiredValue"] == each["value"] for each in subject["result"])
    for each in document["evidence"]:
        for member in ("name", "narrative", "description"):
            assert " ".join(each.get(member, "").split()) in printed
    assert [each["genre"] for each in document["evidence"]] == [
        *("onsite_programme", "multiplier_session", "supporter", "signatory", "signatory")
    ]
    signs = [(each["name"], each["description"]) for each in document["evidence"] if each["genre"] == "signatory"]
    assert signs == [(each.name, each.office[language]) for each in facts.signatories]
    assert document["evidence"][0]["name"] == "Washington, DC"
    assert canonical.SHIPPED.canonical(document)


def test_other_peoples_code_accepts_both_securings(
    signed: dict[str, Any], document: dict[str, Any], did: Path, keys: Keys, press: Press, making: Any, verifier: Any,
    tmp_path: Path,
) -> None:  # fmt: skip
    files = [
        written(tmp_path / "credential.json", signed),
        written(tmp_path / "credential.jwt", jwt.secured(document, keys, making.issued_at)),
    ]
    for revoked, expected in (((), "valid"), ((POSITION,), "revoked"), ((POSITION + 1,), "valid")):
        lists = status(tmp_path, press, making, *revoked)
        found = verifier.outcomes(files, did, lists, making.issued_at + timedelta(days=1))
        assert [each["outcome"] for each in found] == [expected, expected], found


def test_other_peoples_code_refuses_it_when_any_field_is_altered_or_removed(
    signed: dict[str, Any], did: Path, press: Press, making: Any, verifier: Any, tmp_path: Path
) -> None:
    paths = list(leaves(signed))
    mutants = [altered(signed, steps) for steps in paths] + [removed(signed, steps) for steps in paths]
    mutants += [{**signed, "name": "another"}, {**signed, "extra": "term"}, {**signed, "proof": []}]
    mutants.append({**signed, "credentialSubject": {**signed["credentialSubject"], "secret": "term"}})
    files = [written(tmp_path / f"{number}.json", each) for number, each in enumerate(mutants)]
    lists = status(tmp_path, press, making)
    found = verifier.outcomes(files, did, lists, making.issued_at + timedelta(days=1))
    assert len(found) == len(mutants) > 70
    accepted = [mutants[number] for number, each in enumerate(found) if each["outcome"] != "invalid"]
    assert accepted == []


def test_other_peoples_code_refuses_it_when_bytes_are_altered(
    signed: dict[str, Any], did: Path, press: Press, making: Any, verifier: Any, tmp_path: Path
) -> None:
    dice, whole = random.Random(4), json.dumps(signed, separators=(",", ":"), ensure_ascii=True)
    files: list[Path] = []
    while len(files) < 400:
        place = dice.randrange(len(whole))
        mutant = whole[:place] + chr(dice.randrange(33, 127)) + whole[place + 1 :]
        if not says_the_same(mutant, signed):
            files.append(written(tmp_path / f"{len(files)}.json", mutant))
    lists = status(tmp_path, press, making)
    found = verifier.outcomes(files, did, lists, making.issued_at + timedelta(days=1))
    assert [each for each in found if each["outcome"] != "invalid"] == []


def says_the_same(mutant: str, signed: dict[str, Any]) -> bool:
    try:
        return bool(json.loads(mutant) == signed)
    except ValueError:
        return False


def test_other_peoples_code_refuses_an_altered_vc_jwt(
    document: dict[str, Any], did: Path, keys: Keys, press: Press, making: Any, verifier: Any, tmp_path: Path
) -> None:
    token = jwt.secured(document, keys, making.issued_at)
    head, body, signature = token.split(".")
    payload = opened(body)
    bodies = [packed(altered(payload, steps)) for steps in leaves({**payload, "nbf": True}) if steps != ("nbf",)]
    heads = [packed(altered(opened(head), steps)) for steps in leaves(opened(head))]
    mutants = [f"{head}.{each}.{signature}" for each in bodies] + [f"{each}.{body}.{signature}" for each in heads]
    mutants += [f"{head}.{body}.", f"{head}.{body}.{signature[:-4]}AAAA", f"{packed({'alg': 'none'})}.{body}."]
    files = [written(tmp_path / f"{number}.jwt", each) for number, each in enumerate(mutants)]
    lists = status(tmp_path, press, making)
    found = verifier.outcomes(files, did, lists, making.issued_at + timedelta(days=1))
    assert [each for each in found if each["outcome"] != "invalid"] == []


def opened(part: str) -> dict[str, Any]:
    return dict(json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))))


def packed(content: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")


def test_the_vc_jwt_has_the_header_and_claims_of_open_badges(document: dict[str, Any], keys: Keys, making: Any) -> None:
    head, body, _ = jwt.secured(document, keys, making.issued_at).split(".")
    assert opened(head).keys() == {"alg", "kid", "jwk", "typ"}
    assert opened(head)["alg"] == "ES256"
    assert "d" not in opened(head)["jwk"]
    claims = opened(body)
    assert {name: claims.pop(name) for name in ("iss", "jti", "nbf", "sub")} == {
        "iss": keys.did,
        "jti": document["id"],
        "nbf": int(making.issued_at.timestamp()),
        "sub": document["credentialSubject"]["id"],
    }
    assert claims == document


@pytest.mark.parametrize("where", ["top", "subject", "type"])
def test_a_document_with_a_term_that_would_not_be_signed_is_refused(
    document: dict[str, Any], keys: Keys, making: Any, where: str
) -> None:
    match where:
        case "top":
            document["grade"] = "excellent"
        case "subject":
            document["credentialSubject"]["grade"] = "excellent"
        case _:
            document["credentialSubject"]["type"] = ["AchievementSubject", "Hero"]
    with pytest.raises(canonical.TermsLost):
        proof.secured(document, keys, making.issued_at)


def test_no_context_but_the_shipped_ones_is_taken(document: dict[str, Any]) -> None:
    with pytest.raises(contexts.ContextNotShipped, match="not shipped"):
        canonical.SHIPPED.canonical({**document, "@context": ["https://elsewhere.test/context.json"]})


def test_the_shipped_contexts_are_those_pinned() -> None:
    for each in PINNED:
        assert "@context" in contexts.shipped(each.url)


def test_the_did_document_names_every_key_as_the_proofs_do(keys: Keys, signed: dict[str, Any]) -> None:
    document = keys.did_document()
    assert document["id"] == document["controller"] == signed["issuer"]["id"]
    assert signed["proof"][0]["verificationMethod"] in document["assertionMethod"]
    assert all(isinstance(each, str) for each in document["assertionMethod"])
    assert signed["proof"][0]["verificationMethod"].endswith("#key-2020-1")


def test_retired_keys_stay_and_the_newest_sign(tmp_path: Path, keys: Keys, signed: dict[str, Any], making: Any) -> None:
    generate(tmp_path, 2019)
    old = load(tmp_path, keys.did)
    generate(tmp_path, 2021)
    for name in ("key-2019-1", "key-2019-2"):
        private = tmp_path / f"{name}.pem"
        (tmp_path / f"{name}.pub.pem").write_bytes(_public_half(private.read_bytes()))
        private.unlink()
    new = load(tmp_path, keys.did)
    assert (new.signer().proof_name, new.signer().jwt_name) == ("key-2021-1", "key-2021-2")
    methods = {each["id"]: each for each in new.did_document()["verificationMethod"]}
    assert {each["id"]: each for each in old.did_document()["verificationMethod"]}.items() <= methods.items()
    assert len(methods) == 4


def _public_half(private: bytes) -> bytes:
    key = pem.load_pem_private_key(private, None).public_key()
    return key.public_bytes(pem.Encoding.PEM, pem.PublicFormat.SubjectPublicKeyInfo)


def test_a_folder_without_keys_or_with_something_else_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadKeys, match="needs a private"):
        load(tmp_path, "did:web:a.test")
    (tmp_path / "key-2020-1.pem").write_text("nonsense")
    with pytest.raises(BadKeys, match="not a private key"):
        load(tmp_path, "did:web:a.test")


def test_generated_keys_are_readable_by_their_owner_alone(tmp_path: Path) -> None:
    generate(tmp_path, 2020)
    assert {path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {0o600}


@pytest.mark.parametrize(
    ("site", "did"),
    [
        ("https://certificados.oas.test", "did:web:certificados.oas.test"),
        ("http://localhost:8104", "did:web:localhost%3A8104"),
        ("http://127.0.0.1:8104/", "did:web:localhost%3A8104"),
    ],
)
def test_the_did_follows_from_the_site(site: str, did: str) -> None:
    assert did_of(site) == did


def test_a_site_with_a_path_has_no_did_here() -> None:
    with pytest.raises(BadKeys):
        did_of("https://oas.test/certificados")


def test_a_status_list_has_its_bits_from_the_left() -> None:
    packed = status_list.encoded([0, 9, BITS - 1])
    assert packed.startswith("u")
    assert bits_of(packed) == {0, 9, BITS - 1}
    with pytest.raises(ValueError, match="not in a list"):
        status_list.encoded([BITS])


def bits_of(packed: str) -> set[int]:
    raw = gzip.decompress(base64.urlsafe_b64decode(packed[1:] + "=" * (-len(packed[1:]) % 4)))
    return {place * 8 + bit for place, byte in enumerate(raw) if byte for bit in range(8) if byte & 0x80 >> bit}


def test_a_status_list_is_published_at_set_moments_only(making: Any) -> None:
    every = timedelta(minutes=15)
    start = status_list.slot_start(making.issued_at + timedelta(minutes=14, seconds=59), every)
    assert start == making.issued_at
    assert status_list.slot_start(making.issued_at + timedelta(minutes=15), every) == making.issued_at + every


def test_a_forged_status_list_is_refused(
    signed: dict[str, Any], did: Path, press: Press, making: Any, verifier: Any, tmp_path: Path
) -> None:
    forged = json.loads(press.status_list(1, "revocation", [POSITION], making.issued_at).credential)
    forged["credentialSubject"]["encodedList"] = status_list.encoded([])
    files = [written(tmp_path / "credential.json", signed)]
    with pytest.raises(CalledProcessError):
        verifier.outcomes(files, did, [written(tmp_path / "forged.json", forged)], making.issued_at)
