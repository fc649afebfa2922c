/**
 * The server's API as its OpenAPI document has it: an address, a method or an answer that the
 * document does not know is no TypeScript. For what needs no session; with one, the core asks
 * (`docs/adr/0023-two-clients-of-one-document.md`).
 */
import createClient from "openapi-fetch";
import { PLAIN } from "./addresses";
import type { paths } from "./generated";

/** A server that refuses is an `error`; no answer, or one that is no JSON, throws. */
export const api = createClient<paths>({
  baseUrl: location.origin,
  // What is `fetch` when it is called, as everywhere else.
  fetch: (request) => fetch(request),
  ...PLAIN,
});
