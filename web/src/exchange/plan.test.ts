import { describe, expect, it } from "vitest";
import type { TableDefinition } from "../core/api";
import { readCell, readDate, type Cell } from "./cells";
import { claimedTwice, guessMapping, ID_TARGET, idPlace } from "./mapping";
import { count, Planner, type ImportOptions, type Mode } from "./plan";

const table: TableDefinition = {
  name: "case",
  title: "Cases",
  fields: [
    { name: "title", title: "Title", type: "text", required: true },
    { name: "amount", title: "Amount", type: "decimal" },
    { name: "date", title: "Date", type: "date" },
    { name: "status", title: "Status", type: "choice", choices: ["open", "closed"] },
    { name: "count", title: "Count", type: "integer" },
    { name: "done", title: "Done", type: "boolean" },
  ],
};
const field = (name: string) => {
  const found = table.fields.find((candidate) => candidate.name === name);
  if (!found) throw new Error(name);
  return found;
};
const reading = { dates: "day_first", decimal: "," } as const;
const choices = new Map([["status", new Map([["offen", "open"], ["geschlossen", "closed"]])]]);
const read = (name: string, cell: Cell, how = reading as Parameters<typeof readCell>[2]) =>
  readCell(field(name), cell, how, choices.get(name) ?? new Map());

describe("cells", () => {
  it("of dates", () => {
    expect(read("date", "31.3.2026")).toEqual({ value: "2026-03-31" });
    expect(read("date", "31. 3. 2026")).toEqual({ value: "2026-03-31" });
    expect(read("date", "2026-03-31")).toEqual({ value: "2026-03-31" });
    expect(readDate("4/5/2026", "day_first")).toBe("2026-05-04");
    expect(readDate("4/5/2026", "month_first")).toBe("2026-04-05");
    for (const wrong of ["31.2.2026", "2026-13-01", "31.3.26", "soon", "2026-03-31T10:00:00Z"]) {
      expect(read("date", wrong), wrong).toEqual({ problem: "date" });
    }
  });

  it("of numbers, by the marks of the file", () => {
    expect(read("amount", "1.200,50")).toEqual({ value: "1200.50" });
    expect(read("amount", "1 200,50")).toEqual({ value: "1200.50" });
    expect(read("amount", 12.5)).toEqual({ value: "12.5" });
    expect(read("amount", "1,200.50", { dates: "day_first", decimal: "." })).toEqual({ value: "1200.50" });
    // Twelve hundred or one and a fifth.
    expect(read("amount", "1,200", { dates: "day_first", decimal: "." })).toEqual({ problem: "decimal" });
    expect(read("amount", "12 EUR")).toEqual({ problem: "decimal" });
    expect(read("count", "12,00")).toEqual({ value: 12 });
    expect(read("count", "12,5")).toEqual({ problem: "integer" });
    expect(read("count", "99999999999999999999")).toEqual({ problem: "integer" });
  });

  it("of choices, truth and text", () => {
    expect(read("status", "Offen")).toEqual({ value: "open" });
    expect(read("status", "closed")).toEqual({ value: "closed" });
    expect(read("status", "later")).toEqual({ problem: "choice" });
    expect(read("done", "Ano")).toEqual({ value: true });
    expect(read("done", false)).toEqual({ value: false });
    expect(read("done", "perhaps")).toEqual({ problem: "boolean" });
    expect(read("title", " A \u{202e}B ")).toEqual({ value: "A \u{202e}B" });
    expect(read("title", "A\nB")).toEqual({ problem: "one_line" });
    expect(read("title", "   ")).toEqual({ value: null });
  });
});

describe("the mapping", () => {
  const titles = (name: string) => (name === "amount" ? ["Betrag", "Částka"] : []);

  it("is guessed by names and by titles of any language, each field once", () => {
    const columns = ["Strongroom ID", "TITLE", "castka", "Status", "status", "Colour"];
    expect(guessMapping(table, columns, titles)).toEqual([ID_TARGET, "title", "amount", "status", null, null]);
  });

  it("knows where a row says which record it was, whatever the column is taken in as", () => {
    expect(idPlace(["title", ID_TARGET], ["Strongroom ID", "Number"])).toBe(1);
    expect(idPlace(["title", null], ["Title", " strongroom id"])).toBe(1);
    expect(idPlace([null, "title"], ["_id", "title"])).toBe(0);
    expect(idPlace(["title"], ["Title"])).toBe(-1);
  });

  it("tells what is claimed twice", () => {
    expect(claimedTwice(["title", null, "title", null])).toEqual(["title"]);
  });
});

