import asyncio
import os
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any, ClassVar

import pytest

from relevo_chassis.delivery.committer import Committer
from relevo_chassis.ids import new_id
from relevo_chassis.kept import Sealed
from relevo_chassis.people.keys import FileKey, KeyWrapper, WrongServiceKey
from relevo_chassis.people.root import ROOT, opened_vault
from relevo_chassis.people.vault import (
    Vault,
)
from relevo_testkit.fakes import FakeStore

NOW = datetime(2019, 9, 12, tzinfo=UTC)
SERVICE_KEY = os.urandom(32)


class Contact(Sealed):
    retention: ClassVar[str] = "contact"

    name: str


async def _known(store: Any, vault: Vault) -> None:
    """Somebody has a key."""
    _, [row] = await vault.new_person(new_id(), Contact)
    await store.insert(row.collection, {"_id": row.id, **(row.document or {})})


@pytest.fixture
def fake() -> FakeStore:
    return FakeStore()


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
    await _known(fake, vault)
    fake.collections[ROOT.name].clear()
    with pytest.raises(WrongServiceKey, match="restore"):
        await opened_vault(fake, committer, FileKey({"k1": SERVICE_KEY}), NOW)
