export * from "./decode.ts";
export * from "./events.ts";
