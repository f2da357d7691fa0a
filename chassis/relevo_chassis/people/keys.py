"""The service's key: it wraps the keys of people, from a file or from a key service."""

from __future__ import annotations

import base64
import binascii
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import httpx
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES = 32
_NONCE_BYTES = 12
_TIME_OUT_SECONDS = 2.0


class KeyServiceAway(Exception):
    """The key service did not answer or refused; nothing is sealed or opened until it does."""


class WrongServiceKey(Exception):
    """The service's key does not open what it should; give the service the key that the data was sealed under."""


class Wrapped(NamedTuple):
    """A key under the service's key, and which of the service's keys that was."""

    key_id: str
    sealed: bytes


class KeyWrapper(Protocol):
    """Wraps and unwraps 32-byte keys, each bound to a context (whose key it is)."""

    async def wrap(self, keys: Sequence[tuple[str, bytes]]) -> list[Wrapped]:
        """All of them in one round trip, in order. Raises ``KeyServiceAway``; never returns a key in clear."""
        ...

    async def unwrap(self, wrapped: Sequence[tuple[str, Wrapped]]) -> list[bytes]:
        """All of them in one round trip, in order. Raises ``KeyServiceAway`` or ``WrongServiceKey``."""
        ...


class FileKey:
    """The service's keys in memory, newest first: the first one wraps, all of them unwrap."""

    def __init__(self, keys: Mapping[str, bytes]) -> None:
        if not keys or any(len(key) != KEY_BYTES for key in keys.values()):
            raise ValueError("a service's key has exactly 32 bytes")
        self._keys = {key_id: AESGCM(key) for key_id, key in keys.items()}
        self._newest = next(iter(keys))

    @classmethod
    def read(cls, path: Path) -> FileKey:
        """Raises ``ValueError`` saying what is wrong with the file, never what is in it."""
        return cls(parse_keys(path.read_text(encoding="ascii")))

    async def wrap(self, keys: Sequence[tuple[str, bytes]]) -> list[Wrapped]:
        return [self._wrap(context, key) for context, key in keys]

    async def unwrap(self, wrapped: Sequence[tuple[str, Wrapped]]) -> list[bytes]:
        return [self._unwrap(context, one) for context, one in wrapped]

    def _wrap(self, context: str, key: bytes) -> Wrapped:
        nonce = os.urandom(_NONCE_BYTES)
        place = _place(context, self._newest)
        return Wrapped(self._newest, nonce + self._keys[self._newest].encrypt(nonce, key, place))

    def _unwrap(self, context: str, wrapped: Wrapped) -> bytes:
        key = self._keys.get(wrapped.key_id)
        if key is None:
            raise WrongServiceKey(f"no key {wrapped.key_id} in the service's key file; add it as a further line")
        try:
            nonce, sealed = wrapped.sealed[:_NONCE_BYTES], wrapped.sealed[_NONCE_BYTES:]
            return key.decrypt(nonce, sealed, _place(context, wrapped.key_id))
        except (InvalidTag, ValueError) as error:
            raise WrongServiceKey(f"key {wrapped.key_id} does not open {context}") from error


class TransitKey:
    """A key service that speaks the transit interface of Vault and OpenBao; the service never holds its own key.

    Fails closed: no answer within two seconds, or any answer but success, is ``KeyServiceAway``.
    """

    def __init__(self, client: httpx.AsyncClient, url: str, name: str, token: str) -> None:
        self._client = client
        self._url = url.rstrip("/")
        self._name = name
        self._headers = {"X-Vault-Token": token}

    async def wrap(self, keys: Sequence[tuple[str, bytes]]) -> list[Wrapped]:
        batch = [
            {"plaintext": _base64(key), "associated_data": _base64(_place(context, self._name))}
            for context, key in keys
        ]
        answer = await self._ask("encrypt", {"batch_input": batch})
        try:
            ciphertexts = [str(item["ciphertext"]) for item in answer["batch_results"]]
        except (KeyError, TypeError, ValueError) as error:
            raise KeyServiceAway("the key service answered without a ciphertext") from error
        clear = [_base64(key) for _, key in keys]
        sound = (each.startswith("vault:v") and not any(key in each for key in clear) for each in ciphertexts)
        if len(ciphertexts) != len(keys) or not all(each.isascii() for each in ciphertexts) or not all(sound):
            raise KeyServiceAway("the key service answered without a ciphertext")
        return [Wrapped(self._name, each.encode("ascii")) for each in ciphertexts]

    async def unwrap(self, wrapped: Sequence[tuple[str, Wrapped]]) -> list[bytes]:
        if not wrapped:
            return []
        batch = [
            {
                "ciphertext": one.sealed.decode("ascii"),
                "associated_data": _base64(_place(context, one.key_id)),
            }
            for context, one in wrapped
        ]
        answer = await self._ask("decrypt", {"batch_input": batch})
        try:
            keys = [base64.b64decode(item["plaintext"], validate=True) for item in answer["batch_results"]]
        except (KeyError, TypeError, ValueError) as error:
            raise WrongServiceKey(f"key {self._name} of the key service does not open what it should") from error
        if len(keys) != len(wrapped) or any(len(key) != KEY_BYTES for key in keys):
            raise WrongServiceKey(f"key {self._name} of the key service opened something else")
        return keys

    async def _ask(self, verb: str, body: Mapping[str, Any]) -> Any:
        url = f"{self._url}/{verb}/{self._name}"
        try:
            response = await self._client.post(url, json=body, headers=self._headers, timeout=_TIME_OUT_SECONDS)
            if response.status_code != 200:
                raise KeyServiceAway(f"the key service answered {response.status_code} to {verb}")
            return response.json()["data"]
        except (httpx.HTTPError, ValueError, KeyError, TypeError) as error:
            raise KeyServiceAway(f"the key service gave no answer to {verb}: {type(error).__name__}") from error


def parse_keys(text: str) -> dict[str, bytes]:
    """Read a key file: one key in hexadecimal or base64, or a line ``id:base64`` for each key, newest first.

    A key alone has the id ``k1``. Raises ``ValueError`` without quoting the text.
    """
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if not lines:
        raise ValueError("it is empty; write 32 random bytes to it in base64")
    keys: dict[str, bytes] = {}
    for line in lines:
        key_id, found, encoded = line.rpartition(":")
        if not found and len(lines) > 1:
            raise ValueError("it has several lines; give each its id, as in 2026-1:base64")
        if key_id in keys or (found and not key_id):
            raise ValueError("two of its keys have the same id, or one has an empty id")
        keys[key_id or "k1"] = _key(encoded)
    return keys


def _key(encoded: str) -> bytes:
    try:
        key = bytes.fromhex(encoded) if len(encoded) == 2 * KEY_BYTES else base64.b64decode(encoded, validate=True)
    except (ValueError, binascii.Error):
        raise ValueError("it holds neither base64 nor hexadecimal; write 32 random bytes in base64") from None
    if len(key) != KEY_BYTES:
        raise ValueError(f"its key has {len(key)} bytes; it needs exactly {KEY_BYTES}")
    if len(set(key)) < 8:
        raise ValueError("its key is not random; write 32 random bytes in base64")
    return key


def _place(context: str, key_id: str) -> bytes:
    return b"\x00".join(part.encode() for part in ("relevo/person-key", context, key_id))


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
