import asyncio
import base64
import json
import os
import secrets
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import httpx
import pytest
from pydantic import BaseModel, ConfigDict

from relevo_chassis.delivery.change import Change, Decision, Row
from relevo_chassis.delivery.committer import Committer
from relevo_chassis.delivery.store import Store
from relevo_chassis.ids import new_id
from relevo_chassis.people.keys import FileKey, KeyServiceAway, KeyWrapper, TransitKey, WrongServiceKey, parse_keys
from relevo_chassis.people.root import ROOT, opened_vault
from relevo_chassis.people.vault import (
    KEYS,
    SEALED,
    PersonErased,
    PersonKey,
    SealBroken,
    Vault,
    all_sealed_of,
    destroyed,
    sealed_row,
)
from relevo_testkit.fakes import FakeStore

NOW = datetime(2019, 9, 12, tzinfo=UTC)
ROOT_KEY, SERVICE_KEY = os.urandom(32), os.urandom(32)
CANARY = "Berta Canary"


class Contact(BaseModel):
    model_config = ConfigDict(frozen=True)

    name: str


class VaultBehaviour:
    """What the vault promises over any store."""

    async def test_a_sealed_field_set_opens_for_its_person(self, store: Store) -> None:
        vault, person_id = await _kept(store)
        assert await vault.open(person_id, "contact", Contact) == Contact(name=CANARY)
        assert await vault.open(person_id, "texts", Contact) is None

    async def test_what_is_sealed_under_a_person_is_found_by_its_id_alone_and_is_nobody_elses(
        self, store: Store
    ) -> None:
        _, person_id = await _kept(store)
        after = f"{int(person_id, 16) + 1:032x}"
        for each in (after, person_id):
            await store.insert(SEALED, {"_id": f"{each}/texts", "person_id": each, "sealed": b"x"})
        found = await store.rows(SEALED, all_sealed_of(person_id))
        assert sorted(row["_id"] for row in found) == [f"{person_id}/contact", f"{person_id}/texts"]
        assert await store.remove_rows(SEALED, all_sealed_of(person_id)) == 2
        assert await store.count_rows(SEALED, {}) == 1

    async def test_many_are_opened_in_two_round_trips_and_the_erased_are_left_out(self, store: Store) -> None:
        vault, _ = await _kept(store)
        people = [(await _kept(store, vault))[1] for _ in range(5)]
        await _write(store, *destroyed(people[2], ["contact"]))
        found = await vault.open_many([*people, new_id()], "contact", Contact)
        assert [person_id for person_id, contact in found.items() if contact is None] == sorted(
            {people[2], *(found.keys() - set(people))}
        )
        assert len(found) == 6

    async def test_an_erased_person_cannot_be_read_at_once(self, store: Store) -> None:
        vault, person_id = await _kept(store)
        await _write(store, Row(KEYS, person_id, None))
        with pytest.raises(PersonErased):
            await vault.open(person_id, "contact", Contact)
        assert await vault.open_many([person_id], "contact", Contact) == {person_id: None}
        assert await vault.keys_of([person_id]) == {}

    async def test_nothing_of_a_person_is_stored_in_clear(self, store: Store) -> None:
        _, person_id = await _kept(store)
        assert CANARY.encode() not in bytes((await store.rows(SEALED, {"person_id": person_id}))[0]["sealed"])


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


async def _kept(store: Any, vault: Vault | None = None) -> tuple[Vault, str]:
    vault, person_id = vault or _vault(store), new_id()
    key, row = await vault.new_person(person_id)
    await _write(store, row, sealed_row(key, "contact", Contact(name=CANARY)))
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


async def test_a_wrapped_key_moved_to_another_person_does_not_open(fake: FakeStore) -> None:
    vault, ana = await _kept(fake)
    _, eva = await _kept(fake, vault)
    fake.collections[KEYS][eva]["wrapped"] = fake.collections[KEYS][ana]["wrapped"]
    with pytest.raises(WrongServiceKey):
        await vault.key_of(eva)


@pytest.mark.parametrize("position", [0, 5, 20, -1])
def test_a_flipped_byte_is_noticed(position: int) -> None:
    key = PersonKey(new_id(), os.urandom(32))
    sealed = bytearray(key.seal("contact", Contact(name=CANARY)))
    sealed[position] ^= 1
    with pytest.raises(SealBroken):
        key.open("contact", Contact, bytes(sealed))
    with pytest.raises(SealBroken):
        key.open("contact", Contact, b"")


def test_the_same_text_is_never_sealed_the_same_way_twice() -> None:
    key = PersonKey(new_id(), os.urandom(32))
    assert len({key.seal("contact", Contact(name=CANARY)) for _ in range(50)}) == 50


