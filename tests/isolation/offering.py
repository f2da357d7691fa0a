"""A certificate that its holder offered to a wallet, in the world of certification."""

from __future__ import annotations

from typing import Any, NamedTuple

from relevo_testkit.routes import Actor, World

GRANT = "urn:ietf:params:oauth:grant-type:pre-authorized_code"


class Offered(NamedTuple):
    """The last part of its address, and the form with both of its codes."""

    address: str
    form: dict[str, Any]


async def offered(world: World, participant: Actor) -> Offered:
    seen = (await world.made("POST", "/me/certificate/wallet", headers=participant.headers)).json()
    address = seen["offer"].rpartition("%2F")[2]
    grant = (await world.stand.http.get(f"/wallet/offers/{address}")).json()["grants"][GRANT]
    codes = {"pre-authorized_code": grant["pre-authorized_code"], "tx_code": seen["transaction_code"]}
    return Offered(address, {"grant_type": GRANT, **codes})


async def wallet_of(world: World, participant: Actor) -> Actor:
    """A wallet that has exchanged the codes of an offer for its token."""
    form = (await offered(world, participant)).form
    token = (await world.stand.http.post("/wallet/token", data=form)).json()["access_token"]
    return Actor("wallet", {"Authorization": f"Bearer {token}"})
