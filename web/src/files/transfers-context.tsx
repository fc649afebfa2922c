import { useQueryClient } from "@tanstack/react-query";
import { createContext, use, useEffect, useState, useSyncExternalStore, type ReactNode } from "react";
import { useCore } from "../app/core-context";
import { keys } from "../app/queries";
import { Transfers, type Transfer } from "./transfers";

const TransfersContext = createContext<Transfers | null>(null);

/** Keeps the transfers of whoever is signed in. They end with the sign-in, not with a page. */
export function TransfersProvider({ children }: { children: ReactNode }) {
  const core = useCore();
  const queries = useQueryClient();
  const [transfers] = useState(
    () =>
      new Transfers(core, (vault) => {
        void queries.invalidateQueries({ queryKey: keys.vault(vault) });
        void queries.invalidateQueries({ queryKey: keys.vaults });
      }),
  );
  useEffect(() => transfers.start(), [transfers]);
  useAskBeforeLeaving(transfers);
  return <TransfersContext value={transfers}>{children}</TransfersContext>;
}

export function useTransfers(): Transfers {
  const transfers = use(TransfersContext);
  if (!transfers) throw new Error("there are no transfers around this part of the page");
  return transfers;
}

export function useTransferList(): readonly Transfer[] {
  const transfers = useTransfers();
  return useSyncExternalStore(transfers.subscribe, transfers.list);
}

/** Closing the page stops what runs: the browser asks first. */
function useAskBeforeLeaving(transfers: Transfers): void {
  useEffect(() => {
    const ask = (event: BeforeUnloadEvent) => {
      const stops = ["queued", "preparing", "running", "waiting"];
      if (transfers.list().some(({ state }) => stops.includes(state))) event.preventDefault();
    };
    window.addEventListener("beforeunload", ask);
    return () => window.removeEventListener("beforeunload", ask);
  }, [transfers]);
}