async def test_another_service_key_opens_nobody(fake: FakeStore) -> None:
    _, person_id = await _kept(fake)
    with pytest.raises(WrongServiceKey):
        await _vault(fake, os.urandom(32)).key_of(person_id)


async def test_a_new_service_key_seals_and_the_old_one_still_opens(fake: FakeStore) -> None:
    _, old = await _kept(fake)
    rotated = Vault(fake, FileKey({"k2": os.urandom(32), "k1": SERVICE_KEY}), ROOT_KEY)
    _, new = await _kept(fake, rotated)
    assert fake.collections[KEYS][new]["key_id"] == "k2"
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


class Transit:
    """A key service on a fake wire, with faults that a test chooses."""

    def __init__(self) -> None:
        self._held: dict[str, tuple[str, str]] = {}
        self.asked = 0
        self.fault: Callable[[httpx.Request], httpx.Response] | None = None
        self.client = httpx.AsyncClient(transport=httpx.MockTransport(self._answer))
        self.key = TransitKey(self.client, "https://keys.local/v1/transit", "service-a", "token")

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.asked += 1
        if self.fault:
            return self.fault(request)
        assert request.headers["x-vault-token"] == "token"
        body = json.loads(request.content)
        if request.url.path.endswith("encrypt/service-a"):
            ciphertext = f"vault:v1:{secrets.token_hex(16)}"
            self._held[ciphertext] = (body["plaintext"], body["associated_data"])
            return httpx.Response(200, json={"data": {"ciphertext": ciphertext}})
        results = [self._open(item) for item in body["batch_input"]]
        return httpx.Response(200, json={"data": {"batch_results": results}})

    def _open(self, item: dict[str, str]) -> dict[str, str]:
        plaintext, place = self._held[item["ciphertext"]]
        return {"plaintext": plaintext} if place == item["associated_data"] else {"error": "message authentication"}


@pytest.fixture
async def transit() -> AsyncIterator[Transit]:
    made = Transit()
    yield made
    await made.client.aclose()


def _raise(error: Exception) -> httpx.Response:
    raise error


async def test_a_key_service_wraps_and_unwraps_many_in_one_request(fake: FakeStore, transit: Transit) -> None:
    vault = Vault(fake, transit.key, ROOT_KEY)
    people = [(await _kept(fake, vault))[1] for _ in range(4)]
    before = transit.asked
    assert all((await vault.open_many(people, "contact", Contact)).values())
    assert transit.asked - before == 1
    assert await vault.keys_of([]) == {}


async def test_a_key_moved_under_a_key_service_does_not_open(fake: FakeStore, transit: Transit) -> None:
    vault = Vault(fake, transit.key, ROOT_KEY)
    _, ana = await _kept(fake, vault)
    _, eva = await _kept(fake, vault)
    fake.collections[KEYS][eva]["wrapped"] = fake.collections[KEYS][ana]["wrapped"]
    with pytest.raises(WrongServiceKey):
        await vault.key_of(eva)


@pytest.mark.parametrize(
    "fault",
    [
        lambda _: _raise(httpx.ConnectError("refused")),
        lambda _: _raise(httpx.ReadTimeout("too slow")),
        lambda _: httpx.Response(503),
        lambda _: httpx.Response(403, json={"errors": ["permission denied"]}),
        lambda _: httpx.Response(302, headers={"location": "https://evil.local"}),
        lambda _: httpx.Response(200, text="<html>"),
        lambda _: httpx.Response(200, json={}),
        lambda _: httpx.Response(200, json={"data": None}),
        lambda _: httpx.Response(200, json={"data": {"ciphertext": ""}}),
        lambda request: httpx.Response(200, json={"data": {"ciphertext": json.loads(request.content)["plaintext"]}}),
    ],
    ids=["refused", "timeout", "503", "403", "redirect", "html", "empty", "null", "no ciphertext", "echo"],
)
async def test_a_key_service_that_is_away_fails_closed(
    fake: FakeStore, transit: Transit, fault: Callable[[httpx.Request], httpx.Response]
) -> None:
    vault = Vault(fake, transit.key, ROOT_KEY)
    transit.fault = fault
    with pytest.raises(KeyServiceAway):
        await vault.new_person(new_id())


async def test_a_key_service_that_goes_away_opens_nothing_from_memory(fake: FakeStore, transit: Transit) -> None:
    vault, person_id = await _kept(fake, Vault(fake, transit.key, ROOT_KEY))
    assert await vault.open(person_id, "contact", Contact)
    transit.fault = lambda _: _raise(httpx.ConnectError("refused"))
    with pytest.raises(KeyServiceAway):
        await vault.open(person_id, "contact", Contact)


