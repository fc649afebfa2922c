/** Writes tables of a vault into a file, as a stream: no more than a page of records is held. */
import type { ExportHead, ExportRecord, FieldDefinition, TableDefinition } from "../core/api";
import type { Core } from "../core/client";
import { writeDecimal } from "../records/numbers";
import { csvLines, neutralised, type Separator } from "./csv";
import { ID_COLUMN } from "./mapping";
import { fileParts, titleOf, type ExportedRecords } from "./export-files";
import { zipped, type ZipPart } from "./zip";

const PAGE_RECORDS = 1_000;

export const formats = ["spreadsheet", "csv", "json"] as const;
/** `csv` is RFC 4180 for programs; `spreadsheet` is what Excel and Calc open by themselves here. */
export type Format = (typeof formats)[number];

/** What is said in the file in the person's language. */
export interface Words {
  title(table: TableDefinition, field: FieldDefinition): string;
  created: string;
  changed: string;
  changedBy: string;
  yes: string;
  no: string;
}

export interface ExportOrder {
  vault: string;
  tables: readonly TableDefinition[];
  format: Format;
  /** The mark between whole and fraction that spreadsheet programs expect here. */
  decimal: string;
  /** The files of the records too; then it is a ZIP. */
  files: boolean;
  words: Words;
  /** Hears how many records are written. */
  progress: (records: number) => void;
}

/** What was left aside, so that nobody believes the file to be more than it is. */
export interface ExportOutcome {
  records: number;
  unreadable: number;
  /** Records of which more than one version stands; a CSV shows the newest. */
  conflicts: number;
  files: number;
  /** Files that cannot be opened here, and are missing in the archive. */
  unreadableFiles: number;
}

export interface Export {
  name: string;
  pieces: AsyncGenerator<Uint8Array<ArrayBuffer>>;
  /** Full when the last piece is out. */
  outcome: ExportOutcome;
}

/** Begins an export; a single table of CSV is a file of its own, several are a ZIP. */
export function startExport(core: Core, order: ExportOrder, baseName: string): Export {
  const outcome: ExportOutcome = { records: 0, unreadable: 0, conflicts: 0, files: 0, unreadableFiles: 0 };
  const { format, tables, files } = order;
  const records: ExportedRecords = new Map();
  const json = () => bytes(jsonText(core, order, outcome, records));
  const csv = (table: TableDefinition) => bytes(csvText(core, order, table, outcome, records));
  if (!files && format === "json") return { name: `${baseName}.json`, pieces: json(), outcome };
  const [first] = tables;
  if (!files && tables.length === 1 && first) {
    return { name: `${baseName}.csv`, pieces: csv(first), outcome };
  }
  const sheets: ZipPart[] =
    format === "json"
      ? [{ name: "records.json", pieces: json }]
      : tables.map((table) => ({ name: `${table.name}.csv`, pieces: () => csv(table) }));
  async function* parts(): AsyncGenerator<ZipPart> {
    yield* sheets;
    // Whose files they are is known when the records are written.
    if (files) yield* fileParts(core, records, outcome);
  }
  return { name: `${baseName}.zip`, pieces: zipped(parts()), outcome };
}

async function* bytes(texts: AsyncIterable<string>): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const encoder = new TextEncoder();
  for await (const text of texts) yield encoder.encode(text);
}

async function* pages(core: Core, vault: string, table: string) {
  let after: string | null = null;
  do {
    const args = { vault, table, after, count: PAGE_RECORDS };
    const page: Awaited<ReturnType<typeof read>> = await read(core, args);
    yield page;
    after = page.next;
  } while (after !== null);
}

const read = (core: Core, args: { vault: string; table: string; after: string | null; count: number }) =>
  core.call("export_records", args);

/** The version that lists show, where the record is not in the trash. */
function live(record: ExportRecord): ExportHead | undefined {
  const [head] = record.heads;
  return head && !head.deleted ? head : undefined;
}

