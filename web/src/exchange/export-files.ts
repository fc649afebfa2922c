/** The files of exported records, each in its record's folder, and a list of them. */
import type { Fields, TableDefinition } from "../core/api";
import type { FileRow } from "../core/api-files";
import type { Core } from "../core/client";
import { nameToSave } from "../files/delivery";
import { namingField } from "../records/values";
import { FILES_FOLDER, LIST_NAME } from "./archive";
import { csvLines, neutralised } from "./csv";
import type { ExportOutcome } from "./export";
import { ID_COLUMN } from "./mapping";
import type { ZipPart } from "./zip";

/** What the exported records are called, and the vault that they lie in, by their ids. */
export type ExportedRecords = Map<string, { title: string; vault: string }>;

const TITLE_MAX_CHARACTERS = 60;
const ID_CHARACTERS = 8;

export function titleOf(table: TableDefinition, fields: Fields): string {
  const naming = namingField(table);
  return String((naming && fields[naming.name]) ?? "");
}

/** The list of the files first, then the files one after the other. */
export async function* fileParts(
  core: Core,
  records: ExportedRecords,
  outcome: ExportOutcome,
): AsyncGenerator<ZipPart> {
  const wanted: Array<{ file: FileRow; vault: string; title: string }> = [];
  // What is private lies in the person's own vault.
  for (const vault of new Set([...records.values()].map((record) => record.vault))) {
    const { files } = await core.call("files", { vault });
    for (const file of files) {
      const owner = records.get(file.record);
      if (owner?.vault === vault && !file.deleted) wanted.push({ file, ...owner });
    }
  }
  const readable = wanted.filter(({ file }) => file.damage === null);
  outcome.unreadableFiles += wanted.length - readable.length;
  const taken = new Set<string>();
  const placed = readable.map((one) => ({ ...one, path: pathOf(one.file, one.title, taken) }));
  const heading = ["path", ID_COLUMN, "file", "size_bytes", "changed", "changed_by", "name"];
  const rows = placed.map(({ file, path }) => [
    neutralised(path),
    file.record,
    file.file,
    String(file.size_bytes),
    new Date(file.changed_ms).toISOString(),
    neutralised(file.author),
    // The path is one that every system can unpack: the name may be another.
    neutralised(file.name),
  ]);
  yield { name: LIST_NAME, pieces: () => once(csvLines([heading, ...rows], ",")) };
  for (const { file, vault, path } of placed) {
    yield { name: path, stored: true, pieces: () => content(core, vault, file) };
    outcome.files += 1;
  }
}

async function* once(text: string): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  yield new TextEncoder().encode(text);
}

async function* content(core: Core, vault: string, file: FileRow): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const transfer = crypto.randomUUID();
  const { stream } = await core.call("start_download", {
    transfer,
    vault,
    file: file.file,
    revision: file.revision,
  });
  const reader = stream.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

/** A path that every system can unpack: no part of it leads out of its folder, none is there twice. */
function pathOf(file: FileRow, title: string, taken: Set<string>): string {
  const short = [...title].slice(0, TITLE_MAX_CHARACTERS).join("");
  const folder = nameToSave(`${short} ${file.record.slice(0, ID_CHARACTERS)}`);
  const parts = file.name.split("/").map(nameToSave);
  const path = [FILES_FOLDER, folder, ...parts].join("/");
  let free = path;
  // Systems that do not tell case apart must not lay one file over the other.
  for (let copy = 2; taken.has(free.toLowerCase()); copy += 1) {
    free = path.replace(/(\.[^./]*)?$/, (ending) => ` (${copy})${ending}`);
  }
  taken.add(free.toLowerCase());
  return free;
}
