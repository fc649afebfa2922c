import { expect, test } from "@playwright/test";
import { mkdtempSync, rmSync } from "node:fs";
import { stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { addCase, createVault, founder, type Person } from "../e2e/people";
import { startServer, type Server } from "../e2e/server";
import { noise, PART_BYTES } from "./file";
import { watchMemory } from "./memory";
import { huge, measured, quick, reach } from "./report";

/** As a person does it: by the page's own buttons, and the service worker writes to the disk. */

const PARTS = quick ? 8 : huge ? 512 : 128;
const BYTES = PARTS * PART_BYTES;
const MIB = 2 ** 20;

let server: Server;
let person: Person;
let folder: string;

test.setTimeout(1_800_000);
test.beforeAll(async ({ browser }) => {
  folder = mkdtempSync(join(tmpdir(), "strongroom-bench-"));
  server = await startServer();
  person = await founder(browser, server, "Anna");
  await createVault(person.page, "Large");
  await addCase(person.page, "Old pier");
});
test.afterAll(async () => {
  await person.context.close();
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

test("a person puts a large file and saves it again", async () => {
  const { page } = person;
  const path = join(folder, "survey.bin");
  noise(path, PARTS);
  await page.getByRole("row", { name: /Old pier/ }).click();
  const chooser = page.waitForEvent("filechooser");
  await page.getByRole("button", { name: "Choose files", exact: true }).click();
  const up = watchMemory();
  await (await chooser).setFiles(path);
  const transfers = page.locator(".transfers");
  await expect(transfers).toContainText("1 transfer done", { timeout: 1_200_000 });
  measured({ work: `put ${BYTES / MIB} MiB by hand`, who: "page", peak_bytes: up() });
  rmSync(path);

  await page.getByRole("button", { name: "Save survey.bin", exact: true }).click();
  const download = page.waitForEvent("download");
  const down = watchMemory();
  await page.getByRole("button", { name: "Save a decrypted copy", exact: true }).click();
  // The path is there once all of it has come.
  expect((await stat(await (await download).path())).size).toBe(BYTES);
  const saved = down();
  measured({ work: `save ${BYTES / MIB} MiB by hand`, who: "page", peak_bytes: saved });
  const most = Math.round(Math.max(up(), saved) / MIB);
  reach({ reach: `memory of the page by hand, ${BYTES / MIB} MiB`, value: most, limit: 300, unit: "MiB" });
});
