import { useVirtualizer } from "@tanstack/react-virtual";
import { ArrowDown, ArrowUp, Split } from "lucide-react";
import { useEffect, useRef, useState, type CSSProperties, type KeyboardEvent } from "react";
import type { FieldDefinition, TableDefinition, VaultRecord } from "../core/api";
import { useText } from "../i18n/text";
import { CHANGED, type useRecordTable } from "./record-table";
import { useMoment, useTitles } from "./values";

/** Height of a row before it is measured. */
const ROW_PIXELS = 45;
/** Rows that Page Up and Page Down pass. */
const PAGE_ROWS = 12;

type RecordTable = ReturnType<typeof useRecordTable>;

interface Props {
  rows: RecordTable;
  table: TableDefinition;
  /** The record that is open beside the table. */
  open: string | undefined;
  onOpen: (record: string) => void;
  onSort: (sorting: Array<{ id: string; desc: boolean }>) => void;
}

/**
 * The rows of a table. Only those in sight are in the page, so a hundred thousand are as quick as
 * ten. One row takes the keyboard; arrows move it, Enter opens the record.
 */
export function Grid({ rows, table, open, onOpen, onSort }: Props) {
  const say = useText();
  const scroller = useRef<HTMLDivElement>(null);
  const list = rows.getRowModel().rows;
  const columns = rows.getVisibleLeafColumns();
  const virtual = useVirtualizer({
    count: list.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_PIXELS,
    overscan: 12,
    getItemKey: (index) => list[index]?.id ?? index,
  });
  const [active, setActive] = useState(0);
  const wanted = useRef<number | null>(null);
  const current = Math.min(active, list.length - 1);

  // A row far away is in the page only after the scrolling: focus waits for it.
  useEffect(() => {
    if (wanted.current === null) return;
    const row = scroller.current?.querySelector<HTMLElement>(`[data-index="${wanted.current}"]`);
    if (!row) return;
    wanted.current = null;
    row.focus({ preventScroll: true });
  });

  const move = (event: KeyboardEvent) => {
    const next = target(event.key, current, list.length);
    if (next === null) return;
    event.preventDefault();
    wanted.current = next;
    setActive(next);
    virtual.scrollToIndex(next);
  };

  const fields = new Map(table.fields.map((field) => [field.name, field]));
  const shape = {
    "--columns": columns.map(({ id }) => width(fields.get(id))).join(" "),
    "--narrowest": `${columns.reduce((sum, { id }) => sum + narrowest(fields.get(id)), 0)}rem`,
  } as CSSProperties;
  return (
    <div
      className="grid"
      role="grid"
      aria-label={say("records.grid")}
      aria-rowcount={list.length + 1}
      aria-colcount={columns.length}
      ref={scroller}
      style={shape}
    >
      <div role="rowgroup" className="grid-head">
        <div role="row" aria-rowindex={1} className="grid-row head">
          {columns.map((column) => (
            <Heading
              key={column.id}
              table={table}
              field={fields.get(column.id)}
              sorted={column.getIsSorted()}
              onSort={(desc) => onSort([{ id: column.id, desc }])}
            />
          ))}
        </div>
      </div>
      <div
        role="rowgroup"
        className="grid-body"
        style={{ height: `${virtual.getTotalSize()}px` }}
        onKeyDown={move}
      >
        {virtual.getVirtualItems().map((item) => {
          const row = list[item.index];
          if (!row) return null;
          return (
            <div
              key={item.key}
              ref={virtual.measureElement}
              data-index={item.index}
              data-record={row.id}
              role="row"
              aria-rowindex={item.index + 2}
              aria-selected={row.id === open}
              tabIndex={item.index === current ? 0 : -1}
              className="grid-row"
              style={{ transform: `translateY(${item.start}px)` }}
              onFocus={() => setActive(item.index)}
              onClick={() => onOpen(row.id)}
              onKeyDown={(event) => {
                if (event.key !== "Enter" && event.key !== " ") return;
                event.preventDefault();
                onOpen(row.id);
              }}
            >
              {columns.map((column, place) => (
                <Cell
                  key={column.id}
                  table={table}
                  field={fields.get(column.id)}
                  record={row.original}
                  first={place === 0}
                />
              ))}
            </div>
          );
        })}
      </div>
    </div>
  );
}

/** The row that a key leads to; null for keys that lead nowhere. */
export function target(key: string, current: number, count: number): number | null {
  const last = count - 1;
  switch (key) {
    case "ArrowDown":
      return Math.min(current + 1, last);
    case "ArrowUp":
      return Math.max(current - 1, 0);
    case "PageDown":
      return Math.min(current + PAGE_ROWS, last);
    case "PageUp":
      return Math.max(current - PAGE_ROWS, 0);
    case "Home":
      return 0;
    case "End":
      return last;
    default:
      return null;
  }
}

interface HeadingProps {
  table: TableDefinition;
  field: FieldDefinition | undefined;
  sorted: false | "asc" | "desc";
  onSort: (descending: boolean) => void;
}

function Heading({ table, field, sorted, onSort }: HeadingProps) {
  const say = useText();
  const titles = useTitles();
  const Arrow = sorted === "desc" ? ArrowDown : ArrowUp;
  return (
    <div
      role="columnheader"
      aria-sort={sorted === "asc" ? "ascending" : sorted === "desc" ? "descending" : "none"}
      className={isNumber(field) ? "cell number" : "cell"}
    >
      <button type="button" className="sort" onClick={() => onSort(sorted === "asc")}>
        {field ? titles.field(table, field) : say("records.changed")}
        <Arrow aria-hidden="true" className={sorted ? "on" : undefined} />
      </button>
    </div>
  );
}

interface CellProps {
  table: TableDefinition;
  field: FieldDefinition | undefined;
  record: VaultRecord;
  first: boolean;
}

function Cell({ table, field, record, first }: CellProps) {
  const say = useText();
  const titles = useTitles();
  const moment = useMoment();
  if (!field) {
    return (
      <div role="gridcell" className="cell changed" data-column={CHANGED}>
        {say("records.changed_by", { name: record.author, when: moment(record.changed_ms) })}
      </div>
    );
  }
  const text = titles.value(table, field, record.fields[field.name]);
  const kind = [
    "cell",
    field.type,
    isNumber(field) ? "number" : "",
    first ? "first" : "",
    text === "" ? "nothing" : "",
  ];
  return (
    <div role="gridcell" className={kind.filter(Boolean).join(" ")} data-label={titles.field(table, field)}>
      {field.type === "choice" && text !== "" ? (
        <span className="pill" data-place={field.choices?.indexOf(String(record.fields[field.name]))}>
          {text}
        </span>
      ) : (
        <span className="cell-text">
          {first && record.damage ? say("records.damage") : text}
        </span>
      )}
      {first && record.conflicts > 0 ? (
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
function narrowest(field: FieldDefinition | undefined): number {
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

function width(field: FieldDefinition | undefined): string {
  const share = field?.type === "text" ? (field.required ? 3 : 2) : field?.type === "long_text" ? 3 : 1;
  return `minmax(${narrowest(field)}rem, ${share}fr)`;
}
