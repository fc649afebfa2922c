import { useQuery } from "@tanstack/react-query";
import { useAsk } from "../app/queries";
import type { AccountRole } from "../core/api";

/** Where answers for administrators are kept; what changes people changes all of them. */
export const adminKeys = {
  all: ["people"] as const,
  me: ["people", "administration"] as const,
  people: ["people", "accounts"] as const,
  devices: (identity: string) => ["people", "devices", identity] as const,
  roleQuotas: ["people", "role_quota"] as const,
  roleQuota: (role: AccountRole) => ["people", "role_quota", role] as const,
  policy: ["people", "policy"] as const,
  health: ["people", "health"] as const,
  log: ["people", "log"] as const,
};

/** Whether the person who is signed in is an administrator; undefined while it is not known. */
export function useIsAdministrator(): boolean | undefined {
  const ask = useAsk();
  const { data, isError } = useQuery({
    queryKey: adminKeys.me,
    queryFn: async () => (await ask("administration", {})).administrator,
  });
  return isError ? false : data;
}

export function useAccounts() {
  const ask = useAsk();
  return useQuery({
    queryKey: adminKeys.people,
    queryFn: async () => (await ask("people", {})).people,
  });
}

export function usePersonDevices(identity: string) {
  const ask = useAsk();
  return useQuery({
    queryKey: adminKeys.devices(identity),
    queryFn: async () => (await ask("person_devices", { identity })).devices,
  });
}

export function useRoleQuota(role: AccountRole) {
  const ask = useAsk();
  return useQuery({
    queryKey: adminKeys.roleQuota(role),
    queryFn: () => ask("role_quota", { account_role: role }),
  });
}

export function usePolicy() {
  const ask = useAsk();
  return useQuery({ queryKey: adminKeys.policy, queryFn: () => ask("policy", {}) });
}

export function useHealth() {
  const ask = useAsk();
  return useQuery({ queryKey: adminKeys.health, queryFn: () => ask("health", {}) });
}

export function useAuditLog() {
  const ask = useAsk();
  return useQuery({ queryKey: adminKeys.log, queryFn: () => ask("audit_log", {}) });
}
