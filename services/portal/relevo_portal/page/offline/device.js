// What is kept in the browser: the lock (salt, iterations, a sealed test), items, and larger pieces that belong to items;
// of these only an id that says nothing is to be read. A database is made when somebody wants one, never by looking.
const NAME = "kept";
const LOCK = "lock";
const ITEMS = "items";
const PIECES = "pieces";

// The lock that something was sealed under is there no more, or another one is.
export class Gone extends Error {}

const opened = create =>
  new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, 1);
    request.onupgradeneeded = () => {
      if (!create) {
        request.transaction.abort();
        return;
      }
      for (const name of [LOCK, ITEMS, PIECES]) request.result.createObjectStore(name);
    };
    request.onsuccess = () => {
      request.result.onversionchange = () => request.result.close();
      resolve(request.result);
    };
    request.onerror = event => {
      event.preventDefault();
      if (!create && request.error.name === "AbortError") resolve(null);
      else reject(request.error);
    };
  });

// Does all of it or nothing, and is over when it is on disk. "work" returns a request, whose result this is, or nothing.
const within = async (mode, work, create = false) => {
  const database = await opened(create);
  if (database === null) throw new Gone();
  try {
    return await new Promise((resolve, reject) => {
      const transaction = database.transaction([LOCK, ITEMS, PIECES], mode, { durability: "strict" });
      const request = work(...[LOCK, ITEMS, PIECES].map(name => transaction.objectStore(name)));
      transaction.oncomplete = () => resolve(request?.result);
      transaction.onabort = () => reject(transaction.error ?? new Gone());
    });
  } finally {
    database.close();
  }
};

const same = (one, other) => one.length === other.length && one.every((byte, at) => byte === other[at]);

// The lock; null where nothing was ever kept, or all was deleted.
export const readLock = async () => {
  try {
    return (await within("readonly", locks => locks.get(LOCK))) ?? null;
  } catch (refused) {
    if (refused instanceof Gone) return null;
    throw refused;
  }
};

// Fails where there is a lock already.
export const putLock = lock => within("readwrite", locks => locks.add(lock, LOCK), true);

// In the place of a lock for the same passphrase. Throws Gone for any other.
export const replaceLock = lock =>
  within("readwrite", locks => {
    const found = locks.get(LOCK);
    found.onsuccess = () => {
      if (found.result && same(found.result.salt, lock.salt)) locks.put(lock, LOCK);
      else found.transaction.abort();
    };
  });

export const readIds = () => within("readonly", (_, items) => items.getAllKeys());
export const readItem = id => within("readonly", (_, items) => items.get(id));
export const readPiece = id => within("readonly", (_, __, pieces) => pieces.get(id));

// An item, with a new piece of it, or without one that it had. Throws Gone instead of keeping anything under a lock that
// was deleted meanwhile.
export const putItem = (lock, id, sealed, { piece = null, without = null } = {}) =>
  within("readwrite", (locks, items, pieces) => {
    const found = locks.get(LOCK);
    found.onsuccess = () => {
      if (!found.result || !same(found.result.salt, lock.salt)) {
        found.transaction.abort();
        return;
      }
      items.put(sealed, id);
      if (piece !== null) pieces.put(piece.sealed, piece.id);
      if (without !== null) pieces.delete(without);
    };
  });

// An item with all its pieces.
export const removeItem = (id, ofIt = []) =>
  within("readwrite", (_, items, pieces) => {
    items.delete(id);
    for (const each of ofIt) pieces.delete(each);
  });

// The page without a line: kept by a worker that answers for this page alone.
export const keepPage = async language => {
  const from = `/offline/worker?lang=${language}`;
  const found = await navigator.serviceWorker.register(from, { scope: "/offline", updateViaCache: "none" });
  const worker = found.installing ?? found.waiting ?? found.active;
  await new Promise((resolve, reject) => {
    const look = () => {
      if (worker.state === "activated") resolve();
      if (worker.state === "redundant") reject(new Error("the page could not be kept"));
    };
    worker.addEventListener("statechange", look);
    look();
  });
};

const removeDatabase = () =>
  new Promise((resolve, reject) => {
    const request = indexedDB.deleteDatabase(NAME);
    request.onsuccess = resolve;
    request.onerror = () => reject(request.error);
  });

// All that this site has in the browser but its cookies, what was written first.
export const removeAll = async () => {
  await removeDatabase();
  await Promise.all((await caches.keys()).map(each => caches.delete(each)));
  await Promise.all((await navigator.serviceWorker.getRegistrations()).map(each => each.unregister()));
};

// Whether the browser can do all this here.
export const isAble = () =>
  Boolean(globalThis.isSecureContext && globalThis.crypto?.subtle && globalThis.indexedDB && globalThis.caches
    && navigator.serviceWorker && globalThis.createImageBitmap && globalThis.AbortSignal?.timeout);

// Ask the browser not to remove it by itself; whether it agreed.
export const keepForLong = async () => Boolean(await navigator.storage?.persist?.());
