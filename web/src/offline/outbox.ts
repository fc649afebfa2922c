/** What waits for the server, and trying again. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import { keys, useAsk, useStatus } from "../app/queries";
import type { Outbox } from "../core/api-offline";

const OUTBOX = ["outbox"] as const;
const TRY_AGAIN_MS = 10_000;

/** What waits. Every answer and every failure of the core may have changed it. */
export function useOutbox(): Outbox | undefined {
  const ask = useAsk();
  const queries = useQueryClient();
  useEffect(() => {
    let due: ReturnType<typeof setTimeout> | undefined;
    const soon = () => {
      due ??= setTimeout(() => {
        due = undefined;
        void queries.invalidateQueries({ queryKey: OUTBOX });
      }, 100);
    };
    const ends = [
      queries.getQueryCache().subscribe((event) => {
        const settled = event.type === "updated" && /success|error/.test(event.action.type);
        if (settled && event.query.queryKey[0] !== OUTBOX[0]) soon();
      }),
      queries.getMutationCache().subscribe((event) => {
        if (event.type === "updated" && /success|error/.test(event.action.type)) soon();
      }),
    ];
    return () => {
      clearTimeout(due);
      for (const end of ends) end();
    };
  }, [queries]);
  const { data: status } = useStatus();
  const enabled = status?.signed_in === true;
  const outbox = useQuery({ queryKey: OUTBOX, queryFn: () => ask("outbox", {}), enabled }).data;
  const waits = (outbox?.waiting.length ?? 0) > 0;
  useEffect(() => {
    // Browsers clear the storage of pages that were long not looked at, unless they are asked.
    if (waits) void navigator.storage?.persist?.().catch(() => false);
  }, [waits]);
  return outbox;
}

/** Asks the server again, and shows what has come of it. */
export function useSend() {
  const ask = useAsk();
  const queries = useQueryClient();
  return useMutation({
    mutationFn: () => ask("send_waiting", {}),
    onSuccess: async (outbox) => {
      queries.setQueryData<Outbox>(OUTBOX, outbox);
      if (outbox.offline) return;
      await Promise.all([
        queries.invalidateQueries({ queryKey: keys.anyVault }),
        queries.invalidateQueries({ queryKey: keys.vaults }),
      ]);
    },
  });
}

/** Tries by itself: at once when the browser's network comes or goes, and while it is away. */
export function useTryingAgain(offline: boolean, send: () => void): void {
  useEffect(() => {
    window.addEventListener("online", send);
    window.addEventListener("offline", send);
    const timer = offline ? setInterval(send, TRY_AGAIN_MS) : undefined;
    return () => {
      window.removeEventListener("online", send);
      window.removeEventListener("offline", send);
      clearInterval(timer);
    };
  }, [offline, send]);
}
