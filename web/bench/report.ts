/** One line of the table; `cargo xtask bench --web` reads what stands behind the word. */
interface Measured {
  work: string;
  who: string;
  seconds?: number;
  peak_bytes?: number;
  rate?: number;
  unit?: "ms" | "kB" | "MB/s";
  ratio?: number;
  ratio_to?: string;
}

interface Reach {
  reach: string;
  value: number;
  limit: number;
  unit: "ms" | "kB" | "times" | "MiB" | "";
  at_least?: boolean;
}

const tell = (line: Measured | Reach) => process.stdout.write(`MEASURED ${JSON.stringify(line)}\n`);

export const measured = (line: Measured) => tell(line);
export const reach = (line: Reach) => tell(line);

/** Whether only to see that everything runs. */
export const quick = process.env["BENCH_QUICK"] !== undefined;

export function median(values: number[]): number {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.floor(sorted.length / 2)] ?? NaN;
}

/** Whether also what takes long. */
export const huge = process.env["BENCH_HUGE"] !== undefined;
