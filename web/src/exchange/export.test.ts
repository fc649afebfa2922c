import { BlobReader, TextWriter, ZipReader } from "@zip.js/zip.js/lib/zip-core-native.js";
import { describe, expect, it } from "vitest";
import type { CoreMethods, ExportRecord, RecordWrite, TableDefinition } from "../core/api";
import type { FileRow } from "../core/api-files";
import { coreDouble } from "../testing/stage";
import { startExport, type Format } from "./export";
import { guessMapping, ID_TARGET } from "./mapping";
import { carryOut, dryRun, nothingDone } from "./run";
import { guessCsv, openCsv, openJson } from "./sheet";
import { CoreError } from "../core/problem";

const table: TableDefinition = {
  name: "case",
  title: "Cases",
  fields: [
    { name: "title", title: "Title", type: "text", required: true },
    { name: "amount", title: "Amount", type: "decimal" },
    { name: "notes", title: "Notes", type: "long_text" },
  ],
};
const own: TableDefinition = { ...table, name: "diary", private: true };

const record = (id: string, fields: ExportRecord["heads"][number]["fields"], more = {}): ExportRecord => ({
  record: id,
  table: "case",
  created_ms: 0,
  heads: [{ version: `v${id}`, deleted: false, fields, damage: null, author: "=Ann", changed_ms: 1_000, ...more }],
});

const file: FileRow = {
  file: "", record: "", revision: "r", name: "", media_type: "", size_bytes: 3, author: "Ann", changed_ms: 0,
  deleted: false, hidden: false, protected: false, revisions: 1, conflict: false, damage: null, thumbnail: false, lease: null,
};

const there: ExportRecord[] = [
  record("a1", { title: "=HYPERLINK(1)", amount: "-12.50", notes: 'one\n"two", three' }),
  record("a2", { title: "Dvořák\u{202e}", amount: null, notes: "" }),
  record("a3", { title: "Gone" }, { deleted: true }),
  record("a4", null, { damage: "no_key" }),
];

/** A core with these records, two on each page. */
function core(writes: RecordWrite[][] = [], refuse: () => CoreError | undefined = () => undefined) {
  return coreDouble({
    export_records: ({ table: name, after }) => {
      const all = name === "case" ? there : [];
      const from = after ? all.findIndex(({ record }) => record === after) + 1 : 0;
      const records = all.slice(from, from + 2);
      const next = from + 2 < all.length ? (records.at(-1)?.record ?? null) : null;
      return { vault: name === "diary" ? "own" : "v", name: "Vault", records, next };
    },
    files: () => ({
      files: [
        { ...file, file: "f1", record: "a1", name: "scan/../Letter.pdf" },
        { ...file, file: "f2", record: "a1", name: "scan/../letter.PDF" },
        { ...file, file: "f3", record: "a2", name: "=cmd.txt", damage: "tampered_content" },
        { ...file, file: "f4", record: "a2", name: "gone.txt", deleted: true },
        { ...file, file: "f5", record: "elsewhere", name: "other.txt" },
      ],
    }),
    start_download: (args) => ({
      stream: new Blob([`content of ${"file" in args ? args.file : ""}`]).stream(),
      name: "", media_type: "", size_bytes: 0,
    }),
    write_records: ({ rows }) => {
      const error = refuse();
      if (error) return error;
      writes.push(rows);
      return {
        written: rows.map(() => ({ record: "new", version: "v", conflicts: 0, unsent: false })),
      } satisfies CoreMethods["write_records"]["answers"];
    },
  }).core;
}

async function exported(format: Format, tables = [table], decimal = ".", files = false) {
  const words = { title: (_: TableDefinition, field: { title: string }) => field.title, created: "Created", changed: "Changed", changedBy: "By", yes: "yes", no: "no" };
  const order = { vault: "v", tables, format, decimal, files, words, progress: () => {} };
  const { name, pieces, outcome } = startExport(core(), order, "Vault");
  const bytes: Uint8Array<ArrayBuffer>[] = [];
  for await (const piece of pieces) bytes.push(piece);
  return { name, blob: new Blob(bytes), outcome };
}

describe("an export", () => {
  it("as CSV holds no formula, keeps numbers, and leaves out the trash", async () => {
    const { name, blob, outcome } = await exported("csv");
    expect(name).toBe("Vault.csv");
    expect(await blob.text()).toBe(
      "Strongroom ID,title,amount,notes,_created,_changed,_changed_by\r\n" +
        `a1,'=HYPERLINK(1),-12.50,"one\n""two"", three",1970-01-01T00:00:00.000Z,1970-01-01T00:00:01.000Z,'=Ann\r\n` +
        "a2,Dvořák\u{202e},,,1970-01-01T00:00:00.000Z,1970-01-01T00:00:01.000Z,'=Ann\r\n",
    );
    expect(outcome).toEqual({ records: 2, unreadable: 1, conflicts: 0, files: 0, unreadableFiles: 0 });
  });

  it("for a spreadsheet is as the language has it", async () => {
    const { blob } = await exported("spreadsheet", [table], ",");
    const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(await blob.arrayBuffer());
    expect(text.startsWith("\u{feff}Strongroom ID;Title;Amount;Notes;Created")).toBe(true);
    expect(text).toContain(";-12,50;");
  });

  it("of several tables is a ZIP, as JSON one file that names the vaults", async () => {
    expect((await exported("csv", [table, own])).name).toBe("Vault.zip");
    const { blob } = await exported("json", [own, table]);
    const json = JSON.parse(await blob.text()) as { vaults: Record<string, { name: string; records: object }> };
    expect(Object.keys(json.vaults)).toEqual(["v"]);
    expect(json.vaults["v"]?.name).toBe("Vault");
    expect(Object.keys(json.vaults["v"]?.records ?? {})).toEqual(["a1", "a2", "a3", "a4"]);
    expect(JSON.parse(await (await exported("json", [own])).blob.text())).toEqual({ vaults: {} });
  });
});

