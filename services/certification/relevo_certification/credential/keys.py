"""The issuer's signing keys: PEM files named by year and number, and the DID document that shows their public halves.

A folder holds, for each key, one of

- ``key-<year>-<n>.pem``: the private key, Ed25519 for embedded proofs or P-256 for VC-JWT;
- ``key-<year>-<n>.pub.pem``: the public half of one that is retired, and verifies what it signed;
- ``key-<year>-<n>.compromised.pem``: the public half of one that others may have, after a line that says since when. It
  verifies nothing any more.

Of each algorithm the newest signs that has been in the DID document for as long as caches may keep an older one.
"""

from __future__ import annotations

import argparse
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import base58
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from joserfc.jwk import ECKey

Private = ed25519.Ed25519PrivateKey | ec.EllipticCurvePrivateKey
Public = ed25519.Ed25519PublicKey | ec.EllipticCurvePublicKey

DOCUMENT_SECONDS = 300
"""So long caches may keep a DID document."""
SIGNS_AFTER = timedelta(seconds=DOCUMENT_SECONDS + 60)
"""From when a key is in the DID document until it signs; a minute for clocks that differ."""

_NAME = re.compile(r"key-(\d{4})-(\d{1,4})(\.pub|\.compromised)?\.pem\Z")
_SINCE = re.compile(r"compromised since (\S+)\s")
_ED25519_MULTICODEC = b"\xed\x01"


class BadKeys(RuntimeError):
    """The folder of signing keys lacks a key, or holds one that cannot be used."""


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A key that verifies what the issuer signed, now or once; not any more if it is ``compromised_at`` an instant."""

    name: str
    key: Public
    compromised_at: datetime | None = None

    @property
    def pem(self) -> str:
        spki = serialization.PublicFormat.SubjectPublicKeyInfo
        return self.key.public_bytes(serialization.Encoding.PEM, spki).decode()


@dataclass(frozen=True, slots=True)
class Signer:
    """The two keys that sign at one moment."""

    did: str
    proof_name: str
    proof: ed25519.Ed25519PrivateKey
    jwt_name: str
    jwt: ec.EllipticCurvePrivateKey

    @property
    def proof_method(self) -> str:
        return f"{self.did}#{self.proof_name}"

    @property
    def jwt_method(self) -> str:
        return f"{self.did}#{self.jwt_name}"

    def jwt_key(self) -> ECKey:
        return ECKey.import_key(_private_pem(self.jwt))


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys of one issuer, each kind from the oldest to the newest.

    ``published_at`` says since when a key is in the DID document; one of which it does not, has been for long.
    """

    did: str
    proofs: Mapping[str, ed25519.Ed25519PrivateKey]
    jwts: Mapping[str, ec.EllipticCurvePrivateKey]
    public: tuple[PublicKey, ...]
    published_at: Mapping[str, datetime] = field(default_factory=dict)

    def published(self, published_at: Mapping[str, datetime]) -> Keys:
        """The same keys, since when they are published."""
        return replace(self, published_at=published_at)

    def age(self, now: datetime) -> timedelta:
        """For how long the newest key of each algorithm has been published: of the two the older one's."""
        newest = [[*names][-1] for names in (self.proofs, self.jwts)]
        return max(now - self.published_at.get(name, now) for name in newest)

    def signer(self, now: datetime | None = None) -> Signer:
        """Those that sign now, by process time."""
        at = now or datetime.now(UTC)
        proof, jwt = self._signing(self.proofs, at), self._signing(self.jwts, at)
        return Signer(self.did, proof, self.proofs[proof], jwt, self.jwts[jwt])

    def _signing(self, names: Iterable[str], now: datetime) -> str:
        """The newest that verifiers know by now; while they know none, that which they have known for longest."""
        since = {name: self.published_at.get(name, datetime.min.replace(tzinfo=UTC)) for name in names}
        known = [name for name, at in since.items() if at + SIGNS_AFTER <= now]
        first = min(since.values())
        return known[-1] if known else [name for name, at in since.items() if at == first][-1]

    def did_document(self, also: Iterable[PublicKey] = ()) -> dict[str, Any]:
        """What ``did:web`` resolves to, with the keys that others of its replicas know also.

        ``assertionMethod`` names every key that ever signed a certificate. One that is compromised is shown with the
        instant since when (``revoked``, Controlled Identifiers 1.0, 2.2), is not among them, and verifies nothing.
        """
        known = {each.name: each for each in also}
        known |= {each.name: each for each in self.public if each.compromised_at or each.name not in known}
        keys = [known[name] for name in sorted(known, key=_order)]
        return {
            "@context": [
                "https://www.w3.org/ns/did/v1",
                "https://w3id.org/security/multikey/v1",
                "https://w3id.org/security/jwk/v1",
            ],
            "id": self.did,
            "controller": self.did,
            "verificationMethod": [_method(self.did, each) for each in keys],
            "assertionMethod": [f"{self.did}#{each.name}" for each in keys if each.compromised_at is None],
        }


