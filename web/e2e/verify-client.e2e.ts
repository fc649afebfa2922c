import { expect, test } from "@playwright/test";
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { oneByteChanged, startFront } from "./front";
import { program, startServer } from "./server";

interface Verified {
  same: boolean;
  files: number;
  differences: Array<{ path: string; what: string }>;
}

/** Runs the comparison; gives its exit code and what it found. */
async function verify(url: string, ca: string): Promise<[number, Verified]> {
  const command = ["--json", "verify-client", url, "--ca", ca];
  try {
    const { stdout } = await promisify(execFile)(program(), command);
    return [0, JSON.parse(stdout) as Verified];
  } catch (thrown) {
    const { code, stdout } = thrown as { code: number; stdout: string };
    return [code, JSON.parse(stdout) as Verified];
  }
}

test("a changed byte of the page is named, by whoever it was changed", async () => {
  const server = await startServer();
  // Somebody with the server's own key, in the middle.
  const key = await readFile(join(server.data, "keys/server.key"));
  const cert = await readFile(join(server.data, "server.pem"));
  const front = await startFront(server.url, { key, cert });
  try {
    for (const url of [server.url, front.url]) {
      const [exit, found] = await verify(url, server.caFile);
      expect([exit, found.same, found.differences]).toEqual([0, true, []]);
      expect(found.files).toBeGreaterThan(8);
    }
    const page = await fetchPage(server.url);
    const script = /src="(\/assets\/[^"]+\.js)"/.exec(page)?.[1] ?? "";
    for (const path of [script, "/service-worker.js", "/"]) {
      front.changes.set(path, oneByteChanged);
      const [exit, found] = await verify(front.url, server.caFile);
      expect([exit, found.same]).toEqual([5, false]);
      const named = new Set(found.differences.map((one) => `${one.path} ${one.what}`));
      expect([...named]).toEqual([`${path} content`]);
      front.changes.delete(path);
    }
  } finally {
    await front.stop();
    await server.stop();
  }
});

async function fetchPage(url: string): Promise<string> {
  const front = await startFront(url);
  try {
    return await (await fetch(front.url)).text();
  } finally {
    await front.stop();
  }
}
