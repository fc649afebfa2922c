import { expect, test, type Browser, type Page } from "@playwright/test";
import { look } from "./look";
import { createVault, founder, openVault, signIn } from "./people";
import { startServer, type Server } from "./server";

let server: Server;
test.beforeAll(async () => {
  server = await startServer();
});
test.afterAll(async () => {
  await server.stop();
});

/** Requests that a service worker lets pass cannot be held back by a test: there is none here. */
function withoutWorker(browser: Browser): Browser {
  return Object.assign(Object.create(browser) as Browser, {
    newContext: () => browser.newContext({ serviceWorkers: "block" }),
  });
}

async function add(page: Page, title: string): Promise<void> {
  await page.getByRole("button", { name: "Add", exact: true }).last().click();
  await page.getByLabel(/^Title/).fill(title);
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { name: title })).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(page.getByRole("row", { name: new RegExp(title) })).toBeVisible();
}

test("a morning without a network: nothing is lost, and it is said what is not sent", async ({
  browser,
}) => {
  const { page, context } = await founder(withoutWorker(browser), server, "Anna Nováková");
  await createVault(page, "Clients");
  await add(page, "Harbour lease");
  const bar = page.getByRole("region", { name: "Not yet sent" });
  await expect(bar).toBeHidden();

  await test.step("what is here stays readable, and changes wait", async () => {
    await context.setOffline(true);
    await expect(bar).toContainText("The server does not answer.");
    await look(page, "offline");
    await add(page, "Written on the train");
    await expect(bar).toContainText("1 change waits on this device, encrypted");
    const row = page.getByRole("row", { name: /Written on the train/ });
    await expect(row).toContainText("Not yet sent");
    await look(page, "offline-one-waits");
    await bar.getByRole("button", { name: "Show", exact: true }).click();
    await expect(page.getByRole("dialog")).toContainText("Written on the train");
    await look(page, "offline-waiting-list");
    await page.keyboard.press("Escape");
  });

  await test.step("a page that is opened anew has it, and its sign-in sends it", async () => {
    // Closed before the network is back: a request of its own could still slip through.
    await page.close();
    const next = await context.newPage();
    await next.route("**/v1/vaults/*/entries", (route) =>
      route.request().method() === "POST" ? route.abort() : route.continue(),
    );
    await context.setOffline(false);
    await next.goto(server.url);
    await signIn(next);
    const waits = next.getByRole("region", { name: "Not yet sent" });
    await expect(waits).toContainText("1 change waits");
    await openVault(next, "Clients");
    const row = next.getByRole("row", { name: /Written on the train/ });
    await expect(row).toContainText("Not yet sent");
    await next.unrouteAll();
    await waits.getByRole("button", { name: "Try again", exact: true }).click();
    await expect(waits).toBeHidden();
    await expect(row).toBeVisible();
    await expect(row).not.toContainText("Not yet sent");
    await next.reload();
    await signIn(next);
    await expect(row).toBeVisible();
    await expect(row).not.toContainText("Not yet sent");
  });
  await context.close();
});
