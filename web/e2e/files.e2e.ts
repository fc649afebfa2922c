import { expect, test, type Locator, type Page } from "@playwright/test";
import { createHash, randomBytes } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, mkdtemp, open, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { look } from "./look";
import {
  createVault,
  founder,
  invite,
  joiner,
  openVault,
  share,
  signIn,
  type Person,
} from "./people";
import { film, pdf, photo, sound, text, type Sample } from "./samples";
import { startServer, type Server } from "./server";

const LARGE_BYTES = 100 << 20;

let server: Server;
let folder: string;
let anna: Person;
// Each test is a part of one day of the same people, with many pictures taken on the way.
test.describe.configure({ mode: "serial", timeout: 480_000 });
test.beforeAll(async ({ browser }) => {
  server = await startServer();
  folder = await mkdtemp(join(tmpdir(), "strongroom-files-"));
  anna = await founder(browser, server, "Anna Nováková");
});
test.afterAll(async () => {
  await anna?.context.close();
  await server?.stop();
  await rm(folder, { recursive: true, force: true });
});

/** Looks at the files of the record that is open; the form above them can be long. */
async function lookAtFiles(page: Page, name: string): Promise<void> {
  await page.getByRole("button", { name: "Files", exact: true }).click();
  await look(page, name);
}

/** Adds a record to the open vault; it is open then. */
async function addRecord(page: Page, title: string): Promise<void> {
  await page.getByRole("button", { name: "Add", exact: true }).first().click();
  await page.getByLabel(/^Title/).fill(title);
  await page.getByRole("button", { name: "Add the record", exact: true }).click();
  await expect(page.getByRole("heading", { name: title, exact: true })).toBeVisible();
  await expect(page.getByRole("button", { name: "Choose files", exact: true })).toBeVisible();
}

async function choose(page: Page, button: string, files: string | readonly Sample[]): Promise<void> {
  const chooser = page.waitForEvent("filechooser");
  await page.getByRole("button", { name: button, exact: true }).click();
  await (await chooser).setFiles(typeof files === "string" ? files : [...files]);
}

const row = (page: Page, name: string): Locator => page.locator(".file", { hasText: name });

async function openFile(page: Page, name: string): Promise<Locator> {
  await page.getByRole("button", { name, exact: true }).click();
  const viewer = page.locator(".viewer");
  await expect(viewer).toBeVisible();
  return viewer;
}

async function menu(page: Page, name: string, item: string): Promise<void> {
  await page.getByRole("button", { name: `More for ${name}`, exact: true }).click();
  await page.getByRole("menuitem", { name: item, exact: true }).click();
}

const close = (page: Page) => page.getByRole("dialog").getByRole("button", { name: "Close", exact: true }).click();

/** Saves a file, having read what that means; gives its hash and length. */
async function save(page: Page, name: string): Promise<{ name: string; hash: string; bytes: number }> {
  await page.getByRole("button", { name: `Save ${name}`, exact: true }).click();
  const download = page.waitForEvent("download");
  await page.getByRole("button", { name: "Save a decrypted copy", exact: true }).click();
  const saved = await download;
  const path = await saved.path();
  return { name: saved.suggestedFilename(), hash: await hashOf(path), bytes: (await stat(path)).size };
}

async function hashOf(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const part of createReadStream(path)) hash.update(part as Buffer);
  return hash.digest("hex");
}

const sha256 = (buffer: Buffer) => createHash("sha256").update(buffer).digest("hex");

/** A file on the disk that no other is like. */
async function largeFile(name: string): Promise<string> {
  const path = join(folder, name);
  const file = await open(path, "w");
  for (let written = 0; written < LARGE_BYTES; written += 4 << 20) {
    await file.write(randomBytes(4 << 20));
  }
  await file.close();
  return path;
}

