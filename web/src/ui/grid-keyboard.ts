import { useEffect, useLayoutEffect, useRef, useState } from "react";

/** Rows that Page Up and Page Down pass. */
const PAGE_ROWS = 12;

interface Rows {
  total: number;
  /** Place of the first row that is at hand. */
  offset: number;
  /** Names of the rows that are at hand: they stay the same wherever a row stands. */
  ids: readonly string[];
  /** What was asked for: another list begins at its top. */
  of: unknown;
  /** While something in the list has the keyboard for itself. */
  paused: boolean;
  scrollTo: (row: number) => void;
}

/** A row, or a cell of it. */
interface Place {
  row: number;
  column: number | null;
  /** The row's name; absent before the keyboard was in the list. */
  id: string | undefined;
}

/**
 * The place of the keyboard in a list of which only a part is in the page. It belongs to a row, not
 * to a number: where rows change their places, the keyboard is on the same row before the next key.
 */
export function useGridKeyboard({ total, offset, ids, of, paused, scrollTo }: Rows) {
  const body = useRef<HTMLDivElement>(null);
  const [place, setPlace] = useState<Place>({ row: 0, column: null, id: undefined });
  const found = place.id === undefined ? -1 : ids.indexOf(place.id);
  const current = found < 0 ? Math.min(place.row, total - 1) : offset + found;
  const here = ids[current - offset];
  // A row that is gone leaves the keyboard to the one that has taken its place.
  if (place.id !== undefined && here !== undefined && (here !== place.id || current !== place.row)) {
    setPlace({ ...place, row: current, id: here });
  }

  const asked = useRef(of);
  useEffect(() => {
    if (asked.current === of) return;
    asked.current = of;
    setPlace({ row: 0, column: null, id: undefined });
  }, [of]);

  const wanted = useRef(false);
  const last = useRef(current);
  // Before the next key can come. A row far away is in the page only after the scrolling.
  useLayoutEffect(() => {
    const moved = last.current !== current;
    last.current = current;
    if (paused) return;
    const element = elementAt(body.current, current, place.column);
    const focused = document.activeElement;
    if (moved && body.current?.contains(focused) && !element?.contains(focused)) {
      wanted.current = true;
      scrollTo(current);
    }
    if (!wanted.current || !element) return;
    wanted.current = false;
    element.focus({ preventScroll: true });
  });

  return {
    body,
    current,
    column: place.column,
    /** Brings the keyboard to a row or cell. */
    go: (row: number, column: number | null) => {
      wanted.current = true;
      setPlace({ row, column, id: ids[row - offset] });
      scrollTo(row);
    },
    /** The keyboard is there, or will be when what has it for itself is done. */
    isAt: (row: number, column: number | null) => {
      const id = ids[row - offset];
      setPlace((now) => (now.row === row && now.column === column && now.id === id ? now : { row, column, id }));
    },
    /** Brings the keyboard to a cell of the row with that name, wherever it stands by now. */
    back: (id: string, column: number | null) => {
      const at = ids.indexOf(id);
      const row = at < 0 ? current : offset + at;
      wanted.current = true;
      setPlace({ row, column, id });
      scrollTo(row);
    },
  };
}

function elementAt(body: HTMLElement | null, row: number, column: number | null): HTMLElement | null {
  const place = `[data-index="${row}"]`;
  return (
    body?.querySelector(column === null ? `${place}:not([aria-busy])` : `${place} [data-cell="${column}"]`) ?? null
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
