/** A chosen file as sheets: itself, or those that it packs. */
import type { CsvOptions, Sheet } from "./sheet";
import { guessCsv, openCsv, openJson, ROWS_MAX, SheetError } from "./sheet";
import { openArchive, type PackedFiles } from "./archive";
import { ZIP_LIMITS, ZipError } from "./zip";

/** What is taken in at once, for the sentences that say so. */
export const LIMITS = {
  rows: ROWS_MAX,
  entries: ZIP_LIMITS.entries,
  files: ZIP_LIMITS.files,
  megabytes: ZIP_LIMITS.bytes >> 20,
};

/** One thing with rows that can be imported. */
export interface Source {
  name: string;
  form: "csv" | "json";
  blob: () => Promise<Blob>;
}

/** Why a file cannot be imported: the end of a sentence's id. */
export type FileProblem = SheetError["problem"] | ZipError["problem"] | "unreadable";

export function fileProblem(thrown: unknown): FileProblem {
  if (thrown instanceof SheetError || thrown instanceof ZipError) return thrown.problem;
  // The file was moved or deleted since it was chosen, or its rows never end.
  return thrown instanceof Error && thrown.name === "NotReadableError" ? "unreadable" : "no_csv";
}

const MAGIC_ZIP = [0x50, 0x4b, 0x03, 0x04];

/** What a chosen file has to take in. */
export interface Contents {
  sources: Source[];
  packed: PackedFiles;
}

/** What is in a file. A ZIP is known by its first bytes, not by its name. */
export async function contentsOf(file: File): Promise<Contents> {
  if (file.size === 0) throw new SheetError("empty");
  const head = new Uint8Array(await file.slice(0, MAGIC_ZIP.length).arrayBuffer());
  if (!MAGIC_ZIP.every((byte, place) => head[place] === byte)) {
    const source = { name: file.name, form: formOf(file.name, head), blob: () => Promise.resolve(file) };
    return { sources: [source], packed: { files: [], refused: [] } };
  }
  const { sheets, packed } = await openArchive(file);
  const sources = sheets.map(({ name, unpack }) => {
    let unpacked: Promise<Blob> | undefined;
    return { name, form: formOf(name), blob: () => (unpacked ??= unpack()) };
  });
  return { sources, packed };
}

function formOf(name: string, head?: Uint8Array): Source["form"] {
  if (/\.json$/i.test(name)) return "json";
  const [first] = head ?? [];
  return !/\.(csv|tsv|txt)$/i.test(name) && (first === 0x7b || first === 0x5b) ? "json" : "csv";
}

/** Opens a source; of a CSV it can be said how it is to be read. */
export async function openSource(
  source: Source,
  table: string,
  csv: CsvOptions | null,
): Promise<{ sheet: Sheet; csv: CsvOptions | null }> {
  const blob = await source.blob();
  if (source.form === "json") return { sheet: await openJson(blob, table), csv: null };
  const options = csv ?? (await guessCsv(blob));
  return { sheet: await openCsv(blob, options), csv: options };
}
