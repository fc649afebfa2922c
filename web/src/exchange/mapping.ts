/** Which column of a file is which field. */
import type { TableDefinition } from "../core/api";
import { searchable } from "../records/filter";

/** What a column is: a field's name, the record's id, or nothing that is taken in. */
export type Target = string | null;

/** Stands for the record's id among fields; no field is named so. */
export const ID_TARGET = "_id";

/** What an exported file calls the record's id. */
export const ID_COLUMN = "Strongroom ID";

const ID_NAMES = ["strongroom id", "_id", "record id"];

const isIdColumn = (column: string) => ID_NAMES.includes(column.trim().toLowerCase());

/** Where a row says which record it was, whatever its column is taken in as; -1 where it does not. */
export function idPlace(mapping: readonly Target[], columns: readonly string[]): number {
  const mapped = mapping.indexOf(ID_TARGET);
  return mapped >= 0 ? mapped : columns.findIndex(isIdColumn);
}

const folded = (text: string) => searchable(text).replaceAll(/[\s_.:*-]+/g, " ").trim();

/**
 * Guesses by name and title; each field is taken once. `titles` gives what a field is called in
 * the languages that are known.
 */
export function guessMapping(
  table: TableDefinition,
  columns: readonly string[],
  titles: (field: string) => readonly string[],
): Target[] {
  const taken = new Set<Target>();
  return columns.map((column) => {
    const name = folded(column);
    const isId = isIdColumn(column);
    const fields = table.fields.filter(({ name }) => !taken.has(name));
    const field = fields.find((field) =>
      [field.name, field.title, ...titles(field.name)].some((known) => folded(known) === name),
    );
    const target = isId && !taken.has(ID_TARGET) ? ID_TARGET : (field?.name ?? null);
    if (target !== null) taken.add(target);
    return target;
  });
}

/** Fields that more than one column claims to be. */
export function claimedTwice(mapping: readonly Target[]): string[] {
  const named = mapping.filter((target) => target !== null);
  return [...new Set(named.filter((target, place) => named.indexOf(target) !== place))];
}
