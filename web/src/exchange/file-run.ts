/** Attaches the files of an import, one after the other, by the ordinary uploads. */
import { exit, toCoreError, type CoreError } from "../core/problem";
import type { Transfers } from "../files/transfers";
import type { Attachment, FileReason } from "./file-plan";
import type { Progress } from "./run";
import { ZipError } from "./zip";

/** As many as go at once over a line. Each holds at most one file, and of a stored one nothing. */
const AT_ONCE = 2;

/** How far the files are; by their paths in the archive. */
export interface FileProgress {
  attached: Set<string>;
  /** Why some are not attached. */
  failed: Map<string, CoreError | FileReason>;
}

export const noFiles = (): FileProgress => ({ attached: new Set(), failed: new Map() });

/** Those that are still to be attached. */
export const filesLeft = (attach: readonly Attachment[], { attached, failed }: FileProgress) =>
  attach.filter(({ file: { path } }) => !attached.has(path) && !failed.has(path));

interface Work {
  /** Where the records lie. */
  vault: string;
  attach: readonly Attachment[];
  /** What the rows have become. */
  rows: Progress;
}

/**
 * Goes on from where `progress` stands. A file that is refused is noted; a failure of the whole
 * (no network, the session ended) is thrown, and what is left can be gone on with.
 */
export async function attachFiles(
  transfers: Pick<Transfers, "uploadToEnd">,
  { vault, attach, rows }: Work,
  progress: FileProgress,
  signal: AbortSignal,
  told: (progress: FileProgress) => void,
): Promise<FileProgress> {
  const stop = new AbortController();
  const either = AbortSignal.any([signal, stop.signal]);
  const left = filesLeft(attach, progress)[Symbol.iterator]();
  const one = async (attachment: Attachment) => {
    const { path } = attachment.file;
    const problem = await attachOne(transfers, vault, attachment, rows, either);
    if (either.aborted && problem !== null) return;
    if (problem === null) progress.attached.add(path);
    else progress.failed.set(path, problem);
    told({ ...progress });
  };
  const lane = async () => {
    for (const attachment of left) {
      if (either.aborted) return;
      await one(attachment);
    }
  };
  const lanes = Array.from({ length: AT_ONCE }, () =>
    lane().catch((failure: unknown) => {
      stop.abort();
      throw failure;
    }),
  );
  const ended = await Promise.allSettled(lanes);
  for (const end of ended) if (end.status === "rejected") throw end.reason;
  return { ...progress };
}

/** Null when it is attached. */
async function attachOne(
  transfers: Pick<Transfers, "uploadToEnd">,
  vault: string,
  { file, line, record: known, replaces, keep_both }: Attachment,
  rows: Progress,
  signal: AbortSignal,
): Promise<CoreError | FileReason | null> {
  const record = known ?? rows.made.get(line);
  if (!record) return "row_refused";
  let content: Blob;
  try {
    content = await file.content();
  } catch (thrown) {
    if (thrown instanceof ZipError) return thrown.problem === "bomb" ? "ratio" : "damaged";
    throw thrown;
  }
  const problem = await transfers.uploadToEnd(
    {
      vault,
      record,
      name: file.name,
      file: new File([content], file.name.split("/").at(-1) ?? file.name, { lastModified: file.changed_ms }),
      // What was exported comes back byte for byte.
      keep_original: true,
      ...(replaces ? { replaces } : {}),
      ...(keep_both ? { keep_both } : {}),
    },
    signal,
  );
  if (problem && !isOfFile(problem)) throw toCoreError(problem);
  return problem;
}

/** Whether another file may fare better. */
function isOfFile(problem: CoreError): boolean {
  if (problem.sessionEnded || ["forbidden", "access_ended"].includes(problem.code)) return false;
  const ofFile: number[] = [exit.usage, exit.notFound, exit.refused, exit.conflict];
  return ofFile.includes(problem.exit) || ["cancelled", "too_large"].includes(problem.code);
}
