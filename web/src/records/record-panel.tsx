import { History } from "lucide-react";
import { useRef, useState, type FormEvent, type ReactNode } from "react";
import { Form } from "react-aria-components";
import { useIntl } from "react-intl";
import { useDraft } from "../account/drafts";
import { keys, useChange, useStatus } from "../app/queries";
import type { TableDefinition, Vault } from "../core/api";
import { exit } from "../core/problem";
import type { Row } from "../core/record-methods";
import { RecordFiles, ToFiles } from "../files/record-files";
import { Text, useText } from "../i18n/text";
import { Button } from "../ui/button";
import { Loading } from "../ui/loading";
import { ErrorNotice, Notice } from "../ui/notice";
import { changedFields, draftOf, readDraft, rebase, type Draft, type DraftErrors } from "./form";
import { DeleteRecord } from "./delete-record";
import { MeanwhileNotice } from "./meanwhile";
import { numberMarks } from "./numbers";
import { OwnMarks } from "./own-marks";
import { Panel } from "./panel";
import { RecordFields } from "./record-form";
import { useRecord, useReread } from "./rows";
import { Conflict } from "./side-by-side";
import { canWrite } from "./table-page";
import { Unsaved } from "./unsaved";
import { usePlace } from "./use-place";
import { namingField, useMoment, useTitles } from "./values";

/** A form for a new record. */
export function NewRecord() {
  const { vault, table } = usePlace();
  return vault && table ? <NewForm vault={vault} table={table} /> : null;
}

function NewForm({ vault, table }: { vault: Vault; table: TableDefinition }) {
  const say = useText();
  const marks = numberMarks(useIntl().locale);
  const { toTable, toRecord } = usePlace();
  const add = useChange("add_record", [keys.vault(vault.vault), keys.vaults]);
  const [draft, setDraft] = useState<Draft>(() => draftOf(table, {}, marks));
  const [errors, setErrors] = useState<DraftErrors>({});
  const saved = useRef(false);

  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const read = readDraft(table, draft, marks);
    setErrors(read.errors);
    if (focusFirstError(event.currentTarget, table, read.errors)) return;
    add.mutate(
      { vault: vault.vault, table: table.name, fields: changedFields({}, read.fields) },
      {
        onSuccess: ({ record }) => {
          saved.current = true;
          toRecord(record);
        },
      },
    );
  };
  const typed = Object.values(draft).some((text) => text !== "");
  const isDirty = () => !saved.current && typed;
  useDraft(`new/${vault.vault}/${table.name}`, typed ? JSON.stringify(draft) : null, (kept) =>
    setDraft(JSON.parse(kept) as Draft),
  );
  return (
    <Panel title={say("record.new")} onClose={toTable} keepFocus>
      <Form className="form panel-form" onSubmit={submit} validationBehavior="aria">
        <RecordFields table={table} draft={draft} errors={errors} onChange={setDraft} autoFocus />
        {add.error ? <ErrorNotice error={add.error} kept /> : null}
        <FormFoot>
          <Button type="submit" look="primary" isPending={add.isPending}>
            {say("record.save_new")}
          </Button>
          <Button look="quiet" onPress={toTable}>
            {say("cancel")}
          </Button>
        </FormFoot>
      </Form>
      <Unsaved isDirty={isDirty} />
    </Panel>
  );
}

/** A record, to read and to edit. */
export function OpenRecord() {
  const say = useText();
  const { vault, table, record: id = "", toTable } = usePlace();
  const found = useRecord(vault?.vault ?? "", id);
  if (!vault || !table) return null;
  const record = found.data;
  if (record && !record.deleted) return <EditForm key={id} vault={vault} table={table} record={record} />;
  return (
    <Panel title={say("record.title")} onClose={toTable}>
      {found.isFetching ? (
        <Loading />
      ) : (
        <p className="panel-note">
          <Text id="record.gone" />
        </p>
      )}
    </Panel>
  );
}

