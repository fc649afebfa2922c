import { expect, test, type Page } from "@playwright/test";
import { readFile } from "node:fs/promises";
import { look } from "./look";
import { founder, invite, joiner, PASSPHRASE } from "./people";
import { serverOfFile } from "./server";

const server = serverOfFile();

const button = (page: Page, name: string | RegExp) =>
  page.getByRole("button", { name, exact: typeof name === "string" });

async function administration(page: Page): Promise<void> {
  await button(page, /settings and lock/).click();
  await page.getByRole("menuitem", { name: "Administration", exact: true }).click();
  await expect(page.getByRole("heading", { name: "Administration", exact: true })).toBeVisible();
}

const tab = (page: Page, name: string) => page.getByRole("tab", { name, exact: true }).click();
const person = (page: Page, name: string) => page.locator(".member", { hasText: name });

test("an administrator manages people and sees into no vault; a member finds no way in", async ({ browser }) => {
  test.slow();
  const anna = await founder(browser, server, "Anna Nováková");
  const { page } = anna;
  const ben = await joiner(browser, await invite(page), "Ben Krause");

  await test.step("the page says what administrators see, and what not", async () => {
    await administration(page);
    await expect(page.getByText("Strongroom’s administrators cannot see into vaults")).toBeVisible();
    await page.getByText("What administrators and the server do see").click();
    await expect(page.getByText(/Never: names of vaults, what stands in records/)).toBeVisible();
    await expect(person(page, "Ben Krause")).toBeVisible();
    await look(page, "admin-01-people");
  });

  await test.step("a member is told that there is nothing", async () => {
    await button(ben.page, /settings and lock/).click();
    await expect(ben.page.getByRole("menuitem", { name: "Settings", exact: true })).toBeVisible();
    await expect(ben.page.getByRole("menuitem", { name: "Administration", exact: true })).toHaveCount(0);
    await ben.page.keyboard.press("Escape");
  });

  await test.step("limits of a person: a wrong one is told, a right one stays", async () => {
    await button(page, "Manage Ben Krause").click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("All files together, MB").fill("much");
    await expect(dialog.getByText("Type a whole number, or leave it empty.")).toBeVisible();
    await expect(dialog.getByRole("button", { name: "Save the limits" })).toBeDisabled();
    await dialog.getByLabel("All files together, MB").fill("500");
    await dialog.getByRole("button", { name: "Save the limits" }).click();
    await expect(dialog.getByText("Saved", { exact: true })).toBeVisible();
    await look(page, "admin-02-person");
  });

  await test.step("rights: Ben becomes an administrator, and a member again", async () => {
    const dialog = page.getByRole("dialog");
    await dialog.locator(".radio", { hasText: "Administrator" }).click();
    await expect(dialog.getByText("Saved", { exact: true })).toHaveCount(2);
    await button(ben.page, /settings and lock/).click();
    await expect(ben.page.getByRole("menuitem", { name: "Administration", exact: true })).toBeVisible();
    await ben.page.keyboard.press("Escape");
    await dialog.locator(".radio", { hasText: "Member" }).click();
    await expect(dialog.locator(".radio", { hasText: "Member" })).toHaveAttribute("data-selected", "true");
    await button(page, "Close").click();
    await expect(person(page, "Ben Krause")).toContainText("of 500 MB in use");
    await expect(person(page, "Ben Krause")).not.toContainText("Administrator");
  });

  await test.step("the last administrator cannot step down", async () => {
    await button(page, "Manage Anna Nováková").click();
    await page.getByRole("dialog").locator(".radio", { hasText: "Member" }).click();
    await expect(page.getByRole("dialog").getByRole("alert")).toContainText("Somebody has to administer");
    await look(page, "admin-03-last");
    await button(page, "Close").click();
  });

  await test.step("limits of a role, and rules for all devices", async () => {
    await tab(page, "Limits and rules");
    await expect(page.getByText("In force now: no limit")).toBeVisible();
    await page.getByLabel("Largest file, MB").fill("100");
    await button(page, "Set the role’s limits").click();
    await expect(page.getByText("Saved", { exact: true })).toBeVisible();
    await expect(page.getByText("In force now: 100 MB", { exact: true })).toBeVisible();
    await page.getByLabel("Longest side of an image, pixels").fill("2560");
    await page.getByLabel("Days that a device may be offline").fill("30");
    await button(page, "Save the rules").click();
    await look(page, "admin-04-limits");
  });

  await test.step("the form of a role begins with what is set, and the other role has its own", async () => {
    await tab(page, "Log");
    await tab(page, "Limits and rules");
    await expect(page.getByLabel("Largest file, MB")).toHaveValue("100");
    await page.getByLabel("All files together, MB").fill("2000");
    await button(page, "Set the role’s limits").click();
    await expect(page.getByText("In force now: 2 GB", { exact: true })).toBeVisible();
    await expect(page.getByText("In force now: 100 MB", { exact: true })).toBeVisible();
    await button(page, /Role$/).click();
    await page.getByRole("option", { name: "Administrator", exact: true }).click();
    await expect(page.getByText("In force now: no limit")).toBeVisible();
    await expect(page.getByLabel("Largest file, MB")).toHaveValue("");
    await tab(page, "People and rights");
    await button(page, "Manage Ben Krause").click();
    const dialog = page.getByRole("dialog");
    await expect(dialog.getByText("In force now: 500 MB", { exact: true })).toBeVisible();
    await expect(dialog.getByText("In force now: 100 MB, by the general limit")).toBeVisible();
    await button(page, "Close").click();
  });

  await test.step("the log says who did what, can be searched, and leaves as CSV", async () => {
    await tab(page, "Log");
    await expect(page.getByText("Ben Krause joined by an invitation of Anna Nováková")).toBeVisible();
    await expect(
      page.getByText("Anna Nováková set the rules: images up to 2,560 pixels, offline up to 30 days"),
    ).toBeVisible();
    await expect(page.getByText("Anna Nováková made Ben Krause: Administrator")).toBeVisible();
    await look(page, "admin-05-log");
    await button(page, /What about/).click();
    await page.getByRole("option", { name: "who comes and goes", exact: true }).click();
    await page.getByRole("searchbox", { name: "Search the log" }).fill("krause joined");
    await expect(page.locator(".admin-log li")).toHaveCount(1);
    const download = page.waitForEvent("download");
    await button(page, "Save 1 entry as CSV").click();
    const text = await readFile(await (await download).path(), "utf8");
    expect(text).toContain("Number,Time,Who,Device,What");
    expect(text).toContain("Ben Krause joined by an invitation of Anna Nováková");
    await page.getByRole("searchbox", { name: "Search the log" }).fill("no such thing");
    await expect(page.getByText("Nothing in the log fits.")).toBeVisible();
  });

  await test.step("health", async () => {
    await tab(page, "Server");
    await expect(page.getByText("The server takes writes")).toBeVisible();
    await expect(page.getByText("You are the only administrator.")).toBeVisible();
    await expect(page.getByText("Free on the server’s disk")).toBeVisible();
    await expect(page.getByText(/^[\d.,]+ (GB|TB) of [\d.,]+ (GB|TB)$/)).toBeVisible();
    await look(page, "admin-06-health");
  });

  await test.step("a disk that gets full is a warning", async () => {
    // As the server answers whose disk is nearly full: no test fills the disk of this machine.
    await page.route("**/v1/storage", async (route) => {
      const response = await route.fetch();
      const storage = (await response.json()) as { disks: Array<Record<string, unknown>> };
      for (const disk of storage.disks) Object.assign(disk, { free_bytes: 3_000_000_000, short: true });
      await route.fulfill({ response, json: storage });
    });
    await button(page, "Ask again").click();
    await expect(page.getByText("The server’s disk is getting full")).toBeVisible();
    await expect(page.getByText(/^3 GB of .* are free\. When nothing is left/)).toBeVisible();
    await look(page, "admin-09-disk");
    await page.unroute("**/v1/storage");
  });

  await test.step("signed out everywhere: Ben is asked for the passphrase, and goes on", async () => {
    await tab(page, "People and rights");
    await button(page, "Manage Ben Krause").click();
    await button(page, "Sign out everywhere").click();
    await look(page, "admin-07-sign-out");
    await page.getByRole("alertdialog").getByRole("button", { name: "Sign out everywhere" }).click();
    await expect(page.getByRole("alertdialog")).toHaveCount(0);
    await button(page, "Close").click();
    await ben.page.getByRole("link", { name: "Colleagues", exact: true }).click();
    const again = ben.page.getByLabel("Passphrase", { exact: true });
    await again.fill(PASSPHRASE);
    await again.press("Enter");
    await expect(again).toBeHidden();
  });

  await test.step("retired: asked first, then out", async () => {
    await button(page, "Manage Ben Krause").click();
    await button(page, "Retire").click();
    await expect(page.getByRole("alertdialog")).toContainText("This cannot be undone.");
    await look(page, "admin-08-retire");
    await page.getByRole("alertdialog").getByRole("button", { name: "Retire for good" }).click();
    await expect(page.getByRole("dialog")).toContainText("Ben Krause has left");
    await button(page, "Close").click();
    await expect(person(page, "Ben Krause")).toContainText("has left");
    await ben.page.reload();
    await ben.page.getByLabel("Passphrase", { exact: true }).fill(PASSPHRASE);
    await ben.page.getByRole("button", { name: "Sign in", exact: true }).click();
    await expect(ben.page.getByRole("alert")).toBeVisible();
  });

  expect(anna.told).toEqual([]);
});
