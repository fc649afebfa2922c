import { Link } from "@tanstack/react-router";
import { useVirtualizer } from "@tanstack/react-virtual";
import { ArrowDown, ArrowUp } from "lucide-react";
import { useEffect, useMemo, useRef, type KeyboardEvent, type ReactNode } from "react";
import type { VaultFile } from "../core/api-files";
import { useText } from "../i18n/text";
import { useMoment } from "../records/values";
import { target, useGridKeyboard } from "../ui/grid-keyboard";
import { EncryptedBadge, LeaseBadge } from "./file-marks";
import { useSize } from "./sizes";
import { COLUMNS, type Column, type FileWindow } from "./vault-files";

/** Height of a row before it is measured. */
const ROW_PIXELS = 73;
/** Rows that wait outside of sight. */
const OVERSCAN_ROWS = 10;

interface Props {
  vault: string;
  /** What was asked for: another list begins at its top. */
  of: unknown;
  list: FileWindow;
  sort: string;
  onSort: (sort: string) => void;
  onSee: (first: number) => void;
  onOpen: (file: VaultFile) => void;
}

/**
 * The files of a vault, one row each; only those in sight are in the page. One row takes the
 * keyboard: arrows move it and lead to its file and its record, Enter opens.
 */
export function FileGrid({ vault, of, list, sort, onSort, onSee, onOpen }: Props) {
  const say = useText();
  const scroller = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: list.total,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_PIXELS,
    overscan: OVERSCAN_ROWS,
  });
  const rowAt = (index: number) => list.rows[index - list.offset];
  const first = virtual.range?.startIndex ?? 0;
  useEffect(() => onSee(first), [onSee, first]);
  const asked = useRef(of);
  useEffect(() => {
    if (asked.current === of) return;
    asked.current = of;
    scroller.current?.scrollTo({ top: 0 });
  }, [of]);
  const keyboard = useGridKeyboard({
    total: list.total,
    offset: list.offset,
    ids: useMemo(() => list.rows.map(({ file }) => file), [list.rows]),
    of,
    paused: false,
    scrollTo: (row) => virtual.scrollToIndex(row),
  });
  const { current, column, go } = keyboard;

  const onKeyDown = (event: KeyboardEvent<HTMLElement>) => {
    const row = rowAt(current);
    const last = COLUMNS.length - 1;
    const towards = event.currentTarget.matches(":dir(rtl)") ? "ArrowLeft" : "ArrowRight";
    const away = towards === "ArrowRight" ? "ArrowLeft" : "ArrowRight";
    const next = target(event.key, current, list.total);
    if (next !== null) go(next, column);
    else if (event.key === towards) go(current, Math.min((column ?? -1) + 1, last));
    else if (event.key === away) go(current, column === null || column === 0 ? null : column - 1);
    else if (event.key === "Escape" && column !== null) go(current, null);
    else if (event.key === "Enter" && column === null && row && row.damage === null) onOpen(row);
    else return;
    event.preventDefault();
  };

  return (
    <div
      className="grid file-grid"
      role="grid"
      aria-label={say("all_files.grid")}
      aria-rowcount={list.total + 1}
      aria-colcount={COLUMNS.length}
      ref={scroller}
    >
      <div role="rowgroup" className="grid-head">
        <div role="row" aria-rowindex={1} className="grid-row head">
          {COLUMNS.map((id) => (
            <Head key={id} column={id} sort={sort} onSort={onSort} />
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
              data-row={row.file}
              tabIndex={index === current && column === null ? 0 : -1}
              className="grid-row"
              onFocus={(event) => {
                if (event.target === event.currentTarget) keyboard.isAt(index, null);
                const cell = event.target.closest<HTMLElement>("[data-cell]")?.dataset["cell"];
                if (cell !== undefined) keyboard.isAt(index, Number(cell));
              }}
              onClick={() => {
                if (row.damage === null) onOpen(row);
              }}
            >
              <Cells
                vault={vault}
                row={row}
                at={index === current ? column : null}
                onOpen={() => onOpen(row)}
              />
            </div>
          );
        })}
      </div>
    </div>
  );
}

function Head({ column, sort, onSort }: { column: Column; sort: string; onSort: (sort: string) => void }) {
  const say = useText();
  const sorted = sort === column ? "ascending" : sort === `-${column}` ? "descending" : "none";
  const Arrow = sorted === "descending" ? ArrowDown : ArrowUp;
  return (
    <div role="columnheader" aria-sort={sorted} className={column === "size" ? "cell number" : "cell"}>
      <button
        type="button"
        className="sort"
        onClick={() => onSort(sorted === "ascending" ? `-${column}` : column)}
      >
        {say(`all_files.${column}`)}
        <Arrow aria-hidden="true" className={sorted === "none" ? undefined : "on"} />
      </button>
    </div>
  );
}

interface CellsProps {
  vault: string;
  row: VaultFile;
  /** The cell that has the keyboard. */
  at: number | null;
  onOpen: () => void;
}

/** What is told of one file. */
function Cells({ vault, row, at, onOpen }: CellsProps) {
  const say = useText();
  const size = useSize();
  const moment = useMoment();
  const stop = (tabIndex: number) => ({ "data-cell": tabIndex, tabIndex: at === tabIndex ? 0 : -1 });
  const title = row.title ?? say("record.title");
  const record: ReactNode =
    row.table === null || row.record_deleted ? (
      <span className="cell-text" {...stop(1)}>
        <bdi>{row.record_deleted ? say("all_files.record.trash", { title }) : title}</bdi>
      </span>
    ) : (
      <Link
        className="cell-text"
        to="/vaults/$vault/table/$table/record/$record"
        params={{ vault, table: row.table, record: row.record }}
        onClick={(event) => event.stopPropagation()}
        {...stop(1)}
      >
        <bdi>{title}</bdi>
      </Link>
    );
  return (
    <>
      <div role="gridcell" className="cell first">
        <div className="file-cell">
          {row.damage === null ? (
            <button
              type="button"
              className="file-open"
              onClick={(event) => {
                event.stopPropagation();
                onOpen();
              }}
              {...stop(0)}
            >
              <bdi>{row.name}</bdi>
            </button>
          ) : (
            <span className="cell-text" {...stop(0)}>
              <bdi>{row.name || say("records.damage")}</bdi>
            </span>
          )}
          <p className="file-marks">
            <EncryptedBadge />
            {row.lease ? <LeaseBadge lease={row.lease} /> : null}
            {row.hidden ? <span className="badge">{say("files.hidden")}</span> : null}
            {row.conflict ? <span className="badge conflict">{say("files.conflict")}</span> : null}
            {row.damage ? <span className="badge danger">{say("records.damage")}</span> : null}
          </p>
        </div>
      </div>
      <div role="gridcell" className="cell">
        {record}
      </div>
      <div role="gridcell" className="cell number" {...stop(2)}>
        {size(row.size_bytes)}
      </div>
      <div role="gridcell" className="cell changed" {...stop(3)}>
        {say("files.by", { name: row.author, when: moment(row.changed_ms) })}
      </div>
    </>
  );
}
