import { Paperclip } from "lucide-react";
import { lazy, Suspense } from "react";
import { useVaults } from "../app/queries";
import type { TableDefinition, Vault } from "../core/api";
import { useText } from "../i18n/text";
import { Button } from "../ui/button";
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

/** The way down to the files, past a long form. */
export function ToFiles() {
  const say = useText();
  const go = () => {
    const title = document.getElementById("files-title");
    title?.scrollIntoView({ block: "start" });
    title?.focus();
  };
  return (
    <Button look="icon" onPress={go} aria-label={say("files.title")}>
      <Paperclip aria-hidden="true" />
    </Button>
  );
}
