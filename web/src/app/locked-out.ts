import { useSyncExternalStore } from "react";
import type { CoreError } from "../core/problem";

/**
 * Why the core ended the work in a page that a passkey had opened without the server: the server's
 * word when it answered again, or the time without it. The page is locked, and says this there.
 */
let reason: CoreError | null = null;
const listeners = new Set<() => void>();

export function setLockedOut(value: CoreError | null): void {
  if (reason === value) return;
  reason = value;
  for (const listener of listeners) listener();
}

export function useLockedOut(): CoreError | null {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => reason,
  );
}
