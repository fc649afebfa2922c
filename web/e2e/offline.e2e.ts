import { expect, test } from "@playwright/test";
import { look } from "./look";
import { addCase, createVault, founder, openVault, signIn, withoutWorker } from "./people";
import { serverOfFile } from "./server";

const server = serverOfFile();

test("a morning without a network: nothing is lost, and it is said what is not sent", async ({
  browser,
}) => {
  const { page, context } = await founder(withoutWorker(browser), server, "Anna Nováková");
  await createVault(page, "Clients");
  await addCase(page, "Harbour lease");
  const bar = page.getByRole("region", { name: "Not yet sent" });
  await expect(bar).toBeHidden();

  await test.step("what is here stays readable, and changes wait", async () => {
    await context.setOffline(true);
    await expect(bar).toContainText("The server does not answer.");
    await look(page, "offline");
    await addCase(page, "Written on the train");
    await expect(bar).toContainText("1 change waits on this device, encrypted");
    const row = page.getByRole("row", { name: /Written on the train/ });
    await expect(row).toContainText("Not yet sent");
    await look(page, "offline-one-waits");
    await bar.getByRole("button", { name: "Show", exact: true }).click();
    await expect(page.getByRole("dialog")).toContainText("Written on the train");
    await look(page, "offline-waiting-list");
    await page.keyboard.press("Escape");
  });

  await test.step("several records changed at once wait one by one", async () => {
    for (const title of ["Harbour lease", "Written on the train"]) {
      await page.getByRole("row", { name: new RegExp(title) }).getByRole("checkbox").check();
    }
    await page.getByRole("button", { name: "Set a field", exact: true }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("button", { name: /^— Status|Status$/ }).last().click();
    await page.getByRole("option", { name: "waiting", exact: true }).click();
    await dialog.getByRole("button", { name: "Change 2 records", exact: true }).click();
    await expect(dialog).toContainText("the changes of 2 records wait on this device, encrypted");
    await look(page, "offline-several-wait");
    await dialog.getByRole("button", { name: "Close", exact: true }).last().click();
    await expect(dialog).toBeHidden();
    await expect(bar).toContainText("3 changes wait on this device, encrypted");
    const lease = page.getByRole("row", { name: /Harbour lease/ });
    await expect(lease).toContainText("waiting");
    await expect(lease).toContainText("Not yet sent");
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
    await expect(waits).toContainText("3 changes wait");
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
    for (const title of [/Harbour lease/, /Written on the train/]) {
      await expect(next.getByRole("row", { name: title })).toContainText("waiting");
    }
  });
  await context.close();
});
