// The guide's service worker: keeps the files of one version, each by its hash, and gives them without network. A new version is taken
// whole or not at all, and only when the page says that nobody is in the middle of a question. Before this stand VERSION and FILES.
"use strict";

const CACHE = `guide-${VERSION}`;

const hex = (buffer) => Array.from(new Uint8Array(buffer), (byte) => byte.toString(16).padStart(2, "0")).join("");

/** One file, fetched anew: none that is not the one which this worker names. */
async function fetched([path, hash]) {
  const answer = await fetch(path, { cache: "no-store", credentials: "same-origin", redirect: "error" });
  if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
  const bytes = await answer.arrayBuffer();
  if (hex(await crypto.subtle.digest("SHA-256", bytes)) !== hash) throw new Error(`${path} is another version`);
  const headers = new Headers(answer.headers);
  // The bytes are unpacked already.
  for (const name of ["content-encoding", "content-length"]) headers.delete(name);
  return [path, new Response(bytes, { headers })];
}

self.addEventListener("install", (event) => {
  event.waitUntil((async () => {
    const files = await Promise.all(Object.entries(FILES).map(fetched));
    const cache = await caches.open(CACHE);
    await Promise.all(files.map(([path, answer]) => cache.put(path, answer)));
  })());
});

self.addEventListener("activate", (event) => {
  event.waitUntil((async () => {
    const old = (await caches.keys()).filter((name) => name.startsWith("guide-") && name !== CACHE);
    await Promise.all(old.map((name) => caches.delete(name)));
    await self.clients.claim();
  })());
});

self.addEventListener("message", (event) => {
  if (event.data === "take") self.skipWaiting();
});

self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== "GET" || url.origin !== self.location.origin || !Object.hasOwn(FILES, url.pathname)) return;
  event.respondWith((async () => {
    const kept = await (await caches.open(CACHE)).match(url.pathname);
    return kept ?? fetch(event.request);
  })());
});
