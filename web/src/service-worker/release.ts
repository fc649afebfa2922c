/** What this worker was built with: the files of its release by address, SHA-256 in base64. */
declare const __RELEASE__: Release;

interface Release {
  name: string;
  files: Record<string, string>;
}

declare const self: ServiceWorkerGlobalScope;

const PAGE = "/";
const CACHES = "strongroom-release-";
const cacheName = CACHES + __RELEASE__.name;

/** First segments of addresses that the server answers itself; the rest without a dot is the page. */
const NOT_PAGES = new Set(["v1", "assets", "livez", "readyz", "metrics"]);

/** Fetches a file of this release; a byte that differs makes it fail. */
function pinned(path: string): Promise<Response> {
  const integrity = __RELEASE__.files[path];
  if (integrity === undefined) throw new TypeError(`${path} is not of this release`);
  return fetch(new Request(path, { integrity: `sha256-${integrity}`, cache: "no-cache" }));
}

/** Takes all that the page needs of its release, or nothing: then the worker before this one stays. */
export async function takeRelease(): Promise<void> {
  const cache = await caches.open(cacheName);
  try {
    for (const path of Object.keys(__RELEASE__.files)) {
      // Parts of the viewer of PDFs, by the hundred: each is taken when a document wants it.
      if (path.startsWith("/assets/pdf-")) continue;
      const answer = await pinned(path);
      if (!answer.ok) throw new TypeError(`${path}: ${answer.status}`);
      await cache.put(path, answer);
    }
  } catch (failure) {
    await caches.delete(cacheName);
    throw failure;
  }
}

/** Takes away what other releases have left. */
export async function dropOtherReleases(): Promise<void> {
  for (const name of await caches.keys()) {
    if (name.startsWith(CACHES) && name !== cacheName) await caches.delete(name);
  }
}

/** The answer to a request for a file of this release, or none where it is for the server. */
export function answerFromRelease(request: Request): Promise<Response> | undefined {
  const address = new URL(request.url);
  if (request.method !== "GET" || address.origin !== self.location.origin) return undefined;
  const path = request.mode === "navigate" && isPage(address.pathname) ? PAGE : address.pathname;
  if (__RELEASE__.files[path] === undefined) return undefined;
  return kept(path, request);
}

async function kept(path: string, request: Request): Promise<Response> {
  const cache = await caches.open(cacheName);
  const found = await cache.match(path);
  if (found) return found;
  // Seldom used, or the browser has cleared its caches.
  try {
    const answer = await pinned(path);
    if (answer.ok) await cache.put(path, answer.clone());
    return answer;
  } catch (failure) {
    // A part of this release comes from nowhere else. But the page itself may be another
    // release's by now, and nobody is to be locked out.
    if (path === PAGE) return fetch(request);
    throw failure;
  }
}

function isPage(path: string): boolean {
  const segments = path.slice(1).split("/");
  return !NOT_PAGES.has(segments[0] ?? "") && !(segments.at(-1) ?? "").includes(".");
}
