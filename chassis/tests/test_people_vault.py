import asyncio
import os
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, ClassVar, cast

import pytest

from relevo_chassis.delivery.change import Change, Decision, Row
from relevo_chassis.delivery.committer import Committer
from relevo_chassis.delivery.store import Store
from relevo_chassis.ids import new_id
from relevo_chassis.kept import Sealed
from relevo_chassis.people.keys import FileKey, WrongServiceKey
from relevo_chassis.people.vault import (
    KEYS,
    SEALED,
    NoLongerKept,
    PersonErased,
    PersonKey,
    SealBroken,
    Vault,
    all_of,
    destroyed,
    ended,
    sealed_row,
)
from relevo_testkit.fakes import FakeStore

NOW = datetime(2019, 9, 12, tzinfo=UTC)
ROOT_KEY, SERVICE_KEY = os.urandom(32), os.urandom(32)
CANARY = "Berta Canary"


class Contact(Sealed):
    retention: ClassVar[str] = "contact"

    name: str


class Text(Sealed):
    retention: ClassVar[str] = "text"

    name: str


CLASSES = ("contact", "text")


class VaultBehaviour:
    """What the vault promises over any store."""

    async def test_a_sealed_field_set_opens_for_its_person(self, store: Store) -> None:
        vault, person_id = await _kept(store)
        assert await vault.open(person_id, "contact", Contact) == Contact(name=CANARY)
        assert await vault.open(person_id, "text", Text) == Text(name=CANARY)
        assert await vault.open(person_id, "texts", Contact) is None

    async def test_what_is_sealed_under_a_person_is_found_by_its_id_alone_and_is_nobody_elses(
        self, store: Store
    ) -> None:
        _, person_id = await _kept(store)
        after = f"{int(person_id, 16) + 1:032x}"
        for each in (after, person_id):
            await store.insert(SEALED, {"_id": f"{each}/texts", "person_id": each, "sealed": b"x"})
        found = await store.rows(SEALED, all_of(person_id))
        assert sorted(row["_id"] for row in found) == [f"{person_id}/{each}" for each in ("contact", "text", "texts")]
        assert await store.remove_rows(SEALED, all_of(person_id)) == 3
        assert await store.count_rows(SEALED, {}) == 1

    async def test_many_are_opened_in_two_round_trips_and_the_erased_are_left_out(self, store: Store) -> None:
        vault, _ = await _kept(store)
        people = [(await _kept(store, vault))[1] for _ in range(5)]
        await _write(store, *destroyed(people[2], CLASSES, ["contact", "text"]))
        found = await vault.open_many([*people, new_id()], "contact", Contact)
        assert [person_id for person_id, contact in found.items() if contact is None] == sorted(
            {people[2], *(found.keys() - set(people))}
        )
        assert len(found) == 6

    async def test_rule_14_an_erased_person_cannot_be_read_at_once(self, store: Store) -> None:
        vault, person_id = await _kept(store)
        await _write(store, *destroyed(person_id, CLASSES, ()))
        with pytest.raises(PersonErased):
            await vault.open(person_id, "contact", Contact)
        assert await vault.open_many([person_id], "contact", Contact) == {person_id: None}
        assert await vault.keys_of([person_id]) == {}

    async def test_nothing_of_a_person_is_stored_in_clear(self, store: Store) -> None:
        _, person_id = await _kept(store)
        rows = await store.rows(SEALED, {"person_id": person_id})
        assert len(rows) == 2
        assert all(CANARY.encode() not in bytes(each["sealed"]) for each in rows)

    async def test_a_class_ends_by_its_key_and_reads_as_never_given_while_the_others_open(self, store: Store) -> None:
        vault, person_id = await _kept(store)
        row = await store.row(SEALED, f"{person_id}/text")
        assert row is not None
        await _write(store, *ended(person_id, "text", ["text"], NOW))
        await store.insert(SEALED, row)
        assert await vault.open(person_id, "text", Text) is None
        assert await vault.open_many([person_id], "text", Text) == {person_id: None}
        assert await vault.open(person_id, "contact", Contact) == Contact(name=CANARY)
        key = await vault.key_of(person_id)
        assert key.open("text", Text, bytes(row["sealed"])) is None
        with pytest.raises(SealBroken):
            key.like(Contact).open("text", Text, bytes(row["sealed"]))
        for sealing in (lambda: key.seal("text", Text(name="more")), lambda: key.like(Text)):
            with pytest.raises(NoLongerKept):
                sealing()

    async def test_a_class_that_was_never_used_is_made_once_for_whoever_asks_at_once(self, store: Store) -> None:
        vault, person_id = await _kept(store, models=(Contact,))
        committer = Committer(store)
        committer.start()

        async def keys() -> PersonKey:
            return await vault.key_to_seal(committer, person_id, [Text], _present)

        found = await asyncio.gather(*(keys() for _ in range(8)))
        sealed = found[0].seal("text", Text(name=CANARY))
        assert {each.open("text", Text, sealed) for each in found} == {Text(name=CANARY)}
        assert await store.count_rows(KEYS, {}) == 2
        await committer.close()

    async def test_no_key_is_made_for_a_class_that_has_ended_whatever_comes_first(self, store: Store) -> None:
        vault, person_id = await _kept(store, models=(Contact,))
        committer = Committer(store)
        committer.start()
        end = Change([], lambda _: Decision(rows=ended(person_id, "text", (), NOW)), NOW, new_id())
        _, fresh = await vault.first_keys(person_id, ["text"])
        make = _present(fresh)
        for together in ([end, make], [make, end], [end], [make]):
            await committer.commit_all(together)
            with pytest.raises(NoLongerKept):
                await vault.key_to_seal(committer, person_id, [Text], _present)
            assert (await vault.key_of(person_id)).under("text") is None
        await committer.close()

    async def test_rule_14_whoever_is_erased_is_made_no_key(self, store: Store) -> None:
        vault, person_id = await _kept(store)
        committer = Committer(store)
        committer.start()
        await _write(store, *destroyed(person_id, CLASSES, ()))

        def gone(_: Sequence[Row]) -> Change:
            return Change([], lambda _: Decision(), NOW, new_id())

        with pytest.raises(PersonErased):
            await vault.key_to_seal(committer, person_id, [Text], gone)
        assert await store.count_rows(KEYS, {}) == 0
        await committer.close()


