"""Decisive cases of the W3C's suites (VC data model 2.0, eddsa-rdfc-2022, Bitstring Status List) over our own code."""

from __future__ import annotations

import base64
import copy
import gzip
import hashlib
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import base58
import httpx
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519

from relevo_certification.assets.pinned import CREDENTIALS_V2 as V2

EXAMPLES = "https://www.w3.org/ns/credentials/examples/v2"
ISSUER, SUBJECT = "https://issuer.test/1", "did:example:subject"
Json = dict[str, Any]


def credential(**members: Any) -> Json:
    made = {
        "@context": [V2],
        "type": ["VerifiableCredential"],
        "issuer": ISSUER,
        "credentialSubject": {"id": SUBJECT},
    } | members
    return {name: value for name, value in made.items() if value is not ...}


def entry(**members: Any) -> Json:
    made = {
        "type": "BitstringStatusListEntry",
        "statusPurpose": "revocation",
        "statusListIndex": "5",
        "statusListCredential": "https://issuer.test/list",
    } | members
    return {name: value for name, value in made.items() if value is not ...}


EN = {"@value": "Course", "@language": "en"}
RTL = {"@value": "عنا", "@language": "ar", "@direction": "rtl"}
RESOURCE = {"id": "https://x.test/a", "digestSRI": "sha384-abc"}
ACCEPTED: dict[str, Json] = {
    "the least": credential(),
    "an inline context after the first": credential(
        **{"@context": [V2, {"grade": "https://x.test/grade"}], "grade": "A"}
    ),
    "examples after the first": credential(**{"@context": [V2, EXAMPLES], "type": ["VerifiableCredential", "AnyType"]}),
    "an id": credential(id="https://x.test/credentials/1"),
    "an id that is a URN": credential(id="urn:uuid:0b7e2f4c-9a1d-4e0f-8c3b-5a6d7e8f9012"),
    "a single type": credential(type="VerifiableCredential"),
    "a type that is an address": credential(type=["VerifiableCredential", "https://x.test/Type"]),
    "an issuer with an id alone": credential(issuer={"id": ISSUER}),
    "an issuer with names in languages": credential(issuer={"id": ISSUER, "name": [EN, RTL], "description": EN}),
    "names in languages": credential(name=[EN, RTL], description="Course"),
    "several subjects": credential(credentialSubject=[{"id": SUBJECT}, {"id": "did:example:other", "name": "Ana"}]),
    "a subject without an id": credential(credentialSubject={"name": "Ana"}),
    "a period": credential(validFrom="2020-01-01T00:00:00Z", validUntil="2099-01-01T00:00:00+05:00"),
    "a status of another kind": credential(
        credentialStatus={"type": "https://x.test/Status", "id": "https://x.test/s"}
    ),
    "several statuses": credential(credentialStatus=[entry(), entry(statusPurpose="refresh")]),
    "schemas": credential(credentialSchema=[{"id": "https://x.test/s", "type": "JsonSchema"}]),
    "a refresh service": credential(refreshService={"type": "https://x.test/Refresh", "id": "https://x.test/r"}),
    "terms of use and evidence": credential(
        termsOfUse={"type": "https://x.test/Terms", "id": "https://x.test/t"},
        evidence=[{"type": "https://x.test/Evidence"}],
    ),
    "related resources": credential(relatedResource=[RESOURCE, {"id": "https://x.test/b", "digestMultibase": "zabc"}]),
}
REFUSED: dict[str, Json] = {
    "no context": credential(**{"@context": ...}),
    "another first context": credential(**{"@context": [EXAMPLES, V2]}),
    "a context that is no list": credential(**{"@context": V2}),
    "a context that is neither": credential(**{"@context": [V2, 7]}),
    "a context that is not shipped": credential(**{"@context": [V2, "https://elsewhere.test/v1"]}),
    "a term that no context defines": credential(grade="A"),
    "no type": credential(type=...),
    "another type": credential(type=["https://x.test/Type"]),
    "a type that no context defines": credential(type=["VerifiableCredential", "AnyType"]),
    "an id that is no address": credential(id="one"),
    "several ids": credential(id=["https://x.test/1", "https://x.test/2"]),
    "an id that is null": credential(id=None),
    "no issuer": credential(issuer=...),
    "an issuer that is null": credential(issuer=None),
    "an issuer that is a number": credential(issuer=7),
    "an issuer that is no address": credential(issuer="issuer"),
    "an issuer without an id": credential(issuer={"name": "Issuer"}),
    "an issuer whose id is null": credential(issuer={"id": None}),
    "a name with more than a text": credential(name={**EN, "extra": "x"}),
    "a description with more than a text": credential(description={**EN, "url": "did:example:x"}),
    "an issuer's name with more than a text": credential(issuer={"id": ISSUER, "name": {**EN, "extra": "x"}}),
    "a name that is a number": credential(name=7),
    "no subject": credential(credentialSubject=...),
    "an empty subject": credential(credentialSubject={}),
    "an empty list of subjects": credential(credentialSubject=[]),
    "an empty subject among others": credential(credentialSubject=[{"id": SUBJECT}, {}]),
    "a subject that is a text": credential(credentialSubject=SUBJECT),
    "a subject with several ids": credential(credentialSubject={"id": [SUBJECT, ISSUER]}),
    "a subject with an id that is no address": credential(credentialSubject={"id": "somebody"}),
    "a date without a time": credential(validFrom="2020-01-01"),
    "a time without a zone": credential(validFrom="2020-01-01T00:00:00"),
    "a time that is none": credential(validUntil="2020-13-41T00:00:00Z"),
    "an end before the beginning": credential(validFrom="2021-01-01T00:00:00Z", validUntil="2020-01-01T00:00:00Z"),
    "a status without a type": credential(credentialStatus={"id": "https://x.test/s"}),
    "a status whose id is no address": credential(credentialStatus={"type": "https://x.test/S", "id": "s"}),
    "a schema without a type": credential(credentialSchema={"id": "https://x.test/s"}),
    "a schema without an id": credential(credentialSchema={"type": "JsonSchema"}),
    "a refresh service without a type": credential(refreshService={"id": "https://x.test/r"}),
    "terms of use without a type": credential(termsOfUse={"id": "https://x.test/t"}),
    "evidence without a type": credential(evidence={"id": "https://x.test/e"}),
    "a resource without a digest": credential(relatedResource=[{"id": "https://x.test/a"}]),
    "a resource without an id": credential(relatedResource=[{"digestSRI": "sha384-abc"}]),
    "a resource twice": credential(relatedResource=[RESOURCE, RESOURCE]),
    "an index that is no text": credential(credentialStatus=entry(statusListIndex=5)),
    "an index that is true": credential(credentialStatus=entry(statusListIndex=True)),
    "an index below nothing": credential(credentialStatus=entry(statusListIndex="-1")),
    "an entry without a purpose": credential(credentialStatus=entry(statusPurpose=...)),
    "an entry without a list": credential(credentialStatus=entry(statusListCredential=...)),
    "an entry with its list's id": credential(credentialStatus=entry(id="https://issuer.test/list")),
    "no object": [],  # type: ignore[dict-item]
}


