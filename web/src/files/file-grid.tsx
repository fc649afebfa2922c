import { Link } from "@tanstack/react-router";
import type { KeyboardEvent, ReactNode } from "react";
import type { VaultFile } from "../core/api-files";
import { useText } from "../i18n/text";
import { useMoment } from "../records/values";
import { useGridRows } from "../ui/grid-rows";
import { SortHead, VirtualGrid } from "../ui/virtual-grid";
import { EncryptedBadge, LeaseBadge } from "./file-marks";
import { useSize } from "./sizes";
import { COLUMNS, type FileWindow } from "./vault-files";

/** Height of a row before it is measured. */
const ROW_PIXELS = 73;

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

const nameOf = ({ file }: VaultFile) => file;

/**
 * The files of a vault, one row each; only those in sight are in the page. One row takes the
 * keyboard: arrows move it and lead to its file and its record, Enter opens.
 */
export function FileGrid({ vault, of, list, sort, onSort, onSee, onOpen }: Props) {
  const say = useText();
  const rows = useGridRows({ list, nameOf, of, columns: COLUMNS.length, rowPixels: ROW_PIXELS, onSee });
  const open = (row: VaultFile) => {
    if (row.damage === null) onOpen(row);
  };
  const onKeyDown = (event: KeyboardEvent<HTMLElement>) => {
    const { current, column } = rows.keyboard;
    const row = rows.rowAt(current);
    if (!rows.move(event)) {
      if (event.key !== "Enter" || column !== null || !row || row.damage !== null) return;
      onOpen(row);
    }
    event.preventDefault();
  };
  return (
    <VirtualGrid
      rows={rows}
      label={say("all_files.grid")}
      className="file-grid"
      head={COLUMNS.map((column) => (
        <SortHead
          key={column}
          title={say(`all_files.${column}`)}
          sorted={sort === column ? "asc" : sort === `-${column}` && "desc"}
          isNumber={column === "size"}
          onSort={(descending) => onSort(descending ? `-${column}` : column)}
        />
      ))}
      marks={(row) => ({ "data-row": row.file })}
      onKeyDown={onKeyDown}
      onOpen={open}
    >
      {(row, _index, at) => <Cells vault={vault} row={row} at={at} onOpen={() => onOpen(row)} />}
    </VirtualGrid>
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
