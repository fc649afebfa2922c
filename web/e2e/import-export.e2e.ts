import { expect, test, type Page } from "@playwright/test";
import { BlobReader, TextWriter, ZipReader } from "@zip.js/zip.js/lib/zip-core-native.js";
import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { look } from "./look";
import { createVault, founder, openVault, signIn } from "./people";
import { serverOfFile } from "./server";

const server = serverOfFile();

const button = (page: Page, name: string | RegExp) =>
  page.getByRole("button", { name, exact: typeof name === "string" });

async function choose(page: Page, name: string, content: string | Buffer): Promise<void> {
  const chooser = page.waitForEvent("filechooser");
  await button(page, "Choose a file").click();
  await (await chooser).setFiles({ name, mimeType: "text/csv", buffer: Buffer.from(content) });
}

/** Saves what a press makes the browser download. */
async function saved(page: Page, press: () => Promise<void>): Promise<{ name: string; bytes: Buffer }> {
  const download = page.waitForEvent("download");
  await press();
  const file = await download;
  return { name: file.suggestedFilename(), bytes: await readFile(await file.path()) };
}

/** What a dry run says of a kind of rows. */
const counted = (page: Page, kind: string) => page.locator(`.import-count.${kind} dd`);

async function pick(page: Page, label: string | RegExp, option: string): Promise<void> {
  await button(page, label).click();
  await page.getByRole("option", { name: option, exact: true }).click();
}