class TestOnTheFakeStore(VaultBehaviour):
    @pytest.fixture
    def store(self) -> FakeStore:
        return FakeStore()


class TestOnMongo(VaultBehaviour):
    @pytest.fixture
    async def store(self, mongo_store: Store) -> Store:
        return mongo_store


async def _write(store: Any, *rows: Row) -> None:
    committer = Committer(store)
    committer.start()
    await committer.commit(Change([], lambda _: Decision(rows=rows), NOW, new_id()))
    await committer.close()


def _present(rows: Sequence[Row]) -> Change:
    return Change([], lambda _: Decision(rows=rows), NOW, new_id())


async def _kept(
    store: Any, vault: Vault | None = None, models: Sequence[type[Contact | Text]] = (Contact, Text)
) -> tuple[Vault, str]:
    vault, person_id = vault or _vault(store), new_id()
    key, rows = await vault.new_person(person_id, *models)
    sealed = [sealed_row(key, each.retention, each(name=CANARY), new=True) for each in models]
    await _write(store, *rows, *sealed)
    return vault, person_id


def _vault(store: Any, service_key: bytes = SERVICE_KEY) -> Vault:
    return Vault(store, FileKey({"k1": service_key}), ROOT_KEY)


@pytest.fixture
def fake() -> FakeStore:
    return FakeStore()


async def test_reading_many_costs_two_reads_whatever_the_number(fake: FakeStore) -> None:
    vault = _vault(fake)
    people = [(await _kept(fake, vault))[1] for _ in range(20)]
    before = fake.reads
    assert all((await vault.open_many(people, "contact", Contact)).values())
    assert fake.reads - before == 2


async def test_a_ciphertext_moved_to_another_person_or_field_set_does_not_open(fake: FakeStore) -> None:
    vault, ana = await _kept(fake)
    _, eva = await _kept(fake, vault)
    sealed = fake.collections[SEALED]
    sealed[f"{ana}/texts"] = {**sealed[f"{ana}/contact"], "_id": f"{ana}/texts"}
    sealed[f"{eva}/contact"]["sealed"] = sealed[f"{ana}/contact"]["sealed"]
    for person_id, field_set in ((ana, "texts"), (eva, "contact")):
        with pytest.raises(SealBroken):
            await vault.open(person_id, field_set, Contact)


