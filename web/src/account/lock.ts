import { useQueryClient } from "@tanstack/react-query";
import { keys, useAsk, useForget } from "../app/queries";
import type { Status } from "../core/api";
import { keepDrafts } from "./drafts";
import { tabs } from "./tabs";

/**
 * Locks this page, and the other pages of this browser with it. What is decrypted leaves the
 * screen at once; what was typed and not saved waits in the storage, sealed.
 */
export function useLock(): (told?: "by another page") => Promise<void> {
  const ask = useAsk();
  const forget = useForget();
  const queries = useQueryClient();
  return async (told) => {
    if (told === undefined) tabs.tell({ kind: "lock" });
    const drafts = keepDrafts((text) => ask("keep_drafts", { text }));
    queries.setQueryData<Status>(keys.status, (known) => (known ? { ...known, signed_in: false } : known));
    try {
      await drafts;
      await ask("lock", {});
    } catch {
      // the keys are gone all the same; only the server did not hear of it
    }
    await forget();
  };
}
