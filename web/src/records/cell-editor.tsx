import { useEffect, useId, useRef, useState, type KeyboardEvent } from "react";
import { useIntl } from "react-intl";
import type { FieldDefinition, FieldValue, TableDefinition } from "../core/api";
import { useText } from "../i18n/text";
import { draftOf, readDraft } from "./form";
import { numberMarks } from "./numbers";
import { useTitles } from "./values";

interface Props {
  table: TableDefinition;
  field: FieldDefinition;
  value: FieldValue | undefined;
  /** Writes the value; the sentence of what went wrong, or null. */
  save: (value: FieldValue) => Promise<string | null>;
  /** The cell is done; -1 and 1 go on to the cell before or after it. */
  onDone: (way: -1 | 0 | 1) => void;
}

/** A cell that is edited: Enter saves, Escape leaves it as it was, Tab saves and goes on. */
export function CellEditor({ table, field, value, save, onDone }: Props) {
  const say = useText();
  const titles = useTitles();
  const marks = numberMarks(useIntl().locale);
  const one = { ...table, fields: [field] };
  const before = draftOf(one, { [field.name]: value ?? null }, marks)[field.name] ?? "";
  const [typed, setTyped] = useState(before);
  const [problem, setProblem] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const done = useRef(false);
  const input = useRef<HTMLInputElement & HTMLSelectElement>(null);
  const problemId = useId();
  useEffect(() => {
    input.current?.focus();
    if (input.current instanceof HTMLInputElement && field.type !== "date") input.current.select();
  }, [field.type]);

  const finish = (way: -1 | 0 | 1) => {
    done.current = true;
    onDone(way);
  };
  const commit = async (way: -1 | 0 | 1, now = typed) => {
    if (done.current || busy) return;
    if (now === before) return finish(way);
    const read = readDraft(one, { [field.name]: now }, marks);
    const wrong = read.errors[field.name];
    if (wrong) return setProblem(say(wrong));
    setBusy(true);
    const failed = await save(read.fields[field.name] ?? null);
    // Escape has left the cell meanwhile: the keyboard is elsewhere and stays there.
    if (done.current) return;
    setBusy(false);
    if (failed === null) finish(way);
    else setProblem(failed);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    event.stopPropagation();
    if (event.key === "Escape") finish(0);
    else if (event.key === "Enter") void commit(0);
    else if (event.key === "Tab") void commit(event.shiftKey ? -1 : 1);
    else return;
    event.preventDefault();
  };
  const shared = {
    ref: input,
    className: "cell-input",
    value: typed,
    "aria-label": titles.field(table, field),
    "aria-invalid": problem !== null,
    "aria-describedby": problemId,
    "aria-busy": busy,
    onKeyDown,
    onBlur: () => void commit(0),
  };
  const options =
    field.type === "boolean"
      ? [
          { id: "true", label: say("yes") },
          { id: "false", label: say("no") },
        ]
      : (field.choices ?? []).map((id) => ({ id, label: titles.choice(table, field, id) }));
  return (
    <div role="gridcell" className="cell editing" onClick={(event) => event.stopPropagation()}>
      {options.length > 0 ? (
        <select {...shared} onChange={(event) => setTyped(event.target.value)}>
          {field.required ? null : <option value="">—</option>}
          {options.map((option) => (
            <option key={option.id} value={option.id}>
              {option.label}
            </option>
          ))}
        </select>
      ) : (
        <input
          {...shared}
          type={field.type === "date" ? "date" : "text"}
          dir="auto"
          inputMode={field.type === "decimal" ? "decimal" : field.type === "integer" ? "numeric" : "text"}
          autoComplete="off"
          onChange={(event) => setTyped(event.target.value)}
        />
      )}
      <span id={problemId} className={problem ? "cell-problem" : "visually-hidden"} role="alert">
        {problem}
      </span>
    </div>
  );
}