async def test_a_ciphertext_of_one_class_opens_with_no_other_key_and_not_as_another_class(fake: FakeStore) -> None:
    vault, ana = await _kept(fake)
    key = await vault.key_of(ana)
    sealed, keys = key.seal("place", Text(name=CANARY)), fake.collections[KEYS]
    with pytest.raises(SealBroken):
        key.open("place", Contact, sealed)
    with pytest.raises(SealBroken):
        key.like(Contact).open("place", Text, sealed)
    keys[f"{ana}/contact"], keys[f"{ana}/text"] = keys[f"{ana}/text"], keys[f"{ana}/contact"]
    for id, row in keys.items():
        row["_id"] = id
    with pytest.raises(WrongServiceKey):
        await vault.key_of(ana)
    same = PersonKey(ana, {"contact": SERVICE_KEY, "text": SERVICE_KEY})
    with pytest.raises(SealBroken):
        same.open("place", Contact, same.seal("place", Text(name=CANARY)))


async def test_a_wrapped_key_moved_to_another_person_does_not_open(fake: FakeStore) -> None:
    vault, ana = await _kept(fake)
    _, eva = await _kept(fake, vault)
    keys = fake.collections[KEYS]
    keys[f"{eva}/text"]["wrapped"] = keys[f"{ana}/text"]["wrapped"]
    with pytest.raises(WrongServiceKey):
        await vault.key_of(eva)


@pytest.mark.parametrize("position", [0, 5, 20, -1])
def test_a_flipped_byte_is_noticed(position: int) -> None:
    key = PersonKey(new_id(), {"contact": os.urandom(32)})
    sealed = bytearray(key.seal("contact", Contact(name=CANARY)))
    sealed[position] ^= 1
    with pytest.raises(SealBroken):
        key.open("contact", Contact, bytes(sealed))
    with pytest.raises(SealBroken):
        key.open("contact", Contact, b"")


def test_the_same_text_is_never_sealed_the_same_way_twice() -> None:
    key = PersonKey(new_id(), {"contact": os.urandom(32)})
    assert len({key.seal("contact", Contact(name=CANARY)) for _ in range(50)}) == 50


async def test_another_service_key_opens_nobody(fake: FakeStore) -> None:
    _, person_id = await _kept(fake)
    with pytest.raises(WrongServiceKey):
        await _vault(fake, os.urandom(32)).key_of(person_id)


async def test_a_new_service_key_seals_and_the_old_one_still_opens(fake: FakeStore) -> None:
    _, old = await _kept(fake)
    rotated = Vault(fake, FileKey({"k2": os.urandom(32), "k1": SERVICE_KEY}), ROOT_KEY)
    _, new = await _kept(fake, rotated)
    assert fake.collections[KEYS][f"{new}/contact"]["key_id"] == "k2"
    assert all((await rotated.open_many([old, new], "contact", Contact)).values())
    with pytest.raises(WrongServiceKey, match="k2"):
        await _vault(fake).keys_of([old, new])


def test_keyed_hashes_differ_by_purpose_root_and_the_cut_between_parts() -> None:
    vault = _vault(FakeStore())
    assert vault.keyed_hash("contact", "ab") == vault.keyed_hash("contact", "ab")
    hashes = [
        vault.keyed_hash("contact", "ab"),
        vault.keyed_hash("code", "ab"),
        vault.keyed_hash("contact", "a", "b"),
        vault.keyed_hash("contact", "", "ab"),
        vault.keyed_hash("contact", "ab", ""),
        Vault(FakeStore(), FileKey({"k1": SERVICE_KEY}), os.urandom(32)).keyed_hash("contact", "ab"),
    ]
    assert len(set(hashes)) == len(hashes)


def test_nothing_secret_is_shown_when_a_key_is_printed() -> None:
    key = PersonKey("a" * 32, {"contact": SERVICE_KEY})
    for printed in (
        repr(key),
        repr(key.like(Contact)),
        repr(FileKey({"k1": SERVICE_KEY})),
        repr(_vault(cast(Any, FakeStore())).service_key),
    ):
        assert SERVICE_KEY.hex() not in printed
        assert repr(SERVICE_KEY) not in printed
