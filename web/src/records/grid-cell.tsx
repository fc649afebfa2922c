import { CloudUpload, Split } from "lucide-react";
import type { FieldDefinition, TableDefinition } from "../core/api";
import type { Row } from "../core/record-methods";
import { useText } from "../i18n/text";
import { SortHead } from "../ui/virtual-grid";
import { ColumnHandle } from "./column-handle";
import { CHANGED } from "./record-table";
import { useMoment, useTitles } from "./values";

interface HeadingProps {
  table: TableDefinition;
  field: FieldDefinition | undefined;
  sorted: false | "asc" | "desc";
  onSort: (descending: boolean) => void;
  /** While its edge is pulled, and when it is let go; null for the usual width. */
  onWidth: (rem: number | null, done: boolean) => void;
}

/** The head of a column, which sorts by it. */
export function Heading({ table, field, sorted, onSort, onWidth }: HeadingProps) {
  const say = useText();
  const titles = useTitles();
  return (
    <SortHead
      title={field ? titles.field(table, field) : say("records.changed")}
      name={field?.name ?? CHANGED}
      sorted={sorted}
      isNumber={isNumber(field)}
      onSort={onSort}
    >
      <ColumnHandle onWidth={onWidth} />
    </SortHead>
  );
}

interface CellProps {
  table: TableDefinition;
  field: FieldDefinition | undefined;
  row: Row;
  place: number;
  /** Whether the keyboard is here. */
  active: boolean;
  /** Whether a click edits it. */
  editable: boolean;
  onEdit: () => void;
}

/** A value in its row. */
export function Cell({ table, field, row, place, active, editable, onEdit }: CellProps) {
  const say = useText();
  const titles = useTitles();
  const moment = useMoment();
  const text = field
    ? titles.value(table, field, row.fields[field.name])
    : say("records.changed_by", { name: row.author, when: moment(row.changed_ms) });
  const kind = [
    "cell",
    field?.type ?? "changed",
    isNumber(field) ? "number" : "",
    place === 0 ? "first" : "",
    text === "" ? "nothing" : "",
    editable ? "editable" : "",
  ];
  return (
    <div
      role="gridcell"
      className={kind.filter(Boolean).join(" ")}
      data-cell={place}
      data-column={field?.name ?? CHANGED}
      data-label={field ? titles.field(table, field) : undefined}
      tabIndex={active ? 0 : -1}
      onClick={(event) => {
        if (!editable) return;
        event.stopPropagation();
        onEdit();
      }}
    >
      {field?.type === "choice" && text !== "" ? (
        <span className="pill" data-place={field.choices?.indexOf(String(row.fields[field.name]))}>
          {text}
        </span>
      ) : (
        <span className="cell-text">
          {/* Text of any direction keeps its marks to itself. */}
          <bdi>{place === 0 && row.damage ? say("records.damage") : text}</bdi>
        </span>
      )}
      {place === 0 && row.unsent ? (
        <span className="badge unsent" title={say("outbox.unsent")}>
          <CloudUpload aria-hidden="true" />
          <span className="visually-hidden">{say("outbox.unsent")}</span>
        </span>
      ) : null}
      {place === 0 && row.conflicts > 0 ? (
        <span className="badge conflict" title={say("records.conflict")}>
          <Split aria-hidden="true" />
          <span className="visually-hidden">{say("records.conflict")}</span>
        </span>
      ) : null}
    </div>
  );
}

const isNumber = (field: FieldDefinition | undefined) =>
  field?.type === "decimal" || field?.type === "integer";

/** Least width of a column in rem. */
export function narrowest(field: FieldDefinition | undefined): number {
  switch (field?.type) {
    case undefined:
      return 14;
    case "text":
      return field.required ? 14 : 10;
    case "long_text":
      return 16;
    case "date":
    case "choice":
    case "decimal":
      return 8;
    case "integer":
    case "boolean":
      return 6;
  }
}

/** The width of a column: what a person gave it, in rem, else its share in the table's width. */
export function width(field: FieldDefinition | undefined, given?: number): string {
  if (given !== undefined) return `${given}rem`;
  const share = field?.type === "text" ? (field.required ? 3 : 2) : field?.type === "long_text" ? 3 : 1;
  return `minmax(${narrowest(field)}rem, ${share}fr)`;
}
