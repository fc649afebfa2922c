import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useMemo, useRef, useState, type CSSProperties, type KeyboardEvent, type ReactNode } from "react";
import type { FieldDefinition, Fields, FieldValue, TableDefinition } from "../core/api";
import type { Row } from "../core/record-methods";
import { useText } from "../i18n/text";
import { target, useGridKeyboard } from "../ui/grid-keyboard";
import { CellEditor } from "./cell-editor";
import { Cell, Heading, narrowest, width } from "./grid-cell";
import { RowTools } from "./row-tools";
import type { RecordTable } from "./record-table";
import type { RowWindow } from "./rows";

/** Height of a row before it is measured. */
const ROW_PIXELS = 45;
/** Rows that wait outside of sight. */
const OVERSCAN_ROWS = 10;

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

/**
 * The rows of a table. Only those in sight are in the page, so a hundred thousand are as quick as
 * ten. One row takes the keyboard; arrows move it and lead into cells, Enter opens the record or
 * edits the cell, F2 edits, the space bar selects.
 */
export function Grid(props: Props) {
  const { columns, table, list, open, onSee, onOpen, onSort, selected, onSelect, onStar, edit } = props;
  const say = useText();
  const scroller = useRef<HTMLDivElement>(null);
  const shown = columns.getVisibleLeafColumns();
  const fields = new Map(table.fields.map((field) => [field.name, field]));
  const virtual = useVirtualizer({
    count: list.total,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_PIXELS,
    overscan: OVERSCAN_ROWS,
  });
  const rowAt = (index: number) => list.rows[index - list.offset];
  const first = virtual.range?.startIndex ?? 0;
  useEffect(() => onSee(first), [onSee, first]);

  const asked = useRef(props.of);
  useEffect(() => {
    if (asked.current === props.of) return;
    asked.current = props.of;
    scroller.current?.scrollTo({ top: 0 });
  }, [props.of]);

  const [editing, setEditing] = useState<{ record: string; column: number } | null>(null);
  const keyboard = useGridKeyboard({
    total: list.total,
    offset: list.offset,
    ids: useMemo(() => list.rows.map(({ record }) => record), [list.rows]),
    of: props.of,
    paused: editing !== null,
    scrollTo: (row) => virtual.scrollToIndex(row),
  });
  const { current, column: currentColumn, go } = keyboard;
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
    const row = rowAt(current);
    const column = currentColumn;
    const last = shown.length - 1;
    const towards = event.currentTarget.matches(":dir(rtl)") ? "ArrowLeft" : "ArrowRight";
    const away = towards === "ArrowRight" ? "ArrowLeft" : "ArrowRight";
    const next = target(event.key, current, list.total);
    if (next !== null) go(next, column);
    else if (event.key === towards) go(current, Math.min((column ?? -1) + 1, last));
    else if (event.key === away) go(current, column === null || column === 0 ? null : column - 1);
    else if (event.key === "Escape" && column !== null) go(current, null);
    else if (event.key === " " && row) onSelect(row.record);
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
    <div
      className="grid"
      role="grid"
      aria-label={say("records.grid")}
      aria-rowcount={list.total + 1}
      aria-colcount={shown.length + 1}
      aria-multiselectable="true"
      ref={scroller}
      style={shape}
    >
      <div role="rowgroup" className="grid-head">
        <div role="row" aria-rowindex={1} className="grid-row head">
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
        </div>
      </div>
      <div
        role="rowgroup"
        className="grid-body"
        ref={keyboard.body}
        style={{ height: `${virtual.getTotalSize()}px` }}
        onKeyDown={onKeyDown}
      >
        {virtual.getVirtualItems().map(({ index, start }) => {
          const row = rowAt(index);
          const shared = {
            ref: virtual.measureElement,
            "data-index": index,
            role: "row",
            "aria-rowindex": index + 2,
            style: { transform: `translateY(${start}px)` },
          };
          if (!row) {
            return (
              <div key={index} {...shared} className="grid-row coming" aria-busy="true">
                <div role="gridcell" className="cell" />
              </div>
            );
          }
          return (
            <div
              key={index}
              {...shared}
              data-record={row.record}
              aria-selected={selected.has(row.record)}
              {...(row.record === open ? { "aria-current": true } : {})}
              tabIndex={index === current && currentColumn === null ? 0 : -1}
              className="grid-row"
              onFocus={(event) => {
                if (event.target === event.currentTarget) keyboard.isAt(index, null);
              }}
              onClick={() => onOpen(row.record)}
            >
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
                    active={index === current && currentColumn === place}
                    editable={(edit?.byClick ?? false) && editable(place) && row.damage === null}
                    onFocus={() => keyboard.isAt(index, place)}
                    onEdit={() => startEdit(index, place)}
                  />
                );
              })}
            </div>
          );
        })}
      </div>
    </div>
  );
}

function nameOf(table: TableDefinition, fields: Fields): string {
  const naming = table.fields.find((field) => field.required && field.type === "text");
  return String(fields[naming?.name ?? ""] ?? "");
}
