"""The part of nats-server's configuration that says whom it believes. It never changes when partners come and go."""

from __future__ import annotations

import json
from pathlib import Path

from relevo_deploy.topology.files import Topology
from relevo_deploy.topology.keys import BusKeys
from relevo_deploy.topology.rights import STREAMS, SYSTEM


def authorization(keys: BusKeys, topology: Topology, accounts_folder: Path) -> str:
    """The same for every server of a cluster, each with a folder of its own, in which it keeps the accounts.

    Preloaded are the two accounts without which no other could be given to it (``relevo topology apply``). Nobody
    connects without a token that one of the accounts has signed.
    """
    claims = keys.claims(topology)
    preloaded = "\n".join(f"  {keys.account(name).id}: {keys.signed(name, claims[name])}" for name in (SYSTEM, STREAMS))
    return (
        f"operator: {keys.operator_token()}\n"
        f"system_account: {keys.account(SYSTEM).id}\n"
        f'resolver {{ type: full, dir: {json.dumps(str(accounts_folder))}, allow_delete: true, interval: "10s" }}\n'
        f"resolver_preload {{\n{preloaded}\n}}\n"
    )
