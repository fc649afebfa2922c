import { expect, test, type Page } from "@playwright/test";
import { randomBytes } from "node:crypto";
import { look } from "./look";
import { addCase, createVault, founder, openVault, withoutWorker } from "./people";
import { serverOfFile } from "./server";

const PART_BYTES = 8 << 20;

const server = serverOfFile();

/** Lets the first part of what is sent from now on pass, and the others when it is told to. */
async function holdParts(page: Page): Promise<() => void> {
  let release = () => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  await page.route("**/v1/vaults/*/uploads/*/parts/*", async (route) => {
    if (!route.request().url().endsWith("/parts/0")) await released;
    await route.continue();
  });
  return release;
}

test("a copy into another vault stands among the transfers, waits and goes on", async ({ browser }) => {
  const { page, context } = await founder(withoutWorker(browser), server, "Anna Nováková");
  await createVault(page, "Archive");
  await addCase(page, "Closed matters");
  await createVault(page, "Harbour office");
  await addCase(page, "Harbour lease");
  await page.getByRole("row", { name: /Harbour lease/ }).click();
  const transfers = page.getByRole("complementary", { name: "Transfers" });
  const chooser = page.waitForEvent("filechooser");
  await page.getByRole("button", { name: "Choose files", exact: true }).click();
  const buffer = randomBytes(4 * PART_BYTES);
  await (await chooser).setFiles({ name: "survey.bin", mimeType: "application/octet-stream", buffer });
  await expect(transfers).toContainText("1 transfer done");
  const release = await holdParts(page);

  await test.step("its beginning closes the dialog, and its progress is seen", async () => {
    await page.getByRole("button", { name: "More for survey.bin", exact: true }).click();
    await page.getByRole("menuitem", { name: "Copy…", exact: true }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("button", { name: /Harbour office/ }).click();
    await page.getByRole("option", { name: "Archive", exact: true }).click();
    await page.getByRole("option", { name: "Closed matters", exact: true }).click();
    await dialog.getByRole("button", { name: "Copy it here", exact: true }).click();
    await expect(dialog).toBeHidden();
    const progress = transfers.getByRole("progressbar", { name: "Progress of survey.bin" });
    const percent = () => progress.evaluate((bar: HTMLProgressElement) => Math.round(bar.value));
    await expect.poll(percent).toBe(25);
    await look(page, "copies-01-running");
  });

  await test.step("it is paused, and goes on", async () => {
    await transfers.getByRole("button", { name: "Pause survey.bin", exact: true }).click();
    await expect(transfers).toContainText("paused");
    release();
    await transfers.getByRole("button", { name: "Go on with survey.bin", exact: true }).click();
    await expect(transfers).toContainText("2 transfers done");
    await transfers.getByRole("button", { name: "Show the list of transfers", exact: true }).click();
    await expect(transfers).toContainText("Copied, encrypted anew");
    await look(page, "copies-02-done");
  });

  await test.step("it is in the other vault, and its original where it was", async () => {
    await expect(page.locator(".file", { hasText: "survey.bin" })).toBeVisible();
    await openVault(page, "Archive");
    await page.getByRole("row", { name: /Closed matters/ }).click();
    await expect(page.locator(".file", { hasText: "survey.bin" })).toBeVisible();
  });
  await context.close();
});
