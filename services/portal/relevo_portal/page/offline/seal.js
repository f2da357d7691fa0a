// What stays on a device lies sealed under a passphrase: PBKDF2 with SHA-256 (RFC 8018) makes the key, AES-256-GCM
// (NIST SP 800-38D) seals, and each item opens under its own id alone. Neither key nor passphrase leaves the memory.
export const ITERATIONS = 1_000_000;
const LEAST_ITERATIONS = 600_000; // OWASP, Password Storage Cheat Sheet
const BLOCK = 4096; // texts are filled up to whole blocks: their length says little
const TEST = "test";
const NONCE = 12;

export const random = length => crypto.getRandomValues(new Uint8Array(length));
export const newId = () => Array.from(random(16), byte => byte.toString(16).padStart(2, "0")).join("");

const bytes = text => new TextEncoder().encode(text);

const keyOf = async (passphrase, { salt, iterations }) => {
  if (!(iterations >= LEAST_ITERATIONS)) throw new RangeError("fewer iterations than are safe");
  const typed = bytes(passphrase.normalize("NFKC").trim());
  const secret = await crypto.subtle.importKey("raw", typed, "PBKDF2", false, ["deriveKey"]);
  const how = { name: "PBKDF2", hash: "SHA-256", salt, iterations };
  return crypto.subtle.deriveKey(how, secret, { name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
};

export const sealBytes = async (key, id, content) => {
  const nonce = random(NONCE);
  const how = { name: "AES-GCM", iv: nonce, additionalData: bytes(id) };
  const sealed = new Uint8Array(await crypto.subtle.encrypt(how, key, content));
  const whole = new Uint8Array(NONCE + sealed.length);
  whole.set(nonce);
  whole.set(sealed, NONCE);
  return whole;
};

// Throws what WebCrypto throws unless it was sealed under this key for this id and stands as it was.
export const openBytes = async (key, id, whole) => {
  const how = { name: "AES-GCM", iv: whole.subarray(0, NONCE), additionalData: bytes(id) };
  return new Uint8Array(await crypto.subtle.decrypt(how, key, whole.subarray(NONCE)));
};

export const seal = (key, id, value) => {
  const text = bytes(JSON.stringify(value));
  const filled = new Uint8Array(Math.ceil(text.length / BLOCK) * BLOCK).fill(32);
  filled.set(text);
  return sealBytes(key, id, filled);
};

export const open = async (key, id, whole) => JSON.parse(new TextDecoder().decode(await openBytes(key, id, whole)));

// A file, filled up to whole blocks too, with its length before it.
const FILE_BLOCK = 65_536;
const LENGTH = 4;
export const sealFile = (key, id, content) => {
  const filled = new Uint8Array(Math.ceil((LENGTH + content.length) / FILE_BLOCK) * FILE_BLOCK);
  new DataView(filled.buffer).setUint32(0, content.length);
  filled.set(content, LENGTH);
  return sealBytes(key, id, filled);
};

export const openFile = async (key, id, whole) => {
  const filled = await openBytes(key, id, whole);
  return filled.slice(LENGTH, LENGTH + new DataView(filled.buffer).getUint32(0));
};

// A lock for a new passphrase, with whatever is to be known again when it is opened; and the key.
export const newLock = async (passphrase, inside) => {
  const lock = { salt: random(16), iterations: ITERATIONS };
  const key = await keyOf(passphrase, lock);
  return { key, lock: { ...lock, test: await seal(key, TEST, inside) } };
};

// The same lock, with something else to be known again.
export const withInside = async (key, lock, inside) => ({ ...lock, test: await seal(key, TEST, inside) });

// The key, and what was put inside the lock; null for another passphrase.
export const unlocked = async (passphrase, lock) => {
  const key = await keyOf(passphrase, lock);
  try {
    return { key, inside: await open(key, TEST, lock.test) };
  } catch {
    return null;
  }
};

// How safe a passphrase is: how many characters it lacks, and whether too many of them are the same.
const ENOUGH = 20;
const DIFFERENT = 8;
export const strengthOf = passphrase => {
  const characters = [...passphrase.normalize("NFKC").trim()];
  return { lacks: Math.max(0, ENOUGH - characters.length), alike: new Set(characters).size < DIFFERENT };
};

// Six words without meaning of two syllables each, which can be said and typed in any language: 74 random bits.
const CONSONANTS = "bdfgjklmnprstvz";
const VOWELS = "aeiou";
const SYLLABLES = CONSONANTS.length * VOWELS.length;
const syllable = () => {
  let drawn;
  do [drawn] = random(1); while (drawn >= 256 - (256 % SYLLABLES));
  drawn %= SYLLABLES;
  return CONSONANTS[Math.floor(drawn / VOWELS.length)] + VOWELS[drawn % VOWELS.length];
};
export const suggested = () => Array.from({ length: 6 }, () => syllable() + syllable()).join("-");
