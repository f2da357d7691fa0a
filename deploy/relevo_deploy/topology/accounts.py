"""The accounts of a bus, as every one of its servers holds them: compared with the files, given, taken back."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

from nats.aio.client import Client
from nats.aio.msg import Msg

from relevo_deploy.topology import tokens
from relevo_deploy.topology.files import Topology
from relevo_deploy.topology.jetstream import Difference
from relevo_deploy.topology.keys import BusKeys
from relevo_deploy.topology.rights import Claims

QUIET_SECONDS = 1.0


class AccountRefused(RuntimeError):
    """A server did not answer, or did not take an account; the text is the server's."""


class Accounts:
    """The accounts, as the servers' own user (``SYSTEM``) sees and gives them."""

    def __init__(self, client: Client, keys: BusKeys) -> None:
        self._client = client
        self._keys = keys

    async def differences(self, topology: Topology) -> list[Difference]:
        """What any server holds that is not as the files say; accounts of others are listed as unmanaged."""
        return [difference async for _, difference in self._compare(topology)]

    async def apply(self, topology: Topology, only: str | None = None) -> list[Difference]:
        """Have every server hold the accounts as the files say, or one of them, and return what was done.

        Removes none. Whoever is connected has the new rights at once. Raises ``AccountRefused``.
        """
        claims, done = self._keys.claims(topology), []
        async for name, difference in self._compare(topology):
            if only and name != only:
                continue
            if name:
                await self.give(name, claims[name])
            done.append(difference)
        return done

    async def give(self, name: str, claims: Claims) -> None:
        """Have every server hold an account that says this. Raises ``AccountRefused``."""
        await self._order("UPDATE", self._keys.signed(name, claims))

    async def remove(self, name: str) -> bool:
        """Take an account back from every server, by its name; whether there was one. Raises ``AccountRefused``.

        Whoever is connected with it is cut off, and its credentials are worth nothing from then on.
        """
        root, removed = self._keys.root, False
        for account, found in (await self._loaded(await self._servers())).items():
            if found[0]["name"] == name:
                claims = {"type": "generic", "version": 2, "accounts": [account]}
                await self._order("DELETE", root.sign(root.id, "remove", claims))
                removed = True
        return removed

    async def _compare(self, topology: Topology) -> AsyncIterator[tuple[str | None, Difference]]:
        servers = await self._servers()
        loaded = await self._loaded(servers)
        for name, wanted in self._keys.claims(topology).items():
            if difference := _difference(name, loaded.pop(self._keys.account(name).id, []), wanted, servers):
                yield name, difference
        for account, found in sorted(loaded.items()):
            yield None, Difference("unmanaged", f"identity {found[0]['name']} ({account})", {})

    async def _servers(self) -> int:
        """How many servers the cluster has, as any of them knows."""
        async for answer in self._answers("$SYS.REQ.SERVER.PING", b"", 1):
            return int(json.loads(answer.data)["statsz"]["active_servers"])
        raise AccountRefused("no server answers its own user")

    async def _loaded(self, servers: int) -> dict[str, list[Mapping[str, Any]]]:
        """Every account that any server holds, and what it says as each of those servers holds it."""
        lists = [json.loads(each.data) async for each in self._answers("$SYS.REQ.CLAIMS.LIST", b"", servers)]
        if len(lists) < servers:
            raise AccountRefused(f"{len(lists)} of {servers} servers answered; accounts are the same on all or on none")
        loaded = {}
        for account in sorted({account for each in lists for account in each["data"]}):
            holders = sum(account in each["data"] for each in lists)
            answers = self._answers(f"$SYS.REQ.ACCOUNT.{account}.CLAIMS.LOOKUP", b"", holders)
            loaded[account] = [tokens.read(each.data.decode()) async for each in answers]
        return loaded

    async def _order(self, verb: str, token: str) -> None:
        servers = await self._servers()
        answers = [json.loads(each.data) async for each in self._answers(f"$SYS.REQ.CLAIMS.{verb}", token, servers)]
        for answer in answers:
            if error := answer.get("error"):
                raise AccountRefused(f"{answer['server']['name']}: {error.get('description') or error}")
        if len(answers) < servers:
            raise AccountRefused(f"{len(answers)} of {servers} servers took it; apply again when all are there")

    async def _answers(self, subject: str, payload: str | bytes, most: int) -> AsyncIterator[Msg]:
        """What the servers answer, one after the other, until there are as many as servers or all is quiet."""
        inbox = self._client.new_inbox()
        subscription = await self._client.subscribe(inbox)
        try:
            await self._client.publish(subject, payload.encode() if isinstance(payload, str) else payload, reply=inbox)
            for _ in range(most):
                yield await subscription.next_msg(timeout=QUIET_SECONDS)
        except TimeoutError:
            return
        finally:
            await subscription.unsubscribe()


def _difference(
    name: str, found: Sequence[Mapping[str, Any]], wanted: Mapping[str, Any], servers: int
) -> Difference | None:
    what = f"identity {name}"
    if not found:
        return Difference("create", what, {})
    rights = _rights(wanted)
    changes: dict[str, tuple[Any, Any]] = {}
    for each in map(_rights, (each["nats"] for each in found)):
        changes |= {right: (each.get(right), rights.get(right)) for right in sorted({*each, *rights})
                    if each.get(right) != rights.get(right)}  # fmt: skip
    if len(found) < servers:
        changes["servers"] = (len(found), servers)
    return Difference("update", what, changes) if changes else None


def _rights(claims: Mapping[str, Any]) -> dict[str, str]:
    """The claims of an account as a flat list: each import, export, limit and permission by itself."""
    flat: dict[str, str] = {}
    for part, value in claims.items():
        if isinstance(value, list):
            flat |= {f"{part} {each.get('name') or each.get('role')}": _canonical(each) for each in value}
        elif isinstance(value, dict):
            flat |= {f"{part} {name}": _canonical(each) for name, each in value.items()}
        else:
            flat[part] = _canonical(value)
    return flat


def _canonical(value: Any) -> str:
    return json.dumps(value, sort_keys=True)
