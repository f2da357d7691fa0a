"""The keys of the bus, and the tokens that they sign: kept among the secrets, in ``bus/``.

``bus/root.seed`` signs every account: whoever holds it decides who may do what, and only ``relevo topology`` needs it.
``bus/<name>.json`` is an identity's account: its id, the seed that signs its users, and until when what it signed is
taken back. ``<name>/nats.creds`` is what the identity itself is given.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path
from typing import NamedTuple, Protocol

from relevo_deploy.topology.files import Topology
from relevo_deploy.topology.rights import STREAMS, SYSTEM, Claims, claims_of, streams_claims, system_claims
from relevo_deploy.topology.tokens import ACCOUNT, OPERATOR, USER, Key, credentials, issued

BUS = "bus"
ROOT = "root.seed"


class Files(Protocol):
    """Where secrets are kept, a folder for each owner."""

    def made(self, owner: str, name: str, make: Callable[[], str]) -> str:
        """A secret; made when it is not there yet."""
        ...

    def put(self, owner: str, name: str, content: str) -> None:
        """Write a secret whole, in place of one that is there."""
        ...

    def remove(self, owner: str, name: str) -> None:
        """Remove a secret, if it is there."""
        ...

    def path(self, owner: str, name: str) -> Path: ...


class Account(NamedTuple):
    """An account: its id, and who signs its users. What was issued until ``revoked`` (Unix time) is worth nothing."""

    id: str
    signer: Key
    revoked: int | None = None


class BusKeys:
    """The keys of one bus. What is missing is made when it is asked for."""

    def __init__(self, files: Files) -> None:
        self._files = files

    @cached_property
    def root(self) -> Key:
        return Key(self._files.made(BUS, ROOT, lambda: Key.new(OPERATOR).seed))

    def account(self, name: str) -> Account:
        kept = json.loads(self._files.made(BUS, f"{name}.json", _new_account))
        return Account(kept["account"], Key(kept["signer"]), kept.get("revoked"))

    def credentials(self, name: str, topology: Topology) -> Path:
        """The file that an identity connects with; ``SYSTEM`` is who gives accounts to the servers.

        Made when there is none, or when what there is was taken back.
        """
        owner, account = BUS if name == SYSTEM else name, self._account_of(name, topology)
        kept = self._files.made(owner, "nats.creds", lambda: _new_user(name, account))
        if account.revoked is not None and issued(kept) <= account.revoked:
            self._files.put(owner, "nats.creds", _new_user(name, account))
        return self._files.path(owner, "nats.creds")

    def rotate(self, name: str, topology: Topology) -> Path:
        """New credentials in place of all that there are, which the account's claims take back from now on.

        Servers know it when they are given the claims.
        """
        account = self.account(name)
        revoked = max(int(time.time()), (account.revoked or 0) + 1)
        self._files.put(BUS, f"{name}.json", _kept(account._replace(revoked=revoked)))
        return self.credentials(name, topology)

    def forget(self, name: str) -> None:
        """Remove an identity's credentials and its account; whoever has the name next gets another."""
        self._files.remove(name, "nats.creds")
        self._files.remove(BUS, f"{name}.json")

    def claims(self, topology: Topology) -> Mapping[str, Claims]:
        """What every account may do, by its name."""
        own = [each for each in topology.identities if not each.administer]
        accounts = {name: self.account(name).id for name in (STREAMS, *(each.name for each in own))}
        return {
            SYSTEM: system_claims(self.account(SYSTEM).signer.id),
            STREAMS: streams_claims(self.account(STREAMS).signer.id),
            **{
                each.name: {
                    **claims_of(each, topology, accounts, self.account(each.name).signer.id),
                    **_revocations(self.account(each.name)),
                }
                for each in own
            },
        }

    def signed(self, name: str, claims: Claims) -> str:
        """The account as a server takes it."""
        return self.root.sign(self.account(name).id, name, claims)

    def operator_token(self) -> str:
        """What a server is configured with: whose accounts it believes."""
        claims = {"type": "operator", "version": 2, "system_account": self.account(SYSTEM).id}
        return self.root.sign(self.root.id, "relevo", claims)

    def _account_of(self, name: str, topology: Topology) -> Account:
        is_administrator = any(each.name == name and each.administer for each in topology.identities)
        return self.account(STREAMS if is_administrator else name)


def _new_user(name: str, account: Account) -> str:
    user, claims = Key.new(USER), {"type": "user", "version": 2, "issuer_account": account.id}
    since = max(int(time.time()), (account.revoked or 0) + 1)
    return credentials(account.signer.sign(user.id, name, claims, since), user)


def _new_account() -> str:
    return _kept(Account(Key.new(ACCOUNT).id, Key.new(ACCOUNT)))


def _kept(account: Account) -> str:
    revoked = {} if account.revoked is None else {"revoked": account.revoked}
    return json.dumps({"account": account.id, "signer": account.signer.seed, **revoked})


def _revocations(account: Account) -> Claims:
    """Of every user, whoever they are: none has to be remembered, and a copy that nobody knows of is meant too."""
    return {} if account.revoked is None else {"revocations": {"*": account.revoked}}
