"""The keys of the bus, and the tokens that they sign: kept among the secrets, in ``bus/``.

``bus/root.seed`` signs every account: whoever holds it decides who may do what, and only ``relevo topology`` needs it.
``bus/<name>.json`` is an identity's account: its id, and the seed that signs its users. ``<name>/nats.creds`` is what
the identity itself is given. To take credentials back, remove the last two, make them anew (``relevo secrets``) and
apply the topology: whoever is connected with the old ones is cut off.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path
from typing import NamedTuple, Protocol

from relevo_deploy.topology.files import Topology
from relevo_deploy.topology.rights import STREAMS, SYSTEM, Claims, claims_of, streams_claims, system_claims
from relevo_deploy.topology.tokens import ACCOUNT, OPERATOR, USER, Key, credentials

BUS = "bus"


class Files(Protocol):
    """Where secrets are kept, a folder for each owner."""

    def made(self, owner: str, name: str, make: Callable[[], str]) -> str:
        """A secret; made when it is not there yet."""
        ...

    def path(self, owner: str, name: str) -> Path: ...


class Account(NamedTuple):
    """An account: its id, and who signs its users."""

    id: str
    signer: Key


class BusKeys:
    """The keys of one bus. What is missing is made when it is asked for."""

    def __init__(self, files: Files) -> None:
        self._files = files

    @cached_property
    def root(self) -> Key:
        return Key(self._files.made(BUS, "root.seed", lambda: Key.new(OPERATOR).seed))

    def account(self, name: str) -> Account:
        kept = json.loads(self._files.made(BUS, f"{name}.json", _new_account))
        return Account(kept["account"], Key(kept["signer"]))

    def credentials(self, name: str, topology: Topology) -> Path:
        """The file that an identity connects with; ``SYSTEM`` is who gives accounts to the servers."""
        owner = BUS if name == SYSTEM else name
        self._files.made(owner, "nats.creds", lambda: self._new_user(name, topology))
        return self._files.path(owner, "nats.creds")

    def claims(self, topology: Topology) -> Mapping[str, Claims]:
        """What every account may do, by its name."""
        own = [each for each in topology.identities if not each.administer]
        accounts = {name: self.account(name).id for name in (STREAMS, *(each.name for each in own))}
        return {
            SYSTEM: system_claims(self.account(SYSTEM).signer.id),
            STREAMS: streams_claims(self.account(STREAMS).signer.id),
            **{each.name: claims_of(each, topology, accounts, self.account(each.name).signer.id) for each in own},
        }

    def signed(self, name: str, claims: Claims) -> str:
        """The account as a server takes it."""
        return self.root.sign(self.account(name).id, name, claims)

    def operator_token(self) -> str:
        """What a server is configured with: whose accounts it believes."""
        claims = {"type": "operator", "version": 2, "system_account": self.account(SYSTEM).id}
        return self.root.sign(self.root.id, "relevo", claims)

    def _new_user(self, name: str, topology: Topology) -> str:
        is_administrator = any(each.name == name and each.administer for each in topology.identities)
        account, user = self.account(STREAMS if is_administrator else name), Key.new(USER)
        claims = {"type": "user", "version": 2, "issuer_account": account.id}
        return credentials(account.signer.sign(user.id, name, claims), user)


def _new_account() -> str:
    return json.dumps({"account": Key.new(ACCOUNT).id, "signer": Key.new(ACCOUNT).seed})
