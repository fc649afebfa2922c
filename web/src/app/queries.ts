import {
  MutationCache,
  QueryCache,
  QueryClient,
  useMutation,
  useQuery,
  useQueryClient,
} from "@tanstack/react-query";
import { useEffect } from "react";
import type { CoreMethods, MethodName, Status, TableDefinition, VaultRecord } from "../core/api";
import { toCoreError, type CoreError } from "../core/problem";
import { withOpenVault } from "../sharing/open-vault";
import { rememberEntry } from "../sign-in/entry";
import { useCore } from "./core-context";
import { setLockedOut } from "./locked-out";
import { setSessionEnded } from "./session-ended";

declare module "@tanstack/react-query" {
  interface Register {
    defaultError: CoreError;
  }
}

/** Where the answers of the core are kept while the page is open. */
export const keys = {
  status: ["status"] as const,
  vaults: ["vaults"] as const,
  tables: ["tables"] as const,
  /** Colleagues, invitations, safety numbers. */
  people: ["people"] as const,
  pendingKit: ["pending_kit"] as const,
  anyVault: ["vault"] as const,
  vault: (vault: string) => ["vault", vault] as const,
  records: (vault: string, table: string) => ["vault", vault, "records", table] as const,
  /** Pages of lists; the query follows. */
  rows: (vault: string) => ["vault", vault, "rows"] as const,
  record: (vault: string, record: string) => ["vault", vault, "record", record] as const,
  views: (vault: string, table: string) => ["vault", vault, "views", table] as const,
  sideBySide: (vault: string, record: string) => ["vault", vault, "side_by_side", record] as const,
  trash: (vault: string, table: string) => ["vault", vault, "trash", table] as const,
  history: (vault: string, record: string) => ["vault", vault, "history", record] as const,
  members: (vault: string) => ["vault", vault, "members"] as const,
};

/** A client that asks once: what failed is shown with a way on, not tried in the dark. */
export function makeQueryClient(): QueryClient {
  const watch = (error: CoreError) => {
    // Whoever is not in yet is told where they come in.
    const inside = client.getQueryData<Status>(keys.status)?.signed_in !== false;
    if (error.sessionEnded && inside) setSessionEnded(true);
    if (error.locksOut && inside) setLockedOut(error);
    // A right was withdrawn: the list of vaults says which.
    if (["access_ended", "forbidden"].includes(error.code)) {
      void client.invalidateQueries({ queryKey: keys.vaults });
    }
  };
  const client = new QueryClient({
    queryCache: new QueryCache({ onError: watch }),
    mutationCache: new MutationCache({ onError: watch }),
    defaultOptions: {
      // The core has its own idea of whether there is a network.
      queries: { retry: false, networkMode: "always", staleTime: 5_000 },
      mutations: { retry: false, networkMode: "always" },
    },
  });
  return client;
}

/** Asks the core; what fails is an error of the page. */
export function useAsk() {
  const core = useCore();
  return async <M extends MethodName>(
    method: M,
    args: CoreMethods[M]["takes"],
  ): Promise<CoreMethods[M]["answers"]> => {
    try {
      return await core.call(method, args);
    } catch (thrown) {
      throw toCoreError(thrown);
    }
  };
}

export function useStatus() {
  const ask = useAsk();
  return useQuery({
    queryKey: keys.status,
    queryFn: async () => {
      const status = await ask("status", {});
      rememberEntry(status);
      return status;
    },
    // It changes by what is done in this page; asking again could take away an open form.
    staleTime: Infinity,
  });
}

export function useVaults() {
  const ask = useAsk();
  const queries = useQueryClient();
  return useQuery({
    queryKey: keys.vaults,
    queryFn: async () => withOpenVault((await ask("vaults", {})).vaults, queries),
  });
}

/** The kit that waits for its proof. */
export function usePendingKit(wanted: boolean) {
  const ask = useAsk();
  return useQuery({
    queryKey: keys.pendingKit,
    queryFn: () => ask("pending_kit", {}),
    enabled: wanted,
    staleTime: Infinity,
  });
}

/** The tables that there are. */
export function useTables() {
  const ask = useAsk();
  return useQuery({
    queryKey: keys.tables,
    queryFn: async (): Promise<TableDefinition[]> => (await ask("tables", {})).tables,
    staleTime: Infinity,
  });
}

export function useRecords(vault: string, table: string) {
  const ask = useAsk();
  return useQuery({
    queryKey: keys.records(vault, table),
    queryFn: async (): Promise<VaultRecord[]> => (await ask("records", { vault, table })).records,
  });
}

export function useTrash(vault: string, table: string) {
  const ask = useAsk();
  return useQuery({
    queryKey: keys.trash(vault, table),
    queryFn: async () => (await ask("records", { vault, table, trash: true })).records,
  });
}

export function useHistory(vault: string, record: string) {
  const ask = useAsk();
  return useQuery({
    queryKey: keys.history(vault, record),
    queryFn: async () => (await ask("history", { vault, record })).versions,
  });
}

export function useMembers(vault: string) {
  const ask = useAsk();
  return useQuery({
    queryKey: keys.members(vault),
    queryFn: async () => (await ask("members", { vault })).members,
  });
}

/** A call that changes something. What it touched is read again when it has worked. */
export function useChange<M extends MethodName>(method: M, touched: readonly (readonly string[])[] = []) {
  const ask = useAsk();
  const queries = useQueryClient();
  return useMutation({
    mutationFn: (args: CoreMethods[M]["takes"]) => ask(method, args),
    onSuccess: async () => {
      await Promise.all(touched.map((queryKey) => queries.invalidateQueries({ queryKey })));
    },
  });
}

/** Reads again what the core tells has changed. */
export function useLiveChanges(): void {
  const core = useCore();
  const queries = useQueryClient();
  useEffect(
    () =>
      core.listen((event) => {
        if (event.event !== "changed") return;
        // Records of a private table are shown beside another vault than they lie in.
        void queries.invalidateQueries({ queryKey: keys.anyVault });
        void queries.invalidateQueries({ queryKey: keys.vaults });
        if (event.vault === null) void queries.invalidateQueries({ queryKey: keys.people });
      }),
    [core, queries],
  );
}

/** Forgets every answer: after a lock nothing decrypted stays in the page. */
export function useForget() {
  const queries = useQueryClient();
  return () => {
    queries.removeQueries({ predicate: (query) => query.queryKey[0] !== "status" });
    queries.getMutationCache().clear();
    setSessionEnded(false);
    return queries.invalidateQueries({ queryKey: keys.status });
  };
}
