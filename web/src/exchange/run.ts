/** Carries an import out: first the dry run, then the same steps in batches. */
import type { RecordWrite } from "../core/api";
import type { Core } from "../core/client";
import { toCoreError, type CoreError } from "../core/problem";
import { idPlace } from "./mapping";
import { Planner, type ImportOptions, type Step } from "./plan";
import type { Sheet } from "./sheet";

const PAGE_RECORDS = 1_000;
const BATCH_ROWS = 200;

/** Lets the page breathe: a click on "Cancel" must be heard. */
const breathe = () => new Promise((resolve) => setTimeout(resolve));

export interface Plan {
  steps: Step[];
  /** Texts that a spreadsheet program would compute. They stay text. */
  formulas: number;
}

/** Reads what is there and every row of the file. Nothing is written. `owners` have files. */
export async function dryRun(
  core: Core,
  vault: string,
  sheet: Sheet,
  options: ImportOptions,
  signal: AbortSignal,
  progress: (share: number) => void,
  owners: ReadonlySet<string> = new Set(),
): Promise<Plan> {
  const idAt = idPlace(options.mapping, sheet.columns);
  const planner = new Planner(options);
  if (options.key !== null) await learn(core, vault, options.table.name, planner, signal);
  const steps: Step[] = [];
  let formulas = 0;
  for await (const rows of sheet.rows(progress)) {
    signal.throwIfAborted();
    for (const row of rows) {
      const taken = row.cells.filter((_, place) => (options.mapping[place] ?? null) !== null);
      if (taken.some((cell) => typeof cell === "string" && cell.startsWith("="))) formulas += 1;
      const step = planner.plan(row);
      const owner = String(row.cells[idAt] ?? "").trim().toLowerCase();
      steps.push(owners.has(owner) ? { ...step, owner } : step);
    }
    await breathe();
  }
  signal.throwIfAborted();
  return { steps, formulas };
}

async function learn(core: Core, vault: string, table: string, planner: Planner, signal: AbortSignal) {
  let after: string | null = null;
  do {
    signal.throwIfAborted();
    const args = { vault, table, after, count: PAGE_RECORDS };
    const page: { records: Parameters<typeof tell>[1]; next: string | null } = await core.call(
      "export_records",
      args,
    );
    tell(planner, page.records);
    after = page.next;
  } while (after !== null);
}

function tell(planner: Planner, records: import("../core/api").ExportRecord[]): void {
  for (const { record, heads } of records) {
    const [head, ...others] = heads;
    // What cannot be read can be matched by nothing but its id, and changed by nobody.
    if (!head?.fields) continue;
    const { version, fields, deleted } = head;
    planner.know({ record, version, fields, deleted, conflicts: others.length });
  }
}

/** How far an import is. */
export interface Progress {
  /** Steps that are behind it. */
  done: number;
  added: number;
  changed: number;
  /** Rows that the vault refused, with why. */
  failed: Map<number, CoreError>;
  /** Of new rows that files belong to, by their lines: the records that they have become. */
  made: Map<number, string>;
}

export const nothingDone = (): Progress => ({
  done: 0,
  added: 0,
  changed: 0,
  failed: new Map(),
  made: new Map(),
});

const toWrite = (step: Step): RecordWrite | undefined => {
  if (step.kind === "add") return { fields: step.fields };
  if (step.kind !== "change") return undefined;
  const { record, version, fields } = step;
  return { record, version, fields };
};

/**
 * Writes from where `progress` stands. Stops at a failure of the whole (`offline`), or when it is
 * told to; called again, it goes on with the same batch, and nothing is made twice.
 */
export async function carryOut(
  core: Core,
  where: { vault: string; table: string },
  steps: readonly Step[],
  progress: Progress,
  signal: AbortSignal,
  told: (progress: Progress) => void,
): Promise<Progress> {
  let now = progress;
  while (now.done < steps.length && !signal.aborted) {
    const batch = steps.slice(now.done, now.done + BATCH_ROWS);
    const writes = batch.flatMap((step) => {
      const row = toWrite(step);
      return row ? [{ step, row }] : [];
    });
    const next: Progress = { ...now, done: now.done + batch.length, failed: new Map(now.failed) };
    if (writes.length > 0) {
      const rows = writes.map(({ row }) => row);
      const { written } = await core.call("write_records", { ...where, rows });
      writes.forEach(({ step }, place) => {
        const result = written[place];
        if (!result) return;
        if ("problem" in result) next.failed.set(step.line, toCoreError(result.problem));
        else if (step.kind === "add") {
          next.added += 1;
          if (step.owner) next.made.set(step.line, result.record);
        } else next.changed += 1;
      });
    }
    now = next;
    told(now);
    await breathe();
  }
  return now;
}
