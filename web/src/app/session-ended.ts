import { useSyncExternalStore } from "react";

/**
 * Whether the server has ended the session while somebody was at work. The page then asks for
 * the passphrase over what is open, so that nothing typed is lost.
 */
let ended = false;
const listeners = new Set<() => void>();

export function setSessionEnded(value: boolean): void {
  if (ended === value) return;
  ended = value;
  for (const listener of listeners) listener();
}

export function useSessionEnded(): boolean {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => ended,
  );
}
