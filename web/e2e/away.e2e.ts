import { expect, test, type Browser, type Page } from "@playwright/test";
import { authenticator } from "./authenticator";
import { look } from "./look";
import { addCase, createVault, founder, openVault, PASSPHRASE } from "./people";
import { serverOfFile } from "./server";

const NAME = "Anna Nováková";

const server = serverOfFile();

async function addPasskey(page: Page): Promise<void> {
  await page.getByRole("button", { name: `${NAME}: settings and lock` }).click();
  await page.getByRole("menuitem", { name: "Account and security" }).click();
  await page.getByRole("button", { name: "Add a passkey", exact: true }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Passphrase", { exact: true }).fill(PASSPHRASE);
  await dialog.getByRole("button", { name: "Add it", exact: true }).click();
  await expect(dialog).toBeHidden();
  await expect(page.getByRole("list", { name: "Passkeys" }).getByRole("listitem")).toHaveCount(1);
}

const row = (page: Page, title: string) => page.getByRole("row", { name: new RegExp(title) });
const bar = (page: Page) => page.getByRole("region", { name: "Not yet sent" });
const locked = (page: Page) => page.getByRole("heading", { name: `Welcome back, ${NAME}` });

async function unlock(page: Page): Promise<void> {
  await page.getByRole("button", { name: "Unlock with a passkey", exact: true }).click();
}

/** The same person in another browser signs out everywhere else. */
async function signOutElsewhere(browser: Browser, kit: string): Promise<void> {
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(server.url);
  await page.getByLabel("Your name").fill(NAME);
  await page.getByLabel("Passphrase", { exact: true }).fill(PASSPHRASE);
  await page.getByLabel(/^Recovery kit/).fill(kit);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await page.getByRole("button", { name: `${NAME}: settings and lock` }).click();
  await page.getByRole("menuitem", { name: "Account and security" }).click();
  const everywhere = { name: "Sign out everywhere else", exact: true };
  await page.getByRole("button", everywhere).click();
  await page.getByRole("alertdialog").getByRole("button", everywhere).click();
  await expect(
    page.getByRole("list", { name: "Where you are signed in" }).getByRole("listitem"),
  ).toHaveCount(1);
  await context.close();
}

test("a passkey opens the page without a network, until the server ends it", async ({ browser }) => {
  const { page, context, kit } = await founder(browser, server, NAME);
  await authenticator(page);
  await createVault(page, "Clients");
  await addCase(page, "Harbour lease");
  await addPasskey(page);
  await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));

  await test.step("the passphrase needs the server, the passkey does not", async () => {
    await context.setOffline(true);
    await page.reload();
    await expect(locked(page)).toBeVisible();
    const told = page.getByRole("note").filter({ hasText: "The server does not answer" });
    await expect(told).toContainText("Your passkey opens this browser without it");
    await look(page, "away-locked");
    await page.getByLabel("Passphrase", { exact: true }).fill(PASSPHRASE);
    await page.getByRole("button", { name: "Sign in", exact: true }).click();
    await expect(page.getByRole("alert")).toContainText("The server does not answer");
    await expect(page.getByLabel("Passphrase", { exact: true })).toHaveValue(PASSPHRASE);
    await unlock(page);
    await expect(page.getByRole("banner")).toBeVisible();
    await expect(bar(page)).toContainText("The server does not answer.");
    await expect(bar(page)).toContainText(/Last answer: \d/);
  });

  await test.step("what is here is read, and what is written waits over another reload", async () => {
    await openVault(page, "Clients");
    await expect(row(page, "Harbour lease")).toBeVisible();
    await addCase(page, "Written on the train");
    await expect(bar(page)).toContainText("1 change waits on this device, encrypted");
    await look(page, "away-open");
    await page.reload();
    await unlock(page);
    await expect(row(page, "Written on the train")).toContainText("Not yet sent");
  });

  await test.step("it is sent when the server answers", async () => {
    await context.setOffline(false);
    await expect(bar(page)).toBeHidden();
    await expect(row(page, "Written on the train")).not.toContainText("Not yet sent");
  });

  await test.step("a session that was ended meanwhile locks the page", async () => {
    await context.setOffline(true);
    await page.reload();
    await unlock(page);
    await addCase(page, "After the end");
    await signOutElsewhere(browser, kit);
    await context.setOffline(false);
    await expect(locked(page)).toBeVisible();
    await expect(page.getByRole("alert")).toContainText("The server has ended your session here");
    await expect(row(page, "Harbour lease")).toBeHidden();
    await expect(page.getByRole("button", { name: "Unlock with a passkey" })).toBeHidden();
    await look(page, "away-ended");
  });

  await test.step("nor does the passkey open it without the network then", async () => {
    await context.setOffline(true);
    await page.reload();
    const told = page.getByRole("note").filter({ hasText: "The server does not answer" });
    await expect(told).toContainText("The passphrase needs the server.");
    await expect(page.getByRole("button", { name: "Unlock with a passkey" })).toBeHidden();
    await look(page, "away-locked-passphrase");
    await context.setOffline(false);
    await expect(told).toBeHidden();
  });

  await test.step("the passphrase does, and nothing is lost", async () => {
    await page.getByLabel("Passphrase", { exact: true }).fill(PASSPHRASE);
    await page.getByRole("button", { name: "Sign in", exact: true }).click();
    await expect(row(page, "After the end")).toBeVisible();
    await expect(row(page, "After the end")).not.toContainText("Not yet sent");
    await expect(page.getByRole("dialog")).toBeHidden();
    await expect(bar(page)).toBeHidden();
  });
  await context.close();
});
