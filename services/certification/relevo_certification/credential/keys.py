"""The issuer's signing keys: PEM files named by year and number, and the DID document that shows their public halves.

A folder holds ``key-<year>-<n>.pem`` (a private key: Ed25519 for embedded proofs, P-256 for VC-JWT) and
``key-<year>-<n>.pub.pem`` (the public half of a retired key, which stays for as long as certificates signed with it
are to verify). The newest of each algorithm signs.
"""

from __future__ import annotations

import argparse
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import base58
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from joserfc.jwk import ECKey

Private = ed25519.Ed25519PrivateKey | ec.EllipticCurvePrivateKey
Public = ed25519.Ed25519PublicKey | ec.EllipticCurvePublicKey

_NAME = re.compile(r"key-(\d{4})-(\d{1,4})(\.pub)?\.pem\Z")
_ED25519_MULTICODEC = b"\xed\x01"


class BadKeys(RuntimeError):
    """The folder of signing keys lacks a key, or holds one that cannot be used."""


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A key that verifies what the issuer signed, now or once."""

    name: str
    key: Public


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys of one issuer. ``proof`` and ``jwt`` sign; ``public`` are all that verify, the retired ones too."""

    did: str
    proof_name: str
    proof: ed25519.Ed25519PrivateKey
    jwt_name: str
    jwt: ec.EllipticCurvePrivateKey
    public: tuple[PublicKey, ...]

    @property
    def proof_method(self) -> str:
        return f"{self.did}#{self.proof_name}"

    @property
    def jwt_method(self) -> str:
        return f"{self.did}#{self.jwt_name}"

    def jwt_key(self) -> ECKey:
        return ECKey.import_key(_private_pem(self.jwt))

    def did_document(self) -> dict[str, Any]:
        """What ``did:web`` resolves to; ``assertionMethod`` names every key that ever signed a certificate."""
        methods = [_method(self.did, each) for each in self.public]
        return {
            "@context": [
                "https://www.w3.org/ns/did/v1",
                "https://w3id.org/security/multikey/v1",
                "https://w3id.org/security/jwk/v1",
            ],
            "id": self.did,
            "controller": self.did,
            "verificationMethod": methods,
            "assertionMethod": [method["id"] for method in methods],
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
    private: dict[tuple[int, int], Private] = {}
    public: dict[tuple[int, int], PublicKey] = {}
    for path in sorted(folder.glob("key-*.pem")):
        named = _NAME.match(path.name)
        if named is None:
            raise BadKeys(f"{path.name} is not named key-<year>-<n>.pem or key-<year>-<n>.pub.pem")
        order = (int(named[1]), int(named[2]))
        if named[3]:
            public[order] = PublicKey(_name(order), _public(path))
        else:
            private[order] = _private(path)
            public[order] = PublicKey(_name(order), private[order].public_key())
    proofs = [(order, key) for order, key in private.items() if isinstance(key, ed25519.Ed25519PrivateKey)]
    jwts = [(order, key) for order, key in private.items() if isinstance(key, ec.EllipticCurvePrivateKey)]
    if not proofs or not jwts:
        raise BadKeys(f"{folder} needs a private Ed25519 key and a private P-256 key; see the service's README")
    proof_order, proof = max(proofs, key=lambda each: each[0])
    jwt_order, jwt = max(jwts, key=lambda each: each[0])
    known = tuple(public[order] for order in sorted(public))
    return Keys(did, _name(proof_order), proof, _name(jwt_order), jwt, known)


def generate(folder: Path, year: int) -> None:
    """Write one new key of each algorithm, readable by its owner alone, numbered after those that are there."""
    folder.mkdir(parents=True, exist_ok=True)
    taken = [int(named[2]) for path in folder.iterdir() if (named := _NAME.match(path.name)) and int(named[1]) == year]
    start = max(taken, default=0) + 1
    fresh: tuple[Private, ...] = (ed25519.Ed25519PrivateKey.generate(), ec.generate_private_key(ec.SECP256R1()))
    for number, key in enumerate(fresh, start=start):
        path = folder / f"{_name((year, number))}.pem"
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(_private_pem(key))


def _name(order: tuple[int, int]) -> str:
    return f"key-{order[0]}-{order[1]}"


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
    try:
        key = serialization.load_pem_public_key(path.read_bytes())
    except ValueError as error:
        raise BadKeys(f"{path.name} is not a public key in PEM") from error
    if isinstance(key, ed25519.Ed25519PublicKey):
        return key
    if isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, ec.SECP256R1):
        return key
    raise BadKeys(f"{path.name} is neither an Ed25519 nor a P-256 key")


def _private_pem(key: Private) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _method(did: str, public: PublicKey) -> dict[str, Any]:
    id = f"{did}#{public.name}"
    if isinstance(public.key, ed25519.Ed25519PublicKey):
        raw = public.key.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
        multibase = "z" + base58.b58encode(_ED25519_MULTICODEC + raw).decode()
        return {"id": id, "type": "Multikey", "controller": did, "publicKeyMultibase": multibase}
    pem = public.key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    jwk = dict(ECKey.import_key(pem).as_dict(private=False))
    return {"id": id, "type": "JsonWebKey", "controller": did, "publicKeyJwk": {**jwk, "kid": public.name}}


def main() -> None:
    """``python -m relevo_certification.credential.keys FOLDER YEAR`` writes a fresh pair."""
    arguments = argparse.ArgumentParser(description="Write a fresh pair of signing keys.")
    arguments.add_argument("folder", type=Path)
    arguments.add_argument("year", type=int)
    given = arguments.parse_args()
    generate(given.folder, given.year)


if __name__ == "__main__":
    main()
