import type { FieldDefinition, TableDefinition } from "../core/api";

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

/** Filters in the language that the core and the program's `--where` read; nothing where none narrows. */
export function expressionOf(
  table: TableDefinition,
  filters: ReadonlyArray<{ id: string; value: unknown }>,
): string {
  return filters
    .flatMap(({ id, value }) => {
      const field = table.fields.find((candidate) => candidate.name === id);
      return field ? partsOf(field, value as ColumnFilter) : [];
    })
    .join(" and ");
}

function partsOf(field: FieldDefinition, filter: ColumnFilter): string[] {
  if (filter.kind === "one_of") {
    const any = filter.values.map((value) => `${field.name} = ${quoted(value)}`);
    return any.length > 0 ? [`(${any.join(" or ")})`] : [];
  }
  const bounds = [
    [">=", filter.from],
    ["<=", filter.to],
  ] as const;
  // What is half typed narrows nothing yet.
  return bounds
    .filter(([, bound]) => isWhole(field, bound))
    .map(([operator, bound]) => `${field.name} ${operator} ${quoted(bound)}`);
}

const isWhole = (field: FieldDefinition, bound: string) =>
  (field.type === "date" ? /^\d{4}-\d{2}-\d{2}$/ : field.type === "integer" ? /^-?\d+$/ : /^-?\d+(\.\d+)?$/).test(
    bound,
  );

const quoted = (value: string) => `"${value.replaceAll(/["\\]/g, "\\$&")}"`;

/** Text as it is compared: without case and accents, so that "Muller" is "Müller". */
export function searchable(text: string): string {
  return text.normalize("NFKD").replaceAll(/\p{M}/gu, "").toLowerCase();
}
