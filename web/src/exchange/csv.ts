/** CSV as RFC 4180 has it, written and read in pieces of any number. */
import Papa from "papaparse";

/** A row that is longer than this has a quotation mark that nobody closed. */
export const ROW_MAX_CHARACTERS = 4 << 20;

export type Separator = "," | ";" | "\t";

/**
 * Marks that make spreadsheet programs compute a cell which begins with them (OWASP, CSV injection);
 * behind apostrophes too, so that each of ours comes off again.
 */
const BEHIND_APOSTROPHES = /^'*[=+\-@\t\r\n＝＋－＠]/u;

/** Text that no spreadsheet program computes: an apostrophe stands before what would be one. */
export function neutralised(text: string): string {
  return BEHIND_APOSTROPHES.test(text) ? `'${text}` : text;
}

/** The same text again. */
export function unneutralised(text: string): string {
  return text.startsWith("'") && BEHIND_APOSTROPHES.test(text) ? text.slice(1) : text;
}

/** Rows as lines. */
export function csvLines(rows: readonly (readonly string[])[], separator: Separator): string {
  if (rows.length === 0) return "";
  const lines = Papa.unparse(rows as string[][], { delimiter: separator, newline: "\r\n" });
  return `${lines}\r\n`;
}

/** The separator of a text's first rows. */
export function guessSeparator(beginning: string): Separator {
  const { meta } = Papa.parse<string[]>(beginning.slice(0, 64 << 10), {
    preview: 50,
    skipEmptyLines: true,
    delimitersToGuess: [",", ";", "\t"],
  });
  return ([",", ";", "\t"] as const).find((known) => known === meta.delimiter) ?? ",";
}

/** A row that is read, with the number of its first line as an editor shows it. */
export interface CsvRow {
  cells: string[];
  line: number;
  /** A quotation mark is wrong in it. */
  broken: boolean;
}

/** The text does not end its rows: an open quotation mark, or no CSV at all. */
export class RowTooLong extends Error {}

interface Parsed {
  data: string[][];
  errors: { row?: number }[];
  meta: { cursor: number };
}

/** Reads rows from pieces of text that may end anywhere. Empty lines are left out. */
export async function* csvRows(
  pieces: AsyncIterable<string>,
  separator: Separator,
): AsyncGenerator<CsvRow[]> {
  const parser = new Papa.Parser({ delimiter: separator, newline: "\n" });
  let waiting = "";
  let line = 1;
  function* take(text: string, isLast: boolean): Generator<CsvRow[]> {
    const parsed = parser.parse(text, 0, !isLast) as Parsed;
    const broken = new Set(parsed.errors.map(({ row }) => row));
    const rows: CsvRow[] = [];
    parsed.data.forEach((cells, place) => {
      if (cells.length > 1 || cells[0]?.trim()) {
        rows.push({ cells, line, broken: broken.has(place) });
      }
      line += 1 + cells.reduce((sum, cell) => sum + breaksIn(cell), 0);
    });
    waiting = isLast ? "" : text.slice(parsed.meta.cursor);
    if (rows.length > 0) yield rows;
  }
  let carriage = "";
  for await (const piece of pieces) {
    let text = carriage + piece;
    // A line end may be cut in two.
    carriage = text.endsWith("\r") ? "\r" : "";
    if (carriage) text = text.slice(0, -1);
    waiting += text.replaceAll(/\r\n?/g, "\n");
    yield* take(waiting, false);
    if (waiting.length > ROW_MAX_CHARACTERS) throw new RowTooLong();
  }
  if (carriage) waiting += "\n";
  if (waiting) yield* take(waiting, true);
}

const breaksIn = (cell: string) => cell.split("\n").length - 1;
