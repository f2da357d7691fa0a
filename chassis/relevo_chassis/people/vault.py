"""The vault: what identifies a person, sealed under that person's own key, which erasing destroys.

Each ciphertext is bound to its place (person and field set) and cannot be opened anywhere else. Nothing unwrapped is
kept in memory beyond the call, so that an erasure takes effect at once.
"""

from __future__ import annotations

import hmac
import os
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Protocol, TypeVar

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from pydantic import BaseModel

from relevo_chassis.delivery.change import Row
from relevo_chassis.people.keys import KEY_BYTES, KeyWrapper, Wrapped

KEYS = "vault_keys"
SEALED = "vault"
SERVICE = "service"
"""Whose a reason is that is about nobody."""

_FORMAT = b"\x01"
_NONCE_BYTES = 12

M = TypeVar("M", bound=BaseModel)


class PersonErased(LookupError):
    """This person was erased; nothing about them can be read any more."""

    def __init__(self, person_id: str) -> None:
        super().__init__(f"person {person_id} was erased")
        self.person_id = person_id


class SealBroken(Exception):
    """A ciphertext does not belong where it was found, or was changed; restore it from a backup."""


class Rows(Protocol):
    """What the vault reads from."""

    async def row(self, collection: str, id: str) -> dict[str, Any] | None: ...

    async def rows(self, collection: str, where: Mapping[str, Any], *, limit: int = 0) -> list[dict[str, Any]]: ...


class PersonKey:
    """The key of one person, for as long as a call takes."""

    __slots__ = ("_aead", "person_id")

    def __init__(self, person_id: str, key: bytes) -> None:
        self.person_id = person_id
        self._aead = AESGCM(key)

    def seal(self, place: str, model: BaseModel) -> bytes:
        """Ciphertext that opens only for this person and at this place."""
        return _seal(self._aead, _bound("relevo/person", self.person_id, place), model)

    def open(self, place: str, model: type[M], sealed: bytes) -> M:
        """Raises ``SealBroken``."""
        return _open(self._aead, _bound("relevo/person", self.person_id, place), model, sealed)


class ServiceKey:
    """What is sealed and hashed for the service itself and concerns nobody; survives a change of the wrapping key."""

    __slots__ = ("_aead", "_derived", "_root")

    def __init__(self, root: bytes) -> None:
        if len(root) != KEY_BYTES:
            raise ValueError("a root has exactly 32 bytes")
        self._root = root
        self._derived: dict[str, bytes] = {}
        self._aead = AESGCM(self.derived("seal"))

    def derived(self, purpose: str) -> bytes:
        """A 32-byte key for one purpose (HKDF-SHA256, RFC 5869)."""
        if purpose not in self._derived:
            expand = HKDF(SHA256(), KEY_BYTES, salt=None, info=_bound("relevo", purpose))
            self._derived[purpose] = expand.derive(self._root)
        return self._derived[purpose]

    def keyed_hash(self, purpose: str, *parts: str | bytes) -> str:
        """HMAC-SHA256 in hexadecimal, under a key of this purpose alone; parts cannot run into each other."""
        data = b"".join(len(part).to_bytes(8, "big") + part for part in map(_bytes, parts))
        return hmac.digest(self.derived(purpose), data, "sha256").hex()

    def seal(self, place: str, model: BaseModel) -> bytes:
        """Ciphertext that opens only at this place."""
        return _seal(self._aead, _bound("relevo/service", place), model)

    def open(self, place: str, model: type[M], sealed: bytes) -> M:
        """Raises ``SealBroken``."""
        return _open(self._aead, _bound("relevo/service", place), model, sealed)


def sealed_row(key: PersonKey, field_set: str, model: BaseModel, *, new: bool = False) -> Row:
    """The row that keeps one field set of a person, sealed; put in the same decision as what it belongs to.

    ``new`` for a person whose id was drawn just now.
    """
    id = f"{key.person_id}/{field_set}"
    return Row(SEALED, id, {"person_id": key.person_id, "sealed": key.seal(field_set, model)}, new=new)


def reason_row(key: PersonKey | ServiceKey, place: str, reason: BaseModel) -> Row:
    """The row that keeps the reason of a decision (``Decided.reason``), sealed under the person it is about, or under
    the service where it is about nobody."""
    if isinstance(key, PersonKey):
        return sealed_row(key, place, reason)
    return Row(SEALED, f"{SERVICE}/{place}", {"person_id": None, "sealed": key.seal(place, reason)})