test("tables come in from files and leave for them, and nothing is taken in that is not clear", async ({
  browser,
}) => {
  test.slow();
  const { page, told } = await founder(browser, server, "Anna Nováková");
  await createVault(page, "Harbour office");
  await page.getByRole("link", { name: "Import & export", exact: true }).click();
  await expect(page.getByRole("heading", { name: "Import and export" })).toBeVisible();
  await look(page, "exchange-01-page");

  await test.step("a file that is none is told, and another can be chosen", async () => {
    await choose(page, "broken.zip", "PK\u0003\u0004 this is no archive");
    await expect(page.getByRole("alert")).toContainText("The ZIP file is damaged");
    await choose(page, "empty.csv", "");
    await expect(page.getByRole("alert")).toContainText("It is empty.");
    await look(page, "exchange-02-problem");
  });

  await test.step("a Czech CSV in Windows-1250: mapping, dry run, report, import", async () => {
    const rows = [
      "Název;Klient;Stav;Částka;Datum;Barva",
      "Nájem přístavu;Dvořák;otevřený;1.200,50;31. 3. 2026;modrá",
      "Oprava střechy;=1+1;čeká;12,5;2026-04-01;",
      "Bez data;;otevřený;mnoho;31. 2. 2026;",
      ";Nikdo;;;;",
      "Nájem přístavu;Znovu;;;;",
    ].join("\r\n");
    const windows1250: Record<string, number> = {
      á: 0xe1, č: 0xe8, é: 0xe9, ě: 0xec, í: 0xed, ř: 0xf8, ý: 0xfd, ž: 0x9e, Č: 0xc8,
    };
    const bytes = Buffer.from([...rows].map((letter) => windows1250[letter] ?? letter.charCodeAt(0)));
    await choose(page, "případy.csv", bytes);
    await expect(button(page, /Encoding of the text/)).toContainText("WINDOWS-1250");
    await expect(button(page, /Between columns stands/)).toContainText("a semicolon");
    await expect(page.getByText("Dvořák · =1+1")).toBeVisible();
    await expect(button(page, /Column Částka is taken in as/)).toContainText("Amount");
    await expect(button(page, /Column Barva is taken in as/)).toContainText("do not take in");
    await look(page, "exchange-03-mapping");
    await button(page, "Check the file").click();
    await expect(counted(page, "add")).toHaveText("2");
    await expect(counted(page, "left_out")).toHaveText("3");
    await expect(page.getByText("Amount: “mnoho” is no number, or could be two.")).toBeVisible();
    await expect(page.getByText("“Nájem přístavu” stands in line 2 already.")).toBeVisible();
    await expect(page.getByText(/1 row holds something like a formula/)).toBeVisible();
    await look(page, "exchange-04-checked");
    const report = await saved(page, () => button(page, "Save the report").click());
    expect(report.bytes.toString()).toContain("5,left out,Title is empty");
    await button(page, "Import 2 rows").click();
    await expect(page.getByText("The import is finished")).toBeVisible();
    await expect(page.getByText("2 new records, none changed.")).toBeVisible();
    await look(page, "exchange-05-done");
    await page.getByRole("link", { name: "Cases", exact: true }).click();
    await expect(page.getByRole("row", { name: /Nájem přístavu/ })).toContainText("1,200.50");
    await expect(page.getByRole("row", { name: /Oprava střechy/ })).toContainText("=1+1");
  });

  const exchange = () => page.getByRole("link", { name: "Import & export", exact: true }).click();

  await test.step("the export has no formula, and comes back without a change", async () => {
    await exchange();
    await page.locator(".check", { hasText: "People" }).click();
    await page.locator(".radio", { hasText: "For other programs" }).click();
    const { name, bytes } = await saved(page, () => button(page, "Export").click());
    expect(name).toMatch(/^Harbour office Cases \d{4}-\d\d-\d\d\.csv$/);
    const text = bytes.toString();
    expect(text).toContain("Strongroom ID,title,status,client,");
    expect(text).toContain(",'=1+1,");
    expect(text).toContain("1200.50");
    await expect(page.getByText("2 records exported")).toBeVisible();
    await look(page, "exchange-06-exported");

    await choose(page, "back.csv", text.replace(",12.5,", ",99,"));
    await button(page, "Check the file").click();
    await expect(counted(page, "change")).toHaveText("1");
    await expect(counted(page, "same")).toHaveText("1");
    await button(page, "Import 1 row").click();
    await expect(page.getByText("No new records, 1 changed.")).toBeVisible();
  });

  await test.step("modes: only what is new, and everything completely", async () => {
    await button(page, "Choose another file").click();
    await choose(page, "more.csv", "title,client\nNájem přístavu,\nWill,Novak\n");
    await page.locator(".radio", { hasText: "Leave as they are" }).click();
    await button(page, "Check the file").click();
    await expect(counted(page, "add")).toHaveText("1");
    await expect(counted(page, "there")).toHaveText("1");
    await page.locator(".radio", { hasText: "Take over completely" }).click();
    await button(page, "Check the file").click();
    await expect(counted(page, "change")).toHaveText("1");
    await button(page, "Import 2 rows").click();
    await expect(page.getByText("1 new record, 1 changed.")).toBeVisible();
  });

  await test.step("several tables leave as a ZIP or as JSON, and come back from both", async () => {
    await page.locator(".check", { hasText: "People" }).click();
    const zip = await saved(page, () => button(page, "Export").click());
    expect(zip.name).toMatch(/\.zip$/);
    const reader = new ZipReader(new BlobReader(new Blob([new Uint8Array(zip.bytes)])), { useWebWorkers: false });
    const entries = await reader.getEntries();
    expect(entries.map(({ filename }) => filename)).toEqual(["case.csv", "person.csv"]);
    const [cases] = entries;
    if (!cases || cases.directory) throw new Error("the table of cases is a file");
    expect(await cases.getData(new TextWriter())).toContain("Will");
    await page.locator(".radio", { hasText: "Complete, as JSON" }).click();
    const json = await saved(page, () => button(page, "Export").click());
    const [vault] = Object.values((JSON.parse(json.bytes.toString()) as { vaults: Record<string, { records: object }> }).vaults);
    expect(Object.keys(vault?.records ?? {})).toHaveLength(3);

    for (const [file, content] of [["all.zip", zip.bytes], ["all.json", json.bytes]] as const) {
      await button(page, "Choose another file").click();
      await choose(page, file, content);
      await button(page, "Check the file").click();
      await expect(counted(page, "same"), file).toHaveText("3");
      await expect(button(page, /^Import \d/)).toBeDisabled();
    }
  });

  // A name that no path can have, and bytes that no text has.
  const deed = { name: "deed: copy 1?.bin", bytes: randomBytes(300_000) };
  let withFiles: Buffer = Buffer.alloc(0);
  await test.step("files go along, each in the folder of its record", async () => {
    await page.getByRole("link", { name: "Cases", exact: true }).click();
    await page.getByRole("row", { name: /Will/ }).click();
    const chooser = page.waitForEvent("filechooser");
    await button(page, "Choose files").click();
    await (await chooser).setFiles({ name: "závěť.txt", mimeType: "text/plain", buffer: Buffer.from("To my heirs") });
    await expect(button(page, "More for závěť.txt")).toBeVisible();
    const another = page.waitForEvent("filechooser");
    await button(page, "Choose files").click();
    await (await another).setFiles({ name: deed.name, mimeType: "application/octet-stream", buffer: deed.bytes });
    await expect(button(page, `More for ${deed.name}`)).toBeVisible();
    await exchange();
    await page.locator(".check", { hasText: "With all files" }).click();
    const { name, bytes } = await saved(page, () => button(page, "Export").click());
    expect(name).toMatch(/\.zip$/);
    withFiles = bytes;
    await expect(page.getByText("2 files are in it.")).toBeVisible();
    const archive = new ZipReader(new BlobReader(new Blob([new Uint8Array(bytes)])), { useWebWorkers: false });
    const file = (await archive.getEntries()).find(({ filename }) => /^files\/Will [0-9a-f]{8}\/závěť\.txt$/.test(filename));
    if (!file || file.directory) throw new Error("the file is in the archive");
    expect(await file.getData(new TextWriter())).toBe("To my heirs");
    await look(page, "exchange-09-files");
    await choose(page, "again.csv", "title\nWill\n");
  });

  await test.step("a thousand rows, stopped in the middle: said what is there, and gone on with", async () => {
    await button(page, "Choose another file").click();
    const many = Array.from({ length: 1_000 }, (_, at) => `Case ${at},Client ${at}`);
    await choose(page, "many.csv", `title,client\n${many.join("\n")}\n`);
    await pick(page, /A row belongs to the record/, "none: every row is new");
    await button(page, "Check the file").click();
    await expect(counted(page, "add")).toHaveText("1,000");
    await button(page, "Import 1,000 rows").click();
    await button(page, "Cancel").click();
    await expect(page.getByText("The import is not finished")).toBeVisible();
    await look(page, "exchange-07-stopped");
    await button(page, "Go on where it stopped").click();
    await expect(page.getByText("1,000 new records, none changed.")).toBeVisible();
    await page.getByRole("link", { name: "Cases", exact: true }).click();
    await expect(page.getByText("1,003 records")).toBeVisible();
  });

  await test.step("a ZIP that unpacks to far more than it is, is not read on", async () => {
    await exchange();
    const bomb = await page.evaluate(async () => {
      const zeros = new Blob([new Uint8Array(8 << 20).fill(48)]);
      const packed = zeros.stream().pipeThrough(new CompressionStream("deflate-raw"));
      return [...new Uint8Array(await new Response(packed).arrayBuffer())];
    });
    await choose(page, "bomb.zip", archiveOf("bomb.csv", Buffer.from(bomb), 8 << 20));
    await expect(page.getByRole("alert")).toContainText("unpacks to far more than tables ever do");
    await look(page, "exchange-08-bomb");
  });

  await test.step("in another vault the files come back to their records, byte for byte", async () => {
    await createVault(page, "Second office");
    await exchange();
    await choose(page, "Harbour office.zip", withFiles);
    await button(page, "Check the file").click();
    await expect(counted(page, "add")).toHaveText("3");
    await expect(page.getByText("2 files (300 kB) go to 1 record.")).toBeVisible();
    await look(page, "exchange-10-files-checked");
    await button(page, "Import 3 rows and 2 files").click();
    await expect(page.getByText("3 new records, none changed.")).toBeVisible();
    await expect(page.getByText("2 files are attached.")).toBeVisible();
    await look(page, "exchange-11-files-done");
    await page.getByRole("link", { name: "Cases", exact: true }).click();
    await page.getByRole("row", { name: /Will/ }).click();
    await expect(button(page, "More for závěť.txt")).toBeVisible();
    await button(page, `Save ${deed.name}`).click();
    const copy = await saved(page, () => button(page, "Save a decrypted copy").click());
    expect(copy.bytes.equals(deed.bytes)).toBe(true);
  });

  await test.step("a second time nothing is attached twice", async () => {
    await exchange();
    await choose(page, "Harbour office.zip", withFiles);
    await pick(page, /A row belongs to the record/, "Title");
    await button(page, "Check the file").click();
    await expect(counted(page, "same")).toHaveText("3");
    await expect(page.getByText("2 files are left out")).toBeVisible();
    await expect(page.getByText("The record has it already.")).toHaveCount(2);
    await expect(button(page, /^Import \d/)).toBeDisabled();
    await look(page, "exchange-12-files-again");
  });

  await test.step("a reload in the middle of an import is told afterwards, and nothing is made twice", async () => {
    await button(page, "Choose another file").click();
    const rows = Array.from({ length: 1_000 }, (_, at) => `Matter ${at},Client ${at}`);
    const csv = `title,client\n${rows.join("\n")}\n`;
    await choose(page, "matters.csv", csv);
    await button(page, "Check the file").click();
    await expect(counted(page, "add")).toHaveText("1,000");
    const entries = /\/v1\/vaults\/[^/]+\/entries$/;
    let sent = 0;
    await page.context().route(entries, async (route) => {
      if (route.request().method() === "POST") sent += 1;
      // The network takes no more after the second batch.
      if (sent < 3) await route.continue();
    });
    await button(page, "Import 1,000 rows").click();
    await expect(page.getByText(/^[2-8]00 of 1,000 rows$/)).toBeVisible();
    await page.reload();
    await page.context().unroute(entries);
    await signIn(page);
    await openVault(page, "Second office");
    await exchange();
    await expect(page.getByText("An import did not come to its end")).toBeVisible();
    await expect(page.getByText(/The page was left while rows came into Cases: [2-8]00 of 1,000 rows/)).toBeVisible();
    await look(page, "exchange-13-interrupted");
    await choose(page, "matters.csv", csv);
    await page.locator(".radio", { hasText: "Leave as they are" }).click();
    await button(page, "Check the file").click();
    await expect(counted(page, "there")).toHaveText(/^[2-8]00$/);
    await button(page, /^Import \d00 rows/).click();
    await expect(page.getByText("The import is finished")).toBeVisible();
    await page.getByRole("link", { name: "Cases", exact: true }).click();
    await expect(page.getByText("1,003 records")).toBeVisible();
    await exchange();
    await expect(page.getByText("An import did not come to its end")).toBeHidden();
  });

  expect(told).toEqual([]);
});

/** A ZIP of one packed file, by hand: no library makes one that lies about its size. */
function archiveOf(name: string, packed: Buffer, length: number): Buffer {
  const fixed = (isCentral: boolean) => {
    const part = Buffer.alloc(isCentral ? 46 : 30);
    part.writeUInt32LE(isCentral ? 0x02014b50 : 0x04034b50, 0);
    const at = isCentral ? 10 : 8;
    part.writeUInt16LE(20, isCentral ? 6 : 4);
    part.writeUInt16LE(8, at);
    part.writeUInt32LE(packed.length, at + 10);
    part.writeUInt32LE(length, at + 14);
    part.writeUInt16LE(name.length, at + 18);
    return part;
  };
  const local = Buffer.concat([fixed(false), Buffer.from(name), packed]);
  const central = Buffer.concat([fixed(true), Buffer.from(name)]);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(1, 8);
  end.writeUInt16LE(1, 10);
  end.writeUInt32LE(central.length, 12);
  end.writeUInt32LE(local.length, 16);
  return Buffer.concat([local, central, end]);
}
