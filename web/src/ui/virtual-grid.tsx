import { ArrowDown, ArrowUp } from "lucide-react";
import type { CSSProperties, HTMLAttributes, KeyboardEvent, ReactNode } from "react";
import type { GridRows } from "./grid-rows";

interface Props<Row> {
  rows: GridRows<Row>;
  label: string;
  className?: string;
  style?: CSSProperties;
  /** Whether several rows can be selected. */
  multiple?: boolean;
  /** Cells that stand before those the keyboard goes to. */
  before?: number;
  /** The heads of the columns. */
  head: ReactNode;
  /** What a row carries beside its place. */
  marks: (row: Row) => HTMLAttributes<HTMLDivElement> & { [data: `data-${string}`]: string };
  onKeyDown: (event: KeyboardEvent<HTMLElement>) => void;
  onOpen: (row: Row) => void;
  /** The cells of a row; `at` is the one of them that has the keyboard. */
  children: (row: Row, index: number, at: number | null) => ReactNode;
}

/**
 * A grid of which only the rows in sight are in the page. One row or cell of it takes the keyboard;
 * cells say with `data-cell` which of them they are.
 */
export function VirtualGrid<Row>({ rows, head, marks, children, ...props }: Props<Row>) {
  const { virtual, keyboard } = rows;
  const { current, column } = keyboard;
  return (
    <div
      className={props.className ? `grid ${props.className}` : "grid"}
      role="grid"
      aria-label={props.label}
      aria-rowcount={rows.total + 1}
      aria-colcount={rows.columns + (props.before ?? 0)}
      aria-multiselectable={props.multiple}
      ref={rows.scroller}
      style={props.style}
    >
      <div role="rowgroup" className="grid-head">
        <div role="row" aria-rowindex={1} className="grid-row head">
          {head}
        </div>
      </div>
      <div
        role="rowgroup"
        className="grid-body"
        ref={keyboard.body}
        style={{ height: `${virtual.getTotalSize()}px` }}
        onKeyDown={props.onKeyDown}
      >
        {virtual.getVirtualItems().map(({ index, start }) => {
          const row = rows.rowAt(index);
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
              {...marks(row)}
              tabIndex={index === current && column === null ? 0 : -1}
              className="grid-row"
              onFocus={(event) => {
                if (event.target === event.currentTarget) keyboard.isAt(index, null);
                const cell = event.target.closest<HTMLElement>("[data-cell]")?.dataset["cell"];
                if (cell !== undefined) keyboard.isAt(index, Number(cell));
              }}
              onClick={() => props.onOpen(row)}
            >
              {children(row, index, index === current ? column : null)}
            </div>
          );
        })}
      </div>
    </div>
  );
}

interface SortHeadProps {
  title: string;
  /** The column's name, for those who look for its head. */
  name?: string;
  sorted: false | "asc" | "desc";
  /** Whether numbers stand below it. */
  isNumber: boolean;
  onSort: (descending: boolean) => void;
  /** What else the head holds. */
  children?: ReactNode;
}

/** The head of a column, which sorts by it: upwards first, and the other way at the next press. */
export function SortHead({ title, name, sorted, isNumber, onSort, children }: SortHeadProps) {
  const Arrow = sorted === "desc" ? ArrowDown : ArrowUp;
  return (
    <div
      role="columnheader"
      aria-sort={sorted === "asc" ? "ascending" : sorted === "desc" ? "descending" : "none"}
      className={isNumber ? "cell number" : "cell"}
      data-column={name}
    >
      <button type="button" className="sort" onClick={() => onSort(sorted === "asc")}>
        {title}
        <Arrow aria-hidden="true" className={sorted ? "on" : undefined} />
      </button>
      {children}
    </div>
  );
}
