// Every public event, once. What it writes and how far it has come stand in one file of SQLite, so that one is never
// there without the other. NATS_URL=nats://… node subscribe.ts NAME, where your credentials are in NAME.creds

import { readFile } from "node:fs/promises";
import { DatabaseSync } from "node:sqlite";
import { jetstream } from "@nats-io/jetstream";
import { connect, credsAuthenticator } from "@nats-io/transport-node";
import { decode, type Envelope, Unreadable } from "relevo-contracts";

const name = process.argv[2] ?? "partner";
const store = new DatabaseSync("node.db");
store.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL");
store.exec("CREATE TABLE IF NOT EXISTS positions (aggregate TEXT PRIMARY KEY, sequence INTEGER NOT NULL)");
store.exec("CREATE TABLE IF NOT EXISTS happened (aggregate TEXT, sequence INTEGER, id TEXT, type TEXT)");
const advance = store.prepare(
  "INSERT INTO positions VALUES (?, ?) ON CONFLICT (aggregate) DO UPDATE SET sequence = excluded.sequence " +
    "WHERE excluded.sequence > positions.sequence",
);
const insert = store.prepare("INSERT INTO happened VALUES (?, ?, ?, ?)");

/** The effect and its position in one transaction. Whether it was a new event. */
function once(envelope: Envelope): boolean {
  store.exec("BEGIN IMMEDIATE");
  try {
    const isNew = advance.run(envelope.aggregate, envelope.sequence).changes === 1;
    if (isNew) insert.run(envelope.aggregate, envelope.sequence, envelope.id, envelope.type);
    store.exec("COMMIT");
    return isNew;
  } catch (failure) {
    store.exec("ROLLBACK");
    throw failure;
  }
}

/** Each type has its own fields, and the compiler knows which. */
function said(envelope: Envelope): string {
  switch (envelope.type) {
    case "relevo.intake.CallOpened.v1":
      return `${envelope.event.seats} seats until ${envelope.event.closes_at}`;
    default:
      return envelope.time.toISOString();
  }
}

const bus = await connect({
  servers: process.env["NATS_URL"] ?? "localhost:4222",
  authenticator: credsAuthenticator(await readFile(`${name}.creds`)),
  inboxPrefix: `_INBOX_${name}`,
  maxReconnectAttempts: -1,
  waitOnFirstConnect: true,
});
const durables = jetstream(bus, { apiPrefix: "LOOK" }).consumers;

/** What one service tells, one event at a time. */
async function follow(service: string): Promise<never> {
  const events = await durables.get(`EVENTS_${service.toUpperCase()}`, `${name}_${service}`);
  for await (const message of await events.consume({ max_messages: 1 })) {
    try {
      const envelope = decode(message.headers, message.data, message.subject);
      if (once(envelope)) console.log(envelope.sequence, envelope.type, said(envelope));
      await message.ackAck();
    } catch (failure) {
      console.error(`${message.subject} ${message.seq}: ${failure}`);
      if (failure instanceof Unreadable) message.term(failure.code);
      else message.nak(5_000);
    }
  }
  throw new Error(`nothing more comes from ${name}_${service}`);
}

await Promise.all(["intake", "scheduling", "multiplier_tracking", "certification"].map(follow));
