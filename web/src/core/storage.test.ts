import { afterEach, expect, it, vi } from "vitest";
import { browserStorage } from "./storage";

afterEach(() => vi.unstubAllGlobals());

/** The locks of a browser, which all of its pages share: one holder of a name at a time. */
function locks() {
  const last = new Map<string, Promise<unknown>>();
  const request = (name: string, whenMine: () => Promise<void>) => {
    const mine = (last.get(name) ?? Promise.resolve()).then(whenMine);
    last.set(name, mine);
    return mine;
  };
  return { request };
}

it("is one page's at a time: the next has it when the first gives it back", async () => {
  vi.stubGlobal("navigator", { locks: locks() });
  const [first, second] = [browserStorage(), browserStorage()];
  const steps: string[] = [];
  const release = await first.alone();
  const waits = second.alone().then((given) => {
    steps.push("second");
    return given;
  });
  await new Promise((later) => setImmediate(later));
  steps.push("first ends");
  release?.();
  (await waits)?.();
  expect(steps).toEqual(["first ends", "second"]);
  // And it is free again.
  (await first.alone())?.();
});

it("says so where a browser refuses, and goes on where it has no locks", async () => {
  const refusal = new DOMException("not here", "SecurityError");
  vi.stubGlobal("navigator", { locks: { request: () => Promise.reject(refusal) } });
  await expect(browserStorage().alone()).rejects.toThrow("not here");
  vi.stubGlobal("navigator", {});
  await expect(browserStorage().alone()).resolves.toBeUndefined();
});
