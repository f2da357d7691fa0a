"""NATS's own tokens: claims about an operator, an account or a user, signed by the key of who answers for them.

As github.com/nats-io/jwt version 2 writes them: a JWT with the algorithm ``ed25519-nkey``, keys as nkeys.
"""

from __future__ import annotations

import base64
import json
import os
import time
from collections.abc import Mapping
from typing import Any

import nkeys

OPERATOR, ACCOUNT, USER = nkeys.PREFIX_BYTE_OPERATOR, nkeys.PREFIX_BYTE_ACCOUNT, nkeys.PREFIX_BYTE_USER
_HEADER = {"typ": "JWT", "alg": "ed25519-nkey"}


class Key:
    """An nkey: who signs, or whom a token is about."""

    def __init__(self, seed: str) -> None:
        self._pair = nkeys.from_seed(bytearray(seed.encode()))
        self.seed = seed
        self.id: str = self._pair.public_key.decode()

    @classmethod
    def new(cls, kind: int) -> Key:
        return cls(nkeys.encode_seed(os.urandom(32), kind).decode())

    def sign(self, subject: str, name: str, claims: Mapping[str, Any], issued: int | None = None) -> str:
        """A token about ``subject``, issued now or at that second of Unix time.

        Never twice the same, for a server passes over one that it has had.
        """
        id = base64.b32encode(os.urandom(20)).decode()
        body = {
            "jti": id,
            "iat": issued or int(time.time()),
            "iss": self.id,
            "name": name,
            "sub": subject,
            "nats": claims,
        }
        signed = f"{_base64(_json(_HEADER))}.{_base64(_json(body))}"
        return f"{signed}.{_base64(self._pair.sign(signed.encode()))}"


def credentials(token: str, user: Key) -> str:
    """The file that a NATS client is given: who it is, and the key that proves it."""
    return (
        f"-----BEGIN NATS USER JWT-----\n{token}\n------END NATS USER JWT------\n\n"
        f"-----BEGIN USER NKEY SEED-----\n{user.seed}\n------END USER NKEY SEED------\n"
    )


def issued(file: str) -> int:
    """When the token of a file of credentials was issued, in Unix time."""
    return int(read(file.split("\n")[1])["iat"])


def read(token: str) -> Mapping[str, Any]:
    """What a token says, without looking at its signature: for what a server holds, which has looked."""
    body = token.split(".")[1]
    claims: Mapping[str, Any] = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    return claims


def _json(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def _base64(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()
