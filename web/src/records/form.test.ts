import { describe, expect, it } from "vitest";
import type { TableDefinition } from "../core/api";
import { changedElsewhere, changedFields, draftOf, readDraft, rebase } from "./form";
import { numberMarks } from "./numbers";

const table: TableDefinition = {
  name: "case",
  title: "Cases",
  fields: [
    { name: "title", title: "Title", type: "text", required: true },
    { name: "status", title: "Status", type: "choice", choices: ["open", "closed"] },
    { name: "amount", title: "Amount", type: "decimal" },
    { name: "count", title: "Count", type: "integer" },
    { name: "date", title: "Date", type: "date" },
    { name: "done", title: "Done", type: "boolean" },
    { name: "notes", title: "Notes", type: "long_text" },
  ],
};
const marks = numberMarks("de");

describe("a form", () => {
  it("keeps a record as it is when nothing is changed", () => {
    const fields = {
      title: "Hafen",
      status: "open",
      amount: "1200.50",
      count: 3,
      date: "2026-03-31",
      done: false,
      notes: " zwei\nZeilen ",
    };
    const read = readDraft(table, draftOf(table, fields, marks), marks);
    expect(read).toEqual({ fields, errors: {} });
    expect(changedFields(fields, read.fields)).toEqual({});
  });

  it("says what is wrong, field by field", () => {
    const { errors } = readDraft(
      table,
      { title: "  ", status: "lost", amount: "viel", count: "1,5", date: "morgen" },
      marks,
    );
    expect(errors).toEqual({
      title: "form.error.required",
      status: "form.error.value",
      amount: "form.error.decimal",
      count: "form.error.integer",
      date: "form.error.date",
    });
  });

  it("sends what changed, and null for what was cleared", () => {
    const before = { title: "A", amount: "1.00", notes: "x" };
    const draft = { ...draftOf(table, before, marks), title: "B", notes: "" };
    const { fields } = readDraft(table, draft, marks);
    expect(changedFields(before, fields)).toEqual({ title: "B", notes: null });
  });
});

describe("when somebody else was faster", () => {
  const opened = { title: "A", status: "open", notes: "x" };
  const theirs = { title: "A", status: "closed", notes: "theirs" };

  it("names what they changed", () => {
    expect(changedElsewhere(table, opened, theirs).map(({ name }) => name)).toEqual([
      "status",
      "notes",
    ]);
  });

  it("keeps what was typed, and takes over the rest", () => {
    const draft = { ...draftOf(table, opened, marks), title: "mine", notes: "mine too" };
    const now = rebase(table, draft, opened, theirs, marks);
    expect(now).toMatchObject({ title: "mine", status: "closed", notes: "mine too" });
  });
});
