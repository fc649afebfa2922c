import { expect, test, type Page } from "@playwright/test";
import { oneByteChanged, startFront, type Front } from "./front";
import { look } from "./look";
import { complaints } from "./people";
import { startServer, type Server } from "./server";

let server: Server;
let front: Front;
test.beforeAll(async () => {
  server = await startServer();
  front = await startFront(server.localUrl);
});
test.afterAll(async () => {
  await front.stop();
  await server.stop();
});

/** Waits until the worker has the whole release and serves the page. */
const isKept = (page: Page) =>
  page.evaluate(async () => {
    await navigator.serviceWorker.ready;
    const controlled = () => navigator.serviceWorker.controller !== null;
    while (!controlled()) {
      await new Promise((then) =>
        navigator.serviceWorker.addEventListener("controllerchange", then, { once: true }),
      );
    }
  });

/** Asks the server for a newer worker; tells how the installation of one ended. */
const lookForRelease = (page: Page) =>
  page.evaluate(async () => {
    const registration = await navigator.serviceWorker.ready;
    const ended = new Promise<string>((then) =>
      registration.addEventListener("updatefound", () => {
        const found = registration.installing;
        found?.addEventListener("statechange", () => {
          if (found.state !== "installing") then(found.state);
        });
      }),
    );
    await registration.update();
    return ended;
  });

test("the page is an app of its own machine, pinned to its release", async ({ browser }) => {
  const context = await browser.newContext({ ignoreHTTPSErrors: false });
  const page = await context.newPage();
  const told = complaints(page);

  await test.step("http://localhost is a secure context and can be installed", async () => {
    await page.goto(front.url);
    await expect(page.getByRole("heading", { name: "Set up this server" })).toBeVisible();
    expect(await page.evaluate(() => isSecureContext && crossOriginIsolated)).toBe(true);
    await isKept(page);
    const devtools = await context.newCDPSession(page);
    const manifest = await devtools.send("Page.getAppManifest");
    expect(manifest.errors).toEqual([]);
    expect(manifest.url).toContain("strongroom.webmanifest");
    const { installabilityErrors } = await devtools.send("Page.getInstallabilityErrors");
    // Nothing is wrong but that the windows of tests are private ones.
    expect(installabilityErrors.map((error) => error.errorId)).toEqual(["in-incognito"]);
  });

  const script = await page.locator("script[src]").getAttribute("src");
  await test.step("what a server changes in the same release is never run", async () => {
    expect(await page.locator("script[src]").getAttribute("integrity")).toMatch(/^sha384-/);
    front.changes.set("/", () => Buffer.from("<title>Another page</title>"));
    front.changes.set(script ?? "", oneByteChanged);
    await page.reload();
    await expect(page.getByRole("heading", { name: "Set up this server" })).toBeVisible();
  });

  await test.step("nor when the browser has cleared its caches", async () => {
    const outcome = await page.evaluate(async (address) => {
      for (const name of await caches.keys()) await caches.delete(name);
      return fetch(address ?? "").then(
        () => "taken",
        () => "refused",
      );
    }, script);
    expect(outcome).toBe("refused");
    front.changes.delete(script ?? "");
    expect(await page.evaluate(async (address) => (await fetch(address ?? "")).ok, script)).toBe(true);
    front.changes.set(script ?? "", oneByteChanged);
  });

  await test.step("a new release that is not what it claims is not taken", async () => {
    const next = (worker: Buffer) => Buffer.concat([worker, Buffer.from("\n// next\n")]);
    front.changes.set("/service-worker.js", next);
    expect(await lookForRelease(page)).toBe("redundant");
    await expect(page.getByRole("region", { name: "New release" })).toBeHidden();
  });

  await test.step("a whole new release waits for a word", async () => {
    front.changes.delete("/");
    front.changes.delete(script ?? "");
    expect(await lookForRelease(page)).toBe("installed");
    const bar = page.getByRole("region", { name: "New release" });
    await expect(bar).toContainText("A new release is ready");
    await page.getByLabel("Your name").fill("Not lost before the press");
    await look(page, "release-ready");
    await expect(page.getByLabel("Your name")).toHaveValue("Not lost before the press");
    const other = await context.newPage();
    await other.goto(front.url);
    await expect(other.getByRole("region", { name: "New release" })).toBeVisible();
    await bar.getByRole("button", { name: "Reload", exact: true }).click();
    await expect(page.getByLabel("Your name")).toHaveValue("");
    await expect(bar).toBeHidden();
    await expect(other.getByText("Another tab has taken the new release.")).toBeVisible();
    await look(other, "release-taken");
  });

  await test.step("the page opens without a network and says what is missing", async () => {
    await context.setOffline(true);
    await page.reload();
    await expect(page.getByRole("alert")).toContainText("The server does not answer");
    await look(page, "opened-offline");
    await context.setOffline(false);
    await page.getByRole("button", { name: "Try again", exact: true }).click();
    await expect(page.getByRole("heading", { name: "Set up this server" })).toBeVisible();
  });

  const expected = /ERR_INTERNET_DISCONNECTED|ERR_FAILED|integrity|Failed to fetch/;
  expect(told.filter((line) => !expected.test(line))).toEqual([]);
  await context.close();
});
