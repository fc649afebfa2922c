type Unit = "second" | "minute" | "hour" | "day";
const UNITS: ReadonlyArray<readonly [Unit, number]> = [
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
];

/** How long ago a moment was, as people say it: in the largest unit that is whole. */
export function ago(moment_ms: number, now_ms: number = Date.now()): { value: number; unit: Unit; numeric: "auto" } {
  const seconds = Math.max(0, Math.round((now_ms - moment_ms) / 1_000));
  const [unit, size] = UNITS.find(([, size]) => seconds >= size) ?? ["second", 1];
  // "Now" for what is seconds ago: the server counts in coarser steps than that.
  return { value: unit === "second" ? 0 : -Math.floor(seconds / size), unit, numeric: "auto" };
}
