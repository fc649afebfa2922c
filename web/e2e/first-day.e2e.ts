import { expect, test, type Page } from "@playwright/test";
import { readFile } from "node:fs/promises";
import { look } from "./look";
import { serverOfFile } from "./server";

const PASSPHRASE = "lantern orbit gravel teapot";
const NAME = "Anna Nováková";

const server = serverOfFile();

/** Everything that a page complains about; a policy that blocks something is told here too. */
function complaints(page: Page): string[] {
  const told: string[] = [];
  page.on("pageerror", (error) => told.push(error.message));
  page.on("console", (message) => {
    if (message.type() === "error") told.push(message.text());
  });
  return told;
}

/** Saves the kit as its file and gives back the text. */
async function saveKit(page: Page): Promise<string> {
  const download = page.waitForEvent("download");
  await page.getByRole("button", { name: "Save as a text file", exact: true }).click();
  return readFile(await (await download).path(), "utf8");
}

/** Types the parts of the recovery code that are asked back. */
async function typeBack(page: Page, kit: string): Promise<void> {
  const groups = /SR-RECOVER-(\S+)/.exec(kit)?.[1]?.split("-") ?? [];
  expect(groups).toHaveLength(7);
  for (const field of await page.getByLabel(/^Part \d$/).all()) {
    const label = await field.evaluate((input: HTMLInputElement) => input.labels?.[0]?.textContent);
    await field.fill(groups[Number(label?.replace("Part ", "")) - 1]?.toLowerCase() ?? "");
  }
}

