import { cleanup, screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, describe, expect, it } from "vitest";
import type { Outbox, WaitingChange } from "../core/api-offline";
import { coreDouble, onStage, signedIn } from "../testing/stage";
import { OutboxBar } from "./outbox-bar";

afterEach(cleanup);

const change: WaitingChange = {
  vault: "v",
  vault_name: "Clients",
  record: "r",
  table: "case",
  deleted: false,
  fields: { title: "Harbour lease", client: "Typed on the train" },
  made_ms: 0,
  problem: null,
};
const box = (offline: boolean, waiting: WaitingChange[]): Outbox => ({ offline, heard_ms: 0, waiting });
const refused: WaitingChange = {
  ...change,
  problem: { code: "forbidden", message: "no", exit: 4 },
};
const field = (name: string) => ({ name, type: "text" as const, required: name === "title" });

function stage(first: Outbox, sent: Outbox = first) {
  let now = first;
  const made = coreDouble({
    status: () => signedIn,
    outbox: () => now,
    tables: () => ({
      tables: [{ name: "case", private: false, fields: [field("title"), field("client")] }] as never,
    }),
    send_waiting: () => (now = sent),
    discard_waiting: () => {
      now = box(false, []);
      return {};
    },
  });
  onStage(<OutboxBar />, made.core);
  return made;
}

const bar = () => screen.findByRole("region", { name: "Not yet sent" });

describe("what is not yet sent", () => {
  it("is not spoken of while everything is sent", async () => {
    const { calls } = stage(box(false, []));
    await waitFor(() => expect(calls.map(({ method }) => method)).toContain("outbox"));
    expect(screen.queryByRole("region")).toBeNull();
  });

  it("says that work can go on without the server, and how much waits", async () => {
    stage(box(true, []));
    expect((await bar()).textContent).toContain("go on working");
    expect((await bar()).textContent).toContain("Last answer: ");
    cleanup();
    stage(box(true, [change, change]));
    expect((await bar()).textContent).toContain("2 changes wait");
  });

  it("goes away when trying again has sent it", async () => {
    const { calls } = stage(box(true, [change]), box(false, []));
    await userEvent.click(within(await bar()).getByRole("button", { name: "Try again" }));
    await waitFor(() => expect(screen.queryByRole("region")).toBeNull());
    expect(calls.filter(({ method }) => method === "send_waiting")).toHaveLength(1);
  });

  it("tries by itself when the network comes back", async () => {
    const { calls } = stage(box(true, [change]), box(false, []));
    await bar();
    window.dispatchEvent(new Event("online"));
    await waitFor(() => expect(screen.queryByRole("region")).toBeNull());
    expect(calls.map(({ method }) => method)).toContain("send_waiting");
  });

  it("shows what was typed and why it was refused, and gives it up only when asked twice", async () => {
    const { calls } = stage(box(false, [refused]));
    expect((await bar()).textContent).toContain("1 change could not be sent");
    await userEvent.click(within(await bar()).getByRole("button", { name: "Show" }));
    const dialog = await screen.findByRole("dialog");
    expect(await within(dialog).findByText("Typed on the train")).toBeDefined();
    const giveUp = () => within(dialog).getByRole("button", { name: "Give up this record’s changes" });
    await userEvent.click(giveUp());
    expect(calls.map(({ method }) => method)).not.toContain("discard_waiting");
    expect(within(dialog).getByText("They cannot be brought back.")).toBeDefined();
    await userEvent.click(giveUp());
    await waitFor(() => expect(screen.queryByRole("dialog")).toBeNull());
    expect(calls.find(({ method }) => method === "discard_waiting")?.args).toEqual({ record: "r" });
  });
});
