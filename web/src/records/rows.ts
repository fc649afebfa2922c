import { keepPreviousData, useQuery, useQueryClient } from "@tanstack/react-query";
import { useMemo, useState } from "react";
import { useIntl } from "react-intl";
import { keys, useAsk, useVaults } from "../app/queries";
import type { TableDefinition, Vault } from "../core/api";
import type { Row, RowQuery } from "../core/record-methods";
import { expressionOf } from "./filter";
import { CHANGED, type TableView } from "./record-table";
import { titlesIn } from "./values";

/** Rows that are asked for at once: what is seen, and some before and after it. */
export const WINDOW_ROWS = 160;
/** Windows begin at multiples of this, so that small movements ask for nothing. */
const WINDOW_STEP = 40;

/** Where the window begins that has a row well inside. */
export const windowOf = (first: number) =>
  Math.max(0, Math.floor((first - WINDOW_STEP) / WINDOW_STEP) * WINDOW_STEP);

/** A part of a list. */
export interface RowWindow {
  all: number;
  total: number;
  offset: number;
  rows: Row[];
}

/** What a view asks the core for. */
export function useRowQuery(vault: Vault, table: TableDefinition, view: TableView, search: string): RowQuery {
  const intl = useIntl();
  const labels = useMemo(() => {
    const titles = titlesIn(intl);
    const fields = table.fields.map((field) => {
      const values = field.type === "boolean" ? ["true", "false"] : (field.choices ?? []);
      const shown = (value: string) =>
        titles.value(table, field, field.type === "boolean" ? value === "true" : value);
      return [field.name, Object.fromEntries(values.map((value) => [value, shown(value)]))] as const;
    });
    return Object.fromEntries(fields.filter(([, values]) => Object.keys(values).length > 0));
  }, [intl, table]);
  return useMemo(() => {
    const [sorted] = view.sorting;
    const name = sorted?.id === CHANGED ? "updated" : (sorted?.id ?? "updated");
    return {
      vault: vault.vault,
      table: table.name,
      search: search.trim(),
      filter: expressionOf(table, view.filters),
      sort: sorted && !sorted.desc ? name : `-${name}`,
      locale: intl.locale,
      labels,
      ...(view.marked ? { marked: view.marked } : {}),
    };
  }, [vault.vault, table, view, search, intl.locale, labels]);
}

/** Grows with every change of what a vault's lists show: records, and marks of one's own. */
export function useHead(vault: string): number {
  const { data: vaults } = useVaults();
  const shown = vaults?.filter((one) => one.vault === vault || one.kind === "personal") ?? [];
  return shown.reduce((sum, one) => sum + one.head, 0);
}

/** The rows around those that are seen. What was there before stays until the new ones come. */
export function useRows(query: RowQuery) {
  const ask = useAsk();
  const head = useHead(query.vault);
  const [first, setFirst] = useState(0);
  const offset = windowOf(first);
  const rows = useQuery({
    queryKey: [...keys.rows(query.vault), query, head, offset],
    queryFn: async (): Promise<RowWindow> => {
      const page = await ask("query_records", { query, offset, count: WINDOW_ROWS });
      // A list that became shorter ends before its window.
      if (page.rows.length > 0 || page.total === 0) return { ...page, offset };
      return { ...(await ask("query_records", { query, offset: 0, count: WINDOW_ROWS })), offset: 0 };
    },
    placeholderData: keepPreviousData,
    // Decrypted rows that are out of sight do not stay in the page.
    gcTime: 10_000,
    staleTime: Infinity,
  });
  return { ...rows, seeFrom: setFirst };
}

/** One record as the lists show it. */
export function useRecord(vault: string, record: string) {
  const ask = useAsk();
  const head = useHead(vault);
  return useQuery({
    queryKey: [...keys.record(vault, record), head],
    queryFn: () => ask("record", { vault, record }),
    placeholderData: (before) => (before?.record === record ? before : undefined),
    enabled: vault !== "" && record !== "",
    staleTime: Infinity,
    gcTime: 10_000,
  });
}

/** Lets lists and records of a vault be read again; what the core knows already, without a network. */
export function useReread() {
  const queries = useQueryClient();
  return (vault: string) =>
    Promise.all([
      queries.invalidateQueries({ queryKey: keys.vault(vault) }),
      queries.invalidateQueries({ queryKey: keys.vaults }),
    ]);
}
