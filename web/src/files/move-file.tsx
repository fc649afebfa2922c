import { keepPreviousData, useMutation, useQuery } from "@tanstack/react-query";
import { useDeferredValue, useState } from "react";
import { ListBox, ListBoxItem } from "react-aria-components";
import { keys, useAsk, useChange, useTables, useVaults } from "../app/queries";
import type { TableDefinition, Vault, VaultRecord } from "../core/api";
import type { FileRow } from "../core/api-files";
import type { CoreError } from "../core/problem";
import { Text, useText } from "../i18n/text";
import { namingField, useTitles } from "../records/values";
import { Choice } from "../ui/choice";
import { Dialog } from "../ui/dialog";
import { DialogActions } from "../ui/dialog-actions";
import { TextField } from "../ui/fields";
import { Loading } from "../ui/loading";
import { ErrorNotice } from "../ui/notice";
import { fileName } from "./kinds";
import { useTransfers } from "./transfers-context";

interface Props {
  vault: Vault;
  file: FileRow;
  kind: "move" | "copy";
  onClose: () => void;
}

/** More would not be read; the search makes them fewer. */
const SHOWN = 50;

/** Moves or copies a file to another record, in this vault or in another one. */
export function MoveFile({ vault, file, kind, onClose }: Props) {
  const say = useText();
  const titles = useTitles();
  const vaults = (useVaults().data ?? []).filter(
    (one) => one.role !== "reader" && one.read_only === null && one.trouble === null,
  );
  const tables = useTables().data ?? [];
  const [toVault, setToVault] = useState(
    vaults.some((one) => one.vault === vault.vault) ? vault.vault : (vaults[0]?.vault ?? ""),
  );
  const [tableName, setTableName] = useState(tables.find((one) => !one.private)?.name ?? "");
  const [toRecord, setToRecord] = useState<string | null>(null);
  const within = kind === "move" && toVault === vault.vault;
  const move = useChange("move_file", [keys.vault(vault.vault)]);
  const transfers = useTransfers();
  // What is encrypted anew goes on where the transfers are: only its beginning is waited for.
  const copy = useMutation<void, CoreError, string>({
    mutationFn: (to_record) =>
      transfers.copy({
        kind,
        vault: vault.vault,
        file: file.file,
        name: fileName(file.name),
        size_bytes: file.size_bytes,
        to_vault: toVault,
        to_record,
      }),
    onSuccess: onClose,
  });
  const change = within ? move : copy;
  const table = tables.find((one) => one.name === tableName);
  return (
    <Dialog title={say(kind === "move" ? "files.move.title" : "files.copy.title")} isOpen onClose={onClose}>
      <p>
        <bdi className="save-name">{fileName(file.name)}</bdi>
      </p>
      {vaults.length > 1 ? (
        <Choice
          label={say("files.to_vault")}
          value={toVault}
          options={vaults.map((one) => ({ id: one.vault, label: one.name }))}
          onChange={(id) => {
            setToVault(id);
            setToRecord(null);
          }}
        />
      ) : null}
      <Choice
        label={say("files.to_table")}
        value={tableName}
        options={tables
          .filter((one) => !one.private)
          .map((one) => ({ id: one.name, label: titles.table(one) }))}
        onChange={(name) => {
          setTableName(name);
          setToRecord(null);
        }}
      />
      {table ? (
        <Records
          key={`${toVault} ${tableName}`}
          vault={toVault}
          table={table}
          leaveOut={toVault === vault.vault && kind === "move" ? file.record : null}
          chosen={toRecord}
          onChoose={setToRecord}
        />
      ) : null}
      {toVault !== vault.vault ? (
        <p className="hint">
          <Text id="files.other_vault" />
        </p>
      ) : null}
      {change.error ? <ErrorNotice error={change.error} kept /> : null}
      <DialogActions
        onCancel={onClose}
        submit={say(kind === "move" ? "files.move.submit" : "files.copy.submit")}
        isPending={change.isPending}
        isDisabled={toRecord === null}
        onSubmit={() => {
          if (toRecord === null) return;
          if (!within) copy.mutate(toRecord);
          else {
            const args = { vault: vault.vault, file: file.file, to_record: toRecord };
            move.mutate(args, { onSuccess: onClose });
          }
        }}
      />
    </Dialog>
  );
}

/** Records in which all words are, the newest first. */
function useFitting(vault: string, table: string, search: string) {
  const ask = useAsk();
  return useQuery({
    queryKey: [...keys.vault(vault), "fitting", table, search],
    queryFn: () =>
      ask("query_records", {
        query: { vault, table, search, sort: "-updated" },
        offset: 0,
        count: SHOWN,
      }),
    placeholderData: keepPreviousData,
  });
}

interface RecordsProps {
  vault: string;
  table: TableDefinition;
  leaveOut: string | null;
  chosen: string | null;
  onChoose: (record: string | null) => void;
}

function Records({ vault, table, leaveOut, chosen, onChoose }: RecordsProps) {
  const say = useText();
  const titles = useTitles();
  const [search, setSearch] = useState("");
  const records = useFitting(vault, table.name, useDeferredValue(search.trim()));
  const naming = namingField(table);
  const title = (record: VaultRecord) =>
    (naming && titles.value(table, naming, record.fields[naming.name])) || say("record.title");
  const fitting = (records.data?.rows ?? [])
    .filter((record) => record.record !== leaveOut)
    .map((record) => ({ id: record.record, label: title(record) }));
  if (records.isPending) return <Loading />;
  if (records.error) return <ErrorNotice error={records.error} />;
  return (
    <>
      <TextField
        label={say("files.to_record")}
        type="search"
        value={search}
        onChange={setSearch}
        hint={say("files.to_record.hint")}
      />
      <ListBox
        className="record-choice"
        aria-label={say("files.to_record")}
        selectionMode="single"
        selectedKeys={chosen === null ? [] : [chosen]}
        onSelectionChange={(keysChosen) => {
          const [id] = keysChosen === "all" ? [] : [...keysChosen];
          onChoose(id === undefined ? null : String(id));
        }}
        items={fitting}
        renderEmptyState={() => <p className="muted">{say("records.none_fits")}</p>}
      >
        {(record) => (
          <ListBoxItem className="list-item" textValue={record.label}>
            {record.label}
          </ListBoxItem>
        )}
      </ListBox>
    </>
  );
}
