import type { CoreMethods, FieldValue, RecordWrite } from "../core/api";
import type { MethodName } from "../core/api";
import type { CoreProblem } from "../core/api";
import type { PickedRecord } from "../core/record-methods";

type Ask = <M extends MethodName>(
  method: M,
  args: CoreMethods[M]["takes"],
) => Promise<CoreMethods[M]["answers"]>;

/** Records of one call: the core sends them in a few requests, and progress is seen in between. */
const CALL_ROWS = 500;

/** What became of a change of many. */
export interface BatchDone {
  written: number;
  /** Written, and somebody else wrote at the same moment: both versions are kept. */
  beside: number;
  /** Of those written: still in this browser, each as a change of its own. */
  waiting: number;
  /** Not written, with the reason; how many for each. */
  left: Array<{ problem: CoreProblem; count: number }>;
}

/** Of the picked records those that a value changes: no version is written that says nothing new. */
export function changedBy(picked: readonly PickedRecord[], value: FieldValue): PickedRecord[] {
  const empty = (one: FieldValue | undefined) => one === null || one === undefined || one === "";
  return picked.filter((one) => (empty(value) ? !empty(one.value) : one.value !== value));
}

/** Writes a change to many records. What was not written is told by its reason. */
export async function writeMany(
  ask: Ask,
  place: { vault: string; table: string },
  records: readonly PickedRecord[],
  change: { fields: Record<string, FieldValue> } | { deleted: true },
  onProgress: (done: number) => void,
): Promise<BatchDone> {
  const done: BatchDone = { written: 0, beside: 0, waiting: 0, left: [] };
  for (let at = 0; at < records.length; at += CALL_ROWS) {
    const part = records.slice(at, at + CALL_ROWS);
    const rows = part.map(({ record, version }) => ({ record, version, ...change }) as RecordWrite);
    const { written } = await ask("write_records", { ...place, rows, may_wait: true });
    for (const one of written) {
      if ("problem" in one) leave(done, one.problem);
      else {
        done.written += 1;
        if (one.conflicts > 0) done.beside += 1;
        if (one.unsent) done.waiting += 1;
      }
    }
    onProgress(Math.min(at + CALL_ROWS, records.length));
  }
  return done;
}

function leave(done: BatchDone, problem: CoreProblem) {
  const known = done.left.find((one) => one.problem.code === problem.code);
  if (known) known.count += 1;
  else done.left.push({ problem, count: 1 });
}
