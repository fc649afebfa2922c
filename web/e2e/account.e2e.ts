import { expect, test, type Page } from "@playwright/test";
import { authenticator } from "./authenticator";
import { look } from "./look";
import { complaints, confirmKit, createVault, founder, PASSPHRASE, type Person } from "./people";
import { startServer, type Server } from "./server";

const NEW = "harvest violin magnet ribbon";
const NAME = "Anna Nováková";

let server: Server;
test.beforeEach(async () => {
  server = await startServer();
});
test.afterEach(async () => {
  await server.stop();
});

async function toAccount(page: Page): Promise<void> {
  await page.getByRole("button", { name: `${NAME}: settings and lock` }).click();
  await page.getByRole("menuitem", { name: "Account and security" }).click();
  await expect(page.getByRole("heading", { name: "Account and security" })).toBeVisible();
}

async function unlockBy(page: Page, passphrase: string): Promise<void> {
  await page.getByLabel("Passphrase", { exact: true }).fill(passphrase);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
}

const locked = (page: Page) => page.getByRole("heading", { name: `Welcome back, ${NAME}` });

test("passphrase, kit, devices and sessions", async ({ browser }) => {
  const { page, kit, told, context }: Person = await founder(browser, server, NAME);
  await createVault(page, "Harbour office");
  await toAccount(page);
  await expect(page.getByText("this browser", { exact: true })).toBeVisible();
  await look(page, "account-01-security");

  await test.step("a change of passphrase tells what is wrong, keeps what was typed, and works", async () => {
    await page.getByRole("button", { name: "Change the passphrase", exact: true }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Present passphrase").fill("not that one");
    await dialog.getByLabel("New passphrase", { exact: true }).fill("password");
    await dialog.getByLabel("The new passphrase again").fill(NEW);
    await dialog.getByRole("button", { name: "Change it", exact: true }).click();
    await expect(dialog.getByText("The two are not the same.")).toBeVisible();
    await dialog.getByLabel("New passphrase", { exact: true }).fill(NEW);
    await dialog.getByRole("button", { name: "Change it", exact: true }).click();
    await expect(dialog.getByRole("alert")).toContainText("That does not fit");
    await expect(dialog.getByLabel("New passphrase", { exact: true })).toHaveValue(NEW);
    await look(page, "account-02-change-passphrase");
    await dialog.getByLabel("Present passphrase").fill(PASSPHRASE);
    await dialog.getByRole("button", { name: "Change it", exact: true }).click();
    await expect(page.getByText("Your passphrase is changed")).toBeVisible();
    await page.keyboard.press("Alt+Shift+KeyL");
    await expect(locked(page)).toBeVisible();
    await unlockBy(page, PASSPHRASE);
    await expect(page.getByRole("alert")).toContainText("That does not fit");
    await unlockBy(page, NEW);
    await expect(page.getByRole("heading", { name: "Account and security" })).toBeVisible();
    await expect(page.getByRole("list", { name: "Devices" }).getByRole("listitem")).toHaveCount(1);
  });

  await test.step("another browser is a device and a session, and both can be ended from here", async () => {
    const other = await browser.newContext();
    const there = await other.newPage();
    await there.goto(server.url);
    await there.getByLabel("Your name").fill(NAME);
    await there.getByLabel("Passphrase", { exact: true }).fill(NEW);
    await there.getByLabel(/^Recovery kit/).fill(kit);
    await there.getByRole("button", { name: "Sign in", exact: true }).click();
    await expect(there.getByRole("heading", { name: "Vaults", exact: true })).toBeVisible();
    await page.reload();
    await unlockBy(page, NEW);
    const sessions = page.getByRole("list", { name: "Where you are signed in" });
    await expect(sessions.getByText("this page", { exact: true })).toBeVisible();
    await page.getByRole("button", { name: "Sign out everywhere else", exact: true }).click();
    await page
      .getByRole("alertdialog")
      .getByRole("button", { name: "Sign out everywhere else", exact: true })
      .click();
    await expect(sessions.getByRole("listitem")).toHaveCount(1);
    await look(page, "account-03-signed-out-elsewhere");

    await test.step("the page there asks for the passphrase and keeps what was typed", async () => {
      await there.getByRole("button", { name: "New vault", exact: true }).first().click();
      await there.getByLabel("Name of the vault").fill("Typed before the end");
      await there.getByRole("button", { name: "Create", exact: true }).click();
      const again = there.getByRole("dialog", { name: "Your session has ended" });
      await expect(again).toBeVisible();
      await look(there, "account-04-session-ended");
      await again.getByLabel("Passphrase", { exact: true }).fill(NEW);
      await again.getByRole("button", { name: "Sign in", exact: true }).click();
      await expect(there.getByLabel("Name of the vault")).toHaveValue("Typed before the end");
    });

    const devices = page.getByRole("list", { name: "Devices" });
    await devices.getByRole("button", { name: /^Revoke/ }).click();
    const dialog = page.getByRole("alertdialog");
    await dialog.getByLabel("Passphrase", { exact: true }).fill(NEW);
    await look(page, "account-05-revoke");
    await dialog.getByRole("button", { name: "Revoke", exact: true }).click();
    await expect(devices.getByRole("listitem")).toHaveCount(1);
    await expect(page.getByText("1 revoked device")).toBeVisible();
    await other.close();
  });

  await test.step("a new kit replaces the old one", async () => {
    await page.getByRole("button", { name: "Make a new kit", exact: true }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("Passphrase", { exact: true }).fill(NEW);
    await dialog.getByRole("button", { name: "Make it", exact: true }).click();
    const next = await confirmKit(page);
    expect(next).not.toContain(/Recovery code: (\S+)/.exec(kit)?.[1]);
    await expect(page.getByRole("heading", { name: "Account and security" })).toBeVisible();
  });
  expect(told).toEqual([]);
  await context.close();
});

test("somebody knows the passphrase: everything is made new", async ({ browser }) => {
  const { page, told } = await founder(browser, server, NAME);
  await createVault(page, "Harbour office");
  await toAccount(page);
  await page.getByRole("button", { name: "Somebody knows my passphrase", exact: true }).click();
  const dialog = page.getByRole("alertdialog");
  await dialog.getByLabel("Present passphrase").fill(PASSPHRASE);
  await dialog.getByLabel("New passphrase", { exact: true }).fill(NEW);
  await dialog.getByLabel("The new passphrase again").fill(NEW);
  await look(page, "account-06-somebody-knows");
  await dialog.getByRole("button", { name: "Make everything new", exact: true }).click();
  await confirmKit(page);
  await expect(page.getByText("Everything is made new")).toBeVisible();
  await expect(page.getByText("Harbour office")).toBeVisible();
  await look(page, "account-07-made-new");
  expect(told).toEqual([]);
});

test("a forgotten passphrase: back with the kit, which is replaced", async ({ browser }) => {
  const first = await founder(browser, server, NAME);
  await createVault(first.page, "Harbour office");
  await first.context.close();
  const context = await browser.newContext();
  const page = await context.newPage();
  const told = complaints(page);
  await page.goto(server.url);
  await page.getByRole("button", { name: "Passphrase forgotten?", exact: true }).click();
  await page.getByRole("button", { name: "Recover the account", exact: true }).click();
  await expect(page.locator(".field-error").first()).toBeVisible();
  await page.getByLabel(/^Recovery kit/).fill(first.kit);
  await page.getByLabel("New passphrase", { exact: true }).fill(NEW);
  await page.getByLabel("The new passphrase again").fill(NEW);
  await look(page, "account-08-recover");
  await page.getByRole("button", { name: "Recover the account", exact: true }).click();
  const next = await confirmKit(page);
  await expect(page.getByRole("link", { name: /Harbour office/ })).toBeVisible();

  await test.step("the old kit opens nothing any more", async () => {
    const third = await browser.newContext();
    const late = await third.newPage();
    await late.goto(server.url);
    await late.getByRole("button", { name: "Passphrase forgotten?", exact: true }).click();
    await late.getByLabel(/^Recovery kit/).fill(first.kit);
    await late.getByLabel("New passphrase", { exact: true }).fill(PASSPHRASE);
    await late.getByLabel("The new passphrase again").fill(PASSPHRASE);
    await late.getByRole("button", { name: "Recover the account", exact: true }).click();
    await expect(late.getByRole("alert")).toContainText("That does not fit");
    await late.getByLabel(/^Recovery kit/).fill(next);
    await late.getByRole("button", { name: "Recover the account", exact: true }).click();
    await confirmKit(late);
    await expect(late.getByRole("link", { name: /Harbour office/ })).toBeVisible();
    await third.close();
  });
  expect(told).toEqual([]);
});

test("a passkey unlocks the page after a lock and after a reload", async ({ browser }) => {
  const { page, told } = await founder(browser, server, NAME);
  await authenticator(page);
  await createVault(page, "Harbour office");
  await toAccount(page);
  await page.getByRole("button", { name: "Add a passkey", exact: true }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Name of the passkey").fill("Laptop by the window");
  await dialog.getByLabel("Passphrase", { exact: true }).fill(PASSPHRASE);
  await look(page, "account-09-add-passkey");
  await dialog.getByRole("button", { name: "Add it", exact: true }).click();
  await expect(page.getByText("Laptop by the window", { exact: true })).toBeVisible();
  await look(page, "account-10-passkeys");

  await page.keyboard.press("Alt+Shift+KeyL");
  await expect(locked(page)).toBeVisible();
  await look(page, "account-11-locked");
  await page.getByRole("button", { name: "Unlock with a passkey", exact: true }).click();
  await expect(page.getByRole("heading", { name: "Account and security" })).toBeVisible();
  await page.reload();
  await page.getByRole("button", { name: "Unlock with a passkey", exact: true }).click();
  await expect(page.getByText("Laptop by the window", { exact: true })).toBeVisible();

  await test.step("the page that it opened does not close its own door; the passphrase does", async () => {
    const remove = page.getByRole("button", { name: "Remove Laptop by the window", exact: true });
    await remove.click();
    const sure = page.getByRole("alertdialog");
    await sure.getByRole("button", { name: "Remove", exact: true }).click();
    await expect(sure).toContainText("This page was opened with this very passkey.");
    await sure.getByRole("button", { name: "Cancel", exact: true }).click();
    await page.keyboard.press("Alt+Shift+KeyL");
    await unlockBy(page, PASSPHRASE);
    await remove.click();
    await page.getByRole("alertdialog").getByRole("button", { name: "Remove", exact: true }).click();
    await expect(page.getByText("Laptop by the window", { exact: true })).toBeHidden();
    await page.keyboard.press("Alt+Shift+KeyL");
    await expect(locked(page)).toBeVisible();
    await expect(page.getByRole("button", { name: "Unlock with a passkey" })).toBeHidden();
  });
  expect(told).toEqual([]);
});

test("a page that nobody touches locks itself, keeps its place and what was typed", async ({ browser }) => {
  const { page, told } = await founder(browser, server, NAME);
  await createVault(page, "Harbour office");
  await page.clock.install();
  await page.reload();
  await unlockBy(page, PASSPHRASE);
  await page.getByRole("button", { name: "Add", exact: true }).first().click();
  await page.getByLabel(/^Title/).fill("Half a thought");
  const address = page.url();
  await page.clock.fastForward("14:00");
  await expect(page.getByLabel(/^Title/)).toHaveValue("Half a thought");
  await page.clock.fastForward("01:10");
  await expect(locked(page)).toBeVisible();
  expect(page.url()).toBe(address);
  await expect(page.getByText("Half a thought")).toBeHidden();
  await unlockBy(page, PASSPHRASE);
  await expect(page.getByLabel(/^Title/)).toHaveValue("Half a thought");
  expect(told).toEqual([]);
});

test("two pages of one browser: a lock locks both, another account does too", async ({ browser }) => {
  const { page, context, told } = await founder(browser, server, NAME);
  await createVault(page, "Harbour office");
  const second = await context.newPage();
  told.push(...complaints(second));
  await second.goto(server.url);
  await unlockBy(second, PASSPHRASE);
  await expect(second.getByRole("link", { name: /Harbour office/ })).toBeVisible();

  await test.step("both work on one storage", async () => {
    await createVault(second, "Second page");
    await createVault(page, "First page");
    for (const each of [page, second]) {
      await each.getByRole("link", { name: "Strongroom: all vaults", exact: true }).click();
      for (const name of ["Harbour office", "Second page", "First page"]) {
        await expect(each.getByRole("link", { name: new RegExp(name) })).toBeVisible();
      }
    }
  });

  await page.keyboard.press("Alt+Shift+KeyL");
  for (const each of [page, second]) await expect(locked(each)).toBeVisible();
  await unlockBy(second, PASSPHRASE);
  await expect(second.getByRole("link", { name: /First page/ })).toBeVisible();
  expect(told).toEqual([]);
});
