import { describe, expect, it } from "vitest";
import type { CoreMethods, MethodName, TableDefinition } from "../core/api";
import type { SideBySide } from "../core/record-methods";
import { changedBy, writeMany } from "./batch";
import { expressionOf } from "./filter";
import { CHANGED, firstView } from "./record-table";
import { readView, writeView } from "./saved-views";
import { target } from "../ui/grid-keyboard";
import { differing, settled } from "./side-by-side";

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

describe("filters in the program's language", () => {
  const of = (id: string, value: unknown) => expressionOf(table, [{ id, value }]);

  it("names choices, ranges, and all of them together", () => {
    expect(of("status", { kind: "one_of", values: ["open", "closed"] })).toBe(
      '(status = "open" or status = "closed")',
    );
    expect(of("date", { kind: "between", from: "2026-01-01", to: "" })).toBe('date >= "2026-01-01"');
    expect(
      expressionOf(table, [
        { id: "status", value: { kind: "one_of", values: ["open"] } },
        { id: "amount", value: { kind: "between", from: "-3", to: "9.5" } },
      ]),
    ).toBe('(status = "open") and amount >= "-3" and amount <= "9.5"');
  });

  it("leaves out what narrows nothing or is half typed", () => {
    expect(of("status", { kind: "one_of", values: [] })).toBe("");
    expect(of("amount", { kind: "between", from: "-", to: "9." })).toBe("");
    expect(of("date", { kind: "between", from: "2026-1", to: "" })).toBe("");
    expect(of("no such", { kind: "one_of", values: ["x"] })).toBe("");
  });

  it("lets no value end its own quotes", () => {
    expect(of("status", { kind: "one_of", values: ['a" or title ~ "\\'] })).toBe(
      '(status = "a\\" or title ~ \\"\\\\")',
    );
  });
});

describe("saved views", () => {
  it("come back as they were", () => {
    const view = {
      ...firstView(table),
      sorting: [{ id: "amount", desc: true }],
      filters: [{ id: "status", value: { kind: "one_of", values: ["open"] } }],
      marked: "star" as const,
    };
    const kept = writeView(table, view, " harbour ");
    const read = readView(table, kept);
    expect(read.search).toBe("harbour");
    expect(read.view.visibility["notes"]).toBe(false);
    expect(writeView(table, read.view, read.search)).toBe(kept);
  });

  it("forget what the table no longer has, and never what names a record", () => {
    const kept = JSON.stringify({ sort: { id: "gone", desc: true }, filters: [{ id: "gone" }], hidden: ["title"] });
    const { view } = readView(table, kept);
    expect(view.sorting).toEqual([{ id: CHANGED, desc: true }]);
    expect(view.filters).toEqual([]);
    expect(view.visibility["title"]).toBe(true);
    for (const broken of ["", "[]", "null", "{", '{"filters":3,"hidden":{}}']) {
      expect(readView(table, broken).view.sorting).toEqual(firstView(table).sorting);
    }
  });
});

describe("a change of many", () => {
  const picked = [
    { record: "a", version: "1", value: "open" },
    { record: "b", version: "2", value: "closed" },
    { record: "c", version: "3", value: null },
  ];

  it("touches only what it changes", () => {
    expect(changedBy(picked, "open").map(({ record }) => record)).toEqual(["b", "c"]);
    expect(changedBy(picked, null).map(({ record }) => record)).toEqual(["a", "b"]);
  });

  it("goes in parts, and tells what was left out by its reason", async () => {
    const many = Array.from({ length: 700 }, (_, place) => ({
      record: `r${place}`,
      version: "v",
      value: null,
    }));
    const sizes: number[] = [];
    const ask = async <M extends MethodName>(_method: M, args: CoreMethods[M]["takes"]) => {
      const { rows, may_wait } = args as CoreMethods["write_records"]["takes"];
      expect(may_wait).toBe(true);
      sizes.push(rows.length);
      const problem = { code: "conflict", message: "", exit: 6 };
      const written = rows.map((_row, place) =>
        place === 0 ? { problem } : { record: "r", version: "w", conflicts: place === 1 ? 1 : 0, unsent: place === 2 },
      );
      return { written } as unknown as CoreMethods[M]["answers"];
    };
    const seen: number[] = [];
    const done = await writeMany(ask, { vault: "v", table: "case" }, many, { fields: { status: "open" } }, (n) =>
      seen.push(n),
    );
    expect(sizes).toEqual([500, 200]);
    expect(seen).toEqual([500, 700]);
    expect(done.written).toBe(698);
    expect(done.beside).toBe(2);
    expect(done.waiting).toBe(2);
    expect(done.left).toEqual([{ problem: { code: "conflict", message: "", exit: 6 }, count: 2 }]);
  });
});

describe("versions side by side", () => {
  const version = (fields: Record<string, string>) => ({
    version: JSON.stringify(fields),
    parents: [],
    fields,
    author: "anna",
    appended_ms: 1,
    deleted: false,
    erased: false,
    current: true,
    damage: null,
    unsent: false,
  });
  const sides: SideBySide = {
    versions: [
      version({ title: "A", status: "open", amount: "1" }),
      version({ title: "A", status: "closed", date: "2026-01-01" }),
    ],
    proposal: { title: "A", status: "closed", date: "2026-01-01", amount: "1" },
    undecided: ["status"],
  };

  it("differ in some fields only", () => {
    expect(differing(table, sides.versions).map(({ name }) => name)).toEqual(["status", "amount", "date"]);
  });

  it("are settled by what was chosen, else by the proposal", () => {
    expect(settled(table, sides, { status: 0, amount: 1 })).toEqual({
      status: "open",
      amount: null,
      date: "2026-01-01",
    });
  });
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