test("a first day: from the set-up code to the same records after a reload", async ({ page, browser }) => {
  const told = complaints(page);
  let kit = "";

  await test.step("a wrong code is told, and nothing typed is lost", async () => {
    await page.goto(server.url);
    await expect(page.getByRole("heading", { name: "Set up this server" })).toBeVisible();
    await look(page, "01-sign-up");
    await page.getByRole("button", { name: "Sign up", exact: true }).click();
    await expect(page.getByText("Type the set-up code.")).toBeVisible();
    await page.getByLabel("Set-up code").fill("SR-SETUP-0000-0000-0000-0000-0000-0000-006X");
    await page.getByLabel("Your name").fill(NAME);
    await page.getByLabel("Passphrase", { exact: true }).fill("password");
    await expect(page.getByText("It is on every list of common passwords.")).toBeVisible();
    await look(page, "02-sign-up-weak");
    await page.getByLabel("Passphrase", { exact: true }).fill(PASSPHRASE);
    await page.getByLabel("The same passphrase again").fill(PASSPHRASE);
    await page.getByRole("button", { name: "Sign up", exact: true }).click();
    await expect(page.getByRole("alert")).toContainText("That does not fit");
    await expect(page.getByLabel("Your name")).toHaveValue(NAME);
    await look(page, "03-sign-up-wrong-code");
  });

  await test.step("sign-up shows the recovery kit, also after a reload", async () => {
    await page.getByLabel("Set-up code").fill(server.setupCode);
    await page.getByRole("button", { name: "Sign up", exact: true }).click();
    await expect(page.getByRole("heading", { name: "Your recovery kit" })).toBeVisible();
    await expect(page.getByRole("button", { name: "I have it: go on", exact: true })).toBeDisabled();
    await look(page, "04-kit");
    await page.reload();
    await page.getByLabel("Passphrase", { exact: true }).fill(PASSPHRASE);
    await page.getByRole("button", { name: "Sign in", exact: true }).click();
    await expect(page.getByRole("heading", { name: "Your recovery kit" })).toBeVisible();
    kit = await saveKit(page);
    expect(kit).toContain("SR-DEVICE-");
  });

  await test.step("parts of it are asked back; there is no way around", async () => {
    await page.getByRole("button", { name: "I have it: go on", exact: true }).click();
    await page.getByRole("button", { name: "Confirm the kit", exact: true }).click();
    await expect(page.getByText("The kit has something else here.")).toHaveCount(3);
    await look(page, "05-kit-check");
    await typeBack(page, kit);
    await page.getByRole("button", { name: "Confirm the kit", exact: true }).click();
    await expect(page.getByRole("heading", { name: "No vaults yet" })).toBeVisible();
    await look(page, "06-no-vaults");
  });

  await test.step("a vault is created", async () => {
    await page.getByRole("button", { name: "New vault", exact: true }).click();
    await page.getByLabel("Name of the vault").fill("Clients of the harbour office");
    await look(page, "07-new-vault");
    await page.getByRole("button", { name: "Create", exact: true }).click();
    await expect(page.getByRole("heading", { name: "Nothing here yet" })).toBeVisible();
    await look(page, "08-empty-table");
  });

  await test.step("records are added, from the keyboard alone", async () => {
    await page.getByRole("button", { name: "Add", exact: true }).last().focus();
    await page.keyboard.press("Enter");
    await expect(page.getByLabel(/^Title/)).toBeFocused();
    await page.keyboard.press("Enter");
    await expect(page.getByText("This is needed.")).toBeVisible();
    await look(page, "09-new-record");
    await page.keyboard.type("Harbour lease");
    await page.getByLabel("Amount").fill("viel");
    await page.keyboard.press("Enter");
    await expect(page.getByText("Type a number like")).toBeVisible();
    await page.getByLabel("Amount").fill("1,200.50");
    await page.getByLabel("Client").fill("Port Authority");
    await page.getByLabel("Date").fill("2026-03-31");
    await page.keyboard.press("Enter");
    await expect(page.getByRole("heading", { name: "Harbour lease" })).toBeVisible();
    for (const title of ["Roof repair", "Inheritance Dvořák"]) {
      await page.getByRole("button", { name: "Add", exact: true }).click();
      await page.getByLabel(/^Title/).fill(title);
      await page.keyboard.press("Enter");
      await expect(page.getByRole("heading", { name: title })).toBeVisible();
    }
    await page.keyboard.press("Escape");
    await expect(page.getByRole("row")).toHaveCount(4);
    await expect(page.getByRole("row", { name: /Inheritance/ })).toBeFocused();
    await look(page, "10-table");
  });

  await test.step("a record is edited, and its history shows what changed", async () => {
    await page.getByRole("row", { name: /Harbour lease/ }).focus();
    await page.keyboard.press("Enter");
    await page.locator(".panel").getByRole("button", { name: /Status/ }).click();
    await look(page, "11-choice");
    await page.getByRole("option", { name: "waiting", exact: true }).click();
    await page.getByLabel("Notes").fill("Call back on Monday.\nAsk for the deed.");
    await page.getByRole("button", { name: "Save", exact: true }).click();
    await expect(page.getByText("Saved", { exact: true })).toBeVisible();
    await look(page, "12-record");
    await page.getByRole("button", { name: "History", exact: true }).click();
    await expect(page.getByText("first version")).toBeVisible();
    await expect(page.locator("ins", { hasText: "waiting" })).toBeVisible();
    await look(page, "13-history");
    await page.getByRole("button", { name: "Close", exact: true }).click();
  });

  await test.step("leaving something typed is asked about", async () => {
    await page.getByRole("row", { name: /Roof repair/ }).click();
    await page.getByLabel("Client").fill("Novák & Sons");
    await page.getByRole("button", { name: "Close", exact: true }).click();
    await expect(page.getByRole("alertdialog")).toContainText("not saved yet");
    await look(page, "14-unsaved");
    await page.getByRole("button", { name: "Stay here", exact: true }).click();
    await page.getByRole("button", { name: "Save", exact: true }).click();
    await expect(page.getByText("Saved", { exact: true })).toBeVisible();
    await page.getByRole("button", { name: "Close", exact: true }).click();
  });

  await test.step("a record goes to the trash and comes back", async () => {
    await page.getByRole("row", { name: /Inheritance/ }).click();
    await page.getByRole("button", { name: "Delete", exact: true }).click();
    await look(page, "15-delete");
    await page.getByRole("button", { name: "Move to the trash", exact: true }).click();
    await expect(page.getByRole("row")).toHaveCount(3);
    await page.getByRole("button", { name: "Trash", exact: true }).click();
    await look(page, "16-trash");
    await page.getByRole("button", { name: "Bring back Inheritance Dvořák", exact: true }).click();
    await expect(page.getByText("Nothing was deleted from this table.")).toBeVisible();
    await page.getByRole("button", { name: "Close", exact: true }).click();
    await expect(page.getByRole("row")).toHaveCount(4);
  });

  await test.step("search, filter, columns and order", async () => {
    await page.getByRole("searchbox").fill("dvorak");
    await expect(page.getByText("1 of 3 records")).toBeVisible();
    await page.getByRole("searchbox").fill("nothing like it");
    await look(page, "17-none-fits");
    await page.getByRole("button", { name: "Show all", exact: true }).click();
    await page.getByRole("button", { name: "Filter", exact: true }).click();
    await page.locator(".check", { hasText: "waiting" }).click();
    await look(page, "18-filter");
    await page.keyboard.press("Escape");
    await expect(page.getByText("1 of 3 records")).toBeVisible();
    await page.getByRole("button", { name: "Filter, 1 in use", exact: true }).click();
    await page.getByRole("button", { name: "Remove all filters", exact: true }).click();
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "Columns", exact: true }).click();
    await page.locator(".check", { hasText: "Notes" }).click();
    await look(page, "19-columns");
    await page.keyboard.press("Escape");
    await page.getByRole("columnheader", { name: "Title" }).getByRole("button").click();
    await expect(page.getByRole("row").nth(1)).toContainText("Harbour lease");
    await expect(page.getByRole("row").nth(1)).toContainText("Ask for the deed.");
  });

  await test.step("members, settings, what encryption means", async () => {
    await page.getByRole("link", { name: "Members" }).click();
    await expect(page.getByText("Who can open this vault")).toBeVisible();
    await expect(page.locator(".member")).toContainText([NAME]);
    await look(page, "20-members");
    await page.getByRole("button", { name: "Encrypted on this device", exact: true }).click();
    await expect(page.getByRole("dialog")).toContainText("before it leaves this device");
    await look(page, "21-encrypted");
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: /settings and lock/ }).click();
    await page.getByRole("menuitem", { name: "Settings", exact: true }).click();
    await look(page, "22-settings");
    await page.getByText("Deutsch").click();
    await expect(page.getByRole("heading", { name: "Einstellungen" })).toBeVisible();
    await page.getByText("Čeština").click();
    await expect(page.getByRole("heading", { name: "Nastavení" })).toBeVisible();
    await look(page, "23-settings-czech");
    await page.getByText("English").click();
    await page.getByRole("link", { name: "Strongroom: all vaults", exact: true }).click();
    await expect(page.locator(".vault-item")).toContainText(["3 records"]);
    await look(page, "24-vaults");
  });

  await test.step("a reload locks; the passphrase brings the same records back", async () => {
    await page.locator(".vault-item").click();
    await expect(page.getByRole("row")).toHaveCount(4);
    await page.reload();
    await expect(page.getByRole("heading", { name: `Welcome back, ${NAME}` })).toBeVisible();
    await look(page, "25-sign-in");
    await page.getByLabel("Passphrase", { exact: true }).fill("not this one");
    await page.getByRole("button", { name: "Sign in", exact: true }).click();
    await expect(page.getByRole("alert")).toContainText("That does not fit");
    await look(page, "26-sign-in-wrong");
    await page.getByLabel("Passphrase", { exact: true }).fill(PASSPHRASE);
    await page.getByRole("button", { name: "Sign in", exact: true }).click();
    await expect(page.getByRole("row")).toHaveCount(4);
    await expect(page.getByRole("row", { name: /Harbour lease/ })).toContainText("1,200.50");
  });

  await test.step("the lock takes everything out of the page", async () => {
    await page.getByRole("button", { name: /settings and lock/ }).click();
    await page.getByRole("menuitem", { name: /^Lock/ }).click();
    await expect(page.getByRole("heading", { name: /Welcome back/ })).toBeVisible();
    expect(await page.content()).not.toContain("Harbour");
  });

  await test.step("another browser needs the kit, and sees changes as they happen", async () => {
    const context = await browser.newContext();
    const other = await context.newPage();
    const toldThere = complaints(other);
    await other.goto(server.url);
    await look(other, "27-sign-in-new");
    await other.getByLabel("Your name").fill(NAME);
    await other.getByLabel("Passphrase", { exact: true }).fill(PASSPHRASE);
    await other.getByLabel("Recovery kit").fill(kit);
    await other.getByRole("button", { name: "Sign in", exact: true }).click();
    await other.locator(".vault-item").click();
    await expect(other.getByRole("row", { name: /Roof repair/ })).toContainText("Novák & Sons");

    await page.getByLabel("Passphrase", { exact: true }).fill(PASSPHRASE);
    await page.getByRole("button", { name: "Sign in", exact: true }).click();
    await page.getByRole("button", { name: "Add", exact: true }).click();
    await page.getByLabel(/^Title/).fill("Written in the first browser");
    await page.keyboard.press("Enter");
    await expect(other.getByRole("row", { name: /Written in the first/ })).toBeVisible();
    expect(toldThere.filter((line) => !line.includes("401"))).toEqual([]);
    await context.close();
  });

  // A refused sign-in is a 401, which Chromium tells as an error of its own.
  expect(told.filter((line) => !/40[13]/.test(line))).toEqual([]);
});
