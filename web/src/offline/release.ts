/** Which release the page runs, and whether the server has another one by now. */
import { useSyncExternalStore } from "react";
import { trustedAddress } from "../core/trusted-address";

/**
 * `ready`: a newer one lies here and waits for a word. `taken`: another tab has said that word.
 * `lost`: a part of this one is to be had nowhere any more.
 */
export type ReleaseState = "current" | "ready" | "taken" | "lost";

const LOOK_AGAIN_MS = 30 * 60_000;

let state: ReleaseState = "current";
let registration: ServiceWorkerRegistration | undefined;
let reloading = false;
const listeners = new Set<() => void>();

function become(next: ReleaseState): void {
  if (state === next) return;
  state = next;
  for (const listener of listeners) listener();
}

/** Has the worker keep this release, and looks for newer ones while the page is open. */
export async function keepRelease(): Promise<void> {
  window.addEventListener("vite:preloadError", () => become("lost"));
  // Private windows of some browsers have none: then the page comes from the server each time.
  const workers: ServiceWorkerContainer | undefined = navigator.serviceWorker;
  if (!workers || !import.meta.env.PROD) return;
  // The first worker of a browser takes no page away from another.
  let before = workers.controller;
  workers.addEventListener("controllerchange", () => {
    if (reloading) location.reload();
    else if (before) become("taken");
    before = workers.controller;
  });
  try {
    registration = await workers.register(trustedAddress("/service-worker.js"), {
      updateViaCache: "none",
    });
  } catch {
    return;
  }
  watch(registration);
  const look = () => void registration?.update().catch(() => undefined);
  setInterval(look, LOOK_AGAIN_MS);
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") look();
  });
}

function watch(found: ServiceWorkerRegistration): void {
  const waits = () => {
    if (found.waiting && navigator.serviceWorker.controller) become("ready");
  };
  waits();
  found.addEventListener("updatefound", () => {
    found.installing?.addEventListener("statechange", waits);
  });
}

/** Goes on with the newer release. */
export function takeRelease(): void {
  if (state !== "ready" || !registration?.waiting) {
    location.reload();
    return;
  }
  reloading = true;
  registration.waiting.postMessage("take_over");
}

export function useRelease(): ReleaseState {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => state,
  );
}
