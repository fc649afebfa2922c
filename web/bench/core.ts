import type { Browser, Page } from "@playwright/test";
import { PASSPHRASE } from "../e2e/people";

/**
 * Starts a second core in the page, signed in: measurements need more records than a person
 * types. The page must have been opened with its policy bypassed.
 */
export async function startCore(page: Page, name: string): Promise<void> {
  await page.evaluate(
    async ([who, passphrase]) => {
      const scripts = performance.getEntriesByType("resource").map((entry) => entry.name);
      const address = scripts.find((script) => /\/assets\/worker-[^/]+\.js$/.test(script));
      if (address === undefined) throw new Error("the page has loaded no core");
      const worker = new Worker(address, { type: "module" });
      const waiting = new Map<number, (message: { answer?: unknown; problem?: unknown }) => void>();
      worker.onmessage = ({ data }: MessageEvent) => waiting.get(data.id)?.(data);
      let last = 0;
      const call = (method: string, args: unknown) =>
        new Promise((resolve, reject) => {
          last += 1;
          waiting.set(last, (message) => {
            if (message.problem) reject(new Error(JSON.stringify(message.problem)));
            else resolve(message.answer);
          });
          worker.postMessage({ id: last, method, args });
        });
      Object.assign(globalThis, { benchCore: call, benchWorker: worker });
      await call("log_in", { name: who, passphrase });
    },
    [name, PASSPHRASE] as const,
  );
}

/** Writes records with numbered titles. */
export async function writeMany(page: Page, vault: string, count: number): Promise<void> {
  await page.evaluate(
    async ([id, all]) => {
      const { benchCore } = globalThis as unknown as {
        benchCore: (method: string, args: unknown) => Promise<unknown>;
      };
      const clients = ["Port Authority", "Novák & Sons", "Meyer", "כהן ושות׳", "Dvořák"];
      for (let from = 0; from < all; from += 1_000) {
        const rows = Array.from({ length: Math.min(1_000, all - from) }, (_, place) => {
          const number = from + place;
          const client = clients[number % clients.length];
          return { fields: { title: `Case ${number} of ${client}`, client, amount: `${number}.50` } };
        });
        await benchCore("write_records", { vault: id, table: "case", rows });
      }
    },
    [vault, count] as const,
  );
}

/** The policy of the page lets nobody start a second core; the measurements need one. */
export function withoutPolicy(browser: Browser): Browser {
  return Object.assign(Object.create(browser) as Browser, {
    newContext: () => browser.newContext({ bypassCSP: true, serviceWorkers: "block" }),
  });
}
