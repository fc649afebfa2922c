import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { useCore } from "../app/core-context";
import { keys, useVaults } from "../app/queries";
import type { Vault } from "../core/api";
import { CoreError, toCoreError } from "../core/problem";
import { useTransfers } from "../files/transfers-context";
import type { PackedFiles } from "./archive";
import { planFiles, type FilePlan } from "./file-plan";
import { attachFiles, filesLeft, noFiles, type FileProgress } from "./file-run";
import { forgetImport, foundBy, noteImport, type ImportNote } from "./interrupted";
import type { ImportOptions } from "./plan";
import { carryOut, dryRun, nothingDone, type Plan, type Progress } from "./run";
import type { Sheet } from "./sheet";
import { fileProblem, type FileProblem } from "./source";

/** What an import would do, with rows and with files. */
export interface WholePlan extends Plan {
  files: FilePlan;
}

/** How far it is. */
export interface Standing {
  plan: WholePlan;
  rows: Progress;
  files: FileProgress;
}

export type ImportState =
  | { at: "form" }
  | { at: "checking"; what: "rows" | "files"; share: number }
  | { at: "unreadable"; problem: FileProblem }
  | { at: "unchecked"; error: CoreError }
  | { at: "checked"; plan: WholePlan }
  | ({ at: "writing" } & Standing)
  | ({ at: "attaching" } & Standing)
  | ({ at: "done" } & Standing)
  | ({ at: "stopped"; error: CoreError | null } & Standing);

interface Wanted {
  vault: Vault;
  sheet: Sheet;
  packed: PackedFiles;
  options: ImportOptions;
}

/** The dry run of an import, and then the import itself: its rows first, then the files of their records. */
export function useImport({ vault, sheet, packed, options }: Wanted) {
  const core = useCore();
  const queries = useQueryClient();
  const transfers = useTransfers();
  const own = useVaults().data?.find(({ kind }) => kind === "personal");
  // What is private lies in one's own vault, whichever it is imported beside.
  const holder = options.table.private && own ? own.vault : vault.vault;
  const [state, setState] = useState<ImportState>({ at: "form" });
  const work = useRef<AbortController>(null);
  const isCancelled = useRef(false);
  // A plan is one of these options and this file: what changes throws it away.
  useEffect(() => {
    setState({ at: "form" });
    return () => work.current?.abort();
  }, [sheet, packed, options]);

  const begin = () => {
    isCancelled.current = false;
    work.current = new AbortController();
    return work.current.signal;
  };
  const check = async () => {
    const signal = begin();
    const told = (what: "rows" | "files") => (share: number) => setState({ at: "checking", what, share });
    told("rows")(0);
    try {
      const owners = new Set(packed.files.map(({ owner }) => owner));
      const plan = await dryRun(core, vault.vault, sheet, options, signal, told("rows"), owners);
      const wanted = { vault: holder, mode: options.mode, packed, steps: plan.steps };
      const files = await planFiles(core, wanted, signal, told("files"));
      setState({ at: "checked", plan: { ...plan, files } });
    } catch (thrown) {
      if (signal.aborted) setState({ at: "form" });
      else if (isOfFile(thrown)) setState({ at: "unreadable", problem: fileProblem(thrown) });
      else setState({ at: "unchecked", error: toCoreError(thrown) });
    }
  };
  const write = async (from: Standing) => {
    const signal = begin();
    const { plan } = from;
    let now = from;
    const told = (at: "writing" | "attaching", change: Partial<Standing>) => {
      now = { ...now, ...change };
      noteImport(vault.vault, noteOf(now, options));
      setState({ at, ...now });
    };
    let error: CoreError | null = null;
    try {
      const where = { vault: vault.vault, table: options.table.name };
      told("writing", {});
      await carryOut(core, where, plan.steps, from.rows, signal, (rows) => told("writing", { rows }));
      if (isWritten(now) && filesLeft(plan.files.attach, now.files).length > 0) {
        told("attaching", {});
        const wanted = { vault: holder, attach: plan.files.attach, rows: now.rows };
        await attachFiles(transfers, wanted, now.files, signal, (files) => told("attaching", { files }));
      }
    } catch (thrown) {
      error = toCoreError(thrown);
    }
    const isWhole = isWritten(now) && filesLeft(plan.files.attach, now.files).length === 0;
    // Whoever stops it sees how far it came; whoever only leaves the page is told on the way back.
    if (isWhole || isCancelled.current) forgetImport(vault.vault);
    setState(isWhole ? { at: "done", ...now } : { at: "stopped", error, ...now });
    await queries.invalidateQueries({ queryKey: keys.anyVault });
    await queries.invalidateQueries({ queryKey: keys.vaults });
  };
  return {
    state,
    check,
    /** Begins with what was checked, with the files of its records or without. */
    start: (plan: WholePlan, withFiles: boolean) => {
      const files = withFiles ? plan.files : { ...plan.files, attach: [] };
      return write({ plan: { ...plan, files }, rows: nothingDone(), files: noFiles() });
    },
    /** Goes on where it stopped; a file that the vault refused is tried again. */
    goOn: ({ plan, rows, files }: Standing) => {
      const forGood = [...files.failed].filter(([, why]) => !(why instanceof CoreError));
      return write({ plan, rows, files: { ...files, failed: new Map(forGood) } });
    },
    cancel: () => {
      isCancelled.current = true;
      work.current?.abort();
    },
  };
}

/** The last batch may be in the vault without being counted: "at least" stands in the sentence. */
const noteOf = ({ plan, rows, files }: Standing, { table, key }: ImportOptions): ImportNote => ({
  table: table.name,
  by: foundBy(key),
  done: rows.done,
  total: plan.steps.length,
  written: rows.added + rows.changed,
  files: files.attached.size,
  files_total: plan.files.attach.length,
});

const isWritten = ({ plan, rows }: Standing) => rows.done >= plan.steps.length;

/** What the browser or the file itself refused, not the core. */
const isOfFile = (thrown: unknown) =>
  thrown instanceof Error && !("code" in thrown && "exit" in thrown);
