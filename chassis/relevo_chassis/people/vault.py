"""The vault: what identifies a person, sealed under that person's own keys, which erasing destroys.

A person has a key for each retention class that something of theirs is sealed under: what ends earlier ends by its key,
in every backup too, and the person goes on. Which class it is, each sealed model says itself (``relevo_chassis.kept``).

Each ciphertext is bound to its place (person, class and field set) and cannot be opened anywhere else. Nothing
unwrapped is kept in memory beyond the call, so that an erasure takes effect at once.
"""

from __future__ import annotations

import hmac
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Protocol, TypeVar

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from pydantic import BaseModel

from relevo_chassis.delivery.change import Change, Commits, Row
from relevo_chassis.kept import Sealed
from relevo_chassis.people.keys import KEY_BYTES, KeyWrapper, Wrapped

KEYS = "vault_keys"
SEALED = "vault"
SERVICE = "service"
"""Whose a reason is that is about nobody."""

_FORMAT = b"\x01"
_NONCE_BYTES = 12

M = TypeVar("M", bound=BaseModel)
S = TypeVar("S", bound=Sealed)


class PersonErased(LookupError):
    """This person was erased; nothing about them can be read any more."""

    def __init__(self, person_id: str) -> None:
        super().__init__(f"person {person_id} was erased")
        self.person_id = person_id


class NoLongerKept(LookupError):
    """What is kept of this person in this retention class has ended: none of it can be read, and nothing be added."""

    def __init__(self, person_id: str, retention: str) -> None:
        super().__init__(f"nothing of the class {retention} is kept of person {person_id} any more")
        self.person_id = person_id
        self.retention = retention


class SealBroken(Exception):
    """A ciphertext does not belong where it was found, or was changed; restore it from a backup."""


class Rows(Protocol):
    """What the vault reads from."""

    async def row(self, collection: str, id: str) -> dict[str, Any] | None: ...

    async def rows(self, collection: str, where: Mapping[str, Any], *, limit: int = 0) -> list[dict[str, Any]]: ...


class ClassKey:
    """The key of one person for one retention class, for as long as a call takes."""

    __slots__ = ("_aead", "person_id", "retention")

    def __init__(self, person_id: str, retention: str, key: bytes) -> None:
        self.person_id = person_id
        self.retention = retention
        self._aead = AESGCM(key)

    @property
    def id(self) -> str:
        return key_id(self.person_id, self.retention)

    def seal(self, place: str, model: BaseModel) -> bytes:
        """Ciphertext that opens only under this key and at this place."""
        return _seal(self._aead, self._bound(place), model)

    def open(self, place: str, model: type[M], sealed: bytes) -> M:
        """Raises ``SealBroken``."""
        return _open(self._aead, self._bound(place), model, sealed)

    def _bound(self, place: str) -> bytes:
        return _bound("relevo/person", self.person_id, self.retention, place)


class PersonKey:
    """The keys of one person by retention class, for as long as a call takes. Which one is meant, the models say."""

    __slots__ = ("_ended", "_keys", "person_id")

    def __init__(self, person_id: str, keys: Mapping[str, bytes], ended: Iterable[str] = ()) -> None:
        self.person_id = person_id
        self._keys = {retention: ClassKey(person_id, retention, key) for retention, key in keys.items()}
        self._ended = frozenset(ended)

    def seal(self, place: str, model: Sealed) -> bytes:
        """Ciphertext that opens only for this person, in this class and at this place. Raises ``NoLongerKept``."""
        return self.like(type(model)).seal(place, model)

    def open(self, place: str, model: type[S], sealed: bytes) -> S | None:
        """``None`` when there is no key for the class, because it has ended. Raises ``SealBroken``."""
        key = self.under(model.retention)
        return key.open(place, model, sealed) if key else None

    def like(self, model: type[Sealed]) -> ClassKey:
        """The key that this model is sealed under. Raises ``NoLongerKept``, or ``KeyError`` if none was made yet."""
        if model.retention in self._ended:
            raise NoLongerKept(self.person_id, model.retention)
        return self._keys[model.retention]

    def under(self, retention: str) -> ClassKey | None:
        """The key of a class that a stored row names, or of a part of one (``part_of``)."""
        return self._keys.get(retention)

    def part(self, retention: str) -> ClassKey:
        """The key of a part that there is. Raises ``NoLongerKept``."""
        if (found := self.under(retention)) is None:
            raise NoLongerKept(self.person_id, retention)
        return found

    def lacks(self, models: Iterable[type[Sealed]]) -> set[str]:
        """The classes of these that have no key yet. Raises ``NoLongerKept``."""
        wanted = {each.retention for each in models}
        if over := wanted & self._ended:
            raise NoLongerKept(self.person_id, min(over))
        return wanted - self._keys.keys()


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


