import { renderHook } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import type { Fields, TableDefinition, VaultRecord } from "../core/api";
import type { ColumnFilter } from "./filter";
import { target } from "./grid";
import { CHANGED, firstView, useRecordTable, type TableView } from "./record-table";

const table: TableDefinition = {
  name: "case",
  title: "Cases",
  fields: [
    { name: "title", title: "Title", type: "text", required: true },
    { name: "status", title: "Status", type: "choice", choices: ["open", "waiting", "closed"] },
    { name: "amount", title: "Amount", type: "decimal" },
    { name: "date", title: "Date", type: "date" },
    { name: "notes", title: "Notes", type: "long_text" },
  ],
};

const record = (title: string, fields: Fields, changed_ms: number): VaultRecord => ({
  record: title,
  version: "v",
  fields: { title, ...fields },
  author: "anna",
  changed_ms,
  conflicts: 0,
  deleted: false,
  damage: null,
});

const records = [
  record("Zoll", { status: "closed", amount: "9.50", date: "2026-01-05" }, 1),
  record("Äpfel", { status: "open", amount: "10.00", notes: "Müller & Söhne" }, 3),
  record("bau 10", { status: "waiting", amount: null, date: "2026-02-01" }, 2),
  record("Bau 9", { status: "open", date: "2025-12-31" }, 4),
];

function shown(view: Partial<TableView>, search = "") {
  const { result } = renderHook(() =>
    useRecordTable({
      table,
      records,
      search,
      view: { ...firstView(table), ...view },
      locale: "de",
      shown: (_field, value) => String(value ?? ""),
    }),
  );
  return result.current.getRowModel().rows.map((row) => row.id);
}

const sorted = (id: string, desc = false) => shown({ sorting: [{ id, desc }] });
const filtered = (id: string, value: ColumnFilter) =>
  shown({ sorting: [{ id: "title", desc: false }], filters: [{ id, value }] });

describe("sorting", () => {
  it("begins with the newest change", () => {
    expect(shown({})).toEqual(["Bau 9", "Äpfel", "bau 10", "Zoll"]);
  });

  it("has text in the order of its language, with numbers in it by value", () => {
    expect(sorted("title")).toEqual(["Äpfel", "Bau 9", "bau 10", "Zoll"]);
    expect(sorted("title", true)).toEqual(["Zoll", "bau 10", "Bau 9", "Äpfel"]);
  });

  it("has numbers by value, and what is empty last both ways", () => {
    expect(sorted("amount").slice(0, 2)).toEqual(["Zoll", "Äpfel"]);
    expect(sorted("amount", true).slice(0, 2)).toEqual(["Äpfel", "Zoll"]);
  });

  it("has choices as the definition lists them", () => {
    expect(sorted("status").at(2)).toBe("bau 10");
    expect(sorted("status").at(3)).toBe("Zoll");
  });
});

describe("narrowing", () => {
  it("by choices", () => {
    expect(filtered("status", { kind: "one_of", values: ["waiting", "closed"] })).toEqual([
      "bau 10",
      "Zoll",
    ]);
  });

  it("by a range, its ends included", () => {
    expect(filtered("date", { kind: "between", from: "2026-01-05", to: "2026-02-01" })).toEqual([
      "bau 10",
      "Zoll",
    ]);
    expect(filtered("amount", { kind: "between", from: "9.5", to: "" })).toEqual(["Äpfel", "Zoll"]);
  });

  it("not at all by an empty filter", () => {
    expect(filtered("status", { kind: "one_of", values: [] })).toHaveLength(4);
    expect(filtered("date", { kind: "between", from: "", to: "" })).toHaveLength(4);
  });

  it("by words anywhere, without case and accents, hidden columns too", () => {
    expect(shown({}, "muller SOHNE")).toEqual(["Äpfel"]);
    expect(shown({}, "bau open")).toEqual(["Bau 9"]);
    expect(shown({}, "nowhere")).toEqual([]);
  });
});

describe("the view", () => {
  it("hides long texts at first, and has the column of the last change", () => {
    const { visibility, sorting } = firstView(table);
    expect(visibility).toEqual({ notes: false });
    expect(sorting).toEqual([{ id: CHANGED, desc: true }]);
  });

  it("is walked by keys, and stays inside", () => {
    expect(target("ArrowDown", 0, 3)).toBe(1);
    expect(target("ArrowDown", 2, 3)).toBe(2);
    expect(target("ArrowUp", 0, 3)).toBe(0);
    expect(target("End", 0, 100_000)).toBe(99_999);
    expect(target("PageDown", 99_995, 100_000)).toBe(99_999);
    expect(target("Home", 9, 10)).toBe(0);
    expect(target("x", 1, 3)).toBeNull();
  });
});