async def issued(api: httpx.AsyncClient, document: Json | None = None) -> Json:
    answer = await api.post("/credentials/issue", json={"credential": document or credential()})
    assert answer.status_code == 201, answer.text
    return dict(answer.json()["verifiableCredential"])


async def verified(api: httpx.AsyncClient, document: Any, **options: Any) -> int:
    body = {"verifiableCredential": document, "options": options}
    answer = await api.post("/credentials/verify", json=body)
    assert answer.json()["verified"] is (answer.status_code == 200)
    return answer.status_code


@pytest.mark.parametrize("name", ACCEPTED)
async def test_a_credential_as_the_data_model_has_it_is_issued_and_verified(api: httpx.AsyncClient, name: str) -> None:
    made = await issued(api, ACCEPTED[name])
    assert await verified(api, made) == 200
    for member, value in ACCEPTED[name].items():
        assert member == "issuer" or made[member] == value


@pytest.mark.parametrize("name", REFUSED)
async def test_a_credential_that_breaks_the_data_model_is_neither_issued_nor_verified(
    api: httpx.AsyncClient, name: str
) -> None:
    answer = await api.post("/credentials/issue", json={"credential": REFUSED[name]})
    assert (answer.status_code, bool(answer.json()["errors"])) == (400, True)
    proof = (await issued(api))["proof"]
    assert await verified(api, {**REFUSED[name], "proof": proof} if isinstance(REFUSED[name], dict) else []) == 400


# Proofs: eddsa-rdfc-2022.


class Holder:
    """Signs as somebody else does, right or wrong."""

    def __init__(self, adapter: Any) -> None:
        self._canonical = adapter.canonicalizer.canonical
        self._key = ed25519.Ed25519PrivateKey.generate()
        raw = self._key.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
        self._name = "z" + base58.b58encode(b"\xed\x01" + raw).decode()
        self.id = f"did:key:{self._name}"

    def signed(self, document: Json, *, sha: str = "sha256", jcs: bool = False, **members: Any) -> Json:
        config = {
            "type": "DataIntegrityProof",
            "cryptosuite": "eddsa-rdfc-2022",
            "created": "2020-01-01T00:00:00Z",
            "verificationMethod": f"{self.id}#{self._name}",
            "proofPurpose": "authentication",
        } | members
        config = {name: value for name, value in config.items() if value is not ...}
        both = ({"@context": document["@context"], **config}, document)
        forms = [json.dumps(each, sort_keys=True).encode() if jcs else self._canonical(each) for each in both]
        signature = self._key.sign(b"".join(hashlib.new(sha, form).digest() for form in forms))
        return {**document, "proof": {**config, "proofValue": "z" + base58.b58encode(signature).decode()}}

    def credential(self, **members: Any) -> Json:
        return self.signed(credential(issuer=self.id), **{"proofPurpose": "assertionMethod", **members})

    def presentation(self, *inside: Any, **members: Any) -> Json:
        made = {"@context": [V2], "type": ["VerifiablePresentation"], "verifiableCredential": [*inside]} | members
        return self.signed({name: value for name, value in made.items() if value is not ...})