function planner(mode: Mode, key: string | null, mapping: ImportOptions["mapping"]) {
  const made = new Planner({ table, mapping, mode, key, reading, choices });
  const known = (record: string, title: string, more: object = {}) =>
    made.know({ record, version: `v${record}`, fields: { title, amount: "5" }, conflicts: 0, deleted: false, ...more });
  return { made, known };
}
const row = (line: number, ...cells: Cell[]) => ({ line, cells, broken: false });

describe("a plan", () => {
  it("merges: filled cells replace, empty ones leave what is there", () => {
    const { made, known } = planner("merge", "title", ["title", "amount"]);
    known("a", "Lease");
    expect(made.plan(row(2, "Lease", "7"))).toEqual({
      kind: "change", line: 2, record: "a", version: "va", fields: { amount: "7" },
    });
    expect(made.plan(row(3, "New", ""))).toEqual({ kind: "add", line: 3, fields: { title: "New" } });
    known("b", "Will");
    expect(made.plan(row(4, "Will", ""))).toEqual({ kind: "same", line: 4, record: "b" });
  });

  it("takes over completely: empty cells empty the field", () => {
    const { made, known } = planner("complete", "title", ["title", "amount"]);
    known("a", "Lease");
    expect(made.plan(row(2, "Lease", ""))).toMatchObject({ kind: "change", fields: { amount: null } });
  });

  it("takes only what is new", () => {
    const { made, known } = planner("only_new", "title", ["title", "amount"]);
    known("a", "Lease");
    known("b", "Lease");
    expect(made.plan(row(2, "Lease", "9"))).toEqual({ kind: "there", line: 2 });
    expect(made.plan(row(3, "Will", "9"))).toMatchObject({ kind: "add" });
  });

  it("leaves out what is not clear, and says why", () => {
    const { made, known } = planner("merge", "title", ["title", "amount"]);
    known("a", "Twice");
    known("b", "Twice");
    known("c", "Both", { conflicts: 1 });
    known("d", "Gone", { deleted: true });
    const why = (...cells: Cell[]) => {
      const step = made.plan(row(9, ...cells));
      return step.kind === "left_out" ? step.reasons.map(({ code }) => code) : step.kind;
    };
    expect(why("Twice", "1")).toEqual(["key_twice_there"]);
    expect(why("Both", "1")).toEqual(["conflicts"]);
    expect(why("", "1")).toEqual(["key_empty"]);
    expect(why("", "")).toEqual(["empty"]);
    expect(why("X", "much")).toEqual(["decimal"]);
    expect(why("Y", "1")).toBe("add");
    expect(why("Y", "2")).toEqual(["key_twice_here"]);
    // By a title, what lies in the trash is not there.
    expect(why("Gone", "1")).toBe("add");
    expect(made.plan({ line: 1, cells: ["Z", "1"], broken: true })).toMatchObject({ reasons: [{ code: "broken" }] });
  });

  it("goes by the id where there is one; without one a row is new", () => {
    const { made, known } = planner("merge", ID_TARGET, [ID_TARGET, "amount", "title"]);
    known("aa", "Lease");
    known("bb", "Gone", { deleted: true });
    expect(made.plan(row(2, "AA", "6", "Lease"))).toMatchObject({ kind: "change", record: "aa" });
    expect(made.plan(row(3, "", "6", "Other"))).toMatchObject({ kind: "add" });
    expect(made.plan(row(4, "", "6", ""))).toMatchObject({ kind: "left_out", reasons: [{ code: "required", field: "title" }] });
    expect(made.plan(row(5, "bb", "6", "x"))).toMatchObject({ reasons: [{ code: "in_trash" }] });
  });

  it("is counted", () => {
    expect(count([{ kind: "same", line: 1, record: "a" }, { kind: "there", line: 2 }, { kind: "there", line: 3 }])).toMatchObject({ same: 1, there: 2, add: 0 });
  });
});
