import { expect, test, type Browser, type Page } from "@playwright/test";
import { createHash, randomBytes } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdtemp, open, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { lastByteChanged, startFront, withoutEntries, type Front } from "./front";
import { look } from "./look";
import {
  complaints,
  confirmKit,
  createVault,
  founder,
  invite,
  joiner,
  openVault,
  share,
} from "./people";
import { startServer, type Server } from "./server";
import { terminal, type Terminal } from "./terminal";

/**
 * A day's work of three people: Anna and Ben in browsers, Carla on the command line. Between Ben
 * and the server stands somebody who first only looks on.
 */

const VAULT = "Harbour office";
const NEW_PASSPHRASE = "harvest violin magnet ribbon";
const GIBIBYTE = 1 << 30;
const FILM_BYTES = 256 << 20;
const BLOCK_BYTES = 8 << 20;
/** What is new in the log of a vault. */
const ENTRIES = /^\/v1\/vaults\/[0-9a-f]+\/entries\?/;
/** The sealed bytes of a file. */
const CONTENT = /^\/v1\/vaults\/[0-9a-f]+\/files\/.+\/content$/;
/** A debug build of both ends, and as many gibibytes to hash again. */
const TRANSFER_MS = 300_000;

let server: Server;
let front: Front;
let folder: string;
test.describe.configure({ timeout: 1_200_000 });
test.beforeAll(async () => {
  server = await startServer();
  front = await startFront(server.localUrl);
  folder = await mkdtemp(join(tmpdir(), "strongroom-day-"));
});
test.afterAll(async () => {
  await front?.stop();
  await server?.stop();
  await rm(folder, { recursive: true, force: true });
});

interface OnDisk {
  path: string;
  hash: string;
}

/** A file of which no block is like another. */
async function largeFile(name: string, bytes: number): Promise<OnDisk> {
  const path = join(folder, name);
  const block = randomBytes(BLOCK_BYTES);
  const hash = createHash("sha256");
  const file = await open(path, "w");
  for (let written = 0; written < bytes; written += BLOCK_BYTES) {
    block.writeDoubleBE(written);
    hash.update(block);
    await file.write(block);
  }
  await file.close();
  return { path, hash: hash.digest("hex") };
}

async function hashOf(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const part of createReadStream(path)) hash.update(part as Buffer);
  return hash.digest("hex");
}

const row = (page: Page, title: string) => page.getByRole("row", { name: new RegExp(title) });
const fileOf = (page: Page, name: string) => page.locator(".file", { hasText: name });

/** Adds a case to the open vault. */
async function addCase(page: Page, title: string): Promise<void> {
  await page.getByRole("link", { name: "Cases", exact: true }).click();
  await page.getByRole("button", { name: "Add", exact: true }).first().click();
  await page.getByLabel(/^Title/).fill(title);
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { name: title, exact: true })).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(row(page, title)).toBeVisible();
}

async function openCase(page: Page, title: string): Promise<void> {
  await openVault(page, VAULT);
  await row(page, title).click();
  await expect(page.getByRole("button", { name: "Choose files", exact: true })).toBeVisible();
}

/** Ben's page and Ben's link, but at the address of whoever stands before the server. */
const atFront = (link: string) => `${front.url}/join${new URL(link).hash}`;
const codeOf = (link: string) => /SR-INVITE-[0-9A-Z-]+/.exec(link)?.[0] ?? "";

async function threePeople(browser: Browser) {
  const anna = await founder(browser, server, "Anna Nováková");
  const ben = await joiner(browser, atFront(await invite(anna.page)), "Ben Ó Broin");
  const invitation = codeOf(await invite(anna.page));
  const carla = await terminal(folder, server, invitation, "Carla Weiß");
  await createVault(anna.page, VAULT);
  await share(anna.page, ben.name, "Writer");
  await share(anna.page, carla.name, "Writer");
  return { anna, ben, carla };
}

interface FileLine {
  file: string;
  bytes: number;
}

interface CaseLine {
  fields: { title: string };
}

/** The titles of all cases as the command line reads them. */
async function titles(person: Terminal): Promise<string[]> {
  const cases = await person.ask<CaseLine[]>("record", "list", VAULT, "--table", "case");
  return cases.map(({ fields }) => fields.title).sort();
}