@pytest.fixture
def holder(adapter: Any) -> Holder:
    return Holder(adapter)


async def test_a_proof_has_the_form_that_the_cryptosuite_asks_for(api: httpx.AsyncClient, adapter: Any) -> None:
    [proof] = (await issued(api))["proof"]
    assert (proof["type"], proof["cryptosuite"]) == ("DataIntegrityProof", "eddsa-rdfc-2022")
    assert proof["proofPurpose"] == "assertionMethod"
    assert datetime.fromisoformat(proof["created"]).tzinfo == UTC
    assert proof["proofValue"][0] == "z"
    assert len(base58.b58decode(proof["proofValue"][1:])) == 64
    assert proof["verificationMethod"].startswith(f"{adapter.keys.did}#z")


async def test_what_somebody_else_signed_is_verified(api: httpx.AsyncClient, holder: Holder) -> None:
    assert await verified(api, holder.credential()) == 200
    later = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    assert await verified(api, holder.credential(expires=later)) == 200
    assert await verified(api, holder.credential(created=...)) == 200


@pytest.mark.parametrize(
    "members",
    [
        {"sha": "sha512"},
        {"jcs": True},
        {"cryptosuite": "eddsa-jcs-2022"},
        {"cryptosuite": ...},
        {"type": "Ed25519Signature2020"},
        {"proofPurpose": "authentication"},
        {"proofPurpose": ...},
        {"verificationMethod": ...},
        {"verificationMethod": "did:key:zabc#zabc"},
        {"verificationMethod": "https://x.test/key"},
        {"created": "2020-01-01"},
        {"expires": "2020-01-02T00:00:00Z"},
    ],
)
async def test_a_proof_that_was_made_in_another_way_is_refused(
    api: httpx.AsyncClient, holder: Holder, members: Json
) -> None:
    try:
        made = holder.credential(**members)
    except ValueError:
        made = {**holder.credential(), "proof": {**holder.credential()["proof"], **members}}
        made["proof"] = {name: value for name, value in made["proof"].items() if value is not ...}
    assert await verified(api, made) == 400


@pytest.mark.parametrize(
    "value",
    ["", "z", "u" + "A" * 86, *("z" + base58.b58encode(bytes(length)).decode() for length in (63, 65, 96, 114)), 7],
)
async def test_a_proof_value_of_another_length_or_base_is_refused(
    api: httpx.AsyncClient, holder: Holder, value: Any
) -> None:
    made = holder.credential()
    made["proof"]["proofValue"] = value
    assert await verified(api, made) == 400


async def test_no_member_of_what_was_signed_can_be_altered_added_or_left_out(
    api: httpx.AsyncClient, holder: Holder
) -> None:
    made = holder.credential()
    for mutant in (
        {**made, "issuer": ISSUER},
        {**made, "name": "another"},
        {**made, "credentialSubject": {"id": "did:example:other"}},
        {**made, "proof": [made["proof"], {**made["proof"], "created": "2021-01-01T00:00:00Z"}]},
        {name: value for name, value in made.items() if name != "proof"},
        {**made, "proof": []},
        {**made, "proof": {**made["proof"], "domain": "x.test"}},
    ):
        assert await verified(api, mutant) == 400
    assert await verified(api, {**made, "proof": [made["proof"]]}) == 200


async def test_what_is_not_valid_yet_or_any_more_is_refused(api: httpx.AsyncClient) -> None:
    assert await verified(api, await issued(api, credential(validFrom="2099-01-01T00:00:00Z"))) == 400
    assert await verified(api, await issued(api, credential(validUntil="2020-01-01T00:00:00Z"))) == 400


# Presentations.


async def presented(api: httpx.AsyncClient, presentation: Any, **options: Any) -> int:
    body = {"verifiablePresentation": presentation, "options": options}
    answer = await api.post("/presentations/verify", json=body)
    assert answer.json()["verified"] is (answer.status_code == 200)
    return answer.status_code


ENVELOPED = {"@context": [V2], "id": "data:application/vc+jwt,eyJ.eyJ.c2ln", "type": "EnvelopedVerifiableCredential"}


