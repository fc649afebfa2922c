import { act, cleanup, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, describe, expect, it, vi } from "vitest";
import { Presence } from "../account/presence";
import { Gate } from "../app/gate";
import { setLockedOut } from "../app/locked-out";
import type { Status } from "../core/api";
import type { CoreError } from "../core/problem";
import { coreDouble, known, onStage, problem } from "../testing/stage";
import { OutboxBar } from "./outbox-bar";

afterEach(() => {
  cleanup();
  act(() => setLockedOut(null));
  vi.unstubAllGlobals();
});

const away: Status = { ...known, passkeys: 1, server_answers: false };

function stage(first: Status, sent: CoreError) {
  let status = first;
  const made = coreDouble({
    status: () => status,
    take_drafts: () => ({ text: null }),
    outbox: () => ({ offline: true, heard_ms: 0, waiting: [] }),
    send_waiting: () => sent,
    lock: () => {
      status = { ...away, passkeys: 0, server_answers: true };
      return {};
    },
    log_in: () => {
      status = { ...first, server_answers: true };
      return { name: "anna" };
    },
  });
  onStage(
    <>
      <Presence />
      <Gate>
        <OutboxBar />
        <p>the vaults</p>
      </Gate>
    </>,
    made.core,
  );
  return { ...made, becomes: (next: Status) => void (status = next) };
}

describe("the form without the server", () => {
  it("offers the passkey, says that the passphrase needs the server, and notices its return", async () => {
    vi.stubGlobal("PublicKeyCredential", class {});
    vi.stubGlobal("isSecureContext", true);
    const { becomes } = stage(away, problem("offline"));
    const told = await screen.findByRole("note");
    expect(told.textContent).toContain("Your passkey opens this browser without it");
    expect(told.textContent).toContain("The passphrase needs the server.");
    expect(screen.getByRole("button", { name: "Unlock with a passkey" })).toBeDefined();
    await userEvent.type(screen.getByLabelText("Passphrase"), "lantern");
    becomes({ ...away, server_answers: true });
    window.dispatchEvent(new Event("online"));
    await waitFor(() => expect(screen.queryByRole("note")).toBeNull());
    expect(screen.getByLabelText<HTMLInputElement>("Passphrase").value).toBe("lantern");
  });

  it("offers only the passphrase where no passkey opens this browser", async () => {
    stage({ ...away, passkeys: 0 }, problem("offline"));
    const told = await screen.findByRole("note");
    expect(told.textContent).toContain("The passphrase needs the server.");
    expect(told.textContent).not.toContain("passkey");
  });
});

describe("a page that the core lets nobody go on in", () => {
  const inside = { ...away, signed_in: true, recovery_confirmed: true };
  const ends = [
    ["away_ended", "The server has ended your session here"],
    ["device_revoked", "This browser is no longer one of your devices"],
    ["passkey_removed", "This passkey opens nothing here"],
    ["offline_too_long", "This device was offline too long"],
    ["clock_set_back", "This device’s clock is behind"],
  ] as const;
  for (const [code, title] of ends) {
    it(`locks and says why: ${code}`, async () => {
      const { calls } = stage(inside, problem(code));
      await userEvent.click(await screen.findByRole("button", { name: "Try again" }));
      expect((await screen.findByRole("alert")).textContent).toContain(title);
      expect(screen.queryByText("the vaults")).toBeNull();
      expect(calls.filter(({ method }) => method === "lock")).toHaveLength(1);
      // Who comes in again is not locked out by what was said before.
      await userEvent.type(screen.getByLabelText("Passphrase"), "lantern");
      await userEvent.click(screen.getByRole("button", { name: "Sign in" }));
      await screen.findByText("the vaults");
      expect(screen.queryByText(title)).toBeNull();
      expect(calls.filter(({ method }) => method === "lock")).toHaveLength(1);
    });
  }
});
