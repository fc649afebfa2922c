import type { FieldDefinition, FieldValue, Fields, TableDefinition } from "../core/api";
import type { MessageId } from "../i18n/languages";
import { readDecimal, writeDecimal, type NumberMarks } from "./numbers";

/** What stands in a form: text for every field, as it is typed. */
export type Draft = Record<string, string>;

/** What is wrong with a field, as the id of a sentence. */
export type DraftErrors = Record<string, MessageId>;

/** The form of a record, or of a new one. */
export function draftOf(table: TableDefinition, fields: Fields, marks: NumberMarks): Draft {
  return Object.fromEntries(
    table.fields.map((field) => [field.name, typedValue(field, fields[field.name], marks)]),
  );
}

function typedValue(field: FieldDefinition, value: FieldValue | undefined, marks: NumberMarks): string {
  if (value === undefined || value === null) return "";
  return field.type === "decimal" ? writeDecimal(String(value), marks) : String(value);
}

/** Reads a form. Empty fields are null; `errors` is empty exactly when `fields` can be saved. */
export function readDraft(
  table: TableDefinition,
  draft: Draft,
  marks: NumberMarks,
): { fields: Fields; errors: DraftErrors } {
  const fields: Fields = {};
  const errors: DraftErrors = {};
  for (const field of table.fields) {
    const typed = draft[field.name] ?? "";
    const value = readField(field, typed, marks);
    if (value === undefined) errors[field.name] = wrongSentence(field);
    else if (value === null && field.required) errors[field.name] = "form.error.required";
    else fields[field.name] = value;
  }
  return { fields, errors };
}

/** A field's value; undefined where the typed text is none. */
function readField(field: FieldDefinition, typed: string, marks: NumberMarks): FieldValue | undefined {
  if (typed.trim() === "") return null;
  switch (field.type) {
    case "text":
      return typed.trim();
    case "long_text":
      return typed;
    case "choice":
      return field.choices?.includes(typed) ? typed : undefined;
    case "date":
      return /^\d{4}-\d{2}-\d{2}$/.test(typed) ? typed : undefined;
    case "boolean":
      return typed === "true";
    case "decimal":
      return readDecimal(typed, marks) ?? undefined;
    case "integer": {
      const text = readDecimal(typed, marks);
      const number = Number(text);
      return text !== null && Number.isSafeInteger(number) ? number : undefined;
    }
  }
}

function wrongSentence(field: FieldDefinition): MessageId {
  switch (field.type) {
    case "decimal":
      return "form.error.decimal";
    case "integer":
      return "form.error.integer";
    case "date":
      return "form.error.date";
    default:
      return "form.error.value";
  }
}

/** The fields that differ from what the record has: only they are sent. */
export function changedFields(before: Fields, after: Fields): Fields {
  return Object.fromEntries(
    Object.entries(after).filter(([name, value]) => (before[name] ?? null) !== value),
  );
}

/** Fields that somebody else changed since the form was opened. */
export function changedElsewhere(table: TableDefinition, opened: Fields, now: Fields): FieldDefinition[] {
  return table.fields.filter((field) => (opened[field.name] ?? null) !== (now[field.name] ?? null));
}

/**
 * A form brought to a newer version: what the person did not touch follows the others, what they
 * typed stays.
 */
export function rebase(
  table: TableDefinition,
  draft: Draft,
  opened: Fields,
  now: Fields,
  marks: NumberMarks,
): Draft {
  const before = draftOf(table, opened, marks);
  const after = draftOf(table, now, marks);
  return Object.fromEntries(
    table.fields.map(({ name }) => [
      name,
      (draft[name] === before[name] ? after[name] : draft[name]) ?? "",
    ]),
  );
}
