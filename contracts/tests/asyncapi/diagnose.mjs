// What the official parser finds in documents of AsyncAPI, its linter's ruleset included: one line of JSON.
// node diagnose.mjs FILE…

import { readFile } from "node:fs/promises";
import { Parser } from "@asyncapi/parser";

const found = [];
for (const file of process.argv.slice(2)) {
  const { document, diagnostics } = await new Parser().parse(await readFile(file, "utf-8"));
  found.push({
    file,
    version: document?.info().version() ?? null,
    channels: document?.channels().length ?? 0,
    diagnostics: diagnostics.map(({ code, severity, message, path }) => ({ code, severity, message, path: path.join("/") })),
  });
}
console.log(JSON.stringify(found));