test("every kind is seen without being saved, and nothing in it runs", async () => {
  const { page } = anna;
  await createVault(page, "Harbour office");
  await addRecord(page, "Harbour lease");
  const tone = sound("hearing.wav");
  const script = "<script>document.title = 'run'</script>";

  await test.step("many files at once, of any name", async () => {
    await lookAtFiles(page, "files-01-none");
    await choose(page, "Choose files", [
      pdf("lease.pdf"),
      await photo(page, "harbour.jpg"),
      tone,
      await film(page, "pier.webm"),
      text("notes.txt", "Příliš žluťoučký kůň\nsecond line\n"),
      text("page.html", `<h1>Hostile</h1>${script}`, "text/html"),
      text("plan.svg", `<svg xmlns="http://www.w3.org/2000/svg">${script}</svg>`, "image/svg+xml"),
      text("تقرير نهائي.txt", "مرحبا"),
      text("empty.txt", ""),
      text("data.bin", "\u0000\u0001", "application/octet-stream"),
    ]);
    await expect(page.locator(".file")).toHaveCount(10);
    await expect(page.locator(".transfers")).toContainText("10 transfers done");
    await expect(row(page, "lease.pdf")).toContainText("encrypted");
    await expect(row(page, "harbour.jpg").locator("img")).toBeVisible();
    await lookAtFiles(page, "files-02-list");
    await page.getByRole("button", { name: "Clear", exact: true }).click();
    await expect(page.locator(".transfers")).toBeHidden();
  });

  await test.step("a picture, made smaller before it was sealed", async () => {
    const viewer = await openFile(page, "harbour.jpg");
    const picture = viewer.getByRole("img");
    await expect.poll(() => picture.evaluate((image: HTMLImageElement) => image.naturalWidth)).toBe(2_560);
    await look(page, "files-03-picture");
    await close(page);
  });

  await test.step("a PDF, drawn page by page, its words for those who listen", async () => {
    const viewer = await openFile(page, "lease.pdf");
    await expect(viewer.locator("canvas").first()).toBeVisible();
    await expect(viewer).toContainText("Page 1: Lease of the harbour");
    const inked = await viewer.locator("canvas").first().evaluate((canvas: HTMLCanvasElement) => {
      const pixels = canvas.getContext("2d")?.getImageData(0, 0, canvas.width, canvas.height).data;
      return pixels?.some((value, place) => place % 4 === 0 && value < 64) ?? false;
    });
    expect(inked, "letters are drawn").toBe(true);
    await look(page, "files-04-pdf");
    await close(page);
  });

  await test.step("text in any letters; pages and drawings as text", async () => {
    await expect((await openFile(page, "notes.txt")).locator("pre")).toContainText("žluťoučký");
    await close(page);
    await expect((await openFile(page, "تقرير نهائي.txt")).locator("pre")).toContainText("مرحبا");
    await close(page);
    for (const name of ["page.html", "plan.svg"]) {
      const viewer = await openFile(page, name);
      await expect(viewer.locator("pre")).toContainText("<script>");
      await expect(viewer).toContainText("never run");
      if (name === "page.html") await look(page, "files-05-page-as-text");
      await close(page);
    }
    expect(await page.title()).not.toBe("run");
    await expect(await openFile(page, "empty.txt")).toContainText("0 bytes");
    await close(page);
    await expect(await openFile(page, "data.bin")).toContainText("cannot be shown");
    await close(page);
  });

  await test.step("sound and film play, and jump to where they are wanted", async () => {
    const viewer = await openFile(page, "hearing.wav");
    const reached = await viewer.locator("audio").evaluate(async (audio: HTMLAudioElement) => {
      if (audio.readyState < 1) await new Promise((resolve) => audio.addEventListener("loadedmetadata", resolve));
      audio.currentTime = 50;
      await new Promise((resolve) => audio.addEventListener("seeked", resolve, { once: true }));
      return [Math.round(audio.duration), Math.round(audio.currentTime)];
    });
    expect(reached).toEqual([60, 50]);
    await look(page, "files-06-sound");
    await close(page);
    const screen = await openFile(page, "pier.webm");
    await expect
      .poll(() => screen.locator("video").evaluate((video: HTMLVideoElement) => video.videoWidth))
      .toBe(320);
    await close(page);
  });

  await test.step("saving says what it means, and gives the same bytes", async () => {
    await page.getByRole("button", { name: "Save hearing.wav", exact: true }).click();
    await expect(page.getByRole("dialog")).toContainText("no longer protects that copy");
    await look(page, "files-07-save");
    await page.getByRole("button", { name: "Cancel", exact: true }).click();
    const saved = await save(page, "hearing.wav");
    expect(saved).toEqual({ name: "hearing.wav", hash: sha256(tone.buffer), bytes: tone.buffer.length });
    expect((await save(page, "empty.txt")).bytes).toBe(0);
    expect((await save(page, "تقرير نهائي.txt")).name).toBe("تقرير نهائي.txt");
  });

  await test.step("a name that is there already is asked about", async () => {
    await choose(page, "Choose files", [text("notes.txt", "a newer word")]);
    await expect(page.getByRole("dialog")).toContainText("A file of this name is here already");
    await look(page, "files-08-same-name");
    await page.getByRole("button", { name: "New revision", exact: true }).click();
    await expect(row(page, "notes.txt")).toContainText("2 revisions");
    await expect((await openFile(page, "notes.txt")).locator("pre")).toHaveText("a newer word");
    await close(page);
    await menu(page, "notes.txt", "Revisions");
    await expect(page.locator(".dialog .version")).toHaveCount(2);
    await look(page, "files-09-revisions");
    await page.getByRole("button", { name: /^View the revision/ }).last().click();
    await expect(page.locator(".viewer pre")).toContainText("žluťoučký");
    await close(page);
  });

  await test.step("lock, protection, names, hiding, the trash", async () => {
    await menu(page, "lease.pdf", "Lock while I work on it");
    await expect(row(page, "lease.pdf")).toContainText(/Locked by you, (59|60) minutes left/);
    await menu(page, "lease.pdf", "Protect against deletion");
    await expect(row(page, "lease.pdf")).toContainText("protected");
    await menu(page, "data.bin", "Rename…");
    await page.getByLabel("Name of the file").fill("figures/data 2026.bin");
    await page.getByRole("button", { name: "Rename", exact: true }).click();
    await expect(row(page, "data 2026.bin")).toContainText("figures/");
    await menu(page, "plan.svg", "Hide from the list");
    await expect(row(page, "plan.svg")).toBeHidden();
    await page.locator(".check", { hasText: "Show 1 hidden file" }).click();
    await expect(row(page, "plan.svg")).toContainText("hidden");
    await menu(page, "empty.txt", "Move to the trash…");
    await look(page, "files-10-delete");
    await page.getByRole("button", { name: "Move to the trash", exact: true }).click();
    await expect(row(page, "empty.txt")).toBeHidden();
    await page.locator(".check", { hasText: "Show 1 file in the trash" }).click();
    await lookAtFiles(page, "files-11-marks");
    await row(page, "empty.txt").getByRole("button", { name: "Bring back", exact: true }).click();
    await expect(row(page, "empty.txt")).not.toContainText("in the trash");
  });

  await test.step("a whole folder keeps its paths; a picture is pasted", async () => {
    const plans = join(folder, "plans");
    await mkdir(join(plans, "ground"), { recursive: true });
    await writeFile(join(plans, "index.txt"), "all plans");
    await writeFile(join(plans, "ground", "hall.txt"), "the hall");
    await choose(page, "A folder", plans);
    await expect(row(page, "hall.txt")).toContainText("plans/ground/");
    await expect(row(page, "index.txt")).toContainText("plans/");
    await page.locator(".files").evaluate((section) => {
      const clipboardData = new DataTransfer();
      clipboardData.items.add(new File(["pasted words"], "pasted.txt", { type: "text/plain" }));
      section.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true }));
    });
    await expect(row(page, "pasted.txt")).toBeVisible();
  });

  await test.step("copied to another record", async () => {
    await page.getByRole("button", { name: "Close", exact: true }).click();
    await addRecord(page, "Roof repair");
    await page.getByRole("button", { name: "Close", exact: true }).click();
    await page.getByRole("row", { name: /Harbour lease/ }).click();
    await menu(page, "notes.txt", "Copy…");
    await page.getByRole("option", { name: "Roof repair", exact: true }).click();
    await look(page, "files-12-copy");
    await page.getByRole("button", { name: "Copy it here", exact: true }).click();
    await expect(page.getByRole("dialog")).toBeHidden();
    await page.getByRole("button", { name: "Close", exact: true }).click();
    await page.getByRole("row", { name: /Roof repair/ }).click();
    await expect(row(page, "notes.txt")).toBeVisible();
    await page.getByRole("button", { name: "Close", exact: true }).click();
  });
  expect(anna.told).toEqual([]);
});

