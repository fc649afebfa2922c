import { cleanup, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { coreDouble, known, nobody, onStage, problem, signedIn } from "../testing/stage";
import { Gate } from "./gate";

// What is shown before the core answers has its own tests.
beforeEach(() => {
  localStorage.clear();
  vi.stubGlobal("fetch", () => Promise.reject(new TypeError("no network")));
});
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

const KIT = `Strongroom recovery kit

Name: anna
Recovery code: SR-RECOVER-0000-1111-2222-3333-4444-5555-666X
`;
const newServer = { ...nobody, needs_setup: true };
const inside = <p>the vaults</p>;

describe("the gate", () => {
  it("lets in who is signed in and has proven the kit", async () => {
    const { core } = coreDouble({ status: () => signedIn });
    onStage(<Gate>{inside}</Gate>, core);
    expect(await screen.findByText("the vaults")).toBeDefined();
  });

  it("shows and asks back the kit before anything else", async () => {
    let confirmed = false;
    const { core, calls } = coreDouble({
      status: () => ({ ...signedIn, recovery_confirmed: confirmed }),
      pending_kit: () => ({ kit: KIT, check: [2, 7] }),
      confirm_kit: () => {
        confirmed = true;
        return {};
      },
    });
    const user = userEvent.setup();
    globalThis.print = () => {};
    onStage(<Gate>{inside}</Gate>, core);
    expect(await screen.findByText("SR-RECOVER-0000-1111-2222-3333-4444-5555-666X")).toBeDefined();
    await user.click(screen.getByRole("button", { name: /Print/ }));
    await user.click(screen.getByRole("button", { name: "I have it: go on" }));
    await user.type(screen.getByLabelText("Part 2"), "1112");
    await user.type(screen.getByLabelText("Part 7"), "666x");
    await user.click(screen.getByRole("button", { name: "Confirm the kit" }));
    expect(screen.getAllByText("The kit has something else here.")).toHaveLength(1);
    expect(calls.map(({ method }) => method)).not.toContain("confirm_kit");
    await user.clear(screen.getByLabelText("Part 2"));
    await user.type(screen.getByLabelText("Part 2"), "i1l1");
    await user.click(screen.getByRole("button", { name: "Confirm the kit" }));
    expect(await screen.findByText("the vaults")).toBeDefined();
    expect(calls.find(({ method }) => method === "confirm_kit")?.args).toEqual({
      text: "1111-666X",
    });
  });

  it("keeps what was typed when a sign-up is refused", async () => {
    const { core, calls } = coreDouble({
      status: () => newServer,
      sign_up: () => problem("wrong_credentials"),
    });
    const user = userEvent.setup();
    onStage(<Gate>{inside}</Gate>, core);
    await user.type(await screen.findByLabelText("Set-up code"), "SR-SETUP-X");
    await user.type(screen.getByLabelText("Your name"), "Anna");
    await user.type(screen.getByLabelText("Passphrase"), "lantern orbit gravel");
    await user.type(screen.getByLabelText("The same passphrase again"), "lantern orbit gravel");
    await user.click(screen.getByRole("button", { name: "Sign up" }));
    expect((await screen.findByRole("alert")).textContent).toContain("That does not fit");
    expect(calls.filter(({ method }) => method === "sign_up")).toHaveLength(1);
    expect(screen.getByLabelText<HTMLInputElement>("Your name").value).toBe("Anna");
    expect(screen.getByLabelText<HTMLInputElement>("Passphrase").value).toBe(
      "lantern orbit gravel",
    );
  });

  it("asks for the kit where the core says that this browser needs it", async () => {
    const { core, calls } = coreDouble({
      status: () => (known),
      log_in: ({ kit }) => (kit ? { name: "anna" } : problem("kit_required", 2)),
    });
    const user = userEvent.setup();
    onStage(<Gate>{inside}</Gate>, core);
    await user.type(await screen.findByLabelText("Passphrase"), "p");
    await user.click(screen.getByRole("button", { name: "Sign in" }));
    await user.type(await screen.findByLabelText(/Recovery kit/), "SR-DEVICE-0");
    await user.click(screen.getByRole("button", { name: "Sign in" }));
    await waitFor(() => expect(calls.filter(({ method }) => method === "log_in")).toHaveLength(2));
    expect(calls.findLast(({ method }) => method === "log_in")?.args).toEqual({
      name: "anna",
      passphrase: "p",
      kit: "SR-DEVICE-0",
    });
  });

  it("tells tampering with a way to the administrator and no way on", async () => {
    const { core } = coreDouble({ status: () => problem("fork", 5) });
    onStage(<Gate>{inside}</Gate>, core);
    const alert = await screen.findByRole("alert");
    expect(alert.textContent).toContain("what the server sent cannot be right");
    expect(alert.textContent).toContain("another history");
    expect(screen.queryByRole("button", { name: "Try again" })).toBeNull();
  });
});
