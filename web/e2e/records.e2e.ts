import { expect, test, type Page } from "@playwright/test";
import { look } from "./look";
import {
  createVault,
  founder,
  invite,
  joiner,
  openVault,
  share,
  signIn,
  toVaults,
  type Person,
} from "./people";
import { serverOfFile } from "./server";

const HEBREW = "חוזה שכירות (טיוטה 2)";

const server = serverOfFile();

async function add(page: Page, title: string, fields: Record<string, string> = {}): Promise<void> {
  await page.getByRole("button", { name: "Add", exact: true }).last().click();
  await page.getByLabel(/^Title/).fill(title);
  for (const [name, value] of Object.entries(fields)) {
    await page.locator(".panel").getByLabel(name, { exact: true }).fill(value);
  }
  await page.getByLabel(/^Title/).press("Enter");
  await expect(page.getByRole("heading", { name: title, exact: true })).toBeVisible();
}

const row = (page: Page, title: string) => page.getByRole("row").filter({ hasText: title });
const cell = (page: Page, title: string, column: string) =>
  row(page, title).locator(`[data-column="${column}"]`);
const button = (page: Page, name: string) => page.getByRole("button", { name, exact: true });

async function backToTable(page: Page): Promise<void> {
  await button(page, "Close").click();
  await expect(page.locator(".panel")).toHaveCount(0);
}

// A whole day's work with a picture of every screen.
test.setTimeout(600_000);

