"""Credentials as JWT, signed ES256: an Open Badge as VC-JWT (3.0, section 8.2), a status list as VC-JOSE-COSE says."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from joserfc import jws

from relevo_certification.credential.keys import Keys, Signer


def secured(document: Mapping[str, Any], keys: Keys, valid_from: datetime) -> str:
    """A compact JWS; its header holds ``alg``, ``kid``, ``jwk``, ``typ``, its payload the credential and its claims."""
    signer = keys.signer()
    public = dict(signer.jwt_key().as_dict(private=False))
    header = {"alg": "ES256", "kid": signer.jwt_method, "jwk": public, "typ": "JWT"}
    payload = {
        **document,
        "iss": document["issuer"]["id"],
        "jti": document["id"],
        "nbf": int(valid_from.timestamp()),
        "sub": document["credentialSubject"]["id"],
    }
    return _signed(header, payload, signer)


def enveloped(document: Mapping[str, Any], keys: Keys) -> str:
    """A compact JWS of the media type ``application/vc+jwt`` (VC-JOSE-COSE, 3.1), with the credential's own claims."""
    claims = {
        "iss": document["issuer"],
        "jti": document["id"],
        "nbf": _seconds(document["validFrom"]),
        "exp": _seconds(document["validUntil"]),
    }
    signer = keys.signer()
    header = {"alg": "ES256", "kid": signer.jwt_method, "typ": "vc+jwt"}
    return _signed(header, {**document, **claims}, signer)


def _seconds(instant: str) -> int:
    return int(datetime.fromisoformat(instant).timestamp())


def _signed(header: Mapping[str, Any], payload: Mapping[str, Any], signer: Signer) -> str:
    body = json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode()
    registry = jws.JWSRegistry(algorithms=["ES256"])
    return jws.serialize_compact(dict(header), body, signer.jwt_key(), registry=registry)