def destroyed(person_id: str, field_sets: Iterable[str]) -> tuple[Row, ...]:
    """The rows that destroy a person's key, after which nothing of theirs opens, and remove these field sets."""
    return Row(KEYS, person_id, None), *(Row(SEALED, f"{person_id}/{each}", None) for each in field_sets)


def all_sealed_of(person_id: str) -> dict[str, Any]:
    """The query for every row that is sealed under a person, by their ids: however many people there are."""
    return {"_id": {"$gte": f"{person_id}/", "$lt": f"{person_id}0"}}


class Vault:
    """The keys and the sealed field sets of the people that this service knows."""

    def __init__(self, store: Rows, wrapper: KeyWrapper, root: bytes) -> None:
        self._store = store
        self._wrapper = wrapper
        self.service_key = ServiceKey(root)

    def keyed_hash(self, purpose: str, *parts: str | bytes) -> str:
        """What stands for a contact, a code or a caller where it is compared: see ``ServiceKey.keyed_hash``."""
        return self.service_key.keyed_hash(purpose, *parts)

    async def new_person(self, person_id: str) -> tuple[PersonKey, Row]:
        """A fresh key and the row that keeps it wrapped; the row goes into the decision that makes the person.

        Raises ``KeyServiceAway``.
        """
        key = os.urandom(KEY_BYTES)
        wrapped = await self._wrapper.wrap(person_id, key)
        document = {"wrapped": wrapped.sealed, "key_id": wrapped.key_id, "made_at": datetime.now(UTC)}
        return PersonKey(person_id, key), Row(KEYS, person_id, document)

    async def key_of(self, person_id: str) -> PersonKey:
        """Raises ``PersonErased``, ``KeyServiceAway`` or ``WrongServiceKey``."""
        try:
            return (await self.keys_of([person_id]))[person_id]
        except KeyError:
            raise PersonErased(person_id) from None

    async def keys_of(self, person_ids: Iterable[str]) -> dict[str, PersonKey]:
        """The keys of those who were not erased, in one round trip.

        Raises ``KeyServiceAway`` or ``WrongServiceKey``.
        """
        found = await self._store.rows(KEYS, {"_id": {"$in": sorted(set(person_ids))}})
        wrapped = [(row["_id"], Wrapped(row["key_id"], bytes(row["wrapped"]))) for row in found]
        keys = await self._wrapper.unwrap(wrapped)
        return {person_id: PersonKey(person_id, key) for (person_id, _), key in zip(wrapped, keys, strict=True)}

    async def open(self, person_id: str, field_set: str, model: type[M]) -> M | None:
        """One field set, or ``None`` when the person never gave it. Raises ``PersonErased`` or ``SealBroken``."""
        return await self.open_with(await self.key_of(person_id), field_set, model)

    async def open_with(self, key: PersonKey, field_set: str, model: type[M]) -> M | None:
        """The same of somebody whose key is in hand. Raises ``SealBroken``."""
        row = await self._store.row(SEALED, f"{key.person_id}/{field_set}")
        return key.open(field_set, model, bytes(row["sealed"])) if row else None

    async def open_many(self, person_ids: Iterable[str], field_set: str, model: type[M]) -> dict[str, M | None]:
        """One field set of many people in two round trips; ``None`` for who was erased or never gave it."""
        wanted = sorted(set(person_ids))
        keys = await self.keys_of(wanted)
        rows = await self._store.rows(SEALED, {"_id": {"$in": [f"{person_id}/{field_set}" for person_id in keys]}})
        sealed = {row["person_id"]: bytes(row["sealed"]) for row in rows}
        return {
            person_id: keys[person_id].open(field_set, model, sealed[person_id])
            if person_id in keys and person_id in sealed
            else None
            for person_id in wanted
        }


def _seal(aead: AESGCM, place: bytes, model: BaseModel) -> bytes:
    nonce = os.urandom(_NONCE_BYTES)
    return _FORMAT + nonce + aead.encrypt(nonce, model.model_dump_json().encode(), place)


def _open(aead: AESGCM, place: bytes, model: type[M], sealed: bytes) -> M:
    nonce, ciphertext = sealed[1 : 1 + _NONCE_BYTES], sealed[1 + _NONCE_BYTES :]
    try:
        if sealed[:1] != _FORMAT:
            raise SealBroken("a sealed value has an unknown format")
        return model.model_validate_json(aead.decrypt(nonce, ciphertext, place))
    except (InvalidTag, ValueError):
        raise SealBroken("a sealed value does not open where it was found") from None


def _bound(*parts: str) -> bytes:
    return b"\x00".join(part.encode() for part in parts)


def _bytes(part: str | bytes) -> bytes:
    return part.encode("utf-8", "surrogatepass") if isinstance(part, str) else part