describe("an export with files", () => {
  it("has each in its record's folder, under a name that leads nowhere else", async () => {
    const { name, blob, outcome } = await exported("csv", [table], ".", true);
    expect(name).toBe("Vault.zip");
    const reader = new ZipReader(new BlobReader(blob), { useWebWorkers: false });
    const entries = await reader.getEntries();
    expect(entries.map(({ filename }) => filename)).toEqual([
      "case.csv",
      "files.csv",
      "files/=HYPERLINK(1) a1/scan/file/Letter.pdf",
      "files/=HYPERLINK(1) a1/scan/file/letter (2).PDF",
    ]);
    const [, list, , second] = entries;
    if (!list || list.directory || !second || second.directory) throw new Error("files, not folders");
    expect(await second.getData(new TextWriter())).toBe("content of f2");
    const listed = await list.getData(new TextWriter());
    expect(listed).toContain("files/=HYPERLINK(1) a1/scan/file/Letter.pdf,a1,f1,3,");
    // Under its own name, as far as a spreadsheet program may see it.
    expect(listed).toContain(",Ann,scan/../letter.PDF\r\n");
    expect(outcome).toMatchObject({ records: 2, files: 2, unreadableFiles: 1 });
  });
});

const options = (mapping: (string | null)[]) => ({
  table,
  mapping,
  mode: "merge" as const,
  key: ID_TARGET,
  reading: { dates: "day_first", decimal: "." } as const,
  choices: new Map(),
});

describe("what was exported, imported again", () => {
  it.each(["csv", "json"] as const)("as %s changes nothing", async (format) => {
    const { blob } = await exported(format);
    const sheet = format === "json" ? await openJson(blob, "case") : await openCsv(blob, await guessCsv(blob));
    const mapping = guessMapping(table, sheet.columns, () => []);
    const { steps, formulas } = await dryRun(core(), "v", sheet, options(mapping), new AbortController().signal, () => {});
    expect(steps.map(({ kind }) => kind)).toEqual(["same", "same"]);
    expect(formulas).toBe(1);
  });
});

describe("an import", () => {
  const csv = `title,amount\n${Array.from({ length: 450 }, (_, at) => `Case ${at},${at}`).join("\n")}\n`;
  const plan = async () => {
    const sheet = await openCsv(new Blob([csv]), { encoding: "utf-8", separator: "," });
    const by = { ...options(["title", "amount"]), key: null };
    return (await dryRun(core(), "v", sheet, by, new AbortController().signal, () => {})).steps;
  };
  const where = { vault: "v", table: "case" };

  it("goes in batches, stops when told, and goes on with what is left", async () => {
    const steps = await plan();
    const writes: RecordWrite[][] = [];
    const control = new AbortController();
    const stopped = await carryOut(core(writes), where, steps, nothingDone(), control.signal, () => control.abort());
    expect(stopped).toMatchObject({ done: 200, added: 200 });
    const whole = await carryOut(core(writes), where, steps, stopped, new AbortController().signal, () => {});
    expect(whole).toMatchObject({ done: 450, added: 450, changed: 0 });
    expect(writes.map(({ length }) => length)).toEqual([200, 200, 50]);
  });

  it("knows the records of rows that files belong to, also of those that it makes", async () => {
    const text = "Strongroom ID,title\nA1,=HYPERLINK(1)\nb9,New with files\nb8,New without\n";
    const sheet = await openCsv(new Blob([text]), { encoding: "utf-8", separator: "," });
    const running = new AbortController().signal;
    const owners = new Set(["a1", "b9"]);
    const { steps } = await dryRun(core(), "v", sheet, options([ID_TARGET, "title"]), running, () => {}, owners);
    expect(steps).toMatchObject([
      { kind: "same", record: "a1", owner: "a1" },
      { kind: "add", owner: "b9" },
      { kind: "add" },
    ]);
    expect(steps[2]).not.toHaveProperty("owner");
    const { made } = await carryOut(core(), where, steps, nothingDone(), running, () => {});
    expect([...made]).toEqual([[steps[1]?.line, "new"]]);
  });

  it("that fails as a whole, has lost nothing", async () => {
    const steps = await plan();
    let calls = 0;
    const offline = new CoreError({ code: "offline", message: "", exit: 1 });
    const failing = core([], () => ((calls += 1) === 2 ? offline : undefined));
    let last = nothingDone();
    const run = carryOut(failing, where, steps, last, new AbortController().signal, (now) => (last = now));
    await expect(run).rejects.toMatchObject({ code: "offline" });
    expect(last).toMatchObject({ done: 200, added: 200 });
    expect((await carryOut(failing, where, steps, last, new AbortController().signal, () => {})).added).toBe(450);
  });
});

describe("JSON", () => {
  it("is taken in the forms that programs write", async () => {
    for (const text of ['[{"a":1}]', '{"rows":[{"a":1}]}', '{"a":1}\n{"a":2}\n']) {
      expect((await openJson(new Blob([text]), "case")).columns, text).toEqual(["a"]);
    }
    await expect(openJson(new Blob(["{nonsense"]), "case")).rejects.toMatchObject({ problem: "no_json" });
    await expect(openJson(new Blob(["[]"]), "case")).rejects.toMatchObject({ problem: "no_rows" });
    await expect(openJson(new Blob([]), "case")).rejects.toMatchObject({ problem: "empty" });
    const odd = await openJson(new Blob(['[{"a":[1],"__proto__":2}]']), "case");
    for await (const rows of odd.rows()) expect(rows[0]?.broken).toBe(true);
  });
});