def key_id(person_id: str, retention: str) -> str:
    """The id of the row that keeps a person's key for a class, and the context that it is wrapped with."""
    return f"{person_id}/{retention}"


def part_of(model: type[Sealed], part_id: str) -> str:
    """Under what a piece of a class has its key that ends before the class does, and by itself in every backup too."""
    return f"{model.retention}.{part_id}"


def parts_of(person_id: str, retention: str) -> dict[str, Any]:
    """The query for the keys that parts of a class have."""
    return {"_id": {"$gte": f"{person_id}/{retention}.", "$lt": f"{person_id}/{retention}/"}}


def part_row(key: ClassKey, field_set: str, model: Sealed) -> Row:
    """The row that keeps what is sealed under the key of a part, whose id was drawn just now."""
    retention = type(model).retention
    document = {"person_id": key.person_id, "retention": retention, "sealed": key.seal(field_set, model)}
    return Row(SEALED, f"{key.person_id}/{field_set}", document, new=True)


def sealed_row(key: PersonKey, field_set: str, model: Sealed, *, new: bool = False) -> Row:
    """The row that keeps one field set of a person, sealed; put in the same decision as what it belongs to.

    ``new`` for a person whose id was drawn just now. Raises ``NoLongerKept``.
    """
    document = {
        "person_id": key.person_id,
        "retention": type(model).retention,
        "sealed": key.seal(field_set, model),
    }
    return Row(SEALED, f"{key.person_id}/{field_set}", document, new=new)


def reason_row(key: PersonKey | ServiceKey, place: str, reason: Sealed) -> Row:
    """The row that keeps the reason of a decision (``Decided.reason``), sealed under the person it is about, or under
    the service where it is about nobody."""
    if isinstance(key, PersonKey):
        return sealed_row(key, place, reason)
    document = {"person_id": None, "retention": None, "sealed": key.seal(place, reason)}
    return Row(SEALED, f"{SERVICE}/{place}", document)


def destroyed(person_id: str, retentions: Iterable[str], field_sets: Iterable[str]) -> list[Row]:
    """The rows that destroy a person's keys for all these classes, after which nothing of theirs opens, and remove
    these field sets."""
    keys = [Row(KEYS, key_id(person_id, each), None) for each in retentions]
    return [*keys, *(Row(SEALED, f"{person_id}/{each}", None) for each in field_sets)]


def ended(person_id: str, retention: str, field_sets: Iterable[str], now: datetime) -> list[Row]:
    """The rows that destroy a person's key for one class and remove these field sets of it; the person goes on.

    In the place of the key stands since when there is none, so that no other is made.
    """
    gone = Row(KEYS, key_id(person_id, retention), {"ended_at": now})
    return [gone, *(Row(SEALED, f"{person_id}/{each}", None) for each in field_sets)]


