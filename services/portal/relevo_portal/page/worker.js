// Looks for the counter that solves a challenge (ALTCHA's proof of work, version 2), beside the page and not in its way.
"use strict";
const TOLD_EVERY = 25;
const bytes = hex => Uint8Array.from(hex.match(/../g), each => parseInt(each, 16));
const hex = buffer => Array.from(new Uint8Array(buffer), each => each.toString(16).padStart(2, "0")).join("");

const solve = async challenge => {
  const { cost, data, keyLength, keyPrefix, nonce, salt } = challenge.parameters;
  const start = bytes(nonce);
  const password = new Uint8Array(start.length + 4);
  password.set(start);
  const view = new DataView(password.buffer);
  const how = { name: "PBKDF2", hash: "SHA-256", salt: bytes(salt), iterations: cost };
  for (let counter = 0; counter < data.below; counter++) {
    view.setUint32(start.length, counter);
    const key = await crypto.subtle.importKey("raw", password, "PBKDF2", false, ["deriveBits"]);
    const derivedKey = hex(await crypto.subtle.deriveBits(how, key, keyLength * 8));
    if (derivedKey.startsWith(keyPrefix)) return btoa(JSON.stringify({ challenge, solution: { counter, derivedKey } }));
    if (counter % TOLD_EVERY === 0) postMessage({ share: counter / data.below });
  }
  return "";
};

addEventListener("message", async ({ data }) => {
  try {
    postMessage({ proof: await solve(JSON.parse(data)) });
  } catch {
    postMessage({ proof: "" });
  }
});
