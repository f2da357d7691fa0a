// What the decoder makes of each message on standard input: one line of JSON for one line of JSON.

import { createInterface } from "node:readline";
import { decode, Unreadable } from "relevo-contracts";

interface Message {
  readonly headers: readonly (readonly [string, string | readonly string[]])[] | null;
  readonly body: string;
  readonly subject?: string;
}

function outcome(message: Message): unknown {
  try {
    return decode(message.headers, Buffer.from(message.body, "base64"), message.subject);
  } catch (failure) {
    if (failure instanceof Unreadable) return { code: failure.code, message: failure.message };
    throw failure;
  }
}

for await (const line of createInterface({ input: process.stdin })) console.log(JSON.stringify(outcome(JSON.parse(line))));
