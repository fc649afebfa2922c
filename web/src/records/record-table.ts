import {
  columnFilteringFeature,
  columnOrderingFeature,
  columnVisibilityFeature,
  rowSortingFeature,
  tableFeatures,
  useTable,
  type ColumnDef,
  type ColumnFiltersState,
  type ColumnVisibilityState,
  type SortingState,
} from "@tanstack/react-table";
import { useMemo } from "react";
import type { TableDefinition } from "../core/api";
import type { Row, RowQuery } from "../core/record-methods";
import { columnOrder } from "./columns";

export const features = tableFeatures({
  rowSortingFeature,
  columnFilteringFeature,
  columnOrderingFeature,
  columnVisibilityFeature,
});

/** The column that says who changed a record last, and when. */
export const CHANGED = "changed_ms";

export interface TableView {
  sorting: SortingState;
  filters: ColumnFiltersState;
  visibility: ColumnVisibilityState;
  /** The columns as a person put them; empty where they stand as the table has them. */
  order: string[];
  /** Widths that a person gave columns, in rem. */
  widths: Record<string, number>;
  /** Only what the person marked themselves. */
  marked?: RowQuery["marked"] | undefined;
}

/** The columns of a table. The core has searched, filtered and sorted the rows. */
export function useRecordTable(table: TableDefinition, rows: Row[], view: TableView) {
  const columns = useMemo(() => columnsOf(table), [table]);
  const order = useMemo(() => columnOrder(table, view.order), [table, view.order]);
  return useTable({
    features,
    columns,
    data: rows,
    getRowId: (row) => row.record,
    state: {
      sorting: view.sorting,
      columnFilters: view.filters,
      columnVisibility: view.visibility,
      columnOrder: order,
    },
    manualSorting: true,
    manualFiltering: true,
    enableSortingRemoval: false,
    enableMultiSort: false,
  });
}

export type RecordTable = ReturnType<typeof useRecordTable>;

function columnsOf(table: TableDefinition): Array<ColumnDef<typeof features, Row>> {
  return [
    ...table.fields.map((field) => ({
      id: field.name,
      accessorFn: (row: Row) => row.fields[field.name],
    })),
    { id: CHANGED, accessorFn: (row: Row) => row.changed_ms },
  ];
}

/** What a table shows at first: all but the long texts, newest change first. */
export function firstView(table: TableDefinition): TableView {
  return {
    sorting: [{ id: CHANGED, desc: true }],
    filters: [],
    visibility: Object.fromEntries(
      table.fields.filter((field) => field.type === "long_text").map((field) => [field.name, false]),
    ),
    order: [],
    widths: {},
  };
}
