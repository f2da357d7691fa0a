"""Publishing the issuer's keys: each is known to the store from when on, before it signs and for ever after."""

from __future__ import annotations

from datetime import datetime

from relevo_certification.credential.keys import BadKeys, Keys, PublicKey, public_key
from relevo_certification.store import SIGNING_KEYS
from relevo_chassis.delivery.store import Store


async def publish_keys(store: Store, keys: Keys, now: datetime) -> Keys:
    """Have all replicas show these keys from now on; the same keys, since when they are shown.

    ``now`` is process time, as that of caches is. Raises ``BadKeys`` for one that is not what it was under its name.
    """
    for each in keys.public:
        row = {"_id": each.name, "public": each.pem, "published_at": now, "compromised_at": each.compromised_at}
        if await store.insert(SIGNING_KEYS, row):
            continue
        known = await store.row(SIGNING_KEYS, each.name)
        if known is not None and known["public"] != each.pem:
            raise BadKeys(f"{each.name} is another key than was published under this name; give the new one a new name")
        if each.compromised_at is not None:
            values = {"compromised_at": each.compromised_at}
            await store.update_rows(SIGNING_KEYS, {"_id": each.name, "compromised_at": None}, values)
    rows = await store.rows(SIGNING_KEYS, {})
    return keys.published({row["_id"]: row["published_at"] for row in rows})


async def published_keys(store: Store) -> list[PublicKey]:
    """All keys that ever were published, whoever still has their files."""
    rows = await store.rows(SIGNING_KEYS, {})
    return [public_key(row["_id"], row["public"], row["compromised_at"]) for row in rows]