test("records: in the table, many at once, views, marks, and two people at the same field", async ({
  browser,
}) => {
  let ben: Person;
  const anna = await founder(browser, server, "Anna Nováková");
  const { page } = anna;

  await test.step("a table with every kind of name", async () => {
    await createVault(page, "Harbour office");
    await add(page, "Harbour lease", { Client: "Port Authority", Amount: "1200.50", Date: "2026-03-31" });
    await add(page, "Roof repair", { Client: "Novák", Amount: "90" });
    await add(page, HEBREW, { Client: "כהן ושות׳" });
    await add(page, "<img src=x onerror=alert(1)>", { Client: "Hostile & Sons" });
    await add(page, "Inheritance Dvořák");
    await backToTable(page);
    await expect(page.getByRole("row")).toHaveCount(6);
    await look(page, "records-01-table");
  });

  await test.step("a cell is edited where it stands, by mouse and by keys", async () => {
    await page.getByRole("button", { name: "Edit in the table" }).click();
    await cell(page, "Roof repair", "client").click();
    await page.getByRole("textbox", { name: "Client" }).fill("Novák & Sons");
    await page.keyboard.press("Tab");
    await expect(page.getByRole("textbox", { name: "Amount" })).toBeFocused();
    await page.keyboard.type("a lot");
    await page.keyboard.press("Enter");
    await expect(page.getByRole("alert")).toContainText("Type a number");
    await look(page, "records-02-cell-wrong");
    await page.keyboard.press("Escape");
    await expect(cell(page, "Roof repair", "amount")).toHaveText("90");
    await expect(cell(page, "Roof repair", "client")).toHaveText("Novák & Sons");
    await page.getByRole("button", { name: "Edit in the table" }).click();

    await row(page, "Harbour lease").focus();
    for (const key of ["ArrowRight", "ArrowRight", "ArrowRight", "F2"]) await page.keyboard.press(key);
    await expect(page.getByRole("textbox", { name: "Client" })).toBeFocused();
    await page.keyboard.type("Port of Brno");
    await page.keyboard.press("Enter");
    await expect(cell(page, "Harbour lease", "client")).toHaveText("Port of Brno");
    // The newest change stands first, and the keyboard goes there with it.
    await expect(row(page, "Harbour lease")).toHaveAttribute("aria-rowindex", "2");
    await expect(cell(page, "Harbour lease", "client")).toBeFocused();
    await page.keyboard.press("Escape");
    await expect(row(page, "Harbour lease")).toBeFocused();
  });

  await test.step("a field of several records at once, after a count of what changes", async () => {
    await row(page, "Roof repair").getByRole("checkbox").check();
    await row(page, "Harbour lease").focus();
    await page.keyboard.press(" ");
    await expect(page.getByText("2 records selected")).toBeVisible();
    await look(page, "records-03-selected");
    await button(page, "Set a field").click();
    await expect(page.getByText("None of the 2 selected records would change.")).toHaveCount(0);
    await page.getByRole("dialog").getByRole("button", { name: /^— Status|Status$/ }).last().click();
    await page.getByRole("option", { name: "waiting", exact: true }).click();
    await expect(page.getByText("2 of 2 selected records will change.")).toBeVisible();
    await look(page, "records-04-set-field");
    await button(page, "Change 2 records").click();
    await expect(page.getByRole("dialog")).toHaveCount(0);
    await expect(cell(page, "Roof repair", "status")).toHaveText("waiting");
    await expect(cell(page, "Harbour lease", "status")).toHaveText("waiting");
    await row(page, "Inheritance").getByRole("checkbox").check();
    await button(page, "Select all 5 that fit").click();
    await expect(page.getByText("5 records selected")).toBeVisible();
    await button(page, "Clear the selection").click();
  });

  await test.step("a star, a flag and a note of one's own", async () => {
    await button(page, "Your star on Harbour lease").click();
    await expect(button(page, "Your star on Harbour lease")).toHaveAttribute("aria-pressed", "true");
    await row(page, "Harbour lease").click();
    const own = page.getByRole("region", { name: "Only for you" });
    await own.getByRole("button", { name: /Flag/ }).click();
    await page.getByRole("option", { name: "Red flag", exact: true }).click();
    await own.getByLabel("Your note").fill("Ask Ben before signing.");
    await own.getByRole("button", { name: "Save the note", exact: true }).click();
    await expect(own.getByRole("button", { name: "Save the note" })).toHaveCount(0);
    await expect(own.getByLabel("Your note")).toHaveValue("Ask Ben before signing.");
    await own.scrollIntoViewIfNeeded();
    await look(page, "records-05-own-marks");
    await backToTable(page);
    await button(page, "Show only what you starred").click();
    await expect(page.getByText("1 of 5 records")).toBeVisible();
    await button(page, "Show only what you starred").click();
  });

  await test.step("columns are moved and made wider, by keys and by pulling, and stay so", async () => {
    const shown = () =>
      row(page, "Harbour lease")
        .locator("[data-column]")
        .evaluateAll((cells) => cells.map((one) => (one as HTMLElement).dataset["column"]));
    const width = async () => (await cell(page, "Harbour lease", "title").boundingBox())?.width ?? 0;
    expect((await shown()).slice(0, 3)).toEqual(["title", "status", "client"]);
    await button(page, "Columns").click();
    await button(page, "Move Client left").focus();
    await page.keyboard.press("Enter");
    await expect(button(page, "Move Client left")).toBeFocused();
    await expect(page.getByRole("status").filter({ hasText: "Client is column 2" })).toBeAttached();
    const client = async () => (await cell(page, "Harbour lease", "client").boundingBox())?.width ?? 0;
    const narrow = await client();
    await button(page, "Make Client wider").click();
    await expect.poll(async () => Math.abs((await client()) - narrow - 32)).toBeLessThan(4);
    await look(page, "records-05b-columns");
    await page.keyboard.press("Escape");
    expect((await shown()).slice(0, 3)).toEqual(["title", "client", "status"]);

    const before = await width();
    const edge = await page.getByRole("columnheader", { name: "Title" }).locator(".column-handle").boundingBox();
    if (!edge) throw new Error("no edge to pull");
    const [x, y] = [edge.x + edge.width / 2, edge.y + edge.height / 2];
    await page.mouse.move(x, y);
    await page.mouse.down();
    await page.mouse.move(x + 40, y);
    await page.mouse.move(x + 80, y);
    await page.mouse.up();
    await expect.poll(async () => Math.abs((await width()) - before - 80)).toBeLessThan(4);

    await page.reload();
    await signIn(page);
    await expect(row(page, "Harbour lease")).toBeVisible();
    expect((await shown()).slice(0, 3)).toEqual(["title", "client", "status"]);
    expect(Math.abs((await width()) - before - 80)).toBeLessThan(4);
    await look(page, "records-05c-columns-kept");
    await button(page, "Columns").click();
    await button(page, "Usual places and widths").click();
    await page.keyboard.press("Escape");
    expect((await shown()).slice(0, 3)).toEqual(["title", "status", "client"]);
  });

  await test.step("a view is saved, and is there after a reload", async () => {
    await button(page, "Filter").click();
    await page.locator(".check", { hasText: "waiting" }).click();
    await page.keyboard.press("Escape");
    await page.getByRole("columnheader", { name: "Title" }).getByRole("button").click();
    await expect(page.getByText("2 of 5 records")).toBeVisible();
    await button(page, "Views").click();
    await page.getByLabel("Name of this view").fill("Waiting cases");
    await button(page, "Save the view").click();
    await expect(button(page, "Waiting cases")).toHaveAttribute("aria-pressed", "true");
    await look(page, "records-06-views");
    await page.keyboard.press("Escape");
    await page.reload();
    await signIn(page);
    await expect(page.getByText("5 records", { exact: true })).toBeVisible();
    await button(page, "Views").click();
    await button(page, "Waiting cases").click();
    await expect(page.getByText("2 of 5 records")).toBeVisible();
    await expect(page.getByRole("row").nth(1)).toContainText("Harbour lease");
    await expect(row(page, "Harbour lease").getByText("You have a note here")).toBeAttached();
  });

  await test.step("a colleague sees the records, and nothing of the marks", async () => {
    await toVaults(page);
    ben = await joiner(browser, await invite(page), "Ben Cohen");
    await openVault(page, "Harbour office");
    await share(page, "Ben Cohen", "Writer");
    await openVault(ben.page, "Harbour office");
    await expect(ben.page.getByRole("row")).toHaveCount(6);
    await expect(button(ben.page, "Your star on Harbour lease")).toHaveAttribute("aria-pressed", "false");
    await expect(ben.page.getByText("You have a note here")).toHaveCount(0);
  });

  await test.step("what he changes is counted in the list until it was shown", async () => {
    await toVaults(page);
    await add(ben.page, "Written by Ben");
    await expect(page.locator(".vault-item", { hasText: "Harbour office" })).toContainText("1 new");
    await look(page, "records-07-unread");
    await openVault(page, "Harbour office");
    await expect(row(page, "Written by Ben")).toBeVisible();
    await toVaults(page);
    await expect(page.locator(".vault-item", { hasText: "Harbour office" })).not.toContainText("new");
  });

  await test.step("both change a record at once: the versions stand side by side and are settled", async () => {
    await openVault(page, "Harbour office");
    await row(page, "Roof repair").click();
    await row(ben.page, "Roof repair").click();
    await page.locator(".panel").getByLabel("Client", { exact: true }).fill("Novák Roofing");
    await ben.page.locator(".panel").getByLabel("Client", { exact: true }).fill("Novotný");
    await ben.page.locator(".panel").getByLabel("Amount", { exact: true }).fill("95");
    // Ben's write is under way when Anna's arrives.
    let letGo = () => {};
    const anna_first = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    let held = () => {};
    const underWay = new Promise<void>((resolve) => {
      held = resolve;
    });
    await ben.page.context().route("**/v1/vaults/*/entries", async (route) => {
      if (route.request().method() === "POST") {
        held();
        await anna_first;
      }
      await route.continue();
    });
    await button(ben.page, "Save").click();
    await underWay;
    await button(page, "Save").click();
    await expect(page.getByText("Saved", { exact: true })).toBeVisible();
    letGo();
    const sides = page.locator(".sides");
    await expect(sides.getByText("Novák Roofing")).toBeVisible();
    await expect(sides.getByText("Novotný")).toBeVisible();
    await expect(button(page, "Make it one version")).toBeDisabled();
    await look(page, "records-08-side-by-side");
    await sides.getByText("Novotný").click();
    await button(page, "Make it one version").click();
    await expect(sides).toHaveCount(0);
    await expect(page.locator(".panel").getByLabel("Client", { exact: true })).toHaveValue("Novotný");
    await expect(page.locator(".panel").getByLabel("Amount", { exact: true })).toHaveValue("95");
    await page.getByRole("button", { name: "History", exact: true }).click();
    await expect(page.getByText("Novák Roofing").first()).toBeVisible();
  });

  expect(anna.told).toEqual([]);
});
