import { cleanup, screen, waitFor } from "@testing-library/react";
import { afterEach, describe, expect, it } from "vitest";
import { Gate } from "../app/gate";
import { coreDouble, known, onStage, signedIn } from "../testing/stage";
import { Presence } from "./presence";
import type { TabMessage } from "./tabs";

/** Another page of the same browser. */
const other = new BroadcastChannel("strongroom-tabs");
let heard: TabMessage[] = [];
other.onmessage = ({ data }: MessageEvent<TabMessage>) => void heard.push(data);

afterEach(() => {
  cleanup();
  heard = [];
});

function page() {
  let status = signedIn;
  const double = coreDouble({
    status: () => status,
    take_drafts: () => ({ text: null }),
    lock: () => {
      status = known;
      return {};
    },
  });
  onStage(
    <>
      <Presence />
      <Gate>
        <p>the vaults</p>
      </Gate>
    </>,
    double.core,
  );
  const locks = () => double.calls.filter(({ method }) => method === "lock").length;
  return { ...double, locks };
}

describe("the pages of one browser", () => {
  it("lock together, by the keys in one of them", async () => {
    const { locks } = page();
    await screen.findByText("the vaults");
    dispatchEvent(new KeyboardEvent("keydown", { altKey: true, shiftKey: true, code: "KeyL" }));
    await screen.findByText("Welcome back, anna");
    expect(screen.queryByText("the vaults")).toBeNull();
    expect(locks()).toBe(1);
    await waitFor(() => expect(heard).toContainEqual({ kind: "lock" }));
  });

  it("lock when another one says so, and do not say it on", async () => {
    const { locks } = page();
    await screen.findByText("the vaults");
    await waitFor(() => expect(heard).toContainEqual({ kind: "account", name: "anna" }));
    other.postMessage({ kind: "lock" } satisfies TabMessage);
    await screen.findByText("Welcome back, anna");
    await waitFor(() => expect(locks()).toBe(1));
    expect(heard).not.toContainEqual({ kind: "lock" });
  });

  it("lock when the browser becomes somebody else's or nobody's, not when their own person comes", async () => {
    for (const name of ["ben", null]) {
      const { locks } = page();
      await screen.findByText("the vaults");
      other.postMessage({ kind: "account", name: "anna" } satisfies TabMessage);
      other.postMessage({ kind: "account", name } satisfies TabMessage);
      await screen.findByText("Welcome back, anna");
      await waitFor(() => expect(locks()).toBe(1));
      cleanup();
    }
  });
});
