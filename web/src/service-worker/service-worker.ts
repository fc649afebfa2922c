/**
 * The worker between the page and the network. It keeps the release that it was built for, so
 * that the page opens without a network, and no server can change a part of it unseen.
 */
import { answerFile, takeOrder } from "./download";
import { answerFromRelease, dropOtherReleases, takeRelease } from "./release";

declare const self: ServiceWorkerGlobalScope;

self.addEventListener("install", (event) => {
  event.waitUntil(takeRelease());
});

self.addEventListener("activate", (event) => {
  // The first one serves the page that is open already: saving files needs it.
  event.waitUntil(Promise.all([dropOtherReleases(), self.clients.claim()]));
});

self.addEventListener("message", (event) => {
  // Only the page says so, when its person wants the new release.
  if (event.data === "take_over") void self.skipWaiting();
  else takeOrder(event);
});

self.addEventListener("fetch", (event) => {
  const answer = answerFile(event) ?? answerFromRelease(event.request);
  if (answer) event.respondWith(answer);
});
