/** A file with rows, whatever its form: CSV, or JSON of the kinds that programs write. */
import type { Cell } from "./cells";
import { csvRows, guessSeparator, unneutralised, type Separator } from "./csv";
import { decoded, guessEncoding, HEAD_BYTES, type Encoding } from "./encoding";
import { ID_TARGET } from "./mapping";

/** Rows of one import; a file with more is imported in parts. */
export const ROWS_MAX = 200_000;
export const CSV_MAX_BYTES = 512 << 20;
/** JSON is read as a whole. */
export const JSON_MAX_BYTES = 128 << 20;

export interface SheetRow {
  /** As the person finds it again: the line in a CSV, the place in a list of JSON. */
  line: number;
  cells: Cell[];
  /** The row itself cannot be read. */
  broken: boolean;
}

export interface CsvOptions {
  encoding: Encoding;
  separator: Separator;
}

export type SheetProblem = "empty" | "too_large" | "too_many_rows" | "no_csv" | "no_json" | "no_rows";

/** Why a file is no sheet. */
export class SheetError extends Error {
  constructor(readonly problem: SheetProblem) {
    super(problem);
  }
}

/** What can be asked of a file before it is read. */
export async function guessCsv(file: Blob): Promise<CsvOptions> {
  const head = new Uint8Array(await file.slice(0, HEAD_BYTES).arrayBuffer());
  const encoding = guessEncoding(head);
  const text = new TextDecoder(encoding).decode(head, { stream: true });
  return { encoding, separator: guessSeparator(text) };
}

/** A file's heading and a way through its rows, as often as wanted. */
export interface Sheet {
  columns: string[];
  rows: (progress?: (share: number) => void) => AsyncGenerator<SheetRow[]>;
}

export async function openCsv(file: Blob, options: CsvOptions): Promise<Sheet> {
  if (file.size === 0) throw new SheetError("empty");
  if (file.size > CSV_MAX_BYTES) throw new SheetError("too_large");
  const read = (progress?: (bytes: number) => void) =>
    csvRows(decoded(file, options.encoding, progress), options.separator);
  let heading: string[] | undefined;
  for await (const [first] of read()) {
    heading = first?.cells;
    break;
  }
  if (!heading || heading.every((title) => title.trim() === "")) throw new SheetError("no_csv");
  const columns = heading.map((title) => unneutralised(title).trim());
  return {
    columns,
    rows: async function* (progress) {
      let isHeading = true;
      let count = 0;
      const share = (bytes: number) => progress?.(bytes / file.size);
      for await (const rows of read(share)) {
        const part = isHeading ? rows.slice(1) : rows;
        isHeading = false;
        count += part.length;
        if (count > ROWS_MAX) throw new SheetError("too_many_rows");
        yield part.map(({ cells, line, broken }) => ({
          line,
          cells: columns.map((_, place) => unneutralised(cells[place] ?? "")),
          broken: broken || cells.length > columns.length,
        }));
      }
    },
  };
}

/**
 * Reads JSON: a list of objects, an object with a list in it, lines of objects, or what Strongroom
 * exports (`spec/export.md`, expected.json), of which the records of `table` are taken.
 */
export async function openJson(file: Blob, table: string): Promise<Sheet> {
  if (file.size === 0) throw new SheetError("empty");
  if (file.size > JSON_MAX_BYTES) throw new SheetError("too_large");
  const head = new Uint8Array(await file.slice(0, HEAD_BYTES).arrayBuffer());
  const text = new TextDecoder(guessEncoding(head)).decode(await file.arrayBuffer());
  const objects = findObjects(parse(text), table);
  if (objects.length === 0) throw new SheetError("no_rows");
  if (objects.length > ROWS_MAX) throw new SheetError("too_many_rows");
  const columns = [...new Set(objects.flatMap((object) => Object.keys(object)))];
  return {
    columns,
    rows: async function* (progress) {
      for (let at = 0; at < objects.length; at += 1_000) {
        yield objects.slice(at, at + 1_000).map((object, place) => row(object, at + place, columns));
        progress?.(Math.min(1, (at + 1_000) / objects.length));
      }
    },
  };
}

type Fields = Record<string, unknown>;

function row(object: Fields, place: number, columns: readonly string[]): SheetRow {
  const values = columns.map((column) => (Object.hasOwn(object, column) ? object[column] : null));
  const isCell = (value: unknown): value is Cell => value === null || typeof value !== "object";
  return {
    line: place + 1,
    cells: values.map((value) => (isCell(value) ? value : null)),
    broken: !values.every(isCell),
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    try {
      // An object on each line.
      return text.split("\n").filter((line) => line.trim()).map((line) => JSON.parse(line) as unknown);
    } catch {
      throw new SheetError("no_json");
    }
  }
}

const isFields = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function findObjects(whole: unknown, table: string): Fields[] {
  if (Array.isArray(whole)) return whole.filter(isFields);
  if (!isFields(whole)) throw new SheetError("no_rows");
  if (isFields(whole["vaults"])) return ofExport(whole["vaults"], table);
  const list = Object.values(whole).find((value) => Array.isArray(value) && value.every(isFields));
  if (!Array.isArray(list)) throw new SheetError("no_rows");
  return list as Fields[];
}

/** The versions that stand in a list of an export: of several current ones, the first that is no deletion. */
function ofExport(vaults: Fields, table: string): Fields[] {
  const records = Object.values(vaults).flatMap((vault) =>
    isFields(vault) && isFields(vault["records"]) ? Object.entries(vault["records"]) : [],
  );
  return records.flatMap(([id, record]) => {
    if (!isFields(record) || record["table"] !== table || !Array.isArray(record["heads"])) return [];
    const head = record["heads"].filter(isFields).find((head) => head["deleted"] !== true);
    if (!isFields(head?.["fields"])) return [];
    const shown = Object.entries(head["fields"]).filter(([name]) => !name.startsWith("_"));
    return [{ [ID_TARGET]: id, ...Object.fromEntries(shown) }];
  });
}
