import { expect, test, type Browser, type Page } from "@playwright/test";
import { startCore } from "../bench/core";
import { createVault, founder, type Person } from "./people";
import { startServer, type Server } from "./server";

/**
 * What the core in a real browser does with bytes, by its calls alone: WebCrypto, fetch, streams,
 * and the journal in IndexedDB. The screens over it have tests of their own.
 */

const NAME = "Anna";
const PART = 8 << 20;

let server: Server;
let person: Person;
test.beforeAll(async ({ browser }) => {
  server = await startServer();
  person = await founder(withoutPolicy(browser), server, NAME);
  await createVault(person.page, "Deeds");
});
test.afterAll(async () => {
  await server.stop();
});

/** The policy of the page lets nobody start a second core. */
function withoutPolicy(browser: Browser): Browser {
  return Object.assign(Object.create(browser) as Browser, {
    newContext: () => browser.newContext({ bypassCSP: true, serviceWorkers: "block" }),
  });
}

interface Told {
  transfer: string;
  state: string;
  done_bytes: number;
  problem?: { code: string };
  file?: string;
}

interface Scope {
  benchCore: (method: string, args: unknown) => Promise<Record<string, unknown>>;
  benchWorker: Worker;
  call: Scope["benchCore"];
  /** The same bytes for the same seed. */
  noise: (length: number, seed: number) => Uint8Array<ArrayBuffer>;
  same: (one: Uint8Array, other: Uint8Array) => boolean;
  until: (transfer: string, states: string[], bytes?: number) => Promise<Told>;
  put: (args: Record<string, unknown>, bytes: Uint8Array<ArrayBuffer>) => Promise<Told>;
  get: (what: Record<string, unknown>) => Promise<Uint8Array>;
}

async function helpers(page: Page): Promise<void> {
  await startCore(page, NAME);
  await page.evaluate(() => {
    const scope = globalThis as unknown as Scope;
    scope.call = scope.benchCore;
    scope.noise = (length, seed) => {
      const words = new Uint32Array(Math.ceil(length / 4));
      let state = seed;
      for (let place = 0; place < words.length; place += 1) {
        state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
        words[place] = state;
      }
      return new Uint8Array(words.buffer, 0, length);
    };
    scope.same = (one, other) =>
      one.length === other.length && one.every((byte, place) => byte === other[place]);
    scope.until = (transfer, states, bytes = 0) =>
      new Promise((resolve) => {
        const hear = ({ data }: MessageEvent<Told>) => {
          if (data.transfer !== transfer || !states.includes(data.state)) return;
          if (data.done_bytes < bytes) return;
          scope.benchWorker.removeEventListener("message", hear);
          resolve(data);
        };
        scope.benchWorker.addEventListener("message", hear);
      });
    scope.put = async (args, bytes) => {
      const ended = scope.until(args["transfer"] as string, ["done", "failed"]);
      const file = new File([bytes], String(args["name"]), { lastModified: 7 });
      await scope.call("start_upload", { media_type: "application/pdf", ...args, file });
      return ended;
    };
    scope.get = async (what) => {
      const transfer = `get ${Math.random()}`;
      const answer = await scope.call("start_download", { transfer, ...what });
      // As `src/core/transfer/pieces.ts` asks.
      const port = answer["pieces"] as MessagePort;
      const pieces: ArrayBuffer[] = [];
      for (;;) {
        const came = new Promise<MessageEvent>((resolve) => (port.onmessage = resolve));
        port.postMessage("next");
        const { data } = await came;
        if (data.problem) throw new Error(JSON.stringify(data.problem));
        if (data.end) break;
        pieces.push(data.bytes);
      }
      return new Uint8Array(await new Blob(pieces).arrayBuffer());
    };
  });
}

