import { useRef, type PointerEvent } from "react";
import { fittingWidth, WIDTH_MIN_REM } from "./columns";

const pixelsOfRem = () => parseFloat(getComputedStyle(document.documentElement).fontSize) || 16;

/** How wide a column is on the screen, in rem; null where it is in no table that is seen. */
export function shownWidth(column: string): number | null {
  const heads = document.querySelectorAll<HTMLElement>(".grid-head [data-column]");
  const head = [...heads].find((one) => one.dataset["column"] === column);
  const rem = (head?.getBoundingClientRect().width ?? 0) / pixelsOfRem();
  return rem < WIDTH_MIN_REM ? null : rem;
}

interface Props {
  /** While it is pulled, and when it is let go; null for the usual width. */
  onWidth: (rem: number | null, done: boolean) => void;
}

/**
 * The edge of a column, to be pulled. Hands that cannot pull have the same in the list of columns,
 * so this one is for the pointer alone.
 */
export function ColumnHandle({ onWidth }: Props) {
  const pulled = useRef<{ from: number; rem: number; way: 1 | -1; pixels: number } | null>(null);
  const widthAt = (event: PointerEvent<HTMLElement>) => {
    const { from, rem, way, pixels } = pulled.current ?? { from: 0, rem: 0, way: 1, pixels: 1 };
    return fittingWidth(rem + (way * (event.clientX - from)) / pixels);
  };
  return (
    <span
      className="column-handle"
      aria-hidden="true"
      onPointerDown={(event) => {
        const cell = event.currentTarget.parentElement;
        if (!cell || event.button !== 0) return;
        event.preventDefault();
        event.currentTarget.setPointerCapture(event.pointerId);
        const pixels = pixelsOfRem();
        const way = cell.matches(":dir(rtl)") ? -1 : 1;
        pulled.current = { from: event.clientX, rem: cell.getBoundingClientRect().width / pixels, way, pixels };
      }}
      onPointerMove={(event) => {
        if (pulled.current) onWidth(widthAt(event), false);
      }}
      onPointerUp={(event) => {
        if (!pulled.current) return;
        const rem = widthAt(event);
        const moved = event.clientX !== pulled.current.from;
        pulled.current = null;
        if (moved) onWidth(rem, true);
      }}
      onPointerCancel={() => {
        pulled.current = null;
      }}
      onDoubleClick={() => onWidth(null, true)}
    />
  );
}
