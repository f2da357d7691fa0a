"""What a clean end of MongoDB, as in an upgrade, looks like to those who are writing at that moment."""

from __future__ import annotations

import asyncio
from pathlib import Path

from relevo_chassis.delivery.change import Busy
from relevo_chassis.delivery.store import Store
from relevo_servers import MongoServer


async def test_a_lease_that_is_asked_for_while_mongod_ends_is_not_to_be_had_now(tmp_path: Path) -> None:
    async with MongoServer(tmp_path) as server:
        store = Store.connected(server.url, "ending")
        await store.prepare(["leases"], {})

        async def asked_until_it_fails(number: int) -> Exception:
            while True:
                try:
                    await store.hold("leases", f"lease-{number}", "me", 5.0)
                except Exception as failure:
                    return failure

        asking = [asyncio.create_task(asked_until_it_fails(number)) for number in range(20)]
        await asyncio.sleep(0.5)
        await server.stop()
        failures = await asyncio.gather(*asking)
        store.close()
    assert {type(failure) for failure in failures} == {Busy}
