import { expect, test, type Page } from "@playwright/test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createVault, founder, type Person } from "../e2e/people";
import { startServer, type Server } from "../e2e/server";
import { startCore, withoutPolicy } from "./core";
import { noise, PART_BYTES } from "./file";
import { heldBytes, watchMemory } from "./memory";
import { huge, measured, quick, reach } from "./report";

const NAME = "Anna";
/** Of a sealed part: a tag for each chunk. */
const TAGS = 512 * 16;
const PARTS = quick ? 8 : huge ? 512 : 128;
const BYTES = PARTS * PART_BYTES;
/** As in the core: what a fair comparison has under way at the same time. */
const IN_FLIGHT = 3;

let server: Server;
let person: Person;
let vault: string;
/** What the core shows to the server; the plain transfers show the same. */
let authorization = "";
let folder: string;

test.setTimeout(1_800_000);
test.beforeAll(async ({ browser }) => {
  server = await startServer();
  person = await founder(withoutPolicy(browser), server, NAME);
  await createVault(person.page, "Large");
  vault = /\/vaults\/([0-9a-f-]+)/.exec(person.page.url())?.[1] ?? "";
  // The page's own core is asleep from here on: one core in the page, as people have it.
  await person.page.reload();
  await expect(person.page.getByLabel("Passphrase", { exact: true })).toBeVisible();
  person.context.on("request", (request) => {
    authorization = request.headers()["authorization"] ?? authorization;
  });
  await startCore(person.page, NAME);
  folder = mkdtempSync(join(tmpdir(), "strongroom-bench-"));
});
test.afterAll(async () => {
  await person.context.close();
  rmSync(folder, { recursive: true, force: true });
  await server.stop();
});

interface Scope {
  benchCore: (method: string, args: unknown) => Promise<Record<string, unknown>>;
  benchWorker: Worker;
  /** What a person chose. */
  benchFile: File;
}

/** CRC-32C (RFC 3720, appendix B.4), as the server checks parts. */
function checksumOf(bytes: Uint8Array): string {
  let sum = 0xffffffff;
  for (const byte of bytes) {
    sum ^= byte;
    for (let bit = 0; bit < 8; bit += 1) sum = sum & 1 ? (sum >>> 1) ^ 0x82f63b78 : sum >>> 1;
  }
  return (~sum >>> 0).toString(16).padStart(8, "0");
}

/**
 * Chooses a file on the disk, as a person does: the same part of noise again and again. Gives the
 * checksum of a part with zeros for the tags that a plain one lacks.
 */
async function chooseFile(page: Page): Promise<string> {
  const path = join(folder, "large.bin");
  const whole = new Uint8Array(PART_BYTES + TAGS);
  whole.set(noise(path, PARTS));
  await page.evaluate(() => {
    const input = Object.assign(document.createElement("input"), { type: "file", id: "bench" });
    document.body.append(input);
  });
  await page.locator("#bench").setInputFiles(path);
  await page.evaluate(() => {
    const file = document.querySelector<HTMLInputElement>("#bench")?.files?.[0];
    Object.assign(globalThis, { benchFile: file });
  });
  return checksumOf(whole);
}

/** Uploads through the core; gives the file and the seconds. */
function sealedUpload(page: Page, record: string): Promise<{ file: string; seconds: number }> {
  return page.evaluate(
    async ({ id, of }) => {
      const scope = globalThis as unknown as Scope;
      const file = scope.benchFile;
      const ended = new Promise<string>((resolve, reject) => {
        scope.benchWorker.addEventListener("message", ({ data }: MessageEvent) => {
          if (data.event !== "transfer" || data.kind !== "upload") return;
          if (data.state === "done") resolve(data.file as string);
          if (data.state === "failed") reject(new Error(JSON.stringify(data.problem)));
        });
      });
      const started = performance.now();
      const name = `large-${Math.random()}.bin`;
      const args = { transfer: name, vault: id, record: of, name, media_type: "", file };
      await scope.benchCore("start_upload", args);
      return { file: await ended, seconds: (performance.now() - started) / 1000 };
    },
    { id: vault, of: record },
  );
}

/**
 * The same file in parts, an upload that nobody sealed: by streams that pass through the page, or
 * as the browser takes it from the disk by itself.
 */
function plainUpload(
  page: Page,
  record: string,
  checksum: string,
  by: "streams" | "disk",
): Promise<number> {
  return page.evaluate(
    async ({ id, of, parts, length, tags, sum, token, most, streams }) => {
      const { benchFile } = globalThis as unknown as Scope;
      const zeros = new Uint8Array(tags);
      const random = () =>
        Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) =>
          byte.toString(16).padStart(2, "0"),
        ).join("");
      const revision = random();
      const base = `/v1/vaults/${id}/uploads`;
      const chunks = (parts * length) / 16_384;
      const sealed = 56 + parts * length + (chunks + 1) * 16;
      const send = async (
        path: string,
        method: string,
        body: BodyInit,
        more: HeadersInit,
        duplex = {},
      ) => {
        const headers = { authorization: token, "idempotency-key": random(), ...more };
        const answer = await fetch(path, { method, body, headers, ...duplex });
        if (!answer.ok) throw new Error(await answer.text());
      };
      const facts = { file: random(), revision, record: of, sealed_length: sealed };
      const json = { "content-type": "application/json" };
      await send(base, "POST", JSON.stringify(facts), json);
      const started = performance.now();
      let next = 0;
      const carry = async () => {
        while (next < parts) {
          const path = `${base}/${revision}/parts/${next}`;
          const piece = benchFile.slice(next * length, (next + 1) * length);
          next += 1;
          const body = new Blob([piece, zeros]);
          const header = { "strongroom-crc32c": sum };
          if (streams) await send(path, "PUT", body.stream(), header, { duplex: "half" });
          else await send(path, "PUT", body, header);
        }
      };
      await Promise.all(Array.from({ length: most }, carry));
      return (performance.now() - started) / 1000;
    },
    {
      id: vault,
      of: record,
      parts: PARTS,
      length: PART_BYTES,
      tags: TAGS,
      sum: checksum,
      token: authorization,
      most: IN_FLIGHT,
      streams: by === "streams",
    },
  );
}