test("bytes go up and come down, in parts, by range, and after a reload", async () => {
  const { page } = person;
  const vault = /\/vaults\/([0-9a-f-]+)/.exec(page.url())?.[1] ?? "";
  await helpers(page);
  const record = await page.evaluate(async (id) => {
    const { call } = globalThis as unknown as Scope;
    const fields = { title: "House" };
    return (await call("add_record", { vault: id, table: "case", fields }))["record"] as string;
  }, vault);
  const place = { vault, record };

  await test.step("files of every size come back, whole and by range", async () => {
    for (const length of [0, 1, 16_384, 100_001, PART, PART + 600_000]) {
      const [whole, range, behind] = await page.evaluate(
        async ({ vault: id, record: of, length: size }) => {
          const { call, noise, same, put, get } = globalThis as unknown as Scope;
          const bytes = noise(size, size + 1);
          const name = `${size}.pdf`;
          const told = await put({ transfer: name, vault: id, record: of, name }, bytes);
          const what = { vault: id, file: told.file };
          const from = Math.max(0, size - 70_000);
          const part = await call("read_file", { ...what, offset: from, length: 50_000 });
          const after = await call("read_file", { ...what, offset: size, length: 5 });
          return [
            same(await get(what), bytes),
            same(new Uint8Array(part["bytes"] as ArrayBuffer), bytes.subarray(from, from + 50_000)),
            (after["bytes"] as ArrayBuffer).byteLength,
          ] as const;
        },
        { ...place, length },
      );
      expect([whole, range, behind], `${length} bytes`).toEqual([true, true, 0]);
    }
  });

  await test.step("a name is taken once; a next revision keeps the first; thumbnails", async () => {
    const seen = await page.evaluate(async ({ vault: id, record: of }) => {
      const { call, noise, same, put, get } = globalThis as unknown as Scope;
      const picture = noise(900, 5);
      const args = { vault: id, record: of, name: "deed.pdf" };
      const thumbnail = new Blob([picture]);
      const first = await put({ ...args, transfer: "one", thumbnail }, noise(100, 1));
      const small = await call("file_thumbnail", { vault: id, file: first.file });
      const taken = put({ ...args, transfer: "two" }, noise(100, 2));
      const refused = await taken.then(String, (error: Error) => error.message);
      const more = { ...args, transfer: "three", replaces: first.file };
      const second = await put(more, noise(100, 3));
      const history = await call("file_history", { vault: id, file: first.file });
      const revisions = history["revisions"] as { revision: string }[];
      const old = { vault: id, file: first.file, revision: revisions[1]?.revision };
      return {
        picture: same(new Uint8Array(small["bytes"] as ArrayBuffer), picture),
        refused,
        sameFile: second.file === first.file,
        revisions: revisions.length,
        old: same(await get(old), noise(100, 1)),
        current: same(await get({ vault: id, file: first.file }), noise(100, 3)),
      };
    }, place);
    expect(seen.refused).toContain("name_taken");
    expect(seen).toMatchObject({
      picture: true,
      sameFile: true,
      revisions: 2,
      old: true,
      current: true,
    });
  });

  await test.step("an upload is paused; a reload later it goes on with the same file", async () => {
    await page.evaluate(
      async ({ vault: id, record: of, part }) => {
        const { call, noise, until } = globalThis as unknown as Scope;
        const file = new File([noise(8 * part, 9)], "large.bin", { lastModified: 7 });
        const args = { vault: id, record: of, name: "large.bin", media_type: "" };
        const begun = until("large", ["running"], part);
        await call("start_upload", { transfer: "large", ...args, file });
        await begun;
        const paused = until("large", ["paused"]);
        await call("pause_transfer", { transfer: "large" });
        await paused;
      },
      { ...place, part: PART },
    );
    await page.reload();
    await expect(page.getByLabel("Passphrase", { exact: true })).toBeVisible();
    await helpers(page);
    const seen = await page.evaluate(
      async ({ vault: id, part }) => {
        const { call, noise, same, until, get } = globalThis as unknown as Scope;
        const known = (await call("unfinished_uploads", {}))["uploads"] as {
          name: string;
          sent_bytes: number;
        }[];
        const other = new File([noise(5, 9)], "large.bin", { lastModified: 7 });
        const refused = call("resume_upload", { transfer: "large", file: other });
        const told = await refused.then(String, (error: Error) => error.message);
        const bytes = noise(8 * part, 9);
        const file = new File([bytes], "large.bin", { lastModified: 7 });
        const ended = until("large", ["done", "failed"]);
        await call("resume_upload", { transfer: "large", file });
        const { file: made } = await ended;
        const left = (await call("unfinished_uploads", {}))["uploads"] as unknown[];
        const whole = same(await get({ vault: id, file: made }), bytes);
        return { known, told, left: left.length, whole };
      },
      { ...place, part: PART },
    );
    expect(seen.known).toMatchObject([{ name: "large.bin" }]);
    expect(seen.known[0]?.sent_bytes).toBeGreaterThanOrEqual(PART);
    expect(seen.told).toContain("source_changed");
    expect([seen.left, seen.whole]).toEqual([0, true]);
  });

  await test.step("into another vault, and by a link without an account", async () => {
    const seen = await page.evaluate(async ({ vault: id, record: of }) => {
      const { call, noise, same, put, get } = globalThis as unknown as Scope;
      const bytes = noise(200_000, 4);
      const args = { transfer: "will", vault: id, record: of, name: "will.pdf" };
      const { file } = await put(args, bytes);
      const elsewhere = (await call("create_vault", { name: "Elsewhere" }))["vault"];
      const fields = { title: "There" };
      const add = { vault: elsewhere, table: "case", fields };
      const { record } = await call("add_record", add);
      const to = { vault: id, file, to_vault: elsewhere, to_record: record };
      await call("copy_file", to);
      const listed = await call("files", { vault: elsewhere });
      const copy = (listed["files"] as { file: string; name: string }[])[0];
      const made = await call("create_link", {
        vault: id,
        file,
        expires_ms: null,
        max_downloads: 1,
      });
      const [link, secret] = [made["link"], String(made["url"]).split("#")[1]];
      const needs = await call("link_needs", { link, secret });
      const { opened, name } = await call("open_link", { link, secret });
      const again = call("open_link", { link, secret });
      return {
        copied: copy?.name,
        copy: same(await get({ vault: elsewhere, file: copy?.file }), bytes),
        needs,
        name,
        linked: same(await get({ opened }), bytes),
        again: await again.then(String, (error: Error) => error.message),
      };
    }, place);
    expect(seen).toMatchObject({
      copied: "will.pdf",
      copy: true,
      needs: { passphrase: false, uses_left: 1 },
      name: "will.pdf",
      linked: true,
    });
    expect(seen.again).toContain("gone");
  });
});
