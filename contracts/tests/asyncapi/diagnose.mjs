// What the official parser finds in documents of AsyncAPI, its linter's ruleset included: one line of JSON.
// node diagnose.mjs FILE…

import { readFile } from "node:fs/promises";
import { Parser } from "@asyncapi/parser";
import formats from "@asyncapi/parser/cjs/ruleset/formats.js";
import ruleset from "@asyncapi/parser/cjs/ruleset/ruleset.js";

// The linter applies what it recommends to documents of version 2 alone. Whatever of that version 3 has in the same place
// is applied here as well, but for a contact: that is whoever operates the bus, and no document of ours knows them.
const { "asyncapi-info-contact": _, "asyncapi-unused-component": __, ...recommended } = ruleset.recommendedRuleset.rules;
const version3 = formats.AsyncAPIFormats.filterByMajorVersions(["3"]).formats();
const rules = Object.fromEntries(
  Object.entries(recommended).map(([name, rule]) => [`${name}-3`, { ...rule, formats: version3 }]),
);
const parser = new Parser({ ruleset: { extends: [{ formats: version3, rules }] } });

const found = [];
for (const file of process.argv.slice(2)) {
  const { document, diagnostics } = await parser.parse(await readFile(file, "utf-8"));
  found.push({
    file,
    version: document?.info().version() ?? null,
    channels: document?.channels().length ?? 0,
    diagnostics: diagnostics.map(({ code, severity, message, path }) => ({ code, severity, message, path: path.join("/") })),
  });
}
console.log(JSON.stringify(found));
