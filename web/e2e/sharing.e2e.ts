import { expect, test, type Browser, type Page } from "@playwright/test";
import { look } from "./look";
import { createVault, founder, invite, joiner, openVault, share } from "./people";
import { startServer, type Server } from "./server";

const VAULT = "Harbour office";

let server: Server;
test.beforeEach(async () => {
  server = await startServer();
});
test.afterEach(async () => {
  await server.stop();
});

async function addCase(page: Page, title: string): Promise<void> {
  await page.getByRole("link", { name: "Cases", exact: true }).click();
  await page.getByRole("button", { name: "Add", exact: true }).first().click();
  await page.getByLabel(/^Title/).fill(title);
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { name: title })).toBeVisible();
  await page.keyboard.press("Escape");
}

/** The words that one person sees for another. */
async function safetyWords(page: Page, name: string): Promise<string[]> {
  await page.getByRole("link", { name: "Colleagues", exact: true }).click();
  await page.getByRole("button", { name: `Compare safety numbers with ${name}`, exact: true }).click();
  const words = page.getByRole("list", { name: "Your safety words" }).getByRole("listitem");
  await expect(words).toHaveCount(20);
  return words.allTextContents();
}

const ofMember = (page: Page, name: string, what: string) => async () => {
  await page.getByRole("button", { name: `What to do about ${name}`, exact: true }).click();
  await page.getByRole("menuitem", { name: what, exact: true }).click();
};

/** Anna, who is the administrator, and Ben, whom she has invited. */
async function twoPeople(browser: Browser) {
  const anna = await founder(browser, server, "Anna Nováková");
  const ben = await joiner(browser, await invite(anna.page), "Ben Ó Broin");
  return { anna, ben };
}

