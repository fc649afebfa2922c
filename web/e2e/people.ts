import { expect, type Browser, type BrowserContext, type Page } from "@playwright/test";
import { readFile } from "node:fs/promises";
import type { Server } from "./server";

export const PASSPHRASE = "lantern orbit gravel teapot";

export type RoleName = "Reader" | "Writer" | "Manager" | "Owner";

/** Somebody with a browser of their own, signed in with a confirmed kit. */
export interface Person {
  name: string;
  page: Page;
  context: BrowserContext;
  kit: string;
  /** What the page complained about; a policy that blocks something is told here too. */
  told: string[];
}

/** Everything that a page complains about. A refused request is an error of Chromium's own. */
export function complaints(page: Page): string[] {
  const told: string[] = [];
  page.on("pageerror", (error) => told.push(error.message));
  page.on("console", (message) => {
    if (message.type() !== "error" || /status of 4\d\d/.test(message.text())) return;
    told.push(message.text());
  });
  return told;
}

/** The first person of a server: signs up with its set-up code and confirms the kit. */
export async function founder(browser: Browser, server: Server, name: string): Promise<Person> {
  const person = await opened(browser, server.url, name);
  await person.page.getByLabel("Set-up code").fill(server.setupCode);
  return finishSignUp(person);
}

/** Signs up by an invitation link and confirms the kit. */
export async function joiner(browser: Browser, link: string, name: string): Promise<Person> {
  const person = await opened(browser, link, name);
  await expect(person.page.getByLabel("Invitation", { exact: true })).toHaveValue(/^SR-INVITE-/);
  return finishSignUp(person);
}

async function opened(browser: Browser, address: string, name: string): Promise<Person> {
  const context = await browser.newContext();
  const page = await context.newPage();
  const told = complaints(page);
  await page.goto(address);
  return { name, page, context, kit: "", told };
}

async function finishSignUp(person: Person): Promise<Person> {
  const { page, name } = person;
  await page.getByLabel("Your name").fill(name);
  await page.getByLabel("Passphrase", { exact: true }).fill(PASSPHRASE);
  await page.getByLabel("The same passphrase again").fill(PASSPHRASE);
  await page.getByRole("button", { name: "Sign up", exact: true }).click();
  return { ...person, kit: await confirmKit(page) };
}

/** Saves the kit that is shown, gives its parts back when asked, and gives its text. */
export async function confirmKit(page: Page): Promise<string> {
  await expect(page.getByRole("heading", { name: "Your recovery kit" })).toBeVisible();
  const kit = await saveKit(page);
  await page.getByRole("button", { name: "I have it: go on", exact: true }).click();
  await typeBack(page, kit);
  await page.getByRole("button", { name: "Confirm the kit", exact: true }).click();
  await expect(page.getByRole("banner")).toBeVisible();
  return kit;
}

/** Saves the kit as its file and gives back the text. */
export async function saveKit(page: Page): Promise<string> {
  const download = page.waitForEvent("download");
  await page.getByRole("button", { name: "Save as a text file", exact: true }).click();
  return readFile(await (await download).path(), "utf8");
}

/** Types the parts of the recovery code that are asked back. */
export async function typeBack(page: Page, kit: string): Promise<void> {
  const groups = /SR-RECOVER-(\S+)/.exec(kit)?.[1]?.split("-") ?? [];
  expect(groups).toHaveLength(7);
  for (const field of await page.getByLabel(/^Part \d$/).all()) {
    const label = await field.evaluate((input: HTMLInputElement) => input.labels?.[0]?.textContent);
    await field.fill(groups[Number(label?.replace("Part ", "")) - 1]?.toLowerCase() ?? "");
  }
}

/** Signs in where the browser is known: after a reload or a lock. */
export async function signIn(page: Page): Promise<void> {
  await page.getByLabel("Passphrase", { exact: true }).fill(PASSPHRASE);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await expect(page.getByRole("banner")).toBeVisible();
}

/** An administrator makes an invitation; gives its link. */
export async function invite(page: Page, as: "Member" | "Administrator" = "Member"): Promise<string> {
  await page.getByRole("link", { name: "Colleagues", exact: true }).click();
  await page.getByRole("button", { name: "Invite a colleague", exact: true }).click();
  const dialog = page.getByRole("dialog");
  if (as === "Administrator") await dialog.getByText("Administrator", { exact: true }).click();
  await dialog.getByRole("button", { name: "Make the invitation", exact: true }).click();
  // The code is shown only once: this dialog wants an answer.
  const made = page.getByRole("alertdialog");
  const link = await made.getByLabel("Link", { exact: true }).inputValue();
  await made.getByRole("button", { name: "Done", exact: true }).click();
  return link;
}

/** The same browser without service workers: what they keep or let pass no test can hold back. */
export function withoutWorker(browser: Browser): Browser {
  return Object.assign(Object.create(browser) as Browser, {
    newContext: () => browser.newContext({ serviceWorkers: "block" }),
  });
}

/** Adds a case to the table that is open. */
export async function addCase(page: Page, title: string): Promise<void> {
  await page.getByRole("button", { name: "Add", exact: true }).last().click();
  await page.getByLabel(/^Title/).fill(title);
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { name: title })).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(page.getByRole("row", { name: new RegExp(title) })).toBeVisible();
}

/** Goes to the list of vaults. */
export async function toVaults(page: Page): Promise<void> {
  await page.getByRole("link", { name: "Strongroom: all vaults", exact: true }).click();
  await expect(page.getByRole("heading", { name: "Vaults", exact: true })).toBeVisible();
}

/** Creates a vault; it is open then. */
export async function createVault(page: Page, name: string): Promise<void> {
  await toVaults(page);
  await page.getByRole("button", { name: "New vault", exact: true }).first().click();
  await page.getByLabel("Name of the vault").fill(name);
  await page.getByRole("button", { name: "Create", exact: true }).click();
  await expect(page.getByRole("heading", { name, exact: true })).toBeVisible();
}

/** Opens a vault from the list. */
export async function openVault(page: Page, name: string): Promise<void> {
  await toVaults(page);
  await page.getByRole("link", { name: new RegExp(name) }).click();
  await expect(page.getByRole("heading", { name, exact: true })).toBeVisible();
}

/** Lets a colleague into the vault that is open. */
export async function share(page: Page, colleague: string, role: RoleName): Promise<void> {
  await page.getByRole("link", { name: /^Members/ }).click();
  await page.getByRole("button", { name: "Let somebody in", exact: true }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("combobox", { name: "Colleague" }).fill(colleague);
  await page.getByRole("option", { name: colleague, exact: true }).click();
  await dialog.getByText(role, { exact: true }).click();
  await dialog.getByRole("button", { name: "Let them in", exact: true }).click();
  await expect(dialog).toBeHidden();
  await expect(page.locator(".member", { hasText: colleague })).toContainText(role);
}