test("a link opens a file without an account, as often as it may", async ({ browser }) => {
  const { page } = anna;
  await openVault(page, "Harbour office");
  await page.getByRole("row", { name: /Harbour lease/ }).click();
  await menu(page, "lease.pdf", "Share by a link…");
  await expect(page.getByRole("dialog")).toContainText("Whoever has the address can read the file");
  await page.getByLabel("How often it may be opened").fill("1");
  await page.getByLabel("Passphrase of the link").fill("quiet amber fjord");
  await look(page, "files-20-link");
  await page.getByRole("button", { name: "Make the link", exact: true }).click();
  const address = await page.getByLabel("Address of the link").inputValue();
  expect(address).toContain("/l/");
  await look(page, "files-21-link-made");
  await close(page);

  const context = await browser.newContext();
  const guest = await context.newPage();
  await guest.goto(address.replace(/^https?:\/\/[^/]+/, server.url));
  await expect(guest.getByRole("heading", { name: "A file was shared with you" })).toBeVisible();
  await expect(guest.getByText("can be opened once more")).toBeVisible();
  await look(guest, "files-22-link-page");
  await guest.getByLabel(/^Passphrase/).fill("quiet amber fjord");
  await guest.getByRole("button", { name: "Open the link", exact: true }).click();
  await expect(guest.getByText("lease.pdf")).toBeVisible();
  await look(guest, "files-23-link-opened");
  await guest.getByRole("button", { name: "View", exact: true }).click();
  await expect(guest.locator(".viewer canvas").first()).toBeVisible();
  await close(guest);
  await guest.getByRole("button", { name: "Save", exact: true }).click();
  const download = guest.waitForEvent("download");
  await guest.getByRole("button", { name: "Save a decrypted copy", exact: true }).click();
  expect(await hashOf(await (await download).path())).toBe(sha256(pdf("lease.pdf").buffer));

  await guest.reload();
  await expect(guest.getByRole("alert")).toContainText("This has expired");
  await look(guest, "files-24-link-used");
  await context.close();
});