test("a day's work of three people, and a server that lies to one of them", async ({ browser }) => {
  const { anna, ben, carla } = await threePeople(browser);
  let record = "";

  await test.step("all three write in one vault, and each sees what the others write", async () => {
    await addCase(anna.page, "Harbour lease");
    await openVault(ben.page, VAULT);
    await addCase(ben.page, "Roof repair");
    const add = ["record", "add", VAULT, "--table", "case", "--set", "title=Old pier"];
    ({ record } = await carla.ask<{ record: string }>(...add));
    for (const { page } of [anna, ben]) {
      await expect(row(page, "Old pier")).toBeVisible();
      await expect(row(page, "Roof repair")).toBeVisible();
    }
    expect(await titles(carla)).toEqual(["Harbour lease", "Old pier", "Roof repair"]);
  });

  await test.step("1 GiB goes from a browser to the command line", async () => {
    const survey = await largeFile("survey.dat", GIBIBYTE);
    await openCase(anna.page, "Old pier");
    const chooser = anna.page.waitForEvent("filechooser");
    await anna.page.getByRole("button", { name: "Choose files", exact: true }).click();
    await (await chooser).setFiles(survey.path);
    await expect(anna.page.locator(".transfers")).toContainText("1 transfer done", {
      timeout: TRANSFER_MS,
    });
    await expect(fileOf(anna.page, "survey.dat")).toBeVisible();
    await look(anna.page, "day-01-one-gibibyte");
    const [file] = await carla.ask<FileLine[]>("file", "ls", record);
    const target = join(folder, "back.dat");
    const got = await carla.ask<FileLine>("file", "get", file?.file ?? "", "-o", target);
    expect(got.bytes).toBe(GIBIBYTE);
    expect(await hashOf(target)).toBe(survey.hash);
    await rm(survey.path);
    await rm(target);
  });

  await test.step("a large file goes from the command line to a browser", async () => {
    const film = await largeFile("film.dat", FILM_BYTES);
    const [put] = await carla.ask<FileLine[]>("file", "put", record, film.path);
    expect(put?.bytes).toBe(FILM_BYTES);
    await openCase(ben.page, "Old pier");
    await ben.page.getByRole("button", { name: "Save film.dat", exact: true }).click();
    const download = ben.page.waitForEvent("download");
    await ben.page.getByRole("button", { name: "Save a decrypted copy", exact: true }).click();
    // The path is there once all of it has come.
    expect(await hashOf(await (await download).path())).toBe(film.hash);
    await rm(film.path);
    const letter = join(folder, "letter.txt");
    await writeFile(letter, "Dear Ben, the pier is sold.");
    await carla.ask("file", "put", record, letter);
  });

  await test.step("Carla is removed, and reads nothing of what comes after", async () => {
    await openVault(anna.page, VAULT);
    await anna.page.getByRole("link", { name: /^Members/ }).click();
    await anna.page.getByRole("button", { name: `What to do about ${carla.name}`, exact: true }).click();
    await anna.page.getByRole("menuitem", { name: "Remove", exact: true }).click();
    await anna.page.getByRole("button", { name: "Remove and renew the keys", exact: true }).click();
    await expect(anna.page.locator(".member", { hasText: carla.name })).toHaveCount(0);
    await addCase(anna.page, "After Carla");
    const refused = { exit: 4, says: null, problem: "access_ended" };
    expect(await carla.run("record", "list", VAULT, "--table", "case")).toEqual(refused);
    // What she kept of it is gone: by its id alone a record is not known any more.
    const unknown = { exit: 3, says: null, problem: "not_found" };
    expect(await carla.run("record", "show", record)).toEqual(unknown);
    expect(await carla.run("file", "ls", record)).toEqual(unknown);
    expect(await carla.ask("vault", "list")).toEqual([]);
    await expect(row(ben.page, "After Carla")).toBeVisible();
  });

  let lastList = Buffer.alloc(0);
  const back = await test.step("Ben has lost his computer and comes back with the kit", async () => {
    await ben.context.close();
    front.changes.set("/v1/vaults", (content) => (lastList = Buffer.from(content)));
    const page = await recovered(browser, ben.kit);
    await openVault(page.page, VAULT);
    for (const title of ["Harbour lease", "Roof repair", "Old pier", "After Carla"]) {
      await expect(row(page.page, title)).toBeVisible();
    }
    await look(page.page, "day-02-recovered");
    return page;
  });

  await test.step("an older state than Ben has seen is not believed", async () => {
    const older = lastList;
    await addCase(anna.page, "Seen by Ben");
    await expect(row(back.page, "Seen by Ben")).toBeVisible();
    front.changes.set("/v1/vaults", () => older);
    await addCase(anna.page, "Held back from Ben");
    await isStopped(back.page, "an older or another history than this device has already verified");
    await look(back.page, "day-03-older");
    front.changes.clear();
    await goesOn(anna.page, back.page, "After the older state");
    await expect(row(back.page, "Held back from Ben")).toBeVisible();
  });

  await test.step("an entry that is left out, and one that is altered, are found", async () => {
    front.changes.set(ENTRIES, withoutEntries);
    await addCase(anna.page, "Left out");
    await isStopped(back.page, "The server holds back something that must be there");
    await look(back.page, "day-04-left-out");
    front.changes.clear();
    await goesOn(anna.page, back.page, "After the gap");
    await expect(row(back.page, "Left out")).toBeVisible();
    front.changes.set(ENTRIES, lastByteChanged);
    await addCase(anna.page, "Altered");
    await isStopped(back.page, "was forged, moved, or written by somebody who may not do that");
    await look(back.page, "day-05-altered");
    front.changes.clear();
    await goesOn(anna.page, back.page, "After the forgery");
    await expect(row(back.page, "Altered")).toBeVisible();
  });

  await test.step("a letter that was altered on the server is not shown", async () => {
    await openCase(back.page, "Old pier");
    front.changes.set(CONTENT, lastByteChanged);
    await back.page.getByRole("button", { name: "letter.txt", exact: true }).click();
    const viewer = back.page.locator(".viewer");
    await expect(viewer.getByRole("alert")).toContainText("Something in the vault was exchanged or altered");
    await expect(viewer).not.toContainText("Dear Ben");
    await look(back.page, "day-06-altered-letter");
    front.changes.clear();
    const dialog = back.page.getByRole("dialog");
    await dialog.getByRole("button", { name: "Close", exact: true }).click();
    await back.page.getByRole("button", { name: "letter.txt", exact: true }).click();
    await expect(viewer.locator("pre")).toHaveText("Dear Ben, the pier is sold.");
    await dialog.getByRole("button", { name: "Close", exact: true }).click();
  });

  expect(anna.told).toEqual([]);
  expect(ben.told).toEqual([]);
  expect(back.told).toEqual([]);
});

