/** Values of JSON read by the few keywords of JSON Schema that the events are described with. */

import { Unreadable } from "./unreadable.ts";

export interface Schema {
  readonly type?: string;
  readonly properties?: { readonly [name: string]: Schema };
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly pattern?: string;
  readonly format?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly default?: unknown;
  readonly "x-codes"?: readonly string[];
}

const day = /^(\d{4})-(\d\d)-(\d\d)$/;
const rfc3339 = /^(\d{4}-\d\d-\d\d)[Tt](\d\d):(\d\d):(\d\d)(?:\.\d{1,9})?(?:[Zz]|[+-]([01]\d|2[0-3]):([0-5]\d))$/;

/** The value with what is optional filled in, and how many fields were passed over. Throws `Unreadable`. */
export function read(schema: Schema, value: unknown): { value: unknown; surplus: number } {
  const wrong: string[] = [];
  const passed = { over: 0 };
  const found = visit(schema, value, "", wrong, passed);
  if (wrong.length) throw new Unreadable("body_malformed", [...new Set(wrong)].sort().join(", "));
  return { value: found, surplus: passed.over };
}

/** Whether a text of RFC 3339 says an instant that there was or will be, from the year 1 to 9999. */
export function isInstant(text: string): boolean {
  const found = rfc3339.exec(text);
  if (!found || !isDay(found[1] ?? "")) return false;
  const [hour, minute, second] = found.slice(2, 5).map(Number) as [number, number, number];
  const year = new Date(text.toUpperCase()).getUTCFullYear();
  return hour < 24 && minute < 60 && second < 60 && year >= 1 && year <= 9999;
}

function isDay(text: string): boolean {
  const found = day.exec(text);
  if (!found) return false;
  const [year, month, of] = found.slice(1).map(Number) as [number, number, number];
  const last = new Date(Date.UTC(2000 + (year % 400), month, 0)).getUTCDate();
  return year >= 1 && month >= 1 && month <= 12 && of >= 1 && of <= last;
}

function visit(schema: Schema, value: unknown, at: string, wrong: string[], passed: { over: number }): unknown {
  if (schema.anyOf) {
    if (value === null && schema.anyOf.some((each) => each.type === "null")) return null;
    const other = schema.anyOf.find((each) => each.type !== "null");
    return other ? visit(other, value, at, wrong, passed) : value;
  }
  if (schema.properties) return visitFields(schema, value, at, wrong, passed);
  if (schema.type === "array" && Array.isArray(value))
    return value.map((each, index) => visit(schema.items ?? {}, each, `${at}.${index}`, wrong, passed));
  const codes = schema["x-codes"];
  if (!fits(schema, value)) wrong.push(at || "the body");
  else if (codes && !codes.includes(value as string)) return "other";
  return value;
}

function visitFields(schema: Schema, value: unknown, at: string, wrong: string[], passed: { over: number }): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    wrong.push(at || "the body");
    return value;
  }
  const properties = schema.properties ?? {};
  const fields = new Map(Object.entries(value));
  const found: Record<string, unknown> = {};
  for (const [name, within] of Object.entries(properties)) {
    const place = at ? `${at}.${name}` : name;
    if (fields.has(name)) found[name] = visit(within, fields.get(name), place, wrong, passed);
    else if (schema.required?.includes(name)) wrong.push(place);
    else found[name] = filledIn(within);
  }
  passed.over += [...fields.keys()].filter((name) => !Object.hasOwn(properties, name)).length;
  return found;
}

/** What is meant when an optional field is not there. */
function filledIn(schema: Schema): unknown {
  if (schema.default !== undefined || !schema.properties) return schema.default ?? null;
  return Object.fromEntries(Object.entries(schema.properties).map(([name, within]) => [name, filledIn(within)]));
}

function fits(schema: Schema, value: unknown): boolean {
  switch (schema.type) {
    case "string":
      if (typeof value !== "string") return false;
      if (schema.format === "date-time") return isInstant(value);
      if (schema.format === "date") return isDay(value);
      return schema.pattern === undefined || new RegExp(schema.pattern).test(value);
    case "integer":
      return Number.isInteger(value) && between(schema, value as number);
    case "boolean":
      return typeof value === "boolean";
    default:
      return false;
  }
}

function between(schema: Schema, value: number): boolean {
  return (schema.minimum === undefined || value >= schema.minimum) && (schema.maximum === undefined || value <= schema.maximum);
}
