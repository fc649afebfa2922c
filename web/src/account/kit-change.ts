import { useMutation, useQueryClient } from "@tanstack/react-query";
import { keys, useAsk } from "../app/queries";
import type { CoreMethods } from "../core/api";
import type { CoreError } from "../core/problem";
import { setRenewalResult } from "./renewal-result";

/** Lays the newest kit out for the gate, before the gate hears that one waits: never an older one. */
function useShowKit() {
  const ask = useAsk();
  const queries = useQueryClient();
  return async () => {
    queries.setQueryData(keys.pendingKit, await ask("pending_kit", {}));
    const touched = [keys.status, keys.vaults];
    await Promise.all(touched.map((queryKey) => queries.invalidateQueries({ queryKey })));
  };
}

/** A call that makes a new kit. */
export function useKitChange<M extends "recover" | "new_kit">(method: M) {
  const ask = useAsk();
  const show = useShowKit();
  return useMutation<void, CoreError, CoreMethods[M]["takes"]>({
    mutationFn: async (args) => void (await ask(method, args)),
    onSuccess: show,
  });
}

/** A call that ends with everything made anew, the kit included. */
export function useRenewal<M extends "renew_all" | "finish_renewal">(method: M) {
  const ask = useAsk();
  const show = useShowKit();
  return useMutation<void, CoreError, CoreMethods[M]["takes"]>({
    mutationFn: async (args) => setRenewalResult(await ask(method, args)),
    onSuccess: show,
  });
}
