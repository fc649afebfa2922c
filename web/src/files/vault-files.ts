import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { keys, useAsk } from "../app/queries";
import type { FileQuery, VaultFile } from "../core/api-files";
import { useHead, windowOf, WINDOW_ROWS } from "../records/rows";

/** What the list can be ordered by; each is a column of it. */
export const COLUMNS = ["name", "record", "size", "changed"] as const;
export type Column = (typeof COLUMNS)[number];

/** A part of the list of all files. */
export interface FileWindow {
  all: number;
  hidden: number;
  total: number;
  offset: number;
  rows: VaultFile[];
}

/** The files around those that are seen. What was there before stays until the new ones come. */
export function useVaultFiles(query: FileQuery) {
  const ask = useAsk();
  const head = useHead(query.vault);
  const [first, setFirst] = useState(0);
  const offset = windowOf(first);
  const files = useQuery({
    queryKey: [...keys.vault(query.vault), "all-files", query, head, offset],
    queryFn: async (): Promise<FileWindow> => {
      const page = await ask("query_files", { query, offset, count: WINDOW_ROWS });
      // A list that became shorter ends before its window.
      if (page.rows.length > 0 || page.total === 0) return { ...page, offset };
      return { ...(await ask("query_files", { query, offset: 0, count: WINDOW_ROWS })), offset: 0 };
    },
    placeholderData: keepPreviousData,
    // Names that are out of sight do not stay in the page.
    gcTime: 10_000,
    staleTime: Infinity,
  });
  return { ...files, seeFrom: setFirst };
}
