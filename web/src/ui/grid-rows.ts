import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useMemo, useRef, type KeyboardEvent } from "react";
import { target, useGridKeyboard } from "./grid-keyboard";

/** Rows that wait outside of sight. */
const OVERSCAN_ROWS = 10;

interface Asked<Row> {
  /** The rows that are at hand, of a list of `total` rows. */
  list: { total: number; offset: number; rows: readonly Row[] };
  /** The name of a row, which stays the same wherever it stands. The same function every time. */
  nameOf: (row: Row) => string;
  /** What was asked for: another list begins at its top. */
  of: unknown;
  /** How many cells of a row the keyboard can be in. */
  columns: number;
  /** Height of a row before it is measured. */
  rowPixels: number;
  /** While something in the list has the keyboard for itself. */
  paused?: boolean;
  /** Tells the first row that is in sight. */
  onSee: (first: number) => void;
}

/** The rows of a long list, of which only those in sight are in the page, and the keyboard in them. */
export function useGridRows<Row>(asked: Asked<Row>) {
  const { list, nameOf, of, columns, rowPixels, paused = false, onSee } = asked;
  const scroller = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: list.total,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowPixels,
    overscan: OVERSCAN_ROWS,
  });
  const first = virtual.range?.startIndex ?? 0;
  useEffect(() => onSee(first), [onSee, first]);

  const before = useRef(of);
  useEffect(() => {
    if (before.current === of) return;
    before.current = of;
    scroller.current?.scrollTo({ top: 0 });
  }, [of]);

  const keyboard = useGridKeyboard({
    total: list.total,
    offset: list.offset,
    ids: useMemo(() => list.rows.map(nameOf), [list.rows, nameOf]),
    of,
    paused,
    scrollTo: (row) => virtual.scrollToIndex(row),
  });
  const { current, column, go } = keyboard;

  return {
    scroller,
    virtual,
    keyboard,
    total: list.total,
    columns,
    rowAt: (index: number): Row | undefined => list.rows[index - list.offset],
    /** Follows a key that moves the keyboard; false for a key that does not. */
    move: (event: KeyboardEvent<HTMLElement>): boolean => {
      const towards = event.currentTarget.matches(":dir(rtl)") ? "ArrowLeft" : "ArrowRight";
      const away = towards === "ArrowRight" ? "ArrowLeft" : "ArrowRight";
      const next = target(event.key, current, list.total);
      if (next !== null) go(next, column);
      else if (event.key === towards) go(current, Math.min((column ?? -1) + 1, columns - 1));
      else if (event.key === away) go(current, column === null || column === 0 ? null : column - 1);
      else if (event.key === "Escape" && column !== null) go(current, null);
      else return false;
      return true;
    },
  };
}

/** What {@link useGridRows} gives to a grid. */
export type GridRows<Row> = ReturnType<typeof useGridRows<Row>>;
