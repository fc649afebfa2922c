import { expect, test, type Page } from "@playwright/test";
import { createVault, founder, PASSPHRASE, signIn, type Person } from "../e2e/people";
import { startServer, type Server } from "../e2e/server";
import { startCore, writeMany, withoutPolicy } from "./core";
import { measured, median, quick, reach } from "./report";

const NAME = "Anna";
const ROUNDS = quick ? 2 : 7;
const RECORDS = quick ? 2_000 : 100_000;

let server: Server;
let person: Person;
test.beforeAll(async ({ browser }) => {
  server = await startServer();
  person = await founder(withoutPolicy(browser), server, NAME);
  await createVault(person.page, "Large");
});
test.afterAll(async () => {
  // Its process would be measured with the next bench's.
  await person.context.close();
  await server.stop();
});

test("first load, cold", async ({ browser }) => {
  const context = await browser.newContext({ serviceWorkers: "block" });
  const page = await context.newPage();
  const bytes = { page: 0, core: 0 };
  const counted: Array<Promise<void>> = [];
  page.on("requestfinished", (request) => {
    const part = /worker-|\.wasm$/.test(request.url()) ? "core" : "page";
    const count = async () => {
      const sizes = await request.sizes();
      bytes[part] += sizes.responseBodySize + sizes.responseHeadersSize;
    };
    counted.push(count());
  });
  const coreIsThere = page.waitForEvent("requestfinished", (request) =>
    request.url().endsWith(".wasm"),
  );
  const started = Date.now();
  await page.goto(server.url);
  await page.getByLabel("Passphrase", { exact: true }).fill(PASSPHRASE);
  const seconds = (Date.now() - started) / 1000;
  // What comes after this moment nobody waits for, the core included.
  await Promise.all(counted);
  const typed = { ...bytes };
  await coreIsThere;
  await Promise.all(counted);
  const [work, who] = ["first load, cold, until sign-in can be typed", "page"];
  measured({ work, who, seconds, rate: typed.page / 1000, unit: "kB" });
  measured({ work, who: "core, beside it", rate: bytes.core / 1000, unit: "kB" });
  reach({ reach: "first load", value: typed.page / 1000, limit: 400, unit: "kB" });
  await context.close();
});

/** Milliseconds from the press to what comes of it. */
async function timeOfSignIn(page: Page, passphrase: string): Promise<number> {
  await page.getByLabel("Passphrase", { exact: true }).fill(passphrase);
  const ended = passphrase === PASSPHRASE ? "header.top" : '[role="alert"]';
  const started = Date.now();
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  // At every frame of the page: what looks from outside looks ever more seldom.
  await page.waitForFunction((found) => document.querySelector(found) !== null, ended);
  return Date.now() - started;
}

test("sign-in", async () => {
  const { page } = person;
  const good: number[] = [];
  const bad: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    await page.reload();
    bad.push(await timeOfSignIn(page, `not this one ${round}`));
    await page.reload();
    good.push(await timeOfSignIn(page, PASSPHRASE));
  }
  // A wrong passphrase costs the same Argon2id, and nothing of what comes after it.
  const [alone, whole] = [median(bad), median(good)];
  const ratio = whole / alone;
  measured({ work: "Argon2id and OPAQUE, refused", who: "page", rate: alone, unit: "ms" });
  const ratio_to = "refused";
  measured({ work: "sign-in", who: "page", rate: whole, unit: "ms", ratio, ratio_to });
  reach({ reach: "sign-in against Argon2id", value: ratio, limit: 1.5, unit: "times" });
});

test("a large vault, warm", async () => {
  const { page } = person;
  await page.getByRole("link", { name: "Strongroom: all vaults", exact: true }).click();
  await page.getByRole("link", { name: /Large/ }).click();
  await expect(page).toHaveURL(/\/vaults\/[0-9a-f-]+/);
  const vault = /\/vaults\/([0-9a-f-]+)/.exec(page.url())?.[1] ?? "";
  await startCore(page, NAME);
  const started = Date.now();
  await writeMany(page, vault, RECORDS);
  const seconds = (Date.now() - started) / 1000;
  measured({ work: `write ${RECORDS} records`, who: "page", seconds });

  await page.reload();
  await signIn(page);
  // Once, so that everything is kept here.
  await expect(page.getByRole("row").nth(1)).toBeVisible();
  const times: number[] = [];
  const signedIn: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    await page.getByRole("link", { name: "Strongroom: all vaults", exact: true }).click();
    await expect(page.getByRole("heading", { name: "Vaults", exact: true })).toBeVisible();
    await page.reload();
    const started = Date.now();
    await signIn(page);
    const link = page.getByRole("link", { name: /Large/ });
    await expect(link).toBeVisible();
    const before = Date.now();
    signedIn.push(before - started);
    await link.click();
    await expect(page.getByRole("row").nth(1)).toBeVisible();
    times.push(Date.now() - before);
  }
  const listed = median(signedIn);
  measured({ work: `sign-in and list with ${RECORDS} records`, who: "page", rate: listed, unit: "ms" });
  const first = median(times);
  measured({ work: `first rows of ${RECORDS} records`, who: "page", rate: first, unit: "ms" });
  reach({ reach: "first rows, warm", value: first, limit: 1_000, unit: "ms" });

  await page.evaluate(() => {
    const tasks: number[] = [];
    Object.assign(globalThis, { benchTasks: tasks });
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) tasks.push(entry.duration);
    }).observe({ type: "longtask", buffered: false });
  });
  const search = page.getByRole("searchbox");
  for (const letters of ["dvorak", "case 99", "meyer"]) {
    await search.fill("");
    await search.pressSequentially(letters, { delay: 60 });
    await expect(page.getByRole("row").nth(1)).toBeVisible();
  }
  const longest = await page.evaluate(() =>
    Math.max(0, ...(globalThis as unknown as { benchTasks: number[] }).benchTasks),
  );
  measured({ work: "longest frame while typing in search", who: "page", rate: longest, unit: "ms" });
  // The browser names only tasks of 50 ms and more.
  reach({ reach: "typing blocks no frame", value: longest, limit: 50, unit: "ms" });
});
