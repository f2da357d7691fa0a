"""What can be seen of an attack: every subject in the account of the streams, and the state of all that is there."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from nats.aio.client import Client
from nats.aio.msg import Msg

from relevo_deploy.topology.accounts import Accounts
from relevo_deploy.topology.files import Topology
from relevo_deploy.topology.jetstream import JetStream


@dataclass
class Wiretap:
    """Listens where the streams are, as only the operator can."""

    client: Client
    heard: set[str] = field(default_factory=set)

    async def note(self, message: Msg) -> None:
        if message.reply.startswith("$JS.ACK."):  # comes under the subject that it had, wherever it is delivered to
            stream, durable = message.reply.split(".")[2:4]
            self.heard.add(f"a delivery of {durable} from {stream}")
        else:
            self.heard.add(message.subject)

    def strange(self, allowed: Collection[str]) -> set[str]:
        """What was heard and is neither a request under one of these patterns, nor an answer, nor the servers' own."""
        own = ("_R_.", "_GR_.", "$JS.EVENT.", "$JSC.", "$JS.S.", "$JS.INBOX", "_INBOX_operator.", "_INBOX.")
        return {
            each
            for each in self.heard
            if not each.startswith(own) and not any(fits(each, pattern) for pattern in allowed)
        }


def fits(subject: str, pattern: str) -> bool:
    tokens, wanted = subject.split("."), pattern.split(".")
    if wanted[-1] == ">":
        return len(tokens) >= len(wanted) and fits(".".join(tokens[: len(wanted) - 1]), ".".join(wanted[:-1]))
    return len(tokens) == len(wanted) and all(mine in ("*", token) for token, mine in zip(tokens, wanted, strict=True))


@asynccontextmanager
async def wiretapped(operator: Client) -> AsyncIterator[Wiretap]:
    """Hear everything in the operator's account from here on."""
    tap = Wiretap(operator)
    subscription = await operator.subscribe(">", cb=tap.note)
    await arrived(operator)
    yield tap
    await arrived(operator)
    await subscription.unsubscribe()


async def arrived(client: Client) -> None:
    """Return when the server has what was sent, and what it sent has come: a ping may overtake what waits."""
    for _ in range(3):
        await client.flush()


async def everything(operator: Client, accounts: Accounts, topology: Topology) -> Mapping[str, Any]:
    """Streams with their settings and counts, durables with theirs, and accounts: by what each is called."""
    jetstream = JetStream(operator)
    found: dict[str, Any] = {}
    for stream in topology.streams:
        name = stream["name"]
        answer = await operator.request(f"$JS.API.STREAM.INFO.{name}", b'{"subjects_filter":">"}', timeout=5)
        info = json.loads(answer.data)
        found[name] = info.get("config") and {"config": info["config"], "subjects": info["state"].get("subjects") or {}}
    for durable in topology.consumers:
        info = await jetstream.durable(durable.stream, durable.name)
        found[durable.name] = info and {
            "config": info["config"],
            "delivered": info["delivered"]["consumer_seq"],
            "floor": info["ack_floor"]["consumer_seq"],
        }
    for name in ("STREAM.NAMES", "CONSUMER.NAMES"):
        places = [""] if name == "STREAM.NAMES" else [f".{each['name']}" for each in topology.streams]
        for place in places:
            answer = await operator.request(f"$JS.API.{name}{place}", b"", timeout=5)
            info = json.loads(answer.data)
            found[name + place] = sorted(info.get("streams") or info.get("consumers") or [])
    found["accounts"] = [str(each) for each in await accounts.differences(topology)]
    return found
