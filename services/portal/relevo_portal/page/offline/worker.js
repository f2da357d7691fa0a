// Keeps one page that is the same for everybody, and the files it needs, and answers for them alone. What they are, and
// the name they are kept under, the portal says: KEPT, PAGE and FILES stand before this.
const PATIENCE = 4_000; // milliseconds; then the page as it was kept

const keep = async () => {
  const cache = await caches.open(KEPT);
  await Promise.all([PAGE, ...FILES].map(async path => {
    const cached = path === PAGE ? "no-cache" : "default"; // a file has a name that no other content of it has
    const answer = await fetch(path, { credentials: "omit", cache: cached });
    if (!answer.ok || answer.redirected) throw new Error("not to be kept");
    await cache.put(path, answer);
  }));
  await skipWaiting();
};

const onlyThese = async () => {
  for (const name of await caches.keys()) if (name !== KEPT) await caches.delete(name);
  await clients.claim();
};

// As kept; the page in another language while there is a line.
const found = async (request, path) => {
  const kept = await caches.match(request, { cacheName: KEPT });
  if (kept) return kept;
  try {
    return await fetch(request.url, { credentials: "same-origin", signal: AbortSignal.timeout(PATIENCE) });
  } catch (away) {
    const other = await caches.match(path, { cacheName: KEPT, ignoreSearch: true });
    if (other) return other;
    throw away;
  }
};

addEventListener("install", event => event.waitUntil(keep()));
addEventListener("activate", event => event.waitUntil(onlyThese()));
addEventListener("fetch", event => {
  const { origin, pathname } = new URL(event.request.url);
  const ours = origin === location.origin && (pathname === "/offline" || FILES.includes(pathname));
  if (ours && event.request.method === "GET") event.respondWith(found(event.request, pathname));
});
