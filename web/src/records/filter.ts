import type { FieldDefinition, FieldValue, Fields, TableDefinition } from "../core/api";
import { compareDecimals } from "./numbers";
import { isEmpty } from "./sort";

/** What a column is narrowed to. */
export type ColumnFilter =
  | { kind: "one_of"; values: string[] }
  | { kind: "between"; from: string; to: string };

/** How a field can be narrowed; text is found by the search instead. */
export function filterKind(field: FieldDefinition): ColumnFilter["kind"] | null {
  switch (field.type) {
    case "choice":
    case "boolean":
      return "one_of";
    case "date":
    case "decimal":
    case "integer":
      return "between";
    case "text":
    case "long_text":
      return null;
  }
}

/** The values that a `one_of` filter offers. */
export function offered(field: FieldDefinition): string[] {
  return field.type === "boolean" ? ["true", "false"] : (field.choices ?? []);
}

/** Whether a filter narrows anything. */
export function narrows(filter: ColumnFilter | undefined): boolean {
  if (!filter) return false;
  return filter.kind === "one_of" ? filter.values.length > 0 : filter.from !== "" || filter.to !== "";
}

/** Whether a value lies in a filter. What is empty lies in no range. */
export function passes(field: FieldDefinition, value: FieldValue | undefined, filter: ColumnFilter): boolean {
  if (!narrows(filter)) return true;
  if (isEmpty(value)) return false;
  const text = String(value);
  if (filter.kind === "one_of") return filter.values.includes(text);
  const compare = (bound: string) =>
    field.type === "date" ? (text < bound ? -1 : text > bound ? 1 : 0) : compareDecimals(text, bound);
  return (filter.from === "" || compare(filter.from) >= 0) && (filter.to === "" || compare(filter.to) <= 0);
}

/** Text as it is searched: without case and accents, so that "Muller" finds "Müller". */
export function searchable(text: string): string {
  return text.normalize("NFKD").replaceAll(/\p{M}/gu, "").toLowerCase();
}

/** Everything in a record that the search looks at, once for each record. */
export function searchText(
  table: TableDefinition,
  fields: Fields,
  shown: (field: FieldDefinition, value: FieldValue | undefined) => string,
): string {
  return searchable(table.fields.map((field) => shown(field, fields[field.name])).join("\n"));
}

/** Whether every word of a search is somewhere in a record. */
export function found(text: string, words: readonly string[]): boolean {
  return words.every((word) => text.includes(word));
}

export const searchWords = (typed: string) => searchable(typed).split(/\s+/).filter(Boolean);
