"""The product's own signing, canonical forms and status lists behind the VC API, for the test suites of the W3C.

Only tests use it; see README.md. What a credential and a presentation have to look like (VC data model 2.0) is checked
here, because the service signs nothing but what it wrote itself.
"""

from __future__ import annotations

import argparse
import base64
import gzip
import hashlib
import json
import re
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import base58
import uvicorn
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse

from relevo_certification.assets.pinned import CREDENTIALS_V2
from relevo_certification.credential import proof, status_list, text
from relevo_certification.credential.canonical import Canonicalizer, Unsignable
from relevo_certification.credential.contexts import ContextNotShipped, shipped
from relevo_certification.credential.keys import Keys
from relevo_certification.domain.status_entry import BITS, STATUS_PURPOSES, StatusPurpose

Json = dict[str, Any]
_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s]+\Z")
_STAMP = re.compile(r"-?\d{4,}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)\Z")
_ED25519 = b"\xed\x01"
_NUMBER = 1


class Refused(ValueError):
    """The document is not as the data model says, or its proof or its status does not hold."""


def must(holds: object, what: str) -> None:
    if not holds:
        raise Refused(what)


def each(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def is_url(value: Any) -> bool:
    return isinstance(value, str) and bool(_URL.match(value))


def check_texts(where: Json) -> None:
    for name in ("name", "description"):
        for value in each(where.get(name, "")):
            if isinstance(value, dict):
                must(value.keys() <= {"@value", "@language", "@direction"}, f"{name} has other members than a text has")
                must(isinstance(value.get("@value"), str), f"{name} has no text")
            else:
                must(isinstance(value, str), f"{name} is no text")


def check_head(document: Any, kind: str) -> None:
    """Contexts, id and type of a credential or a presentation."""
    must(isinstance(document, dict), "not an object")
    contexts = document.get("@context")
    must(
        isinstance(contexts, list) and contexts and contexts[0] == CREDENTIALS_V2, "@context does not begin as it must"
    )
    must(all(isinstance(one, dict) or is_url(one) for one in contexts), "@context has neither addresses nor objects")
    must("id" not in document or is_url(document["id"]), "id is no single address")
    types = each(document.get("type", []))
    must(all(isinstance(one, str) for one in types) and kind in types, f"type is not {kind}")


def check_typed(document: Json, name: str, *, with_id: bool = False) -> Iterator[Json]:
    for one in each(document.get(name, [])):
        must(isinstance(one, dict) and one.get("type"), f"{name} has no type")
        must(is_url(one["id"]) if "id" in one else not with_id, f"{name}.id is no address")
        yield one


def check_credential(credential: Any) -> None:
    """VC data model 2.0, section 4. Raises ``Refused``."""
    check_head(credential, "VerifiableCredential")
    issuer = credential.get("issuer")
    must(is_url(issuer["id"] if isinstance(issuer, dict) and "id" in issuer else issuer), "issuer is no address")
    for one in (credential, issuer if isinstance(issuer, dict) else {}):
        check_texts(one)
    subjects = each(credential.get("credentialSubject"))
    must(subjects and all(isinstance(one, dict) and one for one in subjects), "credentialSubject says nothing")
    must(all("id" not in one or is_url(one["id"]) for one in subjects), "credentialSubject.id is no single address")
    for name in ("validFrom", "validUntil"):
        must(name not in credential or is_stamp(credential[name]), f"{name} is no instant with its zone")
    if "validFrom" in credential and "validUntil" in credential:
        must(at(credential["validFrom"]) <= at(credential["validUntil"]), "validUntil is before validFrom")
    for status in check_typed(credential, "credentialStatus"):
        check_status(status)
    for name, with_id in (
        ("credentialSchema", True),
        ("refreshService", False),
        ("termsOfUse", False),
        ("evidence", False),
    ):
        list(check_typed(credential, name, with_id=with_id))
    resources = each(credential.get("relatedResource", []))
    must(all(isinstance(one, dict) and is_url(one.get("id")) for one in resources), "relatedResource has no id")
    must(all("digestSRI" in one or "digestMultibase" in one for one in resources), "relatedResource has no digest")
    must(len({one["id"] for one in resources}) == len(resources), "relatedResource names one twice")


def check_status(status: Json) -> None:
    """Bitstring Status List 1.0, section 2.1. Raises ``Refused``."""
    if status["type"] != "BitstringStatusListEntry":
        return
    must(isinstance(status.get("statusPurpose"), str), "statusPurpose is no text")
    index = status.get("statusListIndex")
    must(isinstance(index, str) and index.isdecimal(), "statusListIndex is no number in a text")
    listed = status.get("statusListCredential")
    must(is_url(listed) and status.get("id") != listed, "statusListCredential is no address of its own")
    must("statusSize" not in status or status["statusSize"] == 1, "statusSize is none that is understood here")


def is_stamp(value: Any) -> bool:
    try:
        return isinstance(value, str) and bool(_STAMP.match(value)) and at(value).tzinfo is not None
    except ValueError:
        return False


def at(stamp: str) -> datetime:
    return datetime.fromisoformat(stamp)


class Adapter:
    """Issues under a ``did:key`` of its own, and verifies what any ``did:key`` of this kind signed."""

    def __init__(self, url: str, contexts: Mapping[str, Json], *, with_status: bool) -> None:
        self.url, self.with_status = url, with_status
        self.canonicalizer = Canonicalizer(lambda address: dict(contexts.get(address) or shipped(address)))
        key = ed25519.Ed25519PrivateKey.generate()
        raw = key.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
        name = "z" + base58.b58encode(_ED25519 + raw).decode()
        self.keys = Keys(f"did:key:{name}", {name: key}, {"jwt": ec.generate_private_key(ec.SECP256R1())}, ())
        self.marked: dict[StatusPurpose, set[int]] = {purpose: set() for purpose in STATUS_PURPOSES}

    def issue(self, credential: Any) -> Json:
        """Raises ``Refused``."""
        check_credential(credential)
        must("proof" not in credential, "it is secured already")
        issuer = credential["issuer"]
        own: Json = {
            **credential,
            "issuer": {**issuer, "id": self.keys.did} if isinstance(issuer, dict) else self.keys.did,
        }
        if self.with_status and "credentialStatus" not in own:
            place = text.Entry(_NUMBER, secrets.randbelow(BITS))
            own["credentialStatus"] = [text.status(self.url, place, purpose) for purpose in STATUS_PURPOSES]
        signed: Json = self._tried(lambda: proof.secured(own, self.keys, datetime.now(UTC), self.canonicalizer))
        return signed

    def verify(self, credential: Any, checks: Sequence[str] = ()) -> None:
        """Raises ``Refused``."""
        if isinstance(credential, dict) and "EnvelopedVerifiableCredential" in each(credential.get("type", [])):
            return check_envelope(credential)
        check_credential(credential)
        now = datetime.now(UTC)
        must(at(credential.get("validFrom", "1970-01-01T00:00:00Z")) <= now, "it is not valid yet")
        must(now <= at(credential.get("validUntil", "9999-12-31T00:00:00Z")), "it is not valid any more")
        self._check_proofs(credential, "assertionMethod")
        for status in each(credential.get("credentialStatus", [])):
            self._check_status(status, "credentialStatus" in checks)

    def verify_presentation(self, presentation: Any, options: Json) -> None:
        """Raises ``Refused``."""
        check_head(presentation, "VerifiablePresentation")
        holder = presentation.get("holder")
        known = holder.get("id") if isinstance(holder, dict) else holder
        must("holder" not in presentation or is_url(known), "holder is no address")
        inside = each(presentation.get("verifiableCredential", []))
        must(all(isinstance(one, dict) for one in inside), "verifiableCredential has something else than objects")
        for one in inside:
            if "proof" in one or "EnvelopedVerifiableCredential" in each(one.get("type", [])):
                self.verify(one)
            else:
                check_credential(one)
                issuer = one["issuer"]["id"] if isinstance(one["issuer"], dict) else one["issuer"]
                must(issuer == known, "what the holder says of themselves has to name them as holder and as issuer")
        self._check_proofs(presentation, "authentication", options)

    def _check_proofs(self, document: Json, purpose: str, options: Mapping[str, Any] = {}) -> None:
        proofs = each(document.get("proof", []))
        must(proofs, "it has no proof")
        bare = {name: value for name, value in document.items() if name != "proof"}
        digest = hashlib.sha256(self._tried(lambda: self.canonicalizer.canonical(bare))).digest()
        for one in proofs:
            must(isinstance(one, dict) and one.get("type") == "DataIntegrityProof", "the proof is of another type")
            must(one.get("cryptosuite") == "eddsa-rdfc-2022", "the proof is of another cryptosuite")
            must(one.get("proofPurpose") == purpose, "the proof is for another purpose")
            must("created" not in one or is_stamp(one["created"]), "created is no instant with its zone")
            must("expires" not in one or is_stamp(one["expires"]), "expires is no instant with its zone")
            must("expires" not in one or datetime.now(UTC) < at(one["expires"]), "the proof has expired")
            for name in ("domain", "challenge"):
                must(name not in options or options[name] == one.get(name), f"the proof is for another {name}")
            config = {name: value for name, value in one.items() if name != "proofValue"}
            config["@context"] = document["@context"]
            hashed = hashlib.sha256(self._tried(lambda config=config: self.canonicalizer.canonical(config))).digest()  # type: ignore[misc]
            must(
                signed_by(one.get("verificationMethod"), one.get("proofValue"), hashed + digest),
                "the proof does not hold",
            )

    def _check_status(self, status: Json, wanted: bool) -> None:
        purposes = {text.status_list_url(self.url, _NUMBER, purpose): purpose for purpose in STATUS_PURPOSES}
        purpose = purposes.get(str(status.get("statusListCredential")))
        must(purpose or not wanted, "the status list cannot be had: nothing is fetched")
        if purpose is None:
            return
        must(status["statusPurpose"] == purpose, "the list is for another purpose")
        packed = json.loads(self.listed(purpose))["credentialSubject"]["encodedList"]
        bits = gzip.decompress(base64.urlsafe_b64decode(packed[1:] + "=" * (-len(packed[1:]) % 4)))
        place = int(status["statusListIndex"])
        must(place < 8 * len(bits), "the place is not in the list")
        must(purpose == "refresh" or not bits[place // 8] & 0x80 >> place % 8, "it is revoked")

    def listed(self, purpose: StatusPurpose) -> str:
        issuer = text.Issuer(self.keys.did, self.url)
        now = datetime.now(UTC).replace(microsecond=0)
        return status_list.signed(issuer, self.keys, _NUMBER, purpose, self.marked[purpose], now).credential

    def _tried(self, work: Callable[[], Any]) -> Any:
        try:
            return work()
        except (Unsignable, ContextNotShipped) as refused:
            raise Refused(str(refused)) from None


def check_envelope(envelope: Json) -> None:
    """The form of an enveloped credential; what is in it is not opened here."""
    must(CREDENTIALS_V2 in each(envelope.get("@context")), "@context does not begin as it must")
    head, _, content = str(envelope.get("id")).partition(",")
    must(re.fullmatch(r"data:application/vc(\+[a-z-]+)+", head) and content, "id is no data: address of a credential")


def signed_by(method: Any, value: Any, signed: bytes) -> bool:
    """Whether a ``did:key`` made this signature; nothing else is asked for a key."""
    found = re.fullmatch(r"did:key:(z[1-9A-HJ-NP-Za-km-z]+)#\1", method) if isinstance(method, str) else None
    must(found, "the verification method is no did:key")
    must(isinstance(value, str) and value.startswith("z"), "proofValue is not in base58btc")
    try:
        key, signature = base58.b58decode(found[1][1:] if found else ""), base58.b58decode(value[1:])
        must(key[:2] == _ED25519 and len(key) == 34 and len(signature) == 64, "a key or a signature of another length")
        ed25519.Ed25519PublicKey.from_public_bytes(key[2:]).verify(signature, signed)
    except (ValueError, InvalidSignature) as broken:
        raise Refused(str(broken) or "the signature does not hold") from None
    return True


def application(adapter: Adapter) -> FastAPI:
    """``POST /credentials/issue``, ``/credentials/verify``, ``/presentations/verify``; the lists where entries say."""
    app = FastAPI()

    @app.post("/credentials/issue")
    async def issue(request: Request) -> Response:
        return answered(
            lambda body: {"verifiableCredential": adapter.issue(body["credential"])}, await body_of(request), 201
        )

    @app.post("/credentials/verify")
    async def verify(request: Request) -> Response:
        def work(body: Json) -> Json:
            checks = each((body.get("options") or {}).get("checks", []))
            adapter.verify(body["verifiableCredential"], checks)
            return {"verified": True, "checks": checks, "warnings": [], "errors": []}

        return answered(work, await body_of(request))

    @app.post("/presentations/verify")
    async def verify_presentation(request: Request) -> Response:
        def work(body: Json) -> Json:
            adapter.verify_presentation(body["verifiablePresentation"], body.get("options") or {})
            return {"verified": True, "checks": ["proof"], "warnings": [], "errors": []}

        return answered(work, await body_of(request))

    @app.get("/status/1")
    async def revocation() -> Response:
        return Response(adapter.listed("revocation"), media_type="application/vc")

    @app.get("/status/1/refresh")
    async def refresh() -> Response:
        return Response(adapter.listed("refresh"), media_type="application/vc")

    return app


async def body_of(request: Request) -> Any:
    try:
        return json.loads(await request.body())
    except ValueError:
        return None


def answered(work: Callable[[Json], Json], body: Any, status: int = 200) -> Response:
    try:
        must(isinstance(body, dict), "the body is no object")
        return JSONResponse(work(body), status)
    except (Refused, KeyError) as refused:
        error = {"type": "https://www.w3.org/ns/credentials#MALFORMED_VALUE_ERROR", "detail": str(refused)}
        checks = [{"check": ["proof", "credentialStatus"]}]
        return JSONResponse({"verified": False, "checks": checks, "warnings": [], "errors": [error]}, 400)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--port", type=int, default=40443)
    parser.add_argument("--status", action="store_true", help="give what is issued a place in the status lists")
    parser.add_argument("--context", action="append", default=[], metavar="URL=FILE", help="besides those shipped")
    arguments = parser.parse_args()
    contexts = {
        url: json.loads(Path(file).read_text()) for url, _, file in (one.rpartition("=") for one in arguments.context)
    }
    adapter = Adapter(f"http://localhost:{arguments.port}", contexts, with_status=arguments.status)
    uvicorn.run(application(adapter), host="127.0.0.1", port=arguments.port)


if __name__ == "__main__":
    main()