test("an invitation by a link, and two people who make sure of each other", async ({ browser }) => {
  const anna = await founder(browser, server, "Anna Nováková");
  let link = "";

  await test.step("an administrator makes an invitation", async () => {
    const { page } = anna;
    await page.getByRole("link", { name: "Colleagues", exact: true }).click();
    await expect(page.getByText("No invitation is open.")).toBeVisible();
    await look(page, "sharing-01-people-alone");
    await page.getByRole("button", { name: "Invite a colleague", exact: true }).click();
    await look(page, "sharing-02-invite");
    await page.getByRole("button", { name: "Make the invitation", exact: true }).click();
    await expect(page.getByLabel("Code", { exact: true })).toHaveValue(/^SR-INVITE-/);
    link = await page.getByLabel("Link", { exact: true }).inputValue();
    expect(link).toMatch(/^https:\/\/localhost:\d+\/join#SR-INVITE-[0-9A-Z-]+&ca=[0-9a-f]{64}$/);
    await look(page, "sharing-03-invitation-made");
    await page.getByRole("button", { name: "Done", exact: true }).click();
    await expect(page.getByText(/made by Anna Nováková, works until/)).toBeVisible();
  });

  await test.step("one that is no longer wanted is withdrawn", async () => {
    const { page } = anna;
    const unwanted = await invite(page, "Administrator");
    expect(unwanted).not.toBe(link);
    await expect(page.getByRole("button", { name: "Withdraw", exact: true })).toHaveCount(2);
    await page
      .locator(".member", { hasText: "Administrator" })
      .getByRole("button", { name: "Withdraw", exact: true })
      .click();
    await look(page, "sharing-04-withdraw");
    await page.getByRole("button", { name: "Withdraw it", exact: true }).click();
    await expect(page.getByRole("button", { name: "Withdraw", exact: true })).toHaveCount(1);
  });

  const ben = await joiner(browser, link, "Ben Ó Broin");

  await test.step("the link leaves nothing in the address, and works once", async () => {
    expect(ben.page.url()).not.toContain("SR-INVITE");
    await expect(anna.page.getByText("Ben Ó Broin")).toBeVisible();
    await expect(anna.page.getByText("No invitation is open.")).toBeVisible();
    const context = await browser.newContext();
    const late = await context.newPage();
    await late.goto(link);
    await late.getByLabel("Your name").fill("Late");
    await late.getByLabel("Passphrase", { exact: true }).fill("lantern orbit gravel teapot");
    await late.getByLabel("The same passphrase again").fill("lantern orbit gravel teapot");
    await late.getByRole("button", { name: "Sign up", exact: true }).click();
    await expect(late.getByRole("alert")).toBeVisible();
    await expect(late.getByLabel("Your name")).toHaveValue("Late");
    await look(late, "sharing-05-link-used");
    await context.close();
  });

  await test.step("both see the same words", async () => {
    const there = await safetyWords(ben.page, anna.name);
    const here = await safetyWords(anna.page, ben.name);
    expect(here).toEqual(there);
    await look(anna.page, "sharing-06-safety");
    await ben.page.getByRole("button", { name: "They differ", exact: true }).click();
    await look(ben.page, "sharing-07-safety-differs");
    await ben.page.getByRole("button", { name: "Show the words again", exact: true }).click();
    await ben.page.getByRole("button", { name: "Close", exact: true }).click();
    await anna.page.getByRole("button", { name: "They are the same", exact: true }).click();
    await expect(anna.page.locator(".member", { hasText: ben.name })).toContainText("compared");
    await look(anna.page, "sharing-08-people");
  });

  expect(anna.told).toEqual([]);
  expect(ben.told).toEqual([]);
});

test("a reader sees, a writer writes, and two compare what they are shown", async ({ browser }) => {
  const { anna, ben } = await twoPeople(browser);

  await test.step("Anna lets Ben in as a reader, and says what that means", async () => {
    await createVault(anna.page, VAULT);
    await addCase(anna.page, "Harbour lease");
    await anna.page.getByRole("link", { name: /^Members/ }).click();
    await anna.page.getByRole("button", { name: "Let somebody in", exact: true }).click();
    const dialog = anna.page.getByRole("dialog");
    await dialog.getByRole("button", { name: "Let them in", exact: true }).click();
    await expect(dialog.getByText("Choose somebody from the list.")).toBeVisible();
    await dialog.getByRole("combobox", { name: "Colleague" }).fill("Ben");
    await anna.page.getByRole("option", { name: ben.name, exact: true }).click();
    await look(anna.page, "sharing-09-let-in");
    await dialog.getByRole("button", { name: "Let them in", exact: true }).click();
    await expect(dialog).toBeHidden();
    await expect(anna.page.locator(".member", { hasText: ben.name })).toContainText("Reader");
    await look(anna.page, "sharing-10-members");
  });

  await test.step("Ben sees the records as they come, and cannot write", async () => {
    await openVault(ben.page, VAULT);
    await ben.page.getByRole("link", { name: "Cases", exact: true }).click();
    await expect(ben.page.getByRole("row", { name: /Harbour lease/ })).toBeVisible();
    await expect(ben.page.getByRole("button", { name: "Add", exact: true })).toHaveCount(0);
    await addCase(anna.page, "Roof repair");
    await expect(ben.page.getByRole("row", { name: /Roof repair/ })).toBeVisible();
    await ben.page.getByRole("link", { name: /^Members/ }).click();
    await expect(ben.page.getByRole("button", { name: "Let somebody in" })).toHaveCount(0);
    await look(ben.page, "sharing-11-members-as-reader");
  });

  await test.step("made a writer, Ben writes", async () => {
    await anna.page.getByRole("link", { name: /^Members/ }).click();
    await ofMember(anna.page, ben.name, "Change the role")();
    await look(anna.page, "sharing-12-role");
    await anna.page.getByRole("dialog").getByText("Writer", { exact: true }).click();
    await anna.page.getByRole("button", { name: "Save the role", exact: true }).click();
    await expect(anna.page.locator(".member", { hasText: ben.name })).toContainText("Writer");
    await ben.page.getByRole("link", { name: "Cases", exact: true }).click();
    await expect(ben.page.getByRole("button", { name: "Add", exact: true }).first()).toBeVisible();
    await addCase(ben.page, "Written by Ben");
    await anna.page.getByRole("link", { name: "Cases", exact: true }).click();
    await expect(anna.page.getByRole("row", { name: /Written by Ben/ })).toBeVisible();
  });

  await test.step("two compare what the server shows them", async () => {
    await anna.page.getByRole("link", { name: /^Members/ }).click();
    await ben.page.getByRole("link", { name: /^Members/ }).click();
    for (const { page } of [anna, ben]) {
      await page.getByRole("button", { name: "More for this vault", exact: true }).click();
      await page.getByRole("menuitem", { name: "Compare what you see", exact: true }).click();
    }
    const code = (await ben.page.locator(".own-code .digits").textContent()) ?? "";
    expect(code).toMatch(/^\d+: (\d{5} ?){12}$/);
    await anna.page.getByLabel("Your colleague’s code").fill("12345");
    await anna.page.getByRole("button", { name: "Compare", exact: true }).click();
    await expect(anna.page.getByText("This is not such a code.")).toBeVisible();
    await look(anna.page, "sharing-13-compare-state");
    await anna.page.getByLabel("Your colleague’s code").fill(code);
    await anna.page.getByRole("button", { name: "Compare", exact: true }).click();
    await expect(anna.page.getByText(/shown the same history/)).toBeVisible();
    await anna.page.getByRole("button", { name: "Close", exact: true }).last().click();
    await ben.page.getByRole("button", { name: "Close", exact: true }).click();
  });

  expect(anna.told).toEqual([]);
  expect(ben.told).toEqual([]);
});

test("who is removed is told, keeps what was typed, and reads nothing that comes after", async ({
  browser,
}) => {
  const { anna, ben } = await twoPeople(browser);
  await createVault(anna.page, VAULT);
  await addCase(anna.page, "Harbour lease");
  await share(anna.page, ben.name, "Writer");
  await openVault(ben.page, VAULT);

  await test.step("removed while typing: it is said, and what was typed can be copied", async () => {
    await ben.page.getByRole("row", { name: /Harbour lease/ }).click();
    await ben.page.getByLabel("Notes").fill("Half a page of notes that nobody must lose.");
    await anna.page.getByRole("link", { name: /^Members/ }).click();
    await ofMember(anna.page, ben.name, "Remove")();
    await expect(anna.page.getByRole("alertdialog")).toContainText("Nobody can take that back");
    await look(anna.page, "sharing-14-remove");
    await anna.page.getByRole("button", { name: "Remove and renew the keys", exact: true }).click();
    await expect(anna.page.locator(".member", { hasText: ben.name })).toHaveCount(0);
    await expect(anna.page.locator(".access-line").first()).toContainText(`removed ${ben.name}`);
    await look(anna.page, "sharing-15-history");
    await ben.page.getByRole("button", { name: "Save", exact: true }).click();
    await expect(ben.page.getByText(`“${VAULT}” is no longer shared with you`)).toBeVisible();
    await expect(ben.page.getByLabel("Notes")).toHaveValue(/Half a page/);
    await look(ben.page, "sharing-16-access-ended");
    await addCase(anna.page, "After Ben");
    await ben.page.getByRole("link", { name: "To all vaults", exact: true }).first().click();
    await ben.page.getByRole("button", { name: "Discard it", exact: true }).click();
    await expect(ben.page.getByRole("heading", { name: "No vaults yet" })).toBeVisible();
  });

  await test.step("let in again, Ben reads everything; then leaves", async () => {
    await share(anna.page, ben.name, "Manager");
    await expect(ben.page.locator(".vault-item", { hasText: VAULT })).toBeVisible();
    await openVault(ben.page, VAULT);
    await expect(ben.page.getByRole("row", { name: /After Ben/ })).toBeVisible();
    await ben.page.getByRole("link", { name: /^Members/ }).click();
    await ben.page.getByRole("button", { name: "More for this vault", exact: true }).click();
    await ben.page.getByRole("menuitem", { name: "Rename the vault", exact: true }).click();
    await ben.page.getByLabel("Name of the vault").fill("Old harbour office");
    await ben.page.getByRole("button", { name: "Rename", exact: true }).click();
    await expect(anna.page.getByRole("heading", { name: "Old harbour office" })).toBeVisible();
    await ben.page.getByRole("button", { name: "More for this vault", exact: true }).click();
    await look(ben.page, "sharing-17-vault-menu");
    await ben.page.getByRole("menuitem", { name: "Leave the vault", exact: true }).click();
    await look(ben.page, "sharing-18-leave");
    await ben.page.getByRole("button", { name: "Leave it", exact: true }).click();
    await expect(ben.page.getByRole("heading", { name: "No vaults yet" })).toBeVisible();
    await addCase(anna.page, "After Ben has left");
  });

  expect(anna.told).toEqual([]);
  expect(ben.told).toEqual([]);
});