/** Comes back in a browser that knows nothing. */
async function recovered(browser: Browser, kit: string): Promise<{ page: Page; told: string[] }> {
  const context = await browser.newContext();
  const page = await context.newPage();
  const told = complaints(page);
  await page.goto(front.url);
  await page.getByRole("button", { name: "Passphrase forgotten?", exact: true }).click();
  await page.getByLabel(/^Recovery kit/).fill(kit);
  await page.getByLabel("New passphrase", { exact: true }).fill(NEW_PASSPHRASE);
  await page.getByLabel("The new passphrase again").fill(NEW_PASSPHRASE);
  await page.getByRole("button", { name: "Recover the account", exact: true }).click();
  expect(await confirmKit(page)).not.toBe(kit);
  return { page, told };
}

/** The page says what it found, and what that means for a person; it shows nothing of the vault. */
async function isStopped(page: Page, sentence: string): Promise<void> {
  const notice = page.getByRole("alert");
  await expect(notice).toContainText("Stopped: what the server sent cannot be right");
  await expect(notice).toContainText(sentence);
  await expect(notice).toContainText("Do not go on with this server until your administrator");
  await expect(page.getByRole("row")).toHaveCount(0);
}

/** The server is honest again: with the next change everything is shown. */
async function goesOn(writer: Page, reader: Page, title: string): Promise<void> {
  await addCase(writer, title);
  await expect(row(reader, title)).toBeVisible();
  await expect(reader.getByRole("alert")).toHaveCount(0);
}
