/** What stands in a cell of somebody else's file, as a value of a field. */
import type { FieldDefinition, FieldValue } from "../core/api";
import { searchable } from "../records/filter";
import { readDecimal } from "../records/numbers";

/** A cell: text of a CSV, or a value of JSON. */
export type Cell = string | number | boolean | null;

/** How the file writes days and numbers. */
export interface Reading {
  /** What comes first in `4/5/2026`. */
  dates: "day_first" | "month_first";
  decimal: "." | ",";
}

export type CellProblem = "date" | "decimal" | "integer" | "boolean" | "choice" | "one_line" | "nested";

export type ReadCell = { value: FieldValue } | { problem: CellProblem };

const YES = ["true", "yes", "ja", "ano", "1", "x"];
const NO = ["false", "no", "nein", "ne", "0"];

/** Reads a cell. An empty one is null. `choices` gives the titles of choices, folded, and what they mean. */
export function readCell(
  field: FieldDefinition,
  cell: Cell,
  reading: Reading,
  choices: ReadonlyMap<string, string>,
): ReadCell {
  const text = cell === null ? "" : String(cell).trim();
  if (text === "") return { value: null };
  switch (field.type) {
    case "text":
      return text.includes("\n") ? { problem: "one_line" } : { value: text };
    case "long_text":
      return { value: String(cell) };
    case "date":
      return found(readDate(text, reading.dates), "date");
    case "decimal":
      return found(readNumber(cell, text, reading), "decimal");
    case "integer": {
      const digits = readNumber(cell, text, reading)?.replace(/\.0+$/, "");
      const number = Number(digits);
      const whole = digits !== undefined && Number.isSafeInteger(number);
      return whole ? { value: number } : { problem: "integer" };
    }
    case "boolean": {
      const folded = searchable(text);
      if (YES.includes(folded)) return { value: true };
      return NO.includes(folded) ? { value: false } : { problem: "boolean" };
    }
    case "choice":
      return found(field.choices?.find((choice) => choice === text) ?? choices.get(searchable(text)), "choice");
  }
}

const found = (value: FieldValue | undefined, problem: CellProblem): ReadCell =>
  value === undefined ? { problem } : { value };

function readNumber(cell: Cell, text: string, reading: Reading): string | undefined {
  // A number of JSON has a full stop, whatever the language.
  const decimal = typeof cell === "number" ? "." : reading.decimal;
  const marks = { decimal, group: decimal === "." ? "," : "." };
  return readDecimal(text, marks) ?? undefined;
}

/** A day as `2026-03-31`; undefined where the text is none, or names a day that there is not. */
export function readDate(text: string, order: Reading["dates"]): string | undefined {
  const iso = /^(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ]00:00(?::00(?:\.0+)?)?Z?)?$/.exec(text);
  if (iso) return day(iso[1], iso[2], iso[3]);
  // With full stops the day comes first everywhere.
  const dotted = /^(\d{1,2})\.\s*(\d{1,2})\.\s*(\d{4})$/.exec(text);
  if (dotted) return day(dotted[3], dotted[2], dotted[1]);
  const [, first, second, year] = /^(\d{1,2})[/-](\d{1,2})[/-](\d{4})$/.exec(text) ?? [];
  return order === "day_first" ? day(year, second, first) : day(year, first, second);
}

function day(year?: string, month?: string, date?: string): string | undefined {
  if (!year || !month || !date) return undefined;
  const text = `${year}-${month.padStart(2, "0")}-${date.padStart(2, "0")}`;
  const known = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(known.getTime()) && known.toISOString().startsWith(text) ? text : undefined;
}
