import { act, cleanup, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { onStage } from "../testing/stage";
import { forgetImport, foundBy, Interrupted, interruptedImport, noteImport, type ImportNote } from "./interrupted";

const note: ImportNote = { table: "case", by: "other", done: 200, total: 450, written: 190, files: 1, files_total: 3 };
const tables = [{ name: "case", title: "Cases", fields: [] }];

describe("an import that was left", () => {
  beforeEach(() => localStorage.clear());
  afterEach(cleanup);

  it("is told of with how far it came and how to go on, until somebody has seen it", async () => {
    noteImport("v", note);
    const { unmount } = onStage(<Interrupted vault="v" tables={tables} />);
    expect(screen.getByText(/200 of 450 rows were behind it, and at least 190 of them are in the vault/)).toBeDefined();
    expect(screen.getByText("1 of 3 files are attached and stay so.")).toBeDefined();
    expect(screen.getByText(/Otherwise rows that were new would be made twice/)).toBeDefined();
    await userEvent.click(screen.getByRole("button", { name: "I have seen it" }));
    expect(screen.queryByText("An import did not come to its end")).toBeNull();
    unmount();
    onStage(<Interrupted vault="v" tables={tables} />);
    expect(screen.queryByText("An import did not come to its end")).toBeNull();
  });

  it("gives way to the next one", () => {
    noteImport("v", note);
    onStage(<Interrupted vault="v" tables={tables} />);
    expect(screen.getByText("An import did not come to its end")).toBeDefined();
    act(() => noteImport("v", { ...note, done: 0 }));
    expect(screen.queryByText("An import did not come to its end")).toBeNull();
  });

  it("is none of another vault, none that ended, and none that cannot be read", () => {
    noteImport("v", note);
    expect(interruptedImport("w")).toBeNull();
    forgetImport("v");
    expect(interruptedImport("v")).toBeNull();
    for (const text of ["{", "7", '{"table":"case","done":"many"}']) {
      localStorage.setItem("strongroom.import.v", text);
      expect(interruptedImport("v"), text).toBeNull();
    }
  });

  it("goes on safely by a field only: ids of new records are others", () => {
    expect([foundBy("title"), foundBy("_id"), foundBy(null)]).toEqual(["field", "other", "other"]);
  });
});
