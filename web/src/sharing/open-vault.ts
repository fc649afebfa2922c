import type { QueryClient } from "@tanstack/react-query";
import type { Vault } from "../core/api";

/**
 * The list of vaults, with the one that is open although it is no longer shared: its page stays,
 * only to be read, so that what somebody has typed in it can still be copied.
 */
export function withOpenVault(
  listed: Vault[],
  queries: Pick<QueryClient, "getQueryData">,
  path = location.pathname,
): Vault[] {
  const before = queries.getQueryData<Vault[]>(["vaults"]) ?? [];
  const ended = before.filter(
    ({ vault }) =>
      path.startsWith(`/vaults/${vault}/`) && !listed.some((other) => other.vault === vault),
  );
  return [...listed, ...ended.map((vault): Vault => ({ ...vault, role: "reader", ended: true }))];
}
