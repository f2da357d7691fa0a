/** A message of the bus as an event: CloudEvents 1.0 in the binary mode of its NATS protocol binding. */

import { contracts, type EventsByType } from "./events.ts";
import { isInstant, read, type Schema } from "./schema.ts";
import { Unreadable } from "./unreadable.ts";

export { Unreadable } from "./unreadable.ts";

export const MAX_BODY_BYTES = 256 * 1024;
export const MAX_ATTRIBUTE_CHARACTERS = 1024;

/** As clients hand them on: nats.js iterates over names with lists of values, and has nothing for no headers. */
export type Headers = Iterable<readonly [string, string | readonly string[]]> | null | undefined;

export interface EnvelopeOf<Type extends keyof EventsByType> {
  readonly type: Type;
  /** The same each time that the event comes. */
  readonly id: string;
  /** Counts the events of one aggregate from 1. Partners are given some of them, so that numbers are missing. */
  readonly sequence: number;
  /** What the sequence counts along, as one text: `intake/call/…`. */
  readonly aggregate: string;
  /** Domain time. */
  readonly time: Date;
  readonly causeId: string;
  readonly chainId: string;
  readonly event: EventsByType[Type];
  /** How many fields the body had that are not known here, and were passed over. */
  readonly surplus: number;
  /** Where it began in a distributed trace (W3C Trace Context), if it is traced. */
  readonly traceparent?: string;
}

/** An event on its way: `switch (envelope.type)` tells which one. */
export type Envelope = { [Type in keyof EventsByType]: EnvelopeOf<Type> }[keyof EventsByType];

interface Contract {
  readonly source: string;
  readonly subject: string;
  readonly stream: string;
  readonly aggregate: string;
  readonly key: string;
  readonly schema: Schema;
}

const byType = new Map<string, Contract>(Object.entries(contracts));
const nameOf = (type: string): string => type.slice(0, Math.max(type.lastIndexOf(".v"), 0));
const names = new Set([...byType.keys()].map(nameOf));
const needed = ["id", "sequence", "source", "subject", "time", "type"] as const;
const known = new Set<string>([...needed, "specversion", "datacontenttype", "dataschema", "causationid", "correlationid"]);
const traceparent = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-[ -~]*)?$/;

/**
 * Read a message as a reader does: unknown fields passed over, unknown codes taken as `other`.
 *
 * Whatever the message is, this returns an envelope or throws `Unreadable`, and nothing else. Give the subject that it
 * came on, and a type that does not belong there is refused as well.
 */
export function decode(headers: Headers, body: Uint8Array, subject?: string): Envelope {
  const attributes = attributesOf(headers);
  if (attributes.get("specversion") !== "1.0")
    throw new Unreadable("not_a_cloud_event", "ce-specversion is missing or not 1.0");
  const missing = needed.filter((name) => !attributes.has(name));
  if (missing.length) throw new Unreadable("attribute_missing", missing.join(", "));
  const at = (name: string): string => attributes.get(name) ?? "";
  const head = headOf(at, attributes);
  const contract = contractOf(at("type"));
  if (at("source") !== contract.source) throw new Unreadable("source_wrong", `it comes from ${contract.source}`);
  if (subject !== undefined && subject !== contract.subject)
    throw new Unreadable("subject_wrong", `it is published on ${contract.subject}`);
  const { value, surplus } = bodyOf(contract, attributes.get("datacontenttype") || contentType(headers), body);
  const event = value as Record<string, unknown>;
  const [aggregate, id] = head.subject;
  if (aggregate !== contract.aggregate || id !== event[contract.key])
    throw new Unreadable("subject_wrong", "ce-subject is not the aggregate that the body names");
  return {
    type: at("type"),
    id: at("id"),
    sequence: head.sequence,
    aggregate: `${contract.source.slice("/relevo/".length)}/${aggregate}/${id}`,
    time: head.time,
    causeId: head.causeId,
    chainId: head.chainId,
    event: value,
    surplus,
    ...traceparentOf(headers),
  } as Envelope;
}

