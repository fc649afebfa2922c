import {
  columnFilteringFeature,
  columnVisibilityFeature,
  createFilteredRowModel,
  createSortedRowModel,
  rowSortingFeature,
  tableFeatures,
  useTable,
  type ColumnDef,
  type ColumnFiltersState,
  type ColumnVisibilityState,
  type SortingState,
} from "@tanstack/react-table";
import { useMemo } from "react";
import type { FieldDefinition, FieldValue, TableDefinition, VaultRecord } from "../core/api";
import { found, passes, searchText, searchWords, type ColumnFilter } from "./filter";
import { comparerFor, isEmpty } from "./sort";

export const features = tableFeatures({
  rowSortingFeature,
  columnFilteringFeature,
  columnVisibilityFeature,
  sortedRowModel: createSortedRowModel(),
  filteredRowModel: createFilteredRowModel(),
});

/** The column that says who changed a record last, and when. */
export const CHANGED = "changed_ms";

export interface TableView {
  sorting: SortingState;
  filters: ColumnFiltersState;
  visibility: ColumnVisibilityState;
}

interface Arguments {
  table: TableDefinition;
  records: VaultRecord[];
  search: string;
  view: TableView;
  locale: string;
  /** A value as it is read: the search looks at what is seen. */
  shown: (field: FieldDefinition, value: FieldValue | undefined) => string;
}

/** The rows to show: searched, filtered and sorted, with the columns that are switched on. */
export function useRecordTable({ table, records, search, view, locale, shown }: Arguments) {
  const columns = useMemo(() => columnsOf(table, locale), [table, locale]);
  const texts = useMemo(
    () => new Map(records.map((record) => [record.record, searchText(table, record.fields, shown)])),
    [table, records, shown],
  );
  const data = useMemo(() => {
    const words = searchWords(search);
    if (words.length === 0) return records;
    return records.filter((record) => found(texts.get(record.record) ?? "", words));
  }, [records, texts, search]);
  return useTable({
    features,
    columns,
    data,
    getRowId: (record) => record.record,
    state: {
      sorting: view.sorting,
      columnFilters: view.filters,
      columnVisibility: view.visibility,
    },
    enableSortingRemoval: false,
    enableMultiSort: false,
  });
}

export function columnsOf(
  table: TableDefinition,
  locale: string,
): Array<ColumnDef<typeof features, VaultRecord>> {
  const collator = new Intl.Collator(locale, { numeric: true, sensitivity: "base" });
  const fields = table.fields.map((field): ColumnDef<typeof features, VaultRecord> => {
    const compare = comparerFor(field, collator);
    return {
      id: field.name,
      // What is empty is undefined: it comes last both ways.
      accessorFn: (record) => {
        const value = record.fields[field.name];
        return isEmpty(value) ? undefined : value;
      },
      sortUndefined: "last",
      sortFn: (a, b) => compare(a.original.fields[field.name], b.original.fields[field.name]),
      filterFn: (row, _column, filter: ColumnFilter) =>
        passes(field, row.original.fields[field.name], filter),
    };
  });
  return [
    ...fields,
    {
      id: CHANGED,
      accessorFn: (record) => record.changed_ms,
      sortFn: (a, b) => a.original.changed_ms - b.original.changed_ms,
    },
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
  };
}