@pytest.mark.parametrize("answer", [[], [{"plaintext": "AAAA"}], [{"plaintext": "?"}], [{"error": "x"}]])
async def test_a_key_service_that_answers_something_else_is_not_believed(
    fake: FakeStore, transit: Transit, answer: list[dict[str, str]]
) -> None:
    vault, person_id = await _kept(fake, Vault(fake, transit.key, ROOT_KEY))
    transit.fault = lambda _: httpx.Response(200, json={"data": {"batch_results": answer}})
    with pytest.raises(WrongServiceKey):
        await vault.key_of(person_id)


@pytest.fixture
async def committer(fake: FakeStore) -> AsyncIterator[Committer]:
    made = Committer(fake)
    made.start()
    yield made
    await made.close()


async def test_replicas_that_start_at_once_agree_on_one_root(fake: FakeStore, committer: Committer) -> None:
    wrapper: KeyWrapper = FileKey({"k1": SERVICE_KEY})
    vaults = await asyncio.gather(*(opened_vault(fake, committer, wrapper, NOW) for _ in range(5)))
    assert len({vault.keyed_hash("contact", "ana") for vault in vaults}) == 1
    assert len(fake.collections[ROOT.name]) == 1


async def test_a_new_service_key_moves_no_hash(fake: FakeStore, committer: Committer) -> None:
    before = await opened_vault(fake, committer, FileKey({"k1": SERVICE_KEY}), NOW)
    after = await opened_vault(fake, committer, FileKey({"k2": os.urandom(32), "k1": SERVICE_KEY}), NOW)
    assert before.keyed_hash("contact", "ana") == after.keyed_hash("contact", "ana")


async def test_a_service_with_another_key_refuses_to_start(fake: FakeStore, committer: Committer) -> None:
    await opened_vault(fake, committer, FileKey({"k1": SERVICE_KEY}), NOW)
    with pytest.raises(WrongServiceKey):
        await opened_vault(fake, committer, FileKey({"k1": os.urandom(32)}), NOW)


async def test_a_service_whose_root_is_gone_refuses_to_start(fake: FakeStore, committer: Committer) -> None:
    vault = await opened_vault(fake, committer, FileKey({"k1": SERVICE_KEY}), NOW)
    await _kept(fake, vault)
    fake.collections[ROOT.name].clear()
    with pytest.raises(WrongServiceKey, match="restore"):
        await opened_vault(fake, committer, FileKey({"k1": SERVICE_KEY}), NOW)


def test_key_files_hold_one_key_or_several_with_their_ids(tmp_path: Path) -> None:
    key, other = os.urandom(32), os.urandom(32)
    text = base64.b64encode(key).decode()
    assert parse_keys(f"{text}\n") == {"k1": key}
    assert parse_keys(key.hex()) == {"k1": key}
    assert list(parse_keys(f"2026-2:{base64.b64encode(other).decode()}\n2026-1:{text}\n")) == ["2026-2", "2026-1"]
    path = tmp_path / "key"
    path.write_text(text)
    assert isinstance(FileKey.read(path), FileKey)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n\n",
        base64.b64encode(os.urandom(16)).decode(),
        base64.b64encode(os.urandom(33)).decode(),
        os.urandom(31).hex(),
        "not base64 at all!",
        "00" * 32,
        f"{base64.b64encode(SERVICE_KEY).decode()}\n{base64.b64encode(ROOT_KEY).decode()}",
        f"a:{base64.b64encode(SERVICE_KEY).decode()}\na:{base64.b64encode(ROOT_KEY).decode()}",
        f":{base64.b64encode(SERVICE_KEY).decode()}",
    ],
    ids=[
        "empty",
        "blank",
        "16 bytes",
        "33 bytes",
        "31 bytes",
        "no base64",
        "zeros",
        "two of no name",
        "one name",
        "no name",
    ],
)
def test_key_files_that_cannot_be_meant_are_refused_without_being_quoted(text: str) -> None:
    with pytest.raises(ValueError, match=r"it|its|two") as refused:
        parse_keys(text)
    assert not text.strip() or text.strip() not in str(refused.value)


def test_nothing_secret_is_shown_when_a_key_is_printed() -> None:
    key = PersonKey("a" * 32, SERVICE_KEY)
    for shown in (repr(key), repr(FileKey({"k1": SERVICE_KEY})), repr(_vault(cast(Any, FakeStore())).service_key)):
        assert SERVICE_KEY.hex() not in shown
        assert repr(SERVICE_KEY) not in shown