def all_of(person_id: str) -> dict[str, Any]:
    """The query for every key of a person, or for every row that is sealed under them, by their ids: however many
    people there are."""
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

    async def new_person(self, person_id: str, *models: type[Sealed]) -> tuple[PersonKey, list[Row]]:
        """Fresh keys for the classes of these models, and the rows that keep them wrapped, of whoever has an id that
        was drawn just now; the rows go into the decision that makes the person.

        Raises ``KeyServiceAway``.
        """
        key, rows = await self.first_keys(person_id, {each.retention for each in models})
        return key, [row._replace(keep=False, new=True) for row in rows]

    async def first_keys(self, person_id: str, retentions: Iterable[str]) -> tuple[PersonKey, list[Row]]:
        """Keys for classes under which nothing of this person was sealed yet, and the rows that keep them.

        Should one have been made, or the class have ended meanwhile, that stands, and what is sealed under this one
        never opens: whoever writes them relies on what says that there were none. Raises ``KeyServiceAway``.
        """
        fresh = {each: os.urandom(KEY_BYTES) for each in sorted(set(retentions))}
        wrapped = await self._wrapper.wrap([(key_id(person_id, each), key) for each, key in fresh.items()])
        now = datetime.now(UTC)
        rows = [
            Row(
                KEYS,
                key_id(person_id, each),
                {"wrapped": one.sealed, "key_id": one.key_id, "made_at": now},
                keep=True,
            )
            for each, one in zip(fresh, wrapped, strict=True)
        ]
        return PersonKey(person_id, fresh), rows

    async def part_key(self, person_id: str, model: type[Sealed], part_id: str) -> tuple[ClassKey, list[Row]]:
        """A fresh key for a part of this model's class, and the row that keeps it; for the decision that makes it.

        Raises ``NoLongerKept`` or ``KeyServiceAway``.
        """
        known = (await self.keys_of([person_id])).get(person_id) or PersonKey(person_id, {})
        known.lacks([model])
        retention = part_of(model, part_id)
        fresh, rows = await self.first_keys(person_id, [retention])
        return fresh.part(retention), rows

    async def key_to_seal(
        self,
        commits: Commits,
        person_id: str,
        models: Sequence[type[Sealed]],
        present: Callable[[Sequence[Row]], Change],
    ) -> PersonKey:
        """The person's keys, those of the classes of these models among them: what there is none of yet is made now.

        ``present`` is the change that keeps new ones, as long as whoever they are of is there; what it raises is
        raised. Two that ask at once get the same keys. Raises ``NoLongerKept``, ``PersonErased`` for whoever was
        erased meanwhile, ``KeyServiceAway`` or ``WrongServiceKey``.
        """
        known = (await self.keys_of([person_id])).get(person_id) or PersonKey(person_id, {})
        lacking = known.lacks(models)
        if not lacking:
            return known
        _, rows = await self.first_keys(person_id, lacking)
        await commits.commit(present(rows))
        kept = await self.key_of(person_id)
        if kept.lacks(models):
            raise PersonErased(person_id)
        return kept

    async def key_of(self, person_id: str) -> PersonKey:
        """Raises ``PersonErased``, ``KeyServiceAway`` or ``WrongServiceKey``."""
        try:
            return (await self.keys_of([person_id]))[person_id]
        except KeyError:
            raise PersonErased(person_id) from None

    async def class_key(self, id: str) -> ClassKey:
        """The key with this id (``ClassKey.id``). Raises ``PersonErased`` or ``NoLongerKept``."""
        person_id, _, retention = id.partition("/")
        return (await self.key_of(person_id)).part(retention)

    async def keys_of(self, person_ids: Iterable[str], *models: type[Sealed]) -> dict[str, PersonKey]:
        """The keys of those who were not erased, in one round trip. Where models are named, for their classes alone,
        and of those who have any of them.

        Raises ``KeyServiceAway`` or ``WrongServiceKey``.
        """
        people = sorted(set(person_ids))
        found = await self._store.rows(KEYS, _keys_of(people, {each.retention for each in models})) if people else []
        there = [(row["_id"], Wrapped(row["key_id"], bytes(row["wrapped"]))) for row in found if row.get("wrapped")]
        opened = dict(zip((id for id, _ in there), await self._wrapper.unwrap(there), strict=True))
        by_person: dict[str, tuple[dict[str, bytes], list[str]]] = {}
        for row in found:
            person_id, _, retention = row["_id"].partition("/")
            keys, ended = by_person.setdefault(person_id, ({}, []))
            if row["_id"] in opened:
                keys[retention] = opened[row["_id"]]
            else:
                ended.append(retention)
        return {each: PersonKey(each, *theirs) for each, theirs in by_person.items() if theirs[0] or not models}

    async def open(self, person_id: str, field_set: str, model: type[S]) -> S | None:
        """One field set, or ``None`` when the person never gave it, or its class has ended. Raises ``PersonErased`` or
        ``SealBroken``."""
        return await self.open_with(await self.key_of(person_id), field_set, model)

    async def open_with(self, key: PersonKey, field_set: str, model: type[S]) -> S | None:
        """The same of somebody whose keys are in hand. Raises ``SealBroken``."""
        row = await self._store.row(SEALED, f"{key.person_id}/{field_set}") if key.under(model.retention) else None
        return key.open(field_set, model, bytes(row["sealed"])) if row else None

    async def open_many(self, person_ids: Iterable[str], field_set: str, model: type[S]) -> dict[str, S | None]:
        """One field set of many people in two round trips; ``None`` for who was erased or never gave it, and where its
        class has ended."""
        wanted = sorted(set(person_ids))
        keys = await self.keys_of(wanted, model)
        rows = await self._store.rows(SEALED, {"_id": {"$in": [f"{person_id}/{field_set}" for person_id in keys]}})
        sealed = {row["person_id"]: bytes(row["sealed"]) for row in rows}
        return {
            person_id: keys[person_id].open(field_set, model, sealed[person_id])
            if person_id in keys and person_id in sealed
            else None
            for person_id in wanted
        }


def _keys_of(people: Sequence[str], retentions: set[str]) -> dict[str, Any]:
    if retentions:
        return {"_id": {"$in": [key_id(person_id, each) for person_id in people for each in sorted(retentions)]}}
    return all_of(people[0]) if len(people) == 1 else {"$or": [all_of(each) for each in people]}


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
