import { useQuery } from "@tanstack/react-query";
import { useAsk } from "../app/queries";

/** Where the answers about one's own account are kept. */
export const accountKeys = {
  devices: ["account", "devices"] as const,
  sessions: ["account", "sessions"] as const,
  passkeys: ["account", "passkeys"] as const,
};

export function useDevices() {
  const ask = useAsk();
  return useQuery({
    queryKey: accountKeys.devices,
    queryFn: async () => (await ask("devices", {})).devices,
  });
}

export function useSessions() {
  const ask = useAsk();
  return useQuery({
    queryKey: accountKeys.sessions,
    queryFn: async () => (await ask("sessions", {})).sessions,
  });
}

export function usePasskeys() {
  const ask = useAsk();
  return useQuery({
    queryKey: accountKeys.passkeys,
    queryFn: async () => (await ask("passkeys", {})).passkeys,
  });
}
