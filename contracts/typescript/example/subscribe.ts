// Each public event of intake, once. What it writes and how far it has come stand in one file of SQLite.
// NATS_URL=nats://… node example/subscribe.ts, where your credentials are in partner.creds

import { readFile } from "node:fs/promises";
import { DatabaseSync } from "node:sqlite";
import { jetstream } from "@nats-io/jetstream";
import { connect, credsAuthenticator } from "@nats-io/transport-node";
import { decode, type Envelope, Unreadable } from "relevo-contracts";

const store = new DatabaseSync("subscriber.db");
store.exec("CREATE TABLE IF NOT EXISTS positions (aggregate TEXT PRIMARY KEY, sequence INTEGER NOT NULL)");
store.exec("CREATE TABLE IF NOT EXISTS calls (call_id TEXT PRIMARY KEY, seats INTEGER, closed_at TEXT)");
const advance = store.prepare(
  "INSERT INTO positions VALUES (?, ?) ON CONFLICT (aggregate) DO UPDATE SET sequence = excluded.sequence " +
    "WHERE excluded.sequence > positions.sequence",
);
const open = store.prepare(
  "INSERT INTO calls (call_id, seats) VALUES (?, ?) ON CONFLICT (call_id) DO UPDATE SET seats = excluded.seats",
);
const close = store.prepare("UPDATE calls SET closed_at = ? WHERE call_id = ?");

/** The effect and its position in one transaction: neither is there without the other. Whether it was a new event. */
function once(envelope: Envelope): boolean {
  store.exec("BEGIN IMMEDIATE");
  try {
    const isNew = advance.run(envelope.aggregate, envelope.sequence).changes === 1;
    if (isNew) effect(envelope);
    store.exec("COMMIT");
    return isNew;
  } catch (failure) {
    store.exec("ROLLBACK");
    throw failure;
  }
}

function effect(envelope: Envelope): void {
  switch (envelope.type) {
    case "relevo.intake.CallOpened.v1":
      open.run(envelope.event.call_id, envelope.event.seats);
      break;
    case "relevo.intake.CallClosed.v1":
      close.run(envelope.event.closed_at, envelope.event.call_id);
      break;
  }
}

const bus = await connect({
  servers: process.env["NATS_URL"] ?? "localhost:4222",
  authenticator: credsAuthenticator(await readFile("partner.creds")),
  inboxPrefix: "_INBOX_partner",
  maxReconnectAttempts: -1,
});
const intake = await jetstream(bus, { apiPrefix: "LOOK" }).consumers.get("EVENTS_INTAKE", "partner_intake");
for await (const message of await intake.consume({ max_messages: 1 })) {
  try {
    const envelope = decode(message.headers, message.data, message.subject);
    if (once(envelope)) console.log(envelope.sequence, envelope.type, envelope.event.edition_id);
    await message.ackAck();
  } catch (failure) {
    console.error(`${message.subject} ${message.seq}: ${failure}`);
    if (failure instanceof Unreadable) message.term(failure.code);
    else message.nak(5_000);
  }
}
