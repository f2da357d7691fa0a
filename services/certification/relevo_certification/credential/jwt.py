"""The same credential as VC-JWT, signed ES256 (Open Badges 3.0, section 8.2)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from joserfc import jws

from relevo_certification.credential.keys import Keys


def secured(document: Mapping[str, Any], keys: Keys, valid_from: datetime) -> str:
    """A compact JWS; its header holds ``alg``, ``kid``, ``jwk``, ``typ``, its payload the credential and its claims."""
    key = keys.jwt_key()
    header = {"alg": "ES256", "kid": keys.jwt_method, "jwk": dict(key.as_dict(private=False)), "typ": "JWT"}
    payload = {
        **document,
        "iss": document["issuer"]["id"],
        "jti": document["id"],
        "nbf": int(valid_from.timestamp()),
        "sub": document["credentialSubject"]["id"],
    }
    body = json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode()
    registry = jws.JWSRegistry(algorithms=["ES256"])
    return jws.serialize_compact(header, body, key, registry=registry)