async function* csvText(
  core: Core,
  order: ExportOrder,
  table: TableDefinition,
  outcome: ExportOutcome,
  records: ExportedRecords,
): AsyncGenerator<string> {
  const { words, format } = order;
  const spreadsheet = format === "spreadsheet";
  const separator: Separator = spreadsheet && order.decimal === "," ? ";" : ",";
  const title = (field: FieldDefinition) => (spreadsheet ? words.title(table, field) : field.name);
  const heading = [
    ID_COLUMN,
    ...table.fields.map(title),
    ...(spreadsheet ? [words.created, words.changed, words.changedBy] : ["_created", "_changed", "_changed_by"]),
  ];
  // Without the mark, Excel takes UTF-8 for something else.
  yield (spreadsheet ? "\u{feff}" : "") + csvLines([heading.map(neutralised)], separator);
  for await (const page of pages(core, order.vault, table.name)) {
    const rows: string[][] = [];
    for (const record of page.records) {
      const head = live(record);
      if (!head) continue;
      if (record.heads.length > 1) outcome.conflicts += 1;
      const { fields } = head;
      if (fields === null) {
        outcome.unreadable += 1;
        continue;
      }
      outcome.records += 1;
      records.set(record.record, { title: titleOf(table, fields), vault: page.vault });
      rows.push([
        record.record,
        ...table.fields.map((field) => csvCell(field, fields[field.name] ?? null, order)),
        new Date(record.created_ms).toISOString(),
        new Date(head.changed_ms).toISOString(),
        neutralised(head.author),
      ]);
    }
    order.progress(outcome.records);
    yield csvLines(rows, separator);
  }
}

/** A value as text. Numbers are no formulas, whatever they begin with. */
function csvCell(field: FieldDefinition, value: string | number | boolean | null, order: ExportOrder): string {
  if (value === null) return "";
  const spreadsheet = order.format === "spreadsheet";
  switch (field.type) {
    case "integer":
      return String(value);
    case "decimal":
      return spreadsheet ? writeDecimal(String(value), { decimal: order.decimal, group: "" }) : String(value);
    case "boolean":
      return spreadsheet ? (value ? order.words.yes : order.words.no) : String(value);
    default:
      return neutralised(String(value));
  }
}

/** As `spec/export.md` has it in expected.json: what the program's own export can be compared with. */
async function* jsonText(
  core: Core,
  order: ExportOrder,
  outcome: ExportOutcome,
  records: ExportedRecords,
): AsyncGenerator<string> {
  yield '{"vaults":{';
  let vault: string | undefined;
  let separator = "";
  // Private tables lie in the person's own vault: those of one vault follow each other.
  const shared = order.tables.filter((table) => !table.private);
  const own = order.tables.filter((table) => table.private);
  for (const table of [...shared, ...own]) {
    for await (const page of pages(core, order.vault, table.name)) {
      if (page.records.length === 0 && page.vault !== order.vault) continue;
      if (page.vault !== vault) {
        const name = JSON.stringify(page.name);
        yield `${vault === undefined ? "" : "\n}},"}${JSON.stringify(page.vault)}:{"name":${name},"records":{`;
        vault = page.vault;
        separator = "\n";
      }
      let text = "";
      for (const record of page.records) {
        text += `${separator}${JSON.stringify(record.record)}:${JSON.stringify(jsonRecord(record, outcome))}`;
        separator = ",\n";
        records.set(record.record, { title: titleOf(table, record.heads[0]?.fields ?? {}), vault: page.vault });
      }
      order.progress(outcome.records);
      yield text;
    }
  }
  yield vault === undefined ? "}}\n" : "\n}}}}\n";
}

function jsonRecord(record: ExportRecord, outcome: ExportOutcome) {
  outcome.records += 1;
  if (record.heads.length > 1) outcome.conflicts += 1;
  if (record.heads.some(({ fields }) => fields === null)) outcome.unreadable += 1;
  const heads = record.heads
    .filter(({ fields }) => fields !== null)
    .map(({ version, deleted, fields }) => ({ version, deleted, fields }))
    .sort((a, b) => (a.version < b.version ? -1 : 1));
  return { table: record.table, heads };
}

/** Pieces as a stream that the browser saves; whoever cancels it ends the work. */
export function streamOf(pieces: AsyncGenerator<Uint8Array<ArrayBuffer>>, signal: AbortSignal) {
  return new ReadableStream<Uint8Array<ArrayBuffer>>(
    {
      start: (into) => {
        signal.addEventListener("abort", () => into.error(new DOMException("cancelled", "AbortError")));
      },
      pull: async (into) => {
        const { done, value } = await pieces.next();
        if (signal.aborted) return;
        if (done) into.close();
        else into.enqueue(value);
      },
      cancel: () => void pieces.return(undefined),
    },
    { highWaterMark: 1 },
  );
}
