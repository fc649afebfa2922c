/** What is remembered of an import under way, so that whoever reloads the page learns how far it came. */
import { useEffect, useState } from "react";
import { dropSetting, readSetting, writeSetting } from "../app/settings-store";
import type { TableDefinition } from "../core/api";
import { Text, useText } from "../i18n/text";
import { useTitles } from "../records/values";
import { Button } from "../ui/button";
import { Notice } from "../ui/notice";
import { ID_TARGET } from "./mapping";

/** Numbers only: nothing of what was imported is kept outside the vault. */
export interface ImportNote {
  table: string;
  /** By what its rows found their records: only a field finds those again that were new. */
  by: "field" | "other";
  /** Rows that are behind it, of how many. */
  done: number;
  total: number;
  written: number;
  files: number;
  files_total: number;
}

export const foundBy = (key: string | null): ImportNote["by"] => (key === null || key === ID_TARGET ? "other" : "field");

/** Notices of earlier imports, which give way to the next one. */
const shown = new Set<() => void>();

export function noteImport(vault: string, note: ImportNote): void {
  writeSetting(`import.${vault}`, JSON.stringify(note));
  for (const hide of shown) hide();
}

export const forgetImport = (vault: string): void => dropSetting(`import.${vault}`);

/** How far an import came that has neither ended nor was told of; null where there is none. */
export function interruptedImport(vault: string): ImportNote | null {
  try {
    const note = JSON.parse(readSetting(`import.${vault}`) ?? "null") as Partial<ImportNote> | null;
    const numbers = [note?.done, note?.total, note?.written, note?.files, note?.files_total];
    const isWhole = typeof note?.table === "string" && numbers.every((number) => typeof number === "number");
    return isWhole ? (note as ImportNote) : null;
  } catch {
    return null;
  }
}

/** Tells of an import that a reload, or leaving this page, has stopped. */
export function Interrupted({ vault, tables }: { vault: string; tables: readonly TableDefinition[] }) {
  const say = useText();
  const titles = useTitles();
  // Of the one that runs here, the import itself tells.
  const [note, setNote] = useState(() => interruptedImport(vault));
  useEffect(() => {
    const hide = () => setNote(null);
    shown.add(hide);
    return () => void shown.delete(hide);
  }, []);
  if (!note) return null;
  const table = tables.find(({ name }) => name === note.table);
  const close = () => {
    forgetImport(vault);
    setNote(null);
  };
  return (
    <Notice
      weight="warning"
      title={say("import.interrupted.title")}
      actions={<Button onPress={close}>{say("import.interrupted.close")}</Button>}
    >
      <p>
        <Text
          id="import.interrupted.text"
          values={{ table: table ? titles.table(table) : note.table, done: note.done, total: note.total, written: note.written }}
        />
      </p>
      {note.files_total > 0 ? (
        <p>
          <Text id="import.files.stopped" values={{ done: note.files, total: note.files_total }} />
        </p>
      ) : null}
      <p>
        <Text id={`import.interrupted.again.${note.by}`} />
      </p>
    </Notice>
  );
}
