import type { FieldDefinition, TableDefinition } from "../core/api";
import { useText } from "../i18n/text";
import { Choice } from "../ui/choice";
import { TextField } from "../ui/fields";
import type { Draft, DraftErrors } from "./form";
import { useTitles } from "./values";

interface Props {
  table: TableDefinition;
  draft: Draft;
  errors: DraftErrors;
  onChange: (draft: Draft) => void;
  isReadOnly?: boolean;
  autoFocus?: boolean;
}

/** The form of a record, made from its table's definition. */
export function RecordFields({ table, draft, errors, onChange, isReadOnly, autoFocus }: Props) {
  const say = useText();
  return table.fields.map((field, place) => {
    const error = errors[field.name];
    return (
      <RecordField
        key={field.name}
        table={table}
        field={field}
        value={draft[field.name] ?? ""}
        error={error && say(error)}
        onChange={(typed) => onChange({ ...draft, [field.name]: typed })}
        isReadOnly={isReadOnly ?? false}
        autoFocus={(autoFocus ?? false) && place === 0}
      />
    );
  });
}

interface FieldProps {
  table: TableDefinition;
  field: FieldDefinition;
  value: string;
  error: string | undefined;
  onChange: (typed: string) => void;
  isReadOnly: boolean;
  autoFocus: boolean;
}

function RecordField({ table, field, ...props }: FieldProps) {
  const say = useText();
  const titles = useTitles();
  const shared = {
    ...props,
    label: titles.field(table, field),
    isRequired: field.required ?? false,
  };
  switch (field.type) {
    case "text":
      return <TextField {...shared} />;
    case "long_text":
      return <TextField {...shared} lines={6} />;
    case "integer":
      return <TextField {...shared} inputMode="numeric" />;
    case "decimal":
      return <TextField {...shared} inputMode="decimal" />;
    case "date":
      return <TextField {...shared} type="date" />;
    case "boolean":
      return (
        <Choice
          {...shared}
          options={optional(field, [
            { id: "true", label: say("yes") },
            { id: "false", label: say("no") },
          ])}
        />
      );
    case "choice":
      return (
        <Choice
          {...shared}
          options={optional(
            field,
            (field.choices ?? []).map((choice) => ({
              id: choice,
              label: titles.choice(table, field, choice),
            })),
          )}
        />
      );
  }
}

/** A field that may be empty offers that too. */
function optional(field: FieldDefinition, options: Array<{ id: string; label: string }>) {
  return field.required ? options : [{ id: "", label: "—" }, ...options];
}
