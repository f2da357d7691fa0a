"""The service's root, from which its hashing and sealing keys derive: made by the first start, kept in the service's
own store under the service's key, so that a change of that key moves no hash."""

from __future__ import annotations

import os
from base64 import b64decode, b64encode
from datetime import datetime

from pydantic import BaseModel, ConfigDict

from relevo_chassis.delivery.change import Change, Commits, Decision, Found, Kind, New, unrepeated
from relevo_chassis.ids import new_id
from relevo_chassis.people.keys import KEY_BYTES, KeyWrapper, Wrapped, WrongServiceKey
from relevo_chassis.people.vault import KEYS, Rows, Vault


class VaultRoot(BaseModel):
    """A service's root, wrapped."""

    model_config = ConfigDict(frozen=True)

    key_id: str
    wrapped: str


ROOT = Kind("vault_root", VaultRoot)


async def opened_vault(store: Rows, commits: Commits, wrapper: KeyWrapper, now: datetime) -> Vault:
    """The service's vault, with the root of its store or, in an empty store, a new one.

    Replicas that start at once agree on one root. Raises ``WrongServiceKey`` when the root was wrapped under another
    key, or is gone while people's keys are there; ``KeyServiceAway``, ``Busy``, ``Unknown``.
    """
    if await store.row(ROOT.name, ROOT.name) is None and await store.rows(KEYS, {}, limit=1):
        raise WrongServiceKey(f"the collection {ROOT.name} is empty but {KEYS} is not; restore it from the backup")
    [fresh] = await wrapper.wrap([(ROOT.name, os.urandom(KEY_BYTES))])
    mine = VaultRoot(key_id=fresh.key_id, wrapped=b64encode(fresh.sealed).decode("ascii"))
    ref = ROOT(ROOT.name)

    def decide(found: Found) -> Decision[VaultRoot]:
        there = found[ref]
        return Decision(answer=there) if there else Decision(states=[New(ref, mine)], answer=mine)

    kept = unrepeated(await commits.commit(Change(refs=[ref], decide=decide, now=now, cause_id=new_id())))
    [root] = await wrapper.unwrap([(ROOT.name, Wrapped(kept.key_id, b64decode(kept.wrapped)))])
    return Vault(store, wrapper, root)
