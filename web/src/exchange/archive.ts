/** An archive that was chosen: the tables in it, and the files of their records. */
import type { FileEntry } from "@zip.js/zip.js";
import { ID_COLUMN } from "./mapping";
import { guessCsv, openCsv } from "./sheet";
import { entriesIn, isStored, storedContent, unpack, unpacksTooFar, ZIP_LIMITS, ZipError } from "./zip";

/** What an export calls the list of its files, and the folder that they are in. */
export const LIST_NAME = "files.csv";
export const FILES_FOLDER = "files";

/** A table in an archive. */
export interface PackedSheet {
  name: string;
  unpack: () => Promise<Blob>;
}

/** A file of a record, as the archive's list has it. */
export interface PackedFile {
  /** Where it lies in the archive. */
  path: string;
  /** What it is called in its record. */
  name: string;
  /** The id that its record had where it was exported; the tables have the same. */
  owner: string;
  size_bytes: number;
  changed_ms: number;
  /** Its bytes, proven by the archive's checksum. Only one that is packed takes room in the browser. */
  content: () => Promise<Blob>;
}

/** Why a file is not taken out of the archive. */
export type PackedProblem = "missing" | "unlisted" | "name" | "encrypted" | "large" | "ratio" | "twice";

export interface RefusedFile {
  path: string;
  reason: PackedProblem;
}

/** The files in an archive that belong to records. */
export interface PackedFiles {
  files: PackedFile[];
  refused: RefusedFile[];
}

/** Opens an archive: nothing of it is unpacked but the list of its files. */
export async function openArchive(archive: Blob): Promise<{ sheets: PackedSheet[]; packed: PackedFiles }> {
  const entries = (await entriesIn(archive)).filter(({ filename }) => !isLitter(filename));
  const list = await listIn(entries);
  const isOfRecord = ({ filename }: FileEntry) => list !== null && filename.startsWith(list.folder);
  const sheets = entries.filter((entry) => isSheet(entry) && entry !== list?.entry && !isOfRecord(entry));
  if (sheets.length === 0) throw new ZipError("no_sheets");
  if (sheets.length > ZIP_LIMITS.entries) throw new ZipError("too_many");
  if (sheets.some((entry) => entry.encrypted)) throw new ZipError("encrypted");
  const others = entries.filter((entry) => entry !== list?.entry && !sheets.includes(entry));
  return {
    sheets: sheets.map((entry) => ({ name: entry.filename, unpack: () => unpack(entry) })),
    packed: packedFiles(archive, others, list?.rows ?? []),
  };
}

/** What systems put into archives for themselves. */
const isLitter = (path: string) => path.split("/").some((part) => part.startsWith(".") || part === "__MACOSX");

const isSheet = ({ filename }: FileEntry) => /\.(csv|tsv|txt|json)$/i.test(filename);

interface ListedFile {
  path: string;
  name: string;
  owner: string;
  changed_ms: number;
}

interface FileList {
  entry: FileEntry;
  /** Where the files lie that it speaks of. */
  folder: string;
  rows: ListedFile[];
}

/** The list of an export's files, also where somebody packed the folder again that it came in. */
async function listIn(entries: readonly FileEntry[]): Promise<FileList | null> {
  const named = entries.filter(({ filename }) => filename === LIST_NAME || filename.endsWith(`/${LIST_NAME}`));
  const [entry] = named.toSorted((one, other) => one.filename.length - other.filename.length);
  if (!entry || entry.encrypted) return null;
  const before = entry.filename.slice(0, -LIST_NAME.length);
  const blob = await unpack(entry);
  // Anybody may call a table so: it is the list where it has the list's columns.
  const sheet = await openCsv(blob, await guessCsv(blob)).catch(() => null);
  const [path, owner, name, changed] = ["path", ID_COLUMN, "name", "changed"].map(
    (column) => sheet?.columns.indexOf(column) ?? -1,
  ) as [number, number, number, number];
  if (!sheet || path < 0 || owner < 0) return null;
  const rows: ListedFile[] = [];
  for await (const some of sheet.rows()) {
    for (const { cells } of some) {
      const text = (place: number) => String(cells[place] ?? "");
      const inside = text(path);
      rows.push({
        path: before + inside,
        // Lists of earlier exports have no names: there the path says it.
        name: text(name) || inside.split("/").slice(2).join("/"),
        owner: text(owner).trim().toLowerCase(),
        changed_ms: Date.parse(text(changed)) || 0,
      });
    }
    if (rows.length > ZIP_LIMITS.files) throw new ZipError("too_many");
  }
  return { entry, folder: `${before}${FILES_FOLDER}/`, rows };
}

function packedFiles(archive: Blob, entries: readonly FileEntry[], rows: readonly ListedFile[]): PackedFiles {
  const byPath = new Map(entries.map((entry) => [entry.filename, entry]));
  const listed = new Set<string>();
  const files: PackedFile[] = [];
  const refused: RefusedFile[] = [];
  for (const { path, name, owner, changed_ms } of rows) {
    const entry = byPath.get(path);
    const reason = listed.has(path) ? "twice" : !entry ? "missing" : refusal(entry, name);
    listed.add(path);
    if (reason !== null || !entry) {
      refused.push({ path, reason: reason ?? "missing" });
      continue;
    }
    const size_bytes = entry.uncompressedSize;
    const content = () => (isStored(entry) ? storedContent(entry, archive) : unpack(entry));
    files.push({ path, name: tidied(name), owner, changed_ms, size_bytes, content });
  }
  for (const { filename: path } of entries) if (!listed.has(path)) refused.push({ path, reason: "unlisted" });
  return { files, refused };
}

function refusal(entry: FileEntry, name: string): PackedProblem | null {
  if (!isSafe(name)) return "name";
  if (entry.encrypted) return "encrypted";
  if (isStored(entry)) return entry.compressedSize === entry.uncompressedSize ? null : "ratio";
  if (unpacksTooFar(entry)) return "ratio";
  return entry.uncompressedSize > ZIP_LIMITS.bytes ? "large" : null;
}

const NAME_MAX_BYTES = 1_024;

/** Whether a file may be called so: no part leads out of a folder, nothing in it hides or turns text. */
function isSafe(name: string): boolean {
  const parts = name.split(/[/\\]/).map((part) => part.trim());
  return (
    parts.every((part) => part !== "" && part !== "." && part !== "..") &&
    !/[\p{Cc}\p{Cf}\u2028\u2029]/u.test(name) &&
    new TextEncoder().encode(name).byteLength <= NAME_MAX_BYTES
  );
}

/** As the core writes names: no part begins or ends with a space. */
const tidied = (name: string) => name.split("/").map((part) => part.trim()).join("/");
