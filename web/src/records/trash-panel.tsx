import { Undo2 } from "lucide-react";
import { keys, useChange, useTrash } from "../app/queries";
import type { TableDefinition, Vault, VaultRecord } from "../core/api";
import { Text, useText } from "../i18n/text";
import { Button } from "../ui/button";
import { Loading } from "../ui/loading";
import { ErrorNotice } from "../ui/notice";
import { Panel } from "./panel";
import { canWrite } from "./table-page";
import { usePlace } from "./use-place";
import { namingField, useMoment, useTitles } from "./values";

/** What was moved to the trash, and can come back. */
export function TrashPanel() {
  const { vault, table } = usePlace();
  return vault && table ? <Trash vault={vault} table={table} /> : null;
}

function Trash({ vault, table }: { vault: Vault; table: TableDefinition }) {
  const say = useText();
  const { toTable } = usePlace();
  const trash = useTrash(vault.vault, table.name);
  return (
    <Panel title={say("trash.title")} onClose={toTable}>
      <div className="panel-form">
        {trash.error ? (
          <ErrorNotice error={trash.error} onRetry={() => void trash.refetch()} />
        ) : null}
        {trash.isPending ? <Loading /> : null}
        {trash.data?.length === 0 ? (
          <p className="muted">
            <Text id="trash.empty" />
          </p>
        ) : null}
        <ul className="trash">
          {trash.data?.map((record) => (
            <Trashed key={record.record} vault={vault} table={table} record={record} />
          ))}
        </ul>
      </div>
    </Panel>
  );
}

interface TrashedProps {
  vault: Vault;
  table: TableDefinition;
  record: VaultRecord;
}

function Trashed({ vault, table, record }: TrashedProps) {
  const say = useText();
  const titles = useTitles();
  const moment = useMoment();
  const restore = useChange("restore_record", [keys.anyVault, keys.vaults]);
  const naming = namingField(table);
  const title = naming ? titles.value(table, naming, record.fields[naming.name]) : "";
  const { version } = record;
  return (
    <li className="trashed">
      <span className="trashed-text">
        <strong>{title || say("record.title")}</strong>
        <span className="muted">
          {say("trash.by", { name: record.author, when: moment(record.changed_ms) })}
        </span>
      </span>
      {canWrite(vault, table) ? (
        <Button
          isPending={restore.isPending}
          onPress={() => restore.mutate({ vault: vault.vault, record: record.record, version })}
          aria-label={say("trash.restore_this", { title: title || say("record.title") })}
        >
          <Undo2 aria-hidden="true" />
          {say("trash.restore")}
        </Button>
      ) : null}
      {restore.error ? <ErrorNotice error={restore.error} /> : null}
    </li>
  );
}
