import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useIntl } from "react-intl";
import { keys, useAsk } from "../app/queries";
import type { TableDefinition, Vault } from "../core/api";
import { CoreError } from "../core/problem";
import type { RowQuery } from "../core/record-methods";
import { Text, useText } from "../i18n/text";
import { Button } from "../ui/button";
import { Choice } from "../ui/choice";
import { Dialog } from "../ui/dialog";
import { ErrorNotice } from "../ui/notice";
import { changedBy, writeMany, type BatchDone } from "./batch";
import { readDraft } from "./form";
import { numberMarks } from "./numbers";
import { RecordFields } from "./record-form";
import { useReread } from "./rows";
import { useTitles } from "./values";

interface Props {
  vault: Vault;
  table: TableDefinition;
  query: RowQuery;
  records: ReadonlySet<string>;
  /** What is done with them. */
  work: "set" | "trash";
  onClose: () => void;
  /** Everything that was selected has been written. */
  onDone: () => void;
}

/** Changes one field of many records, or moves them to the trash, after a count of what changes. */
export function BatchDialog({ vault, table, query, records, work, onClose, onDone }: Props) {
  const say = useText();
  const titles = useTitles();
  const ask = useAsk();
  const reread = useReread();
  const marks = numberMarks(useIntl().locale);
  const [name, setName] = useState(table.fields.find((field) => field.type === "choice")?.name ?? table.fields[0]?.name ?? "");
  const [typed, setTyped] = useState("");
  const [tried, setTried] = useState(false);
  const [progress, setProgress] = useState(0);
  const field = table.fields.find((candidate) => candidate.name === name);
  const one = { ...table, fields: field ? [field] : [] };
  const read = readDraft(one, { [name]: typed }, marks);
  const only = [...records];
  const picked = useQuery({
    queryKey: [...keys.rows(vault.vault), "picked", table.name, name, only],
    queryFn: async () => {
      const base = { vault: query.vault, table: query.table };
      return (await ask("pick_records", { query: base, only, field: name })).records;
    },
    gcTime: 0,
  });
  const value = read.fields[name] ?? null;
  const wrong = read.errors[name];
  const changing =
    work === "trash" ? (picked.data ?? []) : wrong ? [] : changedBy(picked.data ?? [], value);
  const write = useMutation<BatchDone, CoreError>({
    mutationFn: () =>
      writeMany(
        ask,
        { vault: vault.vault, table: table.name },
        changing,
        work === "trash" ? { deleted: true } : { fields: { [name]: value } },
        setProgress,
      ),
    // Also after a failure: what came before it is written.
    onSettled: () => void reread(vault.vault),
    onSuccess: (done) => {
      if (done.left.length === 0 && done.beside === 0 && done.waiting === 0) onDone();
    },
  });
  const submit = () => {
    setTried(true);
    if (work === "set" && wrong) return;
    write.mutate();
  };
  const title = say(work === "set" ? "batch.set.title" : "batch.trash.title", { count: records.size });
  return (
    <Dialog title={title} isOpen onClose={onClose} role={work === "trash" ? "alertdialog" : "dialog"}>
      {write.data ? (
        <Outcome done={write.data} onClose={onDone} />
      ) : (
        <div className="form">
          {work === "set" ? (
            <>
              <Choice
                label={say("batch.field")}
                options={table.fields.map((candidate) => ({
                  id: candidate.name,
                  label: titles.field(table, candidate),
                }))}
                value={name}
                onChange={(chosen) => {
                  setName(chosen);
                  setTyped("");
                  setTried(false);
                }}
              />
              <RecordFields
                table={one}
                draft={{ [name]: typed }}
                errors={tried ? read.errors : {}}
                onChange={(draft) => setTyped(draft[name] ?? "")}
              />
            </>
          ) : (
            <p>
              <Text id="batch.trash.text" />
            </p>
          )}
          {picked.error ? <ErrorNotice error={picked.error} onRetry={() => void picked.refetch()} /> : null}
          {picked.data && !(work === "set" && wrong) ? (
            <p className="batch-preview" role="status">
              {say("batch.preview", { count: changing.length, all: picked.data.length })}
            </p>
          ) : null}
          {write.error ? <ErrorNotice error={write.error} kept /> : null}
          {write.isPending ? (
            <progress
              className="progress"
              value={progress}
              max={changing.length}
              aria-label={say("batch.progress")}
            />
          ) : null}
          <div className="actions end">
            <Button look="quiet" onPress={onClose}>
              {say("cancel")}
            </Button>
            <Button
              look={work === "trash" ? "danger" : "primary"}
              onPress={submit}
              isPending={write.isPending}
              isDisabled={picked.isPending || (changing.length === 0 && !wrong)}
            >
              {say(work === "trash" ? "batch.trash.submit" : "batch.set.submit", { count: changing.length })}
            </Button>
          </div>
        </div>
      )}
    </Dialog>
  );
}

function Outcome({ done, onClose }: { done: BatchDone; onClose: () => void }) {
  const say = useText();
  return (
    <div className="form">
      {done.waiting < done.written || done.written === 0 ? (
        <p>{say("batch.done", { count: done.written - done.waiting })}</p>
      ) : null}
      {done.waiting > 0 ? <p>{say("batch.waiting", { count: done.waiting })}</p> : null}
      {done.beside > 0 ? <p>{say("batch.beside", { count: done.beside })}</p> : null}
      {done.left.map(({ problem, count }) => (
        <div key={problem.code}>
          <p>
            <strong>{say("batch.left", { count })}</strong>
          </p>
          <ErrorNotice error={new CoreError(problem)} />
        </div>
      ))}
      <div className="actions end">
        <Button look="primary" onPress={onClose}>
          {say("close")}
        </Button>
      </div>
    </div>
  );
}