def did_of(public_url: str) -> str:
    """The ``did:web`` of a site: its host, and its port when it is not the usual one.

    A DID of this method names no IP address: loopback becomes localhost.
    """
    parts = urlsplit(public_url)
    if not parts.hostname or parts.path.strip("/"):
        raise BadKeys(f"public_url must be a site without a path, like https://certificates.example.org: {public_url}")
    host = "localhost" if parts.hostname in ("127.0.0.1", "::1") else parts.hostname
    return f"did:web:{host}" + (f"%3A{parts.port}" if parts.port else "")


def load(folder: Path, did: str) -> Keys:
    """Read the folder's keys. Raises ``BadKeys`` when either algorithm has no private key or a file is no such key."""
    private: dict[str, Private] = {}
    public: dict[str, PublicKey] = {}
    for path in sorted(folder.glob("key-*.pem"), key=lambda path: path.name.endswith(".compromised.pem")):
        named = _NAME.match(path.name)
        if named is None:
            raise BadKeys(f"{path.name} is not named key-<year>-<n> and .pem, .pub.pem or .compromised.pem")
        name = f"key-{named[1]}-{int(named[2])}"
        match named[3]:
            case ".compromised":
                private.pop(name, None)
                public[name] = PublicKey(name, _public(path), _since(path))
            case ".pub":
                public[name] = PublicKey(name, _public(path))
            case _:
                private[name] = _private(path)
                public[name] = PublicKey(name, private[name].public_key())
    ordered = {name: private[name] for name in sorted(private, key=_order)}
    proofs = {name: key for name, key in ordered.items() if isinstance(key, ed25519.Ed25519PrivateKey)}
    jwts = {name: key for name, key in ordered.items() if isinstance(key, ec.EllipticCurvePrivateKey)}
    if not proofs or not jwts:
        raise BadKeys(f"{folder} needs a private Ed25519 key and a private P-256 key; see the service's README")
    return Keys(did, proofs, jwts, tuple(public[name] for name in sorted(public, key=_order)))


def public_key(name: str, pem: str, compromised_at: datetime | None) -> PublicKey:
    """A public key as it was kept. Raises ``BadKeys``."""
    return PublicKey(name, _public_of(name, pem.encode()), compromised_at)


def generate(folder: Path, year: int) -> None:
    """Write one new key of each algorithm, readable by its owner alone, numbered after those that are there."""
    folder.mkdir(parents=True, exist_ok=True)
    numbers = [
        int(named[2]) for path in folder.iterdir() if (named := _NAME.match(path.name)) and int(named[1]) == year
    ]
    start = max(numbers, default=0) + 1
    fresh: tuple[Private, ...] = (ed25519.Ed25519PrivateKey.generate(), ec.generate_private_key(ec.SECP256R1()))
    for number, key in enumerate(fresh, start=start):
        path = folder / f"key-{year}-{number}.pem"
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(_private_pem(key))


def _order(name: str) -> tuple[int, int]:
    _, year, number = name.split("-")
    return int(year), int(number)


def _since(path: Path) -> datetime:
    found = _SINCE.search(path.read_text(encoding="utf-8", errors="replace"))
    try:
        at = datetime.fromisoformat(found[1]) if found else None
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise BadKeys(f"{path.name} does not say since when, as in: compromised since 2026-03-01T12:00:00Z")
    return at


def _private(path: Path) -> Private:
    try:
        key = serialization.load_pem_private_key(path.read_bytes(), password=None)
    except (ValueError, TypeError) as error:
        raise BadKeys(f"{path.name} is not a private key in PEM without a password") from error
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return key
    if isinstance(key, ec.EllipticCurvePrivateKey) and isinstance(key.curve, ec.SECP256R1):
        return key
    raise BadKeys(f"{path.name} is neither an Ed25519 nor a P-256 key")


def _public(path: Path) -> Public:
    return _public_of(path.name, path.read_bytes())


def _public_of(name: str, pem: bytes) -> Public:
    try:
        key = serialization.load_pem_public_key(pem)
    except ValueError as error:
        raise BadKeys(f"{name} is not a public key in PEM") from error
    if isinstance(key, ed25519.Ed25519PublicKey):
        return key
    if isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, ec.SECP256R1):
        return key
    raise BadKeys(f"{name} is neither an Ed25519 nor a P-256 key")


def _private_pem(key: Private) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _method(did: str, public: PublicKey) -> dict[str, Any]:
    id = f"{did}#{public.name}"
    revoked = {"revoked": _instant(public.compromised_at)} if public.compromised_at else {}
    if isinstance(public.key, ed25519.Ed25519PublicKey):
        raw = public.key.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
        multibase = "z" + base58.b58encode(_ED25519_MULTICODEC + raw).decode()
        return {"id": id, "type": "Multikey", "controller": did, "publicKeyMultibase": multibase, **revoked}
    jwk = {**ECKey.import_key(public.pem).as_dict(private=False), "kid": public.name}
    return {"id": id, "type": "JsonWebKey", "controller": did, "publicKeyJwk": jwk, **revoked}


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def main() -> None:
    """``python -m relevo_certification.credential.keys FOLDER YEAR`` writes a fresh pair."""
    arguments = argparse.ArgumentParser(description="Write a fresh pair of signing keys.")
    arguments.add_argument("folder", type=Path)
    arguments.add_argument("year", type=int)
    parsed = arguments.parse_args()
    generate(parsed.folder, parsed.year)


if __name__ == "__main__":
    main()
