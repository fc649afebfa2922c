import { useQuery, useQueryClient } from "@tanstack/react-query";
import { keys, useAsk, useChange } from "../app/queries";
import type { MethodName } from "../core/api";

/** Where the answers about people are kept while the page is open. */
export const peopleKeys = {
  colleagues: ["people", "colleagues"] as const,
  safety: (identity: string) => ["people", "safety", identity] as const,
  invitations: ["people", "invitations"] as const,
  access: (vault: string) => ["vault", vault, "access"] as const,
  picture: (vault: string) => ["vault", vault, "picture"] as const,
};

export function useColleagues() {
  const ask = useAsk();
  return useQuery({
    queryKey: peopleKeys.colleagues,
    queryFn: async () => (await ask("colleagues", {})).colleagues,
  });
}

export function useSafetyNumber(identity: string) {
  const ask = useAsk();
  return useQuery({
    queryKey: peopleKeys.safety(identity),
    queryFn: () => ask("safety_number", { identity }),
  });
}

export function useAccessHistory(vault: string) {
  const ask = useAsk();
  return useQuery({
    queryKey: peopleKeys.access(vault),
    queryFn: async () => (await ask("access_history", { vault })).events,
  });
}

export function usePicture(vault: string) {
  const ask = useAsk();
  return useQuery({
    queryKey: peopleKeys.picture(vault),
    queryFn: () => ask("picture", { vault }),
  });
}

export function useInvitations() {
  const ask = useAsk();
  return useQuery({
    queryKey: peopleKeys.invitations,
    queryFn: async () => (await ask("invitations", {})).invitations,
  });
}

/** A call that changes who is in a vault, or its name. */
export function useVaultChange<M extends MethodName>(method: M, vault: string) {
  return useChange(method, [keys.vault(vault), keys.vaults]);
}

/** Reads again whatever shows people: after a comparison, an invitation. */
export function useReadPeopleAgain() {
  const queries = useQueryClient();
  return async () => {
    await Promise.all([
      queries.invalidateQueries({ queryKey: ["people"] }),
      queries.invalidateQueries({ queryKey: keys.anyVault }),
    ]);
  };
}