function EditForm({
  vault,
  table,
  record,
}: {
  vault: Vault;
  table: TableDefinition;
  record: Row;
}) {
  const say = useText();
  const moment = useMoment();
  const titles = useTitles();
  const marks = numberMarks(useIntl().locale);
  const { toTable, toHistory } = usePlace();
  const { data: status } = useStatus();
  const edit = useChange("edit_record");
  const reread = useReread();
  // The version that the form was opened with: what the person saw when they decided.
  const [base, setBase] = useState(record);
  const [draft, setDraft] = useState<Draft>(() => draftOf(table, record.fields, marks));
  const [errors, setErrors] = useState<DraftErrors>({});
  const deleted = useRef(false);
  const [behind, setBehind] = useState<string | null>(null);

  const opened = draftOf(table, base.fields, marks);
  const dirty = table.fields.some(({ name }) => draft[name] !== opened[name]);
  // With the version that it was typed over: what others did meanwhile is shown beside it.
  useDraft(`record/${record.record}`, dirty ? JSON.stringify({ base, draft }) : null, (kept) => {
    const read = JSON.parse(kept) as { base: Row; draft: Draft };
    setBase(read.base);
    setDraft(read.draft);
  });
  // What was saved here may be read back later than it was answered.
  const moved = record.version !== base.version && record.version !== behind;
  // Nobody has typed here: the form follows what others do.
  if (moved && !dirty) {
    setBase(record);
    setDraft(draftOf(table, record.fields, marks));
  }

  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const read = readDraft(table, draft, marks);
    setErrors(read.errors);
    if (focusFirstError(event.currentTarget, table, read.errors)) return;
    edit.mutate(
      {
        vault: vault.vault,
        record: base.record,
        version: base.version,
        fields: changedFields(base.fields, read.fields),
      },
      {
        onSuccess: ({ version }) => {
          const saved = {
            ...base,
            version,
            fields: { ...base.fields, ...read.fields },
            author: status?.name ?? base.author,
            changed_ms: Date.now(),
          };
          setBehind(base.version);
          setBase(saved);
          setDraft(draftOf(table, saved.fields, marks));
          // The core has it already: the table follows without asking the server.
          void reread(vault.vault);
        },
        onError: (error) => {
          // Somebody was faster: fetch theirs, to be shown beside what was typed.
          if (error.exit === exit.conflict) void reread(vault.vault);
        },
      },
    );
  };
  const takeOver = () => {
    setDraft(rebase(table, draft, base.fields, record.fields, marks));
    setBase(record);
    edit.reset();
  };

  const naming = namingField(table);
  const title = naming ? titles.value(table, naming, record.fields[naming.name]) : "";
  const writes = canWrite(vault, table) && record.damage === null;
  return (
    <Panel
      title={title || say("record.title")}
      note={say("record.changed_by", { name: record.author, when: moment(record.changed_ms) })}
      onClose={toTable}
      tools={
        <>
          <ToFiles />
          <Button
            look="icon"
            onPress={() => toHistory(record.record)}
            aria-label={say("history.title")}
          >
            <History aria-hidden="true" />
          </Button>
          {writes ? (
            <DeleteRecord
              vault={vault}
              record={record}
              title={title}
              onDeleted={() => {
                deleted.current = true;
                toTable();
              }}
            />
          ) : null}
        </>
      }
    >
      <div className="panel-scroll">
      <Form className="form panel-form" onSubmit={submit} validationBehavior="aria">
        {record.damage ? (
          <Notice weight="error" title={say("records.damage")}>
            <p>
              <Text id="record.damage.text" />
            </p>
          </Notice>
        ) : null}
        {record.conflicts > 0 ? (
          <Conflict vault={vault.vault} table={table} record={record} writes={writes} />
        ) : null}
        <RecordFields
          table={table}
          draft={draft}
          errors={errors}
          onChange={setDraft}
          isReadOnly={!writes}
        />
        {moved && dirty && !edit.isPending ? (
          <MeanwhileNotice table={table} base={base} theirs={record} onTakeOver={takeOver} />
        ) : null}
        {edit.error && !(moved && edit.error.exit === exit.conflict) ? (
          <ErrorNotice error={edit.error} kept />
        ) : null}
        {writes ? (
          <FormFoot>
            <Button
              type="submit"
              look="primary"
              isPending={edit.isPending}
              isDisabled={moved || !dirty || record.conflicts > 0}
            >
              {say("record.save")}
            </Button>
            {dirty ? (
              <Button look="quiet" onPress={() => setDraft(opened)}>
                {say("record.undo")}
              </Button>
            ) : null}
            <span className="saved" role="status">
              {edit.isSuccess && !dirty ? say("record.saved") : ""}
            </span>
          </FormFoot>
        ) : (
          <p className="footnote">
            <Text id="record.reader" />
          </p>
        )}
      </Form>
      <OwnMarks vault={vault.vault} object={record.record} mark={record.mark} />
      <RecordFiles vault={vault} table={table} record={record.record} writes={writes} />
      </div>
      <Unsaved isDirty={() => dirty && !deleted.current} />
    </Panel>
  );
}

/** The foot of a form, with the promise that belongs to every save. */
function FormFoot({ children }: { children: ReactNode }) {
  return (
    <div className="form-foot">
      <div className="actions">{children}</div>
      <p className="footnote">
        <Text id="encrypted.before_leaving" />
      </p>
    </div>
  );
}

/** Puts the keyboard on the first field that is wrong; whether there is one. */
function focusFirstError(form: HTMLElement, table: TableDefinition, errors: DraftErrors): boolean {
  const place = table.fields.findIndex((field) => errors[field.name] !== undefined);
  if (place < 0) return false;
  const field = form.querySelectorAll<HTMLElement>(".field")[place];
  field?.querySelector<HTMLElement>("input, textarea, button")?.focus();
  return true;
}
