import { describe, expect, it } from "vitest";
import type { TableDefinition } from "../core/api";
import { columnOrder, fittingWidth, keptColumns, moveColumn, readColumns } from "./columns";
import { CHANGED, firstView } from "./record-table";
import { readView, writeView } from "./saved-views";

const table: TableDefinition = {
  name: "case",
  title: "Cases",
  fields: [
    { name: "title", title: "Title", type: "text", required: true },
    { name: "status", title: "Status", type: "choice", choices: ["open", "closed"] },
    { name: "amount", title: "Amount", type: "decimal" },
  ],
};

describe("the order of columns", () => {
  it("is the table's own until somebody moves one, and the first one stays", () => {
    expect(columnOrder(table, [])).toEqual(["title", "status", "amount", CHANGED]);
    expect(moveColumn(table, [], "amount", -1)).toEqual(["title", "amount", "status", CHANGED]);
    expect(moveColumn(table, [], "amount", 1)).toEqual(["title", "status", CHANGED, "amount"]);
    expect(moveColumn(table, [], "status", -1)).toEqual(columnOrder(table, []));
    expect(moveColumn(table, [], "title", 1)).toEqual(columnOrder(table, []));
    expect(moveColumn(table, [], CHANGED, 1)).toEqual(columnOrder(table, []));
  });

  it("has every column once, whatever was kept", () => {
    const kept = ["gone", "amount", "amount", "title"];
    expect(columnOrder(table, kept)).toEqual(["title", "status", "amount", CHANGED]);
    // A column that the table got since then stands behind its neighbour.
    expect(columnOrder(table, [CHANGED, "amount"])).toEqual(["title", "status", CHANGED, "amount"]);
  });
});

describe("the choice of columns", () => {
  it("is kept with a view and comes back, and a view without one is as before", () => {
    const view = { ...firstView(table), order: ["title", "amount", "status", CHANGED], widths: { amount: 12 } };
    const kept = writeView(table, view, "");
    const read = readView(table, kept);
    expect(read.view.order).toEqual(view.order);
    expect(read.view.widths).toEqual({ amount: 12 });
    expect(writeView(table, read.view, "")).toBe(kept);
    const usual = writeView(table, firstView(table), "");
    expect(JSON.parse(usual)).not.toHaveProperty("order");
    expect(JSON.parse(usual)).not.toHaveProperty("widths");
    // Moved there and back again, it is the usual one.
    const back = { ...view, order: columnOrder(table, []), widths: {} };
    expect(writeView(table, back, "")).toBe(usual);
  });

  it("holds nothing that makes a table unusable", () => {
    const read = readColumns(table, {
      hidden: ["title", "status"],
      order: ["amount", 3],
      widths: { title: 1e9, status: -1, amount: "wide", gone: 9 },
    });
    expect(read.visibility).toMatchObject({ title: true, status: false });
    expect(read.order).toEqual(["amount"]);
    expect(read.widths).toEqual({ title: 60, status: 4 });
    for (const broken of [null, 3, [], {}, "hidden"]) {
      expect(keptColumns(table, readColumns(table, broken))).toEqual({ hidden: [] });
    }
    expect(fittingWidth(10.13)).toBe(10.25);
  });
});
