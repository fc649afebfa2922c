import { useState, type CSSProperties, type KeyboardEvent, type ReactNode } from "react";
import type { FieldDefinition, Fields, FieldValue, TableDefinition } from "../core/api";
import type { Row } from "../core/record-methods";
import { useText } from "../i18n/text";
import { useGridRows } from "../ui/grid-rows";
import { VirtualGrid } from "../ui/virtual-grid";
import { CellEditor } from "./cell-editor";
import { Cell, Heading, narrowest, width } from "./grid-cell";
import { RowTools } from "./row-tools";
import type { RecordTable } from "./record-table";
import type { RowWindow } from "./rows";

/** Height of a row before it is measured. */
const ROW_PIXELS = 45;

/** How cells are changed in their place. */
export interface InlineEdit {
  /** Whether a click into a cell edits it, instead of opening the record. */
  byClick: boolean;
  /** Writes one field; the sentence of what went wrong, or null. */
  save: (row: Row, field: FieldDefinition, value: FieldValue) => Promise<string | null>;
  /** Rows stay where they are while a cell is edited. */
  onEditing: (editing: boolean) => void;
}

interface Props {
  columns: RecordTable;
  table: TableDefinition;
  list: RowWindow;
  /** What was asked for: another list begins at its top. */
  of: unknown;
  /** The record that is open beside the table. */
  open: string | undefined;
  onSee: (first: number) => void;
  onOpen: (record: string) => void;
  onSort: (sorting: Array<{ id: string; desc: boolean }>) => void;
  /** Widths that a person gave columns, in rem. */
  widths: Readonly<Record<string, number>>;
  onWidths: (widths: Record<string, number>) => void;
  selected: ReadonlySet<string>;
  onSelect: (record: string) => void;
  onStar: (row: Row) => void;
  /** Absent where nothing can be written. */
  edit?: InlineEdit;
  /** Stands above the rows' tools. */
  corner: ReactNode;
}

const recordOf = ({ record }: Row) => record;

/**
 * The rows of a table. Only those in sight are in the page, so a hundred thousand are as quick as
 * ten. One row takes the keyboard; arrows move it and lead into cells, Enter opens the record or
 * edits the cell, F2 edits, the space bar selects.
 */
export function Grid(props: Props) {
  const { columns, table, list, open, onSee, onOpen, onSort, selected, onSelect, onStar, edit } = props;
  const say = useText();
  const shown = columns.getVisibleLeafColumns();
  const fields = new Map(table.fields.map((field) => [field.name, field]));
  const [editing, setEditing] = useState<{ record: string; column: number } | null>(null);
  const rows = useGridRows({
    list,
    nameOf: recordOf,
    of: props.of,
    columns: shown.length,
    rowPixels: ROW_PIXELS,
    paused: editing !== null,
    onSee,
  });
  const { keyboard, rowAt } = rows;
  const editable = (column: number) => {
    const field = fields.get(shown[column]?.id ?? "");
    return edit !== undefined && field !== undefined && field.type !== "long_text";
  };
  const startEdit = (index: number, from: number, way = 1): boolean => {
    const row = rowAt(index);
    for (let column = from; column >= 0 && column < shown.length; column += way) {
      if (!editable(column) || !row || row.damage !== null) continue;
      keyboard.isAt(index, column);
      setEditing({ record: row.record, column });
      edit?.onEditing(true);
      return true;
    }
    return false;
  };
  const endEdit = (record: string, column: number) => {
    setEditing(null);
    edit?.onEditing(false);
    keyboard.back(record, column);
  };

  const onKeyDown = (event: KeyboardEvent<HTMLElement>) => {
    if (editing || event.target instanceof HTMLInputElement || event.target instanceof HTMLButtonElement) return;
    const { current, column } = keyboard;
    const row = rowAt(current);
    if (rows.move(event)) {
      // The keyboard has moved.
    } else if (event.key === " " && row) onSelect(row.record);
    else if (event.key === "F2") startEdit(current, column ?? 0);
    else if (event.key === "Enter" && row) {
      if (column === null || !editable(column) || !startEdit(current, column)) onOpen(row.record);
    } else return;
    event.preventDefault();
  };

  const [pulled, setPulled] = useState<{ id: string; rem: number } | null>(null);
  const given = (id: string) => (pulled?.id === id ? pulled.rem : props.widths[id]);
  const onWidth = (id: string, rem: number | null, done: boolean) => {
    setPulled(done || rem === null ? null : { id, rem });
    if (!done) return;
    const { [id]: _before, ...others } = props.widths;
    props.onWidths(rem === null ? others : { ...others, [id]: rem });
  };
  const shape = {
    "--columns": ["var(--row-tools)", ...shown.map(({ id }) => width(fields.get(id), given(id)))].join(" "),
    "--narrowest": `${shown.reduce((sum, { id }) => sum + (given(id) ?? narrowest(fields.get(id))), 7)}rem`,
  } as CSSProperties;
  return (
    <VirtualGrid
      rows={rows}
      label={say("records.grid")}
      style={shape}
      multiple
      before={1}
      head={
        <>
          <div role="columnheader" className="cell tools" aria-label={say("rows.tools")}>
            {props.corner}
          </div>
          {shown.map((column) => (
            <Heading
              key={column.id}
              table={table}
              field={fields.get(column.id)}
              sorted={column.getIsSorted()}
              onSort={(desc) => onSort([{ id: column.id, desc }])}
              onWidth={(rem, done) => onWidth(column.id, rem, done)}
            />
          ))}
        </>
      }
      marks={(row) => ({
        "data-record": row.record,
        "aria-selected": selected.has(row.record),
        ...(row.record === open ? { "aria-current": true } : {}),
      })}
      onKeyDown={onKeyDown}
      onOpen={(row) => onOpen(row.record)}
    >
      {(row, index, at) => (
        <>
          <RowTools
            row={row}
            name={nameOf(table, row.fields)}
            selected={selected.has(row.record)}
            onSelect={() => onSelect(row.record)}
            onStar={() => onStar(row)}
          />
          {shown.map((column, place) => {
            const field = fields.get(column.id);
            if (field && editing?.record === row.record && editing.column === place && edit) {
              return (
                <CellEditor
                  key={column.id}
                  table={table}
                  field={field}
                  value={row.fields[field.name]}
                  save={(value) => edit.save(row, field, value)}
                  onDone={(way) => {
                    const onward = way !== 0 && startEdit(index, place + way, way);
                    if (!onward) endEdit(row.record, place);
                  }}
                />
              );
            }
            return (
              <Cell
                key={column.id}
                table={table}
                field={field}
                row={row}
                place={place}
                active={at === place}
                editable={(edit?.byClick ?? false) && editable(place) && row.damage === null}
                onEdit={() => startEdit(index, place)}
              />
            );
          })}
        </>
      )}
    </VirtualGrid>
  );
}

function nameOf(table: TableDefinition, fields: Fields): string {
  const naming = table.fields.find((field) => field.required && field.type === "text");
  return String(fields[naming?.name ?? ""] ?? "");
}
