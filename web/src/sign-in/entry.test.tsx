import { cleanup, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Gate } from "../app/gate";
import type { MethodName } from "../core/api";
import type { Core } from "../core/client";
import { CoreError } from "../core/problem";
import { known, nobody, onStage, problem, signedIn } from "../testing/stage";

const KEPT = "strongroom.entry";
const anna = JSON.stringify({ name: "anna", passkeys: 0 });

interface Call {
  method: MethodName;
  args: unknown;
  answer?: ((answer: unknown) => void) | undefined;
}

/** A core that is still being loaded: it answers when the test says so. */
function slowCore() {
  const calls: Call[] = [];
  const core: Core = {
    call: (method, args) =>
      new Promise((resolve, reject) => {
        const answer = (is: unknown) => (is instanceof CoreError ? reject(is) : resolve(is as never));
        calls.push({ method, args, answer });
      }),
    listen: () => () => {},
  };
  const answer = async (method: MethodName, is: unknown) => {
    const waits = (call: Call) => call.method === method && call.answer !== undefined;
    const call = await waitFor(() => calls.find(waits) ?? expect.fail(`no call of ${method} waits`));
    call.answer?.(is);
    call.answer = undefined;
  };
  return { core, calls, answer };
}

/** What the server says of itself; no network without it. */
function serverSays(setupOpen?: boolean) {
  const asked = vi.fn(async () => {
    if (setupOpen === undefined) throw new TypeError("no network");
    return new Response(JSON.stringify({ product: "strongroom", setup_open: setupOpen }));
  });
  vi.stubGlobal("fetch", asked);
  return asked;
}

const passphrase = () => screen.getByLabelText<HTMLInputElement>("Passphrase");
const inside = <Gate>the vaults</Gate>;

beforeEach(() => localStorage.clear());
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

describe("before the core is there", () => {
  it("lets a known browser type and submit, and loses neither text nor focus when it comes", async () => {
    localStorage.setItem(KEPT, anna);
    const asked = serverSays(false);
    const { core, calls, answer } = slowCore();
    const user = userEvent.setup();
    onStage(inside, core);
    const field = passphrase();
    expect(screen.getByRole("heading", { level: 1 }).textContent).toBe("Welcome back, anna");
    expect(document.activeElement).toBe(field);
    await user.keyboard("lantern or");
    await answer("status", known);
    await user.keyboard("bit");
    expect(passphrase()).toBe(field);
    expect(field.value).toBe("lantern orbit");
    await user.keyboard("{Enter}");
    expect(calls.at(-1)).toMatchObject({
      method: "log_in",
      args: { name: "anna", passphrase: "lantern orbit" },
    });
    expect(asked).not.toHaveBeenCalled();
  });

  it("shows that a sign-in waits", async () => {
    localStorage.setItem(KEPT, anna);
    const { core, answer } = slowCore();
    const user = userEvent.setup();
    onStage(inside, core);
    await user.type(passphrase(), "lantern{Enter}");
    expect(await screen.findByRole("button", { name: /Opening your keys/ })).toBeDefined();
    await answer("status", known);
    await answer("log_in", { name: "anna" });
    await answer("status", signedIn);
    expect(await screen.findByText("the vaults")).toBeDefined();
  });

  it("asks the server where nothing is known, for the first person and for others", async () => {
    for (const [setup, title] of [[true, "Set up this server"], [false, "Sign in"]] as const) {
      serverSays(setup);
      onStage(inside, slowCore().core);
      expect(await screen.findByRole("heading", { level: 1, name: title })).toBeDefined();
      cleanup();
    }
  });

  it("waits for the core where the server does not answer either", async () => {
    const asked = serverSays();
    const { core, answer } = slowCore();
    onStage(inside, core);
    await waitFor(() => expect(asked).toHaveBeenCalled());
    expect(screen.getByRole("status").textContent).toContain("Opening Strongroom");
    await answer("status", { ...nobody, needs_setup: true });
    expect(await screen.findByLabelText("Set-up code")).toBeDefined();
  });

  it("corrects what it expected wrongly: this browser is nobody's any more", async () => {
    localStorage.setItem(KEPT, anna);
    const { core, answer } = slowCore();
    const user = userEvent.setup();
    onStage(inside, core);
    await user.type(passphrase(), "lantern");
    await answer("status", nobody);
    expect(await screen.findByLabelText(/Recovery kit/)).toBeDefined();
    expect(screen.getByLabelText<HTMLInputElement>("Your name").value).toBe("");
    // A passphrase that is being typed must not go on in the name.
    expect(document.activeElement).toBe(passphrase());
    expect(passphrase().value).toBe("lantern");
    expect(localStorage.getItem(KEPT)).toBeNull();
  });

  it("corrects it the other way: the browser is known after all", async () => {
    serverSays(false);
    const { core, answer } = slowCore();
    onStage(inside, core);
    await waitFor(() => expect(document.activeElement).toBe(screen.getByLabelText("Your name")));
    await answer("status", known);
    expect(await screen.findByText("Welcome back, anna")).toBeDefined();
    expect(document.activeElement).toBe(passphrase());
    expect(JSON.parse(localStorage.getItem(KEPT) ?? "")).toEqual({ name: "anna", passkeys: 0 });
  });

  it("leaves a name that somebody has begun to type", async () => {
    serverSays(false);
    const { core, answer } = slowCore();
    const user = userEvent.setup();
    onStage(inside, core);
    await user.type(await screen.findByLabelText("Your name"), "ben");
    await answer("status", known);
    await waitFor(() => expect(localStorage.getItem(KEPT)).toBe(anna));
    expect(screen.getByLabelText<HTMLInputElement>("Your name").value).toBe("ben");
  });

  it("says that the core was not loaded", async () => {
    localStorage.setItem(KEPT, anna);
    const { core, answer } = slowCore();
    onStage(inside, core);
    await answer("status", problem("core_not_loaded", 1));
    expect((await screen.findByRole("alert")).textContent).toContain("core was not loaded");
    expect(screen.queryByRole("button", { name: "Sign in" })).toBeNull();
  });

  it("has what was typed after trying again", async () => {
    localStorage.setItem(KEPT, anna);
    const { core, answer } = slowCore();
    const user = userEvent.setup();
    onStage(inside, core);
    await user.type(passphrase(), "lantern");
    await answer("status", problem("unreachable", 1));
    expect(await screen.findByRole("alert")).toBeDefined();
    expect(screen.queryByRole("button", { name: "Sign in" })).toBeNull();
    await user.click(screen.getByRole("button", { name: "Try again" }));
    await answer("status", known);
    expect(await screen.findByRole("button", { name: "Sign in" })).toBeDefined();
    expect(passphrase().value).toBe("lantern");
  });

  it("takes what another program wrote there for nothing", async () => {
    for (const kept of ["{", "null", "7", '{"name":7}', '{"name":"anna"}']) {
      localStorage.setItem(KEPT, kept);
      const asked = serverSays(true);
      onStage(inside, slowCore().core);
      expect(await screen.findByLabelText("Set-up code")).toBeDefined();
      expect(asked).toHaveBeenCalledOnce();
      cleanup();
    }
  });
});
