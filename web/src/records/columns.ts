import type { TableDefinition } from "../core/api";
import { CHANGED, firstView, type TableView } from "./record-table";

/** Between these a person gives a column its width, in rem. */
export const WIDTH_MIN_REM = 4;
export const WIDTH_MAX_REM = 60;
/** What one press makes it wider or narrower. */
export const WIDTH_STEP_REM = 2;

/** What a person chose of the columns of a table. */
export type ColumnChoice = Pick<TableView, "visibility" | "order" | "widths">;

/** All columns as the table has them. */
export const ownOrder = (table: TableDefinition): string[] => [
  ...table.fields.map(({ name }) => name),
  CHANGED,
];

/** All columns from first to last. The first one names the record, and stays where it is. */
export function columnOrder(table: TableDefinition, order: readonly string[]): string[] {
  const own = ownOrder(table);
  const chosen = order.filter((name, place) => own.indexOf(name) > 0 && order.indexOf(name) === place);
  // What the table got since then stands where the table has it, behind its neighbour.
  return own.reduce<string[]>((all, name, place) => {
    if (chosen.includes(name)) return all;
    const before = all.indexOf(own[place - 1] ?? "");
    return all.toSpliced(place === 0 ? 0 : before + 1, 0, name);
  }, chosen);
}

/** The order when a column has gone one place to the left or the right. */
export function moveColumn(table: TableDefinition, order: readonly string[], name: string, way: -1 | 1): string[] {
  const all = columnOrder(table, order);
  const from = all.indexOf(name);
  const to = from + way;
  if (from < 1 || to < 1 || to >= all.length) return all;
  return all.toSpliced(from, 1).toSpliced(to, 0, name);
}

/** A width that a column may have. */
export const fittingWidth = (rem: number): number =>
  Math.min(WIDTH_MAX_REM, Math.max(WIDTH_MIN_REM, Math.round(rem * 4) / 4));

/** What was chosen, as it is kept: the same for the same choice, and nothing of what is as usual. */
export function keptColumns(table: TableDefinition, { visibility, order, widths }: ColumnChoice) {
  const all = columnOrder(table, order);
  const own = ownOrder(table);
  const chosen = Object.entries(widths).sort(([one], [other]) => (one < other ? -1 : 1));
  return {
    hidden: Object.keys(visibility)
      .filter((name) => visibility[name] === false)
      .sort(),
    ...(all.some((name, place) => name !== own[place]) ? { order: all } : {}),
    ...(chosen.length > 0 ? { widths: Object.fromEntries(chosen) } : {}),
  };
}

/** What was kept, as far as the table still has it. */
export function readColumns(table: TableDefinition, kept: unknown): ColumnChoice {
  if (typeof kept !== "object" || kept === null || !("hidden" in kept)) {
    const { visibility, order, widths } = firstView(table);
    return { visibility, order, widths };
  }
  const { hidden, order, widths } = kept as { hidden: unknown; order?: unknown; widths?: unknown };
  const own = ownOrder(table);
  const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
  const given = typeof widths === "object" && widths !== null ? Object.entries(widths) : [];
  return {
    visibility: Object.fromEntries(
      own.map((name, place) => [name, place === 0 || !list(hidden).includes(name)]),
    ),
    order: list(order).filter((name): name is string => typeof name === "string"),
    widths: Object.fromEntries(
      given.flatMap(([name, rem]) =>
        own.includes(name) && typeof rem === "number" && Number.isFinite(rem) ? [[name, fittingWidth(rem)]] : [],
      ),
    ),
  };
}
