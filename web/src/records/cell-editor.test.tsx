import { act, cleanup, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, describe, expect, it } from "vitest";
import type { FieldDefinition, FieldValue, TableDefinition } from "../core/api";
import { onStage } from "../testing/stage";
import { CellEditor } from "./cell-editor";

const amount: FieldDefinition = { name: "amount", title: "Amount", type: "decimal" };
const status: FieldDefinition = { name: "status", title: "Status", type: "choice", choices: ["open", "closed"] };
const table: TableDefinition = { name: "case", title: "Cases", fields: [amount, status] };

afterEach(cleanup);

function edit(field: FieldDefinition, value: FieldValue, failing: string | null = null) {
  const saved: FieldValue[] = [];
  const done: number[] = [];
  onStage(
    <CellEditor
      table={table}
      field={field}
      value={value}
      save={(now) => {
        saved.push(now);
        return Promise.resolve(failing);
      }}
      onDone={(way) => done.push(way)}
    />,
  );
  return { saved, done, user: userEvent.setup() };
}

describe("a cell that is edited", () => {
  it("takes the keyboard, and Enter saves what was typed over the old value", async () => {
    const { saved, done, user } = edit(amount, "9.50");
    expect(screen.getByRole("textbox", { name: "Amount" })).toBe(document.activeElement);
    await user.keyboard("1,200.5{Enter}");
    expect(saved).toEqual(["1200.5"]);
    expect(done).toEqual([0]);
  });

  it("is left as it was by Escape, and writes nothing where nothing changed", async () => {
    const first = edit(amount, "9.50");
    await first.user.keyboard("7{Escape}");
    expect(first.saved).toEqual([]);
    expect(first.done).toEqual([0]);
  });

  it("goes on by Tab, back by Shift and Tab", async () => {
    const { saved, done, user } = edit(amount, null);
    await user.keyboard("{Shift>}{Tab}{/Shift}");
    expect(saved).toEqual([]);
    expect(done).toEqual([-1]);
  });

  it("says what is wrong, and keeps what was typed", async () => {
    const { saved, done, user } = edit(amount, null);
    await user.keyboard("a lot{Enter}");
    expect(saved).toEqual([]);
    expect(done).toEqual([]);
    expect(screen.getByRole("alert").textContent).toContain("Type a number");
    expect(screen.getByRole("textbox")).toHaveProperty("value", "a lot");
  });

  it("stays open with the reason where the core refuses", async () => {
    const { saved, done, user } = edit(amount, null, "Somebody was faster");
    await user.keyboard("3{Tab}");
    expect(saved).toEqual(["3"]);
    expect(done).toEqual([]);
    expect(screen.getByRole("alert").textContent).toBe("Somebody was faster");
  });

  it("is left once by Escape, though it was being saved", async () => {
    let saved = (_failed: string | null) => {};
    const done: number[] = [];
    onStage(
      <CellEditor
        table={table}
        field={amount}
        value={null}
        save={() => new Promise((resolve) => (saved = resolve))}
        onDone={(way) => done.push(way)}
      />,
    );
    const user = userEvent.setup();
    await user.keyboard("3{Enter}{Escape}");
    expect(done).toEqual([0]);
    await act(async () => saved(null));
    expect(done).toEqual([0]);
  });

  it("offers the choices of a choice, and none at all where it may be empty", async () => {
    const { saved, user } = edit(status, "open");
    await user.selectOptions(screen.getByRole("combobox", { name: "Status" }), "");
    await user.keyboard("{Enter}");
    expect(saved).toEqual([null]);
  });
});