async def test_presentations_of_credentials_with_contexts_of_their_own_are_verified(
    api: httpx.AsyncClient, holder: Holder
) -> None:
    plain, other = await issued(api), holder.credential()
    wider = await issued(api, credential(**{"@context": [V2, EXAMPLES], "type": ["VerifiableCredential", "AnyType"]}))
    for made in (
        holder.presentation(plain, other),
        holder.presentation(wider),
        holder.presentation(ENVELOPED),
        holder.presentation(verifiableCredential=...),
        holder.presentation(plain, id="urn:uuid:0b7e2f4c-9a1d-4e0f-8c3b-5a6d7e8f9012"),
        holder.presentation(plain, holder=holder.id),
        holder.presentation(plain, holder={"id": holder.id}),
        holder.presentation(credential(issuer=holder.id), holder=holder.id),
        holder.presentation(credential(issuer={"id": holder.id}), holder={"id": holder.id}),
    ):
        assert await presented(api, made) == 200, made


async def test_presentations_that_break_the_data_model_are_refused(api: httpx.AsyncClient, holder: Holder) -> None:
    plain = await issued(api)
    spoilt = copy.deepcopy(plain)
    spoilt["credentialSubject"]["name"] = "another"
    for made in (
        holder.presentation(plain, holder={"name": "Ana"}),
        holder.presentation(credential(issuer=holder.id)),
        holder.presentation(credential(issuer=holder.id), holder="did:example:acme"),
        holder.presentation(credential(issuer="did:example:acme"), holder=holder.id),
        holder.presentation(spoilt),
        holder.presentation({**ENVELOPED, "id": "data:text/plain,x"}),
        {**holder.presentation(plain), "type": ["VerifiableCredential"]},
        {**holder.presentation(plain), "verifiableCredential": ["https://x.test/credential"]},
        {**holder.presentation(plain), "verifiableCredential": [7]},
        {name: value for name, value in holder.presentation(plain).items() if name != "proof"},
        {**holder.presentation(plain), "holder": "did:example:acme"},
    ):
        assert await presented(api, made) == 400, made


async def test_a_presentation_for_another_domain_or_challenge_is_refused(
    api: httpx.AsyncClient, holder: Holder
) -> None:
    bare = {"@context": [V2], "type": ["VerifiablePresentation"]}
    made = holder.signed(bare, domain="x.test", challenge="c")
    assert await presented(api, made, domain="x.test", challenge="c") == 200
    for options in ({"domain": "y.test"}, {"challenge": "d"}):
        assert await presented(api, made, **options) == 400


# Bitstring Status List.


async def test_what_is_issued_has_its_places_in_lists_that_are_credentials(api: httpx.AsyncClient) -> None:
    entries = (await issued(api))["credentialStatus"]
    assert [each["statusPurpose"] for each in entries] == ["revocation", "refresh"]
    for each in entries:
        assert each["type"] == "BitstringStatusListEntry"
        assert each["statusListIndex"] == str(int(each["statusListIndex"]))
        assert each["id"] != each["statusListCredential"]
        listed = (await api.get(each["statusListCredential"])).json()
        assert listed["id"] == each["statusListCredential"]
        assert "BitstringStatusListCredential" in listed["type"]
        subject = listed["credentialSubject"]
        assert (subject["type"], subject["statusPurpose"]) == ("BitstringStatusList", each["statusPurpose"])
        assert subject["encodedList"][0] == "u"
        packed = subject["encodedList"][1:]
        bits = gzip.decompress(base64.urlsafe_b64decode(packed + "=" * (-len(packed) % 4)))
        assert (len(bits), any(bits)) == (16 * 1024, False)
        assert await verified(api, listed) == 200


async def test_a_bit_that_is_set_revokes_and_that_of_another_purpose_does_not(
    api: httpx.AsyncClient, adapter: Any
) -> None:
    made = await issued(api)
    place = int(made["credentialStatus"][0]["statusListIndex"])
    adapter.marked["refresh"].add(place)
    assert await verified(api, made, checks=["proof", "credentialStatus"]) == 200
    adapter.marked["revocation"].add((place + 1) % 131_072)
    assert await verified(api, made, checks=["proof", "credentialStatus"]) == 200
    adapter.marked["revocation"].add(place)
    assert await verified(api, made, checks=["proof", "credentialStatus"]) == 400


@pytest.mark.parametrize(
    "members",
    [
        {"statusListIndex": "131072"},
        {"statusPurpose": "suspension"},
        {"statusListCredential": "https://elsewhere.test/list"},
    ],
)
async def test_a_status_that_cannot_be_told_is_refused(api: httpx.AsyncClient, members: Json) -> None:
    own = {"statusListCredential": "http://issuer.test/status/1", **members}
    made = await issued(api, credential(credentialStatus=entry(**own)))
    assert await verified(api, made, checks=["proof", "credentialStatus"]) == 400
