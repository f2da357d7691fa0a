"""Access tokens for people without an account: short, for one service each, with no role but theirs (RFC 9068).

The keys lie in a folder as ``relevo signing-keys`` makes it; of those for ES256 the newest signs that has been there,
and so in the key set, for six minutes. The folder is looked at again whenever the key set is asked for: to give keys
in turns nothing is restarted. Times are process time.
"""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey, EllipticCurvePublicKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key
from joserfc import jwt
from joserfc.jwk import ECKey

from relevo_chassis.given.settings import read_secret

TOKEN_SECONDS = 300
KEY_SET_SECONDS = 300
"""So long caches may keep a key set."""
SIGNS_AFTER_SECONDS = KEY_SET_SECONDS + 60
_NAME = re.compile(r"(key-(\d{4})-(\d{1,4}))(\.pub)?\.pem")
_ALGORITHM = "ES256"


class NoSigningKey(ValueError):
    """The folder holds no private key of P-256, or one that cannot be read."""


@dataclass(frozen=True, slots=True)
class _Key:
    id: str
    order: tuple[int, int]
    since: float
    key: ECKey


class TokenIssuer:
    """Issues tokens in the name of ``url``, whose discovery document names its keys."""

    def __init__(self, url: str, folder: Path, *, process_time: Callable[[], float] = time.time) -> None:
        """Raises ``NoSigningKey``."""
        self.url = url
        self._folder = folder
        self._process_time = process_time
        self._keys = keys_in(folder)

    def discovery(self) -> dict[str, Any]:
        """As much of OpenID Connect Discovery 1.0 as whoever takes the tokens reads."""
        return {
            "issuer": self.url,
            "jwks_uri": f"{self.url.rstrip('/')}/.well-known/jwks.json",
            "id_token_signing_alg_values_supported": [_ALGORITHM],
            "response_types_supported": [],
            "subject_types_supported": ["public"],
        }

    def key_set(self) -> dict[str, Any]:
        """The public halves of all keys that sign, will sign or have signed."""
        self._keys = keys_in(self._folder)
        return {"keys": [_public(each) for each in self._keys]}

    def token(self, subject: str, audience: str, roles: frozenset[str], claims: Mapping[str, str]) -> str:
        """An access token for one audience, good for five minutes."""
        now = self._process_time()
        key = self._signing(now)
        payload = {
            "iss": self.url,
            "sub": subject,
            "aud": audience,
            "client_id": "receipt",
            "iat": int(now),
            "exp": int(now) + TOKEN_SECONDS,
            "jti": secrets.token_hex(16),
            "roles": sorted(roles),
            **claims,
        }
        return jwt.encode({"alg": _ALGORITHM, "typ": "at+jwt", "kid": key.id}, payload, key.key)

    def _signing(self, now: float) -> _Key:
        """The newest that caches know by now; while they know none, the oldest."""
        private = [each for each in self._keys if each.key.is_private]
        known = [each for each in private if each.since + SIGNS_AFTER_SECONDS <= now]
        return known[-1] if known else private[0]


def keys_in(folder: Path) -> list[_Key]:
    """The keys for ES256 of a folder, the oldest first. Raises ``NoSigningKey``."""
    found = [_read(path, named) for path in folder.glob("key-*.pem") if (named := _NAME.fullmatch(path.name))]
    keys = sorted((each for each in found if each is not None), key=lambda each: each.order)
    if not any(each.key.is_private for each in keys):
        raise NoSigningKey("holds no private key of P-256; make one: relevo signing-keys FOLDER --new")
    return keys


def _read(path: Path, named: re.Match[str]) -> _Key | None:
    """A key, or ``None`` for one of another kind, such as Ed25519."""
    try:
        pem = path.read_bytes() if named[4] else read_secret(path).encode()
        key = load_pem_public_key(pem) if named[4] else load_pem_private_key(pem, None)
    except (OSError, ValueError, TypeError) as unusable:
        raise NoSigningKey(f"holds {path.name}, which is no key in PEM that this service alone can read") from unusable
    match key:
        case EllipticCurvePrivateKey(curve=SECP256R1()) | EllipticCurvePublicKey(curve=SECP256R1()):
            return _Key(named[1], (int(named[2]), int(named[3])), path.stat().st_mtime, ECKey.import_key(pem))
    return None


def _public(each: _Key) -> dict[str, Any]:
    return {**each.key.as_dict(private=False), "kid": each.id, "alg": _ALGORITHM, "use": "sig"}