function headOf(at: (name: string) => string, attributes: ReadonlyMap<string, string>) {
  const cut = at("subject").indexOf("/");
  const subject = cut < 0 ? ([at("subject"), ""] as const) : ([at("subject").slice(0, cut), at("subject").slice(cut + 1)] as const);
  const causeId = attributes.get("causationid") ?? at("id");
  const chainId = attributes.get("correlationid") ?? at("id");
  const sequence = /^\d{1,16}$/.test(at("sequence")) ? Number(at("sequence")) : 0;
  const time = instant(at("time"));
  const ids = { id: at("id"), subject: subject[1], causationid: causeId, correlationid: chainId };
  const malformed = Object.entries(ids).flatMap(([name, id]) => (/^[0-9a-f]{32}$/.test(id) ? [] : [name]));
  if (sequence < 1 || !Number.isSafeInteger(sequence)) malformed.push("sequence");
  if (time === null) malformed.push("time");
  if (malformed.length || time === null) throw new Unreadable("attribute_malformed", malformed.join(", "));
  return { subject, causeId, chainId, sequence, time };
}

/** As version 00 writes it; nothing that is wrong with it makes an event unreadable. */
function traceparentOf(headers: Headers): { traceparent?: string } {
  for (const [header, values] of headers ?? []) {
    if (header.toLowerCase() !== "ce-traceparent") continue;
    const all: readonly unknown[] = Array.isArray(values) ? values : [values];
    const [value] = all;
    const found = all.length === 1 && typeof value === "string" ? traceparent.exec(value) : null;
    const [, version, trace, span, flags, more] = found ?? [];
    if (!found || version === "ff" || (version === "00" && more) || /^0+$/.test(trace ?? "") || /^0+$/.test(span ?? "")) return {};
    return { traceparent: `00-${trace}-${span}-0${Number.parseInt(flags ?? "0", 16) & 1}` };
  }
  return {};
}

function contractOf(type: string): Contract {
  const contract = byType.get(type);
  if (contract) return contract;
  if (names.has(nameOf(type)))
    throw new Unreadable("version_unknown", "the type is known here and this version of it is not");
  throw new Unreadable("type_unknown", "no such type is known here");
}

function bodyOf(contract: Contract, mediaType: string, body: Uint8Array) {
  if ((mediaType.split(";")[0] ?? "").trim().toLowerCase() !== "application/json")
    throw new Unreadable("media_type_unknown", "the body is not application/json");
  if (body.length > MAX_BODY_BYTES)
    throw new Unreadable("body_too_large", `${body.length} bytes, at most ${MAX_BODY_BYTES}`);
  let document: unknown;
  try {
    document = JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(body));
  } catch {
    throw new Unreadable("body_malformed", "it is no JSON");
  }
  return read(contract.schema, document);
}

/** Those that are known here. Others are extensions of somebody's, and passed over unread. */
function attributesOf(headers: Headers): Map<string, string> {
  const attributes = new Map<string, string>();
  for (const [header, values] of headers ?? []) {
    const name = header.toLowerCase().startsWith("ce-") ? header.slice(3).toLowerCase() : "";
    if (!known.has(name)) continue;
    const all: readonly unknown[] = Array.isArray(values) ? values : [values];
    if (attributes.has(name) || all.length !== 1) throw new Unreadable("attribute_repeated", name);
    const [value] = all;
    if (typeof value !== "string") throw new Unreadable("attribute_malformed", name);
    if (value.length > MAX_ATTRIBUTE_CHARACTERS)
      throw new Unreadable("attribute_too_long", `${name}, at most ${MAX_ATTRIBUTE_CHARACTERS} characters`);
    attributes.set(name, decoded(name, value));
  }
  return attributes;
}

function contentType(headers: Headers): string {
  for (const [header, values] of headers ?? [])
    if (header.toLowerCase() === "content-type") return String(typeof values === "string" ? values : values[0]);
  return "application/json";
}

/** What a header value stood for: quotes taken off, then one round of percent-decoding. */
function decoded(name: string, value: string): string {
  const bare = /^".*"$/s.test(value) && value.length > 1 ? value.slice(1, -1).replace(/\\(.)/g, "$1") : value;
  try {
    return bare.replace(/(?:%[0-9a-fA-F]{2})+/g, decodeURIComponent);
  } catch {
    throw new Unreadable("attribute_malformed", `${name} is not UTF-8`);
  }
}

/** The instant that a text of RFC 3339 says; `null` when it says none. */
function instant(text: string): Date | null {
  return isInstant(text) ? new Date(text.toUpperCase()) : null;
}