test("two people exchange files; each sees at once what the other does", async ({ browser }) => {
  const { page } = anna;
  const ben = await joiner(browser, await invite(page), "Ben Adler");
  await openVault(page, "Harbour office");
  await share(page, "Ben Adler", "Writer");
  await openVault(ben.page, "Harbour office");
  await ben.page.getByRole("row", { name: /Harbour lease/ }).click();
  await openVault(page, "Harbour office");
  await page.getByRole("row", { name: /Harbour lease/ }).click();

  const draft = text("draft.txt", "from Ben");
  await choose(ben.page, "Choose files", [draft]);
  await expect(row(page, "draft.txt")).toContainText("Ben Adler");
  expect((await save(page, "draft.txt")).hash).toBe(sha256(draft.buffer));
  await menu(page, "draft.txt", "New revision…");
  await choose(page, "Choose a file", [text("other name.txt", "from Anna")]);
  await expect(row(ben.page, "draft.txt")).toContainText("2 revisions");
  await expect((await openFile(ben.page, "draft.txt")).locator("pre")).toHaveText("from Anna");
  await close(ben.page);

  await expect(row(ben.page, "lease.pdf")).toContainText("Locked by Anna Nováková");
  await ben.page.getByRole("button", { name: "More for lease.pdf", exact: true }).click();
  await expect(ben.page.getByRole("menuitem", { name: "New revision…" })).toHaveCount(0);
  await expect(ben.page.getByRole("menuitem", { name: "Share by a link…" })).toHaveCount(0);
  for (const name of [/^Rename…/, /^Move…/]) {
    const item = ben.page.getByRole("menuitem", { name });
    await expect(item).toBeDisabled();
    await expect(item).toContainText("Locked by Anna Nováková");
  }
  await look(ben.page, "files-30-locked");
  await ben.page.keyboard.press("Escape");
  expect(ben.told).toEqual([]);
  await ben.context.close();
});

