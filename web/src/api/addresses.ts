/** Addresses of the API, for requests that the client of `client.ts` cannot make. */
import type { paths } from "./generated";

type Method = "get" | "put";

/** An address with something in place of every `{…}`. */
type Filled<Address extends string> = Address extends `${infer Before}{${string}}${infer After}`
  ? `${Before}${string}${Filled<After>}`
  : Address;

/** Addresses that the document has under a method. */
type Known<M extends Method> = {
  [T in keyof paths]: paths[T] extends Record<M, object> ? T : never;
}[keyof paths];

/** A known address as it is asked for, with or without a query. */
export type Asked<M extends Method, Template extends Known<M>> =
  | Filled<Template>
  | `${Filled<Template>}?${string}`;

/** What every request has: no cookie, nothing out of a cache, no other place. */
export const PLAIN = { credentials: "omit", cache: "no-store", redirect: "error" } as const;
