/** The files of exported records, each in its record's folder, and a list of them. */
import type { Fields, TableDefinition } from "../core/api";
import type { FileRow } from "../core/api-files";
import type { Core } from "../core/client";
import { nameToSave } from "../files/delivery";
import { namingField } from "../records/values";
import { csvLines, neutralised } from "./csv";
import type { ExportOutcome } from "./export";
import { ID_COLUMN } from "./mapping";
import type { ZipPart } from "./zip";

/** What the exported records are called, by their ids. */
export type RecordTitles = Map<string, string>;

const TITLE_MAX_CHARACTERS = 60;
const ID_CHARACTERS = 8;

export function titleOf(table: TableDefinition, fields: Fields): string {
  const naming = namingField(table);
  return String((naming && fields[naming.name]) ?? "");
}

/** The list of the files first, then the files one after the other. */
export async function* fileParts(
  core: Core,
  vault: string,
  titles: RecordTitles,
  outcome: ExportOutcome,
): AsyncGenerator<ZipPart> {
  const { files } = await core.call("files", { vault });
  const wanted = files.filter(({ record, deleted }) => titles.has(record) && !deleted);
  const readable = wanted.filter(({ damage }) => damage === null);
  outcome.unreadableFiles += wanted.length - readable.length;
  const taken = new Set<string>();
  const placed = readable.map((file) => ({ file, path: pathOf(file, titles, taken) }));
  const heading = ["path", ID_COLUMN, "file", "size_bytes", "changed", "changed_by"];
  const rows = placed.map(({ file, path }) => [
    neutralised(path),
    file.record,
    file.file,
    String(file.size_bytes),
    new Date(file.changed_ms).toISOString(),
    neutralised(file.author),
  ]);
  yield { name: "files.csv", pieces: () => once(csvLines([heading, ...rows], ",")) };
  for (const { file, path } of placed) {
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
function pathOf(file: FileRow, titles: RecordTitles, taken: Set<string>): string {
  const title = [...(titles.get(file.record) ?? "")].slice(0, TITLE_MAX_CHARACTERS).join("");
  const folder = nameToSave(`${title} ${file.record.slice(0, ID_CHARACTERS)}`);
  const parts = file.name.split("/").map(nameToSave);
  const path = ["files", folder, ...parts].join("/");
  let free = path;
  // Systems that do not tell case apart must not lay one file over the other.
  for (let copy = 2; taken.has(free.toLowerCase()); copy += 1) {
    free = path.replace(/(\.[^./]*)?$/, (ending) => ` (${copy})${ending}`);
  }
  taken.add(free.toLowerCase());
  return free;
}