/** Reads a file through the core. */
function sealedDownload(page: Page, file: string): Promise<{ bytes: number; seconds: number }> {
  return page.evaluate(
    async ({ id, of }) => {
      const scope = globalThis as unknown as Scope;
      const started = performance.now();
      const transfer = `down-${Math.random()}`;
      const answer = await scope.benchCore("start_download", { transfer, vault: id, file: of });
      let bytes = 0;
      // As `web/src/core/transfer/pieces.ts` asks, two at a time.
      const port = answer["pieces"] as MessagePort;
      // What arrives nowhere is freed at once, as `web/src/core/transfer/space.ts` does.
      const hole = new MessageChannel();
      hole.port2.close();
      await new Promise<void>((end, fail) => {
        port.onmessage = ({ data }: MessageEvent<{ bytes?: ArrayBuffer; problem?: unknown }>) => {
          if (data.problem) fail(new Error(JSON.stringify(data.problem)));
          if (!data.bytes) return end();
          bytes += data.bytes.byteLength;
          hole.port1.postMessage(null, [data.bytes]);
          port.postMessage("next");
        };
        port.postMessage("next");
        port.postMessage("next");
      });
      return { bytes, seconds: (performance.now() - started) / 1000 };
    },
    { id: vault, of: file },
  );
}

/** Reads the stored bytes of a file by one stream. */
function plainDownload(page: Page, file: string, revision: string): Promise<number> {
  return page.evaluate(
    async ({ id, of, which, token }) => {
      const started = performance.now();
      const path = `/v1/vaults/${id}/files/${of}/revisions/${which}/content`;
      const answer = await fetch(path, { headers: { authorization: token }, cache: "no-store" });
      if (!answer.ok || !answer.body) throw new Error(await answer.text());
      for (const reader = answer.body.getReader(); !(await reader.read()).done; ) continue;
      return (performance.now() - started) / 1000;
    },
    { id: vault, of: file, which: revision, token: authorization },
  );
}

test("a large file up and down", async () => {
  const { page } = person;
  const checksum = await chooseFile(page);
  const record = await page.evaluate(async (id) => {
    const { benchCore } = globalThis as unknown as Scope;
    const fields = { title: "Large file" };
    const added = await benchCore("add_record", { vault: id, table: "case", fields });
    return added["record"] as string;
  }, vault);
  expect(authorization).toContain("Bearer ");

  const rate = (seconds: number) => BYTES / 1e6 / seconds;
  const atRest = heldBytes();
  const upPeak = watchMemory();
  const up = await sealedUpload(page, record);
  const upBytes = upPeak();
  const revision = await page.evaluate(
    async ([id, of]) => {
      const { benchCore } = globalThis as unknown as Scope;
      const history = await benchCore("file_history", { vault: id, file: of });
      return (history["revisions"] as { revision: string }[])[0]?.revision ?? "";
    },
    [vault, up.file] as const,
  );
  const downPeak = watchMemory();
  const down = await sealedDownload(page, up.file);
  const downBytes = downPeak();
  // The others behind ours: what they leave to the garbage collector is not ours.
  const downPlain = await plainDownload(page, up.file, revision);
  expect(down.bytes).toBe(BYTES);
  const upPlain = await plainUpload(page, record, checksum, "streams");
  const upDisk = await plainUpload(page, record, checksum, "disk");
  const work = `upload ${BYTES / 2 ** 20} MiB`;
  measured({ work, who: "plain fetch", seconds: upPlain, rate: rate(upPlain), unit: "MB/s" });
  measured({ work, who: "the browser alone", seconds: upDisk, rate: rate(upDisk), unit: "MB/s" });
  const upRatio = upPlain / up.seconds;
  const told = { ratio: upRatio, ratio_to: "plain fetch" };
  measured({ work, who: "page", seconds: up.seconds, rate: rate(up.seconds), unit: "MB/s", peak_bytes: upBytes, ...told });

  const back = `download ${BYTES / 2 ** 20} MiB`;
  measured({ work: back, who: "plain fetch", seconds: downPlain, rate: rate(downPlain), unit: "MB/s" });
  const downRatio = downPlain / down.seconds;
  measured({
    work: back,
    who: "page",
    seconds: down.seconds,
    rate: rate(down.seconds),
    unit: "MB/s",
    ratio: downRatio,
    ratio_to: "plain fetch",
    peak_bytes: downBytes,
  });
  reach({ reach: "upload against plain fetch", value: upRatio, limit: 0.6, unit: "", at_least: true });
  reach({ reach: "download against plain fetch", value: downRatio, limit: 0.6, unit: "", at_least: true });
  const mebibytes = (bytes: number) => Math.round(bytes / 2 ** 20);
  measured({ work: "signed in, at rest", who: "page", peak_bytes: atRest });
  const most = mebibytes(Math.max(upBytes, downBytes));
  reach({ reach: `memory of the page, ${BYTES / 2 ** 20} MiB`, value: most, limit: 300, unit: "MiB" });
});
