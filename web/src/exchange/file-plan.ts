/** What an import would do with the files of an archive, before anything is written. */
import type { FileRow } from "../core/api-files";
import type { Core } from "../core/client";
import type { PackedFile, PackedFiles, PackedProblem } from "./archive";
import type { Mode, Step } from "./plan";
import { ZipError } from "./zip";

/** Why a file is left out. */
export type FileReason =
  | PackedProblem
  /** The archive's bytes of it are not what its checksum says. */
  | "damaged"
  /** No row of the table has its record. */
  | "no_row"
  | "row_left_out"
  | "row_refused"
  | "record_unclear"
  | "same"
  | "there"
  | "conflict"
  | "locked"
  | "protected"
  | "unreadable";

export interface Attachment {
  file: PackedFile;
  /** The row that its record has in the file. */
  line: number;
  /** Null where the record is made by the import itself. */
  record: string | null;
  /** The file of which it becomes the next version. */
  replaces?: string;
  /** Another file of its name stays beside it. */
  keep_both?: boolean;
}

export interface LeftOutFile {
  path: string;
  reason: FileReason;
  line?: number;
}

export interface FilePlan {
  attach: Attachment[];
  leftOut: LeftOutFile[];
}

interface Order {
  /** Where the records lie: what is private, in the person's own vault. */
  vault: string;
  mode: Mode;
  packed: PackedFiles;
  steps: readonly Step[];
}

/** As the core compares names: however composed, in whatever case. */
const sameNameKey = (name: string) => name.normalize("NFC").toLowerCase().normalize("NFC");

/**
 * Reads what files are there. In `merge` and `complete`, a file of the same name and content is
 * left out, and one of other content becomes its next version; in `only_new` every name that is
 * there stays as it is. No mode takes a file away.
 */
export async function planFiles(
  core: Core,
  { vault, mode, packed, steps }: Order,
  signal: AbortSignal,
  progress: (share: number) => void = () => {},
): Promise<FilePlan> {
  const plan: FilePlan = { attach: [], leftOut: [...packed.refused] };
  if (packed.files.length === 0) return plan;
  const rows = rowsByOwner(steps);
  const there = filesByRecord((await core.call("files", { vault })).files);
  const placed = packed.files.map((file) => ({ file, owner: ownerOf(rows.get(file.owner)) }));
  const keyOf = (line: number, name: string) => `${line}/${sameNameKey(name)}`;
  const namesakes = new Map<string, number>();
  for (const { file, owner } of placed) {
    if ("reason" in owner) continue;
    const key = keyOf(owner.line, file.name);
    namesakes.set(key, (namesakes.get(key) ?? 0) + 1);
  }
  for (const [place, { file, owner }] of placed.entries()) {
    signal.throwIfAborted();
    progress(place / placed.length);
    if ("reason" in owner) {
      plan.leftOut.push({ path: file.path, ...owner });
      continue;
    }
    const { line, record } = owner;
    const name = sameNameKey(file.name);
    const alike = (there.get(record ?? "") ?? []).filter((row) => sameNameKey(row.name) === name);
    const found = alike.length > 0 ? await against(core, vault, mode, file, alike) : null;
    if (typeof found === "string") {
      plan.leftOut.push({ path: file.path, reason: found, line });
      continue;
    }
    // Of several files of one name, none is taken for the next version of another.
    const isAlone = namesakes.get(keyOf(line, file.name)) === 1;
    const attachment: Attachment = { file, line, record };
    if (found && isAlone) attachment.replaces = found.file;
    else if (alike.length > 0 || !isAlone) attachment.keep_both = true;
    plan.attach.push(attachment);
  }
  return plan;
}

function rowsByOwner(steps: readonly Step[]): Map<string, Step> {
  const rows = new Map<string, Step>();
  for (const step of steps) {
    if (!step.owner) continue;
    const before = rows.get(step.owner);
    // A second row of the same record is left out; the files go with the one that is not.
    if (!before || before.kind === "left_out") rows.set(step.owner, step);
  }
  return rows;
}

type Owner = { line: number; record: string | null } | { reason: FileReason; line?: number };

function ownerOf(step: Step | undefined): Owner {
  if (!step) return { reason: "no_row" };
  const { line } = step;
  if (step.kind === "left_out") return { reason: "row_left_out", line };
  if (step.kind === "add") return { line, record: null };
  return step.record ? { line, record: step.record } : { reason: "record_unclear", line };
}

function filesByRecord(files: readonly FileRow[]): Map<string, FileRow[]> {
  const found = new Map<string, FileRow[]>();
  for (const file of files) {
    if (file.deleted) continue;
    const known = found.get(file.record);
    if (known) known.push(file);
    else found.set(file.record, [file]);
  }
  return found;
}

/** What a file is to those of its name: a reason, the one it follows, or null where it goes beside them. */
async function against(
  core: Core,
  vault: string,
  mode: Mode,
  file: PackedFile,
  alike: readonly FileRow[],
): Promise<FileReason | FileRow | null> {
  if (mode === "only_new") return "there";
  if (alike.some((row) => row.conflict)) return "conflict";
  if (alike.some((row) => row.damage !== null)) return "unreadable";
  let content: Blob | undefined;
  for (const row of alike.filter(({ size_bytes }) => size_bytes === file.size_bytes)) {
    try {
      content ??= await file.content();
    } catch (thrown) {
      if (thrown instanceof ZipError) return "damaged";
      throw thrown;
    }
    if (await isSame(core, vault, row, content)) return "same";
  }
  const [only, ...others] = alike;
  // Which of several it would follow is anybody's guess.
  if (!only || others.length > 0) return null;
  if (only.protected) return "protected";
  return only.lease && !only.lease.you ? "locked" : only;
}

/** What the core gives at once. */
const PIECE_BYTES = 8 << 20;

/** Compares a file of the vault with bytes of the same length, until they differ. */
async function isSame(core: Core, vault: string, row: FileRow, content: Blob): Promise<boolean> {
  for (let offset = 0; offset < row.size_bytes; offset += PIECE_BYTES) {
    const length = Math.min(PIECE_BYTES, row.size_bytes - offset);
    const { file, revision } = row;
    const { bytes } = await core.call("read_file", { vault, file, revision, offset, length });
    const known = new Uint8Array(bytes);
    const packed = new Uint8Array(await content.slice(offset, offset + length).arrayBuffer());
    if (known.length !== packed.length || known.some((byte, place) => byte !== packed[place])) return false;
  }
  return true;
}

/** How many bytes and records the files of a plan are for. */
export function weigh(attach: readonly Attachment[]): { bytes: number; records: number; replaced: number } {
  return {
    bytes: attach.reduce((sum, { file }) => sum + file.size_bytes, 0),
    records: new Set(attach.map(({ line }) => line)).size,
    replaced: attach.filter(({ replaces }) => replaces).length,
  };
}