test("all files of a vault stand in one list, with their records", async () => {
  const { page } = anna;
  await openVault(page, "Harbour office");
  await page.getByRole("link", { name: "Files", exact: true }).click();
  const list = page.getByRole("grid", { name: "All files of this vault" });
  const names = list.locator(".file-open");
  const search = page.getByRole("searchbox", { name: "Search names of files and records" });

  await test.step("who has locked one, what is hidden, and how many there are", async () => {
    await expect(list.getByRole("row", { name: /lease\.pdf/ })).toContainText("Locked by you");
    await expect(list.getByRole("row", { name: /lease\.pdf/ })).toContainText("encrypted");
    await expect(page.getByText("14 of 15 files")).toBeVisible();
    await look(page, "files-35-all");
    await page.locator(".check", { hasText: "Show 1 hidden file" }).click();
    await expect(page.getByText("15 files", { exact: true })).toBeVisible();
    await expect(list.getByRole("row", { name: /plan\.svg/ })).toContainText("hidden");
  });

  await test.step("in the order of a column", async () => {
    await expect(names.first()).toHaveText("draft.txt");
    await list.getByRole("button", { name: "Size", exact: true }).click();
    await expect(names.first()).toHaveText("empty.txt");
    await page.getByRole("button", { name: "Order", exact: true }).click();
    await page.getByRole("menuitemradio", { name: "Name, descending", exact: true }).click();
    await expect(names.first()).toHaveText("تقرير نهائي.txt");
  });

  await test.step("by the name of a file or of its record; the keyboard opens both", async () => {
    await search.fill("nothing of this name");
    await expect(page.getByText("No file fits what you search for.")).toBeVisible();
    await search.fill("roof");
    await expect(names).toHaveText(["notes.txt"]);
    await list.getByRole("row", { name: /notes\.txt/ }).focus();
    await page.keyboard.press("Enter");
    await expect(page.locator(".viewer pre")).toBeVisible();
    await close(page);
    await expect(list.getByRole("row", { name: /notes\.txt/ })).toBeFocused();
    await page.keyboard.press("ArrowRight");
    await expect(names.first()).toBeFocused();
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("Enter");
    await expect(page.getByRole("heading", { name: "Roof repair", exact: true })).toBeVisible();
    await expect(row(page, "notes.txt")).toBeVisible();
  });

  await test.step("a vault without files says where they go", async () => {
    await createVault(page, "Without files");
    await page.getByRole("link", { name: "Files", exact: true }).click();
    await expect(page.getByRole("heading", { name: "No files yet", exact: true })).toBeVisible();
    await look(page, "files-36-all-none");
  });
  expect(anna.told).toEqual([]);
});

test("a large file is paused, goes on after a reload, and comes back the same", async () => {
  const { page } = anna;
  const path = await largeFile("survey.dat");
  await openVault(page, "Harbour office");
  await page.getByRole("row", { name: /Roof repair/ }).click();
  await choose(page, "Choose files", path);
  await page.getByRole("button", { name: "Pause survey.dat", exact: true }).click();
  await expect(page.locator(".transfer.paused")).toContainText("paused");
  await look(page, "files-40-paused");
  await page.getByRole("button", { name: "Go on with survey.dat", exact: true }).click();
  await page.getByRole("button", { name: "Pause survey.dat", exact: true }).click();
  await expect(page.locator(".transfer.paused")).toBeVisible();

  await page.reload();
  await signIn(page);
  await expect(page.locator(".transfer.unfinished")).toContainText("Choose the same file again");
  await look(page, "files-41-unfinished");
  await choose(page, "Choose survey.dat again", [text("survey.dat", "another")]);
  await expect(page.getByRole("alert")).toContainText("not the file any more");
  await choose(page, "Choose survey.dat again", path);
  await expect(page.locator(".transfers")).toContainText("1 transfer done", { timeout: 120_000 });
  await expect(row(page, "survey.dat")).toBeVisible();
  const saved = await save(page, "survey.dat");
  expect(saved).toEqual({ name: "survey.dat", hash: await hashOf(path), bytes: LARGE_BYTES });
  await look(page, "files-42-done");
  expect(anna.told).toEqual([]);
});

test("a file that vanishes on its way is told, and leaves nothing behind", async () => {
  const { page } = anna;
  const path = await largeFile("vanishing.dat");
  await openVault(page, "Harbour office");
  await page.getByRole("row", { name: /Roof repair/ }).click();
  await choose(page, "Choose files", path);
  await page.getByRole("button", { name: "Pause vanishing.dat", exact: true }).click();
  await expect(page.locator(".transfer.paused")).toBeVisible();
  await rm(path);
  await page.getByRole("button", { name: "Go on with vanishing.dat", exact: true }).click();
  await expect(page.getByRole("alert")).toContainText("not the file any more");
  await look(page, "files-50-vanished");
  await page.getByRole("button", { name: "Cancel vanishing.dat", exact: true }).click();
  await expect(page.locator(".transfer", { hasText: "vanishing.dat" })).toHaveCount(0);
  await expect(row(page, "vanishing.dat")).toHaveCount(0);
});
