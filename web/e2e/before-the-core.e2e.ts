import { expect, test, type Page } from "@playwright/test";
import { look } from "./look";
import { founder, PASSPHRASE, withoutWorker } from "./people";
import { serverOfFile } from "./server";

const NAME = "Anna Nováková";

const server = serverOfFile();

/** Holds the core back until told. */
async function holdCore(page: Page): Promise<() => void> {
  let release = () => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  await page.route("**/*.wasm", async (route) => {
    await released;
    await route.continue();
  });
  return release;
}

const submit = (page: Page) => page.getByRole("button", { name: "Sign in", exact: true });

test("what is typed before the core is there is not lost", async ({ browser }) => {
  const { page, context } = await founder(withoutWorker(browser), server, NAME);

  await test.step("a known browser: a passphrase that is sent too early waits", async () => {
    const release = await holdCore(page);
    await page.reload();
    await expect(page.getByLabel("Passphrase", { exact: true })).toBeFocused();
    await page.keyboard.type(PASSPHRASE);
    await page.keyboard.press("Enter");
    await expect(page.getByRole("button", { name: "Opening your keys…" })).toBeVisible();
    await look(page, "28-sign-in-waits");
    release();
    await expect(page.getByRole("heading", { name: "No vaults yet" })).toBeVisible();
  });

  await test.step("one that was forgotten asks for the kit, without the core too", async () => {
    await page.getByRole("button", { name: `${NAME}: settings and lock` }).click();
    await page.getByRole("menuitem", { name: /^Lock/ }).click();
    await page.getByRole("button", { name: "Forget this browser", exact: true }).click();
    await page.getByRole("button", { name: "Forget it", exact: true }).click();
    await expect(page.getByLabel("Your name")).toBeVisible();
    await page.unrouteAll();
    const release = await holdCore(page);
    await page.reload();
    await expect(page.getByLabel("Your name")).toBeFocused();
    await expect(page.getByLabel(/^Recovery kit/)).toBeVisible();
    expect(await page.content()).not.toContain(NAME);
    release();
  });

  await test.step("a core that does not come is told in words", async () => {
    await page.unrouteAll();
    await page.route("**/*.wasm", (route) => route.abort());
    await page.reload();
    await expect(page.getByRole("alert")).toContainText("The encryption could not be started");
    await expect(submit(page)).toBeHidden();
  });
  await context.close();
});
