"""Subscribers that work as they are printed: with the partner's credentials beside them, and ``NATS_URL`` set."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Literal

Language = Literal["python", "faststream", "node"]

_PYTHON = """\
# pip install './contracts[nats]'
import asyncio, os
from relevo_contracts import Envelope
from relevo_contracts.subscriber import Subscriber

async def on_event(envelope: Envelope) -> None:
    print(envelope.time, repr(envelope.event), flush=True)

partner = Subscriber("{name}", os.environ["NATS_URL"], "{name}.creds")
asyncio.run(partner.run(on_event, {services}))
"""

_FASTSTREAM = """\
# pip install './contracts[faststream]'
import asyncio, os
from faststream import FastStream
from relevo_contracts import Envelope
from relevo_contracts.faststream import Account

partner = Account("{name}", os.environ["NATS_URL"], "{name}.creds")

{decorators}
async def on_event(envelope: Envelope) -> None:
    print(envelope.time, repr(envelope.event), flush=True)

asyncio.run(FastStream(partner.broker).run())
"""

_NODE = """\
// npm install ./contracts/typescript @nats-io/transport-node @nats-io/jetstream
import {{ readFile }} from "node:fs/promises";
import {{ jetstream }} from "@nats-io/jetstream";
import {{ connect, credsAuthenticator }} from "@nats-io/transport-node";
import {{ decode, Unreadable }} from "relevo-contracts";

const bus = await connect({{
  servers: process.env.NATS_URL,
  authenticator: credsAuthenticator(await readFile("{name}.creds")),
  inboxPrefix: "_INBOX_{name}",
  maxReconnectAttempts: -1,
}});
const durables = await jetstream(bus, {{ apiPrefix: "LOOK" }});

async function follow(stream, durable) {{
  const events = await durables.consumers.get(stream, durable);
  for await (const message of await events.consume({{ max_messages: 1 }})) {{
    try {{
      const envelope = decode(message.headers, message.data, message.subject);
      console.log(envelope.time, envelope.type, JSON.stringify(envelope.event));
      await message.ackAck();
    }} catch (failure) {{
      console.error(`${{message.subject}} ${{message.seq}}: ${{failure}}`);
      if (failure instanceof Unreadable) message.term(failure.code);
      else message.nak(5_000);
    }}
  }}
}}

await Promise.all([
{durables}
]);
"""


def _python(name: str, services: Sequence[str]) -> str:
    return _PYTHON.format(name=name, services=", ".join(f'"{each}"' for each in services))


def _faststream(name: str, services: Sequence[str]) -> str:
    decorators = "\n".join(f'@partner.events("{each}")' for each in services)
    return _FASTSTREAM.format(name=name, decorators=decorators)


def _node(name: str, services: Sequence[str]) -> str:
    durables = "\n".join(f'  follow("EVENTS_{each.upper()}", "{name}_{each}"),' for each in services)
    return _NODE.format(name=name, durables=durables)


_WRITTEN: Mapping[Language, Callable[[str, Sequence[str]], str]] = {
    "python": _python,
    "faststream": _faststream,
    "node": _node,
}
RUN: Mapping[Language, str] = {
    "python": "python {name}.py",
    "faststream": "python {name}.py",
    "node": "node {name}.mjs",
}


def example(language: Language, name: str, services: Sequence[str]) -> str:
    """A whole program that prints what these services tell this partner."""
    return _WRITTEN[language](name, services)
