/** What an import would do, row by row, before anything is written. */
import type { FieldDefinition, Fields, FieldValue, TableDefinition } from "../core/api";
import { readCell, type Cell, type CellProblem, type Reading } from "./cells";
import { ID_TARGET, type Target } from "./mapping";
import type { SheetRow } from "./sheet";

/**
 * `complete`: a record that is there becomes what its row says, empty cells included.
 * `merge`: only filled cells replace something. `only_new`: what is there stays as it is.
 */
export const modes = ["merge", "complete", "only_new"] as const;
export type Mode = (typeof modes)[number];

export interface ImportOptions {
  table: TableDefinition;
  mapping: readonly Target[];
  mode: Mode;
  /** The field, or [`ID_TARGET`], by which a row finds its record; null: every row is new. */
  key: string | null;
  reading: Reading;
  /** Titles of choices, folded, for each field. */
  choices: ReadonlyMap<string, ReadonlyMap<string, string>>;
}

/** A record that is there. */
export interface Existing {
  record: string;
  version: string;
  fields: Fields;
  conflicts: number;
  deleted: boolean;
}

export type ReasonCode =
  | CellProblem
  | "required"
  | "broken"
  | "empty"
  | "key_empty"
  | "key_twice_here"
  | "key_twice_there"
  | "conflicts"
  | "in_trash";

export interface Reason {
  code: ReasonCode;
  field?: string;
  /** What stood there, shortened. */
  found?: string;
  /** The line that says the same. */
  line?: number;
}

export type Step = (
  | { kind: "add"; fields: Fields }
  | { kind: "change"; record: string; version: string; fields: Fields }
  | { kind: "same"; record: string }
  /** Without a record where it is not clear which of those that are there. */
  | { kind: "there"; record?: string }
  | { kind: "left_out"; reasons: Reason[] }
) & {
  line: number;
  /** The id that the row had where it was exported, if files belong to it. */
  owner?: string;
};

/** Plans rows one after the other; remembers which keys the file has had. */
export class Planner {
  readonly #options: ImportOptions;
  readonly #existing = new Map<string, Existing[]>();
  readonly #seen = new Map<string, number>();
  readonly #columns: Array<{ place: number; field: FieldDefinition }>;
  readonly #idPlace: number;

  constructor(options: ImportOptions) {
    this.#options = options;
    this.#idPlace = options.mapping.indexOf(ID_TARGET);
    this.#columns = options.mapping.flatMap((target, place) => {
      const field = options.table.fields.find(({ name }) => name === target);
      return field ? [{ place, field }] : [];
    });
  }

  /** Tells of a record that is there. */
  know(existing: Existing): void {
    const { key } = this.#options;
    if (key === null) return;
    // By a field, what lies in the trash is not there.
    if (key !== ID_TARGET && existing.deleted) return;
    const value = key === ID_TARGET ? existing.record : keyText(existing.fields[key]);
    if (value === "") return;
    const known = this.#existing.get(value);
    if (known) known.push(existing);
    else this.#existing.set(value, [existing]);
  }

  plan(row: SheetRow): Step {
    const { line } = row;
    const out = (...reasons: Reason[]): Step => ({ kind: "left_out", line, reasons });
    if (row.broken) return out({ code: "broken" });
    const { fields, reasons } = this.#read(row.cells);
    if (reasons.length > 0) return out(...reasons);
    if (Object.values(fields).every((value) => value === null)) return out({ code: "empty" });
    const key = this.#keyOf(row.cells, fields);
    if (key === "") {
      // A row without an id is a new record; one without what it is known by is nobody's.
      const { key: name } = this.#options;
      return name === ID_TARGET ? this.#add(line, fields) : out({ code: "key_empty", field: name ?? "" });
    }
    if (key === null) return this.#add(line, fields);
    const before = this.#seen.get(key);
    if (before !== undefined) return out({ code: "key_twice_here", found: shorten(key), line: before });
    this.#seen.set(key, line);
    const [there, ...others] = this.#existing.get(key) ?? [];
    if (!there) return this.#add(line, fields);
    if (this.#options.mode === "only_new") {
      const isClear = others.length === 0 && !there.deleted;
      return { kind: "there", line, ...(isClear ? { record: there.record } : {}) };
    }
    if (others.length > 0) return out({ code: "key_twice_there", found: shorten(key) });
    if (there.deleted) return out({ code: "in_trash" });
    if (there.conflicts > 0) return out({ code: "conflicts" });
    return this.#change(line, there, fields);
  }

  #keyOf(cells: readonly Cell[], fields: Fields): string | null {
    const { key } = this.#options;
    if (key === null) return null;
    if (key === ID_TARGET) return String(cells[this.#idPlace] ?? "").trim().toLowerCase();
    return keyText(fields[key]);
  }

  #read(cells: readonly Cell[]): { fields: Fields; reasons: Reason[] } {
    const fields: Fields = {};
    const reasons: Reason[] = [];
    for (const { place, field } of this.#columns) {
      const cell = cells[place] ?? null;
      const choices = this.#options.choices.get(field.name) ?? new Map<string, string>();
      const read = readCell(field, cell, this.#options.reading, choices);
      if ("value" in read) fields[field.name] = read.value;
      else reasons.push({ code: read.problem, field: field.name, found: shorten(String(cell)) });
    }
    return { fields, reasons };
  }

  #missing(fields: Fields): Reason[] {
    return this.#options.table.fields
      .filter((field) => field.required && (fields[field.name] ?? null) === null)
      .map((field) => ({ code: "required", field: field.name }));
  }

  #add(line: number, fields: Fields): Step {
    const filled = Object.entries(fields).filter(([, value]) => value !== null);
    const reasons = this.#missing(fields);
    if (reasons.length > 0) return { kind: "left_out", line, reasons };
    return { kind: "add", line, fields: Object.fromEntries(filled) };
  }

  #change(line: number, there: Existing, fields: Fields): Step {
    const changed = Object.fromEntries(
      Object.entries(fields).filter(([name, value]) => {
        if (value === null && this.#options.mode === "merge") return false;
        return (there.fields[name] ?? null) !== value;
      }),
    );
    const reasons = this.#missing({ ...there.fields, ...changed });
    if (reasons.length > 0) return { kind: "left_out", line, reasons };
    if (Object.keys(changed).length === 0) return { kind: "same", line, record: there.record };
    return { kind: "change", line, record: there.record, version: there.version, fields: changed };
  }
}

const keyText = (value: FieldValue | undefined) => (value ?? null) === null ? "" : String(value).trim();

const shorten = (text: string) => (text.length > 60 ? `${text.slice(0, 59)}…` : text);

/** How many rows come to what. */
export type Counts = Record<Step["kind"], number>;

export function count(steps: readonly Step[]): Counts {
  const counts: Counts = { add: 0, change: 0, same: 0, there: 0, left_out: 0 };
  for (const step of steps) counts[step.kind] += 1;
  return counts;
}
