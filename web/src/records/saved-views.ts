import type { TableDefinition } from "../core/api";
import { keptColumns, ownOrder, readColumns } from "./columns";
import { narrows, type ColumnFilter } from "./filter";
import { firstView, type TableView } from "./record-table";

/** A view as it is kept. Written the same way for the same view, so that two can be compared. */
export function writeView(table: TableDefinition, view: TableView, search: string): string {
  const filters = view.filters
    .filter(({ value }) => narrows(value as ColumnFilter))
    .map(({ id, value }) => ({ id, value }))
    .sort((a, b) => (a.id < b.id ? -1 : 1));
  const [sorted] = view.sorting;
  return JSON.stringify({
    search: search.trim(),
    filters,
    sort: sorted ? { id: sorted.id, desc: sorted.desc } : null,
    ...keptColumns(table, view),
    marked: view.marked ?? null,
  });
}

/** A kept view, as far as the table still has what it names. */
export function readView(table: TableDefinition, text: string): { view: TableView; search: string } {
  const first = firstView(table);
  let kept: Record<string, unknown>;
  try {
    const parsed: unknown = JSON.parse(text);
    kept = typeof parsed === "object" && parsed !== null ? (parsed as Record<string, unknown>) : {};
  } catch {
    return { view: first, search: "" };
  }
  const names = ownOrder(table);
  const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
  const sort = kept["sort"] as { id?: unknown; desc?: unknown } | null | undefined;
  const marked = (["star", "flag", "note"] as const).find((kind) => kind === kept["marked"]);
  return {
    search: typeof kept["search"] === "string" ? kept["search"] : "",
    view: {
      sorting:
        typeof sort?.id === "string" && names.includes(sort.id)
          ? [{ id: sort.id, desc: sort.desc === true }]
          : first.sorting,
      filters: list(kept["filters"]).flatMap((filter) => {
        const { id, value } = (filter ?? {}) as { id?: unknown; value?: unknown };
        return typeof id === "string" && names.includes(id) && isFilter(value) ? [{ id, value }] : [];
      }),
      ...readColumns(table, kept),
      ...(marked ? { marked } : {}),
    },
  };
}

function isFilter(value: unknown): value is ColumnFilter {
  const filter = value as Partial<{ kind: string; values: unknown; from: unknown; to: unknown }> | null;
  if (filter?.kind === "one_of") return Array.isArray(filter.values);
  return filter?.kind === "between" && typeof filter.from === "string" && typeof filter.to === "string";
}
