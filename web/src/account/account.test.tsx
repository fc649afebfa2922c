import { cleanup, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, describe, expect, it, vi } from "vitest";
import { SignIn } from "../sign-in/sign-in";
import { coreDouble, known, onStage, problem } from "../testing/stage";
import { Devices } from "./devices";
import { isLockKey } from "./presence";
import { Recover } from "./recover";
import { Sessions } from "./sessions";

afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

const device = (name: string, more: object = {}) => ({
  device: name,
  name,
  current: false,
  revoked: false,
  last_seen_ms: null,
  ...more,
});
const withPasskey = { ...known, passkeys: 1 };
const question = { prf_input: "strongroom/passkey/1", user: "00ff", credentials: ["AQID"] };

/** An authenticator that answers with `secret`, or with none. */
function authenticator(secret: Uint8Array | null) {
  class Answer {
    id = "AQID";
    getClientExtensionResults() {
      return { prf: secret ? { results: { first: secret } } : { enabled: false } };
    }
  }
  const get = vi.fn(() => Promise.resolve(new Answer()));
  vi.stubGlobal("PublicKeyCredential", Answer);
  vi.stubGlobal("isSecureContext", true);
  vi.stubGlobal("navigator", { ...navigator, credentials: { get } });
  return get;
}

describe("devices", () => {
  it("are revoked with the passphrase; this browser is not offered, and what was typed stays", async () => {
    let works = false;
    const { core, calls } = coreDouble({
      devices: () => ({
        devices: [
          device("Here", { current: true, last_seen_ms: Date.now() }),
          device("Old laptop"),
          device("Lost phone", { revoked: true }),
        ],
      }),
      revoke_device: () => (works ? {} : problem("wrong_credentials")),
    });
    const user = userEvent.setup();
    onStage(<Devices />, core);
    await user.click(await screen.findByRole("button", { name: "Revoke Old laptop" }));
    expect(screen.queryByRole("button", { name: "Revoke Here" })).toBeNull();
    await user.type(screen.getByLabelText("Passphrase"), "first try");
    await user.click(screen.getByRole("button", { name: "Revoke" }));
    expect((await screen.findByRole("alert")).textContent).toContain("That does not fit");
    expect(screen.getByLabelText<HTMLInputElement>("Passphrase").value).toBe("first try");
    works = true;
    await user.click(screen.getByRole("button", { name: "Revoke" }));
    await waitFor(() => expect(screen.queryByRole("alertdialog")).toBeNull());
    expect(calls.findLast(({ method }) => method === "revoke_device")?.args).toEqual({
      device: "Old laptop",
      passphrase: "first try",
    });
    expect(screen.getByText("1 revoked device")).toBeDefined();
  });
});

describe("sessions", () => {
  it("end everywhere else only after a question, and say how many ended", async () => {
    const row = { device_name: "Firefox", created_ms: 1, last_seen_ms: 2, expires_ms: 3 };
    const { core, calls } = coreDouble({
      sessions: () => ({
        sessions: [
          { ...row, session: "a", current: true },
          { ...row, session: "b", current: false },
        ],
      }),
      end_other_sessions: () => ({ ended: 1 }),
    });
    const user = userEvent.setup();
    onStage(<Sessions />, core);
    await user.click(await screen.findByRole("button", { name: "Sign out everywhere else" }));
    expect(calls.map(({ method }) => method)).not.toContain("end_other_sessions");
    const sure = within(screen.getByRole("alertdialog"));
    await user.click(sure.getByRole("button", { name: "Sign out everywhere else" }));
    expect(await screen.findByText("1 session was ended.")).toBeDefined();
  });
});

describe("recovery", () => {
  it("says what is missing, and keeps kit and passphrase when it is refused", async () => {
    const { core, calls } = coreDouble({ recover: () => problem("wrong_credentials") });
    const user = userEvent.setup();
    onStage(<Recover onBack={() => {}} />, core);
    await user.click(screen.getByRole("button", { name: "Recover the account" }));
    expect(calls).toHaveLength(0);
    const paste = async (label: string | RegExp, text: string) => {
      await user.click(screen.getByLabelText(label));
      await user.paste(text);
    };
    await paste(/Recovery kit/, "Name: anna");
    await paste("New passphrase", "lantern orbit gravel");
    await paste("The new passphrase again", "lantern orbit gravel");
    await user.click(screen.getByRole("button", { name: "Recover the account" }));
    expect((await screen.findByRole("alert")).textContent).toContain("That does not fit");
    expect(screen.getByLabelText<HTMLTextAreaElement>(/Recovery kit/).value).toBe("Name: anna");
  });
});

describe("unlocking with a passkey", () => {
  it("hands the secret to the core and wipes it here", async () => {
    const secret = new Uint8Array(32).fill(0xa1);
    authenticator(secret);
    const { core, calls } = coreDouble({
      passkey_question: () => question,
      unlock: () => ({ name: "anna" }),
    });
    const user = userEvent.setup();
    onStage(<SignIn status={withPasskey} />, core);
    await user.click(screen.getByRole("button", { name: "Unlock with a passkey" }));
    await waitFor(() =>
      expect(calls.find(({ method }) => method === "unlock")?.args).toEqual({
        credential: "AQID",
        prf: "a1".repeat(32),
      }),
    );
    expect([...secret].every((byte) => byte === 0)).toBe(true);
  });

  it("says that the session has ended, and that the passphrase helps", async () => {
    authenticator(new Uint8Array(32));
    const { core } = coreDouble({
      passkey_question: () => question,
      unlock: () => problem("unauthenticated"),
    });
    const user = userEvent.setup();
    onStage(<SignIn status={withPasskey} />, core);
    await user.click(screen.getByRole("button", { name: "Unlock with a passkey" }));
    expect(await screen.findByText("Your session here has ended")).toBeDefined();
    expect(screen.getByLabelText("Passphrase")).toBeDefined();
  });

  it("refuses an authenticator without a secret", async () => {
    authenticator(null);
    const { core, calls } = coreDouble({ passkey_question: () => question });
    const user = userEvent.setup();
    onStage(<SignIn status={withPasskey} />, core);
    await user.click(screen.getByRole("button", { name: "Unlock with a passkey" }));
    expect((await screen.findByRole("alert")).textContent).toContain("PRF");
    expect(calls.map(({ method }) => method)).not.toContain("unlock");
  });

  it("is not offered where no passkey opens this browser", () => {
    authenticator(null);
    onStage(<SignIn status={known} />);
    expect(screen.queryByRole("button", { name: "Unlock with a passkey" })).toBeNull();
  });
});

describe("the keys that lock", () => {
  const press = { altKey: true, shiftKey: true, ctrlKey: false, metaKey: false, code: "KeyL" };
  it("are these and no others", () => {
    expect(isLockKey(press)).toBe(true);
    expect(isLockKey({ ...press, shiftKey: false })).toBe(false);
    expect(isLockKey({ ...press, ctrlKey: true })).toBe(false);
    expect(isLockKey({ ...press, code: "KeyK" })).toBe(false);
  });
});
