import { lazy, Suspense } from "react";
import { useVaults } from "../app/queries";
import type { TableDefinition, Vault } from "../core/api";
import { Loading } from "../ui/loading";

const FileSection = lazy(() => import("./file-section"));

interface Props {
  vault: Vault;
  table: TableDefinition;
  record: string;
  writes: boolean;
}

/** The files of an open record; loaded with the first record that is opened. */
export function RecordFiles({ vault, table, record, writes }: Props) {
  const vaults = useVaults().data ?? [];
  // What is private lies in one's own vault, whichever it is shown beside.
  const holder = table.private ? vaults.find((one) => one.kind === "personal") : vault;
  if (!holder) return null;
  return (
    <Suspense fallback={<Loading />}>
      <FileSection key={record} vault={holder} record={record} writes={writes} />
    </Suspense>
  );
}
