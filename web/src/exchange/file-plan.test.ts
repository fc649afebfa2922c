import { describe, expect, it } from "vitest";
import type { FileRow } from "../core/api-files";
import { CoreError, exit } from "../core/problem";
import type { UploadOrder } from "../files/transfers";
import { coreDouble } from "../testing/stage";
import type { PackedFile } from "./archive";
import { planFiles, weigh } from "./file-plan";
import { attachFiles, filesLeft, noFiles } from "./file-run";
import type { Mode, Step } from "./plan";
import { nothingDone } from "./run";
import { ZipError } from "./zip";

const packed = (owner: string, name: string, content = "new", more: Partial<PackedFile> = {}): PackedFile => ({
  path: `files/${owner}/${name}`,
  name,
  owner,
  size_bytes: content.length,
  changed_ms: 1_000,
  content: () => Promise.resolve(new Blob([content])),
  ...more,
});

const row = (record: string, name: string, content: string, more: Partial<FileRow> = {}): FileRow & { content: string } => ({
  file: `${record} ${name}`, record, revision: "r", name, media_type: "", size_bytes: content.length, author: "Ann",
  changed_ms: 0, deleted: false, hidden: false, protected: false, revisions: 1, conflict: false, damage: null,
  thumbnail: false, lease: null, content, ...more,
});

function core(rows: Array<FileRow & { content: string }>) {
  return coreDouble({
    files: () => ({ files: rows }),
    read_file: (source) => {
      const found = rows.find(({ file }) => "file" in source && file === source.file);
      if (!found) return new CoreError({ code: "not_found", message: "", exit: exit.notFound });
      const { offset, length } = source;
      return { bytes: new TextEncoder().encode(found.content).slice(offset, offset + length).buffer };
    },
  });
}

const steps: Step[] = [
  { kind: "same", line: 2, record: "there", owner: "a1" },
  { kind: "add", line: 3, fields: {}, owner: "a2" },
  { kind: "left_out", line: 4, reasons: [], owner: "a3" },
  { kind: "there", line: 5, owner: "a4" },
];

const planned = (files: PackedFile[], rows: Array<FileRow & { content: string }> = [], mode: Mode = "merge") =>
  planFiles(core(rows).core, { vault: "v", mode, packed: { files, refused: [] }, steps }, new AbortController().signal);

describe("a plan of files", () => {
  it("brings them to the records of their rows, there already or made by the import", async () => {
    const { attach, leftOut } = await planned([packed("a1", "one.txt"), packed("a2", "two.txt", "four")]);
    expect(attach).toMatchObject([
      { file: { name: "one.txt" }, line: 2, record: "there" },
      { file: { name: "two.txt" }, line: 3, record: null },
    ]);
    expect(leftOut).toEqual([]);
    expect(weigh(attach)).toEqual({ bytes: 7, records: 2, replaced: 0 });
  });

  it("leaves out those whose record is not there, is unclear, or whose row is left out", async () => {
    const { attach, leftOut } = await planned([packed("gone", "1"), packed("a3", "2"), packed("a4", "3")]);
    expect(attach).toEqual([]);
    expect(leftOut).toEqual([
      { path: "files/gone/1", reason: "no_row" },
      { path: "files/a3/2", reason: "row_left_out", line: 4 },
      { path: "files/a4/3", reason: "record_unclear", line: 5 },
    ]);
  });

  it.each(["merge", "complete"] as const)("in %s attaches nothing twice, and makes what is other the next version", async (mode) => {
    const rows = [
      row("there", "Same.txt", "new"),
      row("there", "other.txt", "old"),
      row("there", "longer.txt", "longer"),
      row("there", "trash.txt", "new", { deleted: true }),
      row("elsewhere", "free.txt", "new"),
    ];
    const names = ["same.TXT", "other.txt", "longer.txt", "trash.txt", "free.txt"];
    const { attach, leftOut } = await planned(names.map((name) => packed("a1", name)), rows, mode);
    expect(leftOut).toEqual([{ path: "files/a1/same.TXT", reason: "same", line: 2 }]);
    expect(attach.map(({ file, replaces, keep_both }) => [file.name, replaces, keep_both])).toEqual([
      ["other.txt", "there other.txt", undefined],
      ["longer.txt", "there longer.txt", undefined],
      ["trash.txt", undefined, undefined],
      ["free.txt", undefined, undefined],
    ]);
  });

  it("in only_new leaves every name that is there as it is", async () => {
    const { attach, leftOut } = await planned(
      [packed("a1", "other.txt"), packed("a1", "free.txt")],
      [row("there", "other.txt", "old")],
      "only_new",
    );
    expect(attach.map(({ file }) => file.name)).toEqual(["free.txt"]);
    expect(leftOut).toMatchObject([{ reason: "there" }]);
  });

  it("never takes one of several files of a name for the next version of another", async () => {
    const twins = [packed("a1", "a.txt", "one"), packed("a1", "A.txt", "two", { path: "files/a1/a (2).txt" })];
    const { attach, leftOut } = await planned(twins, [row("there", "a.txt", "one")]);
    expect(leftOut).toMatchObject([{ reason: "same" }]);
    expect(attach).toMatchObject([{ file: { name: "A.txt" }, keep_both: true }]);
    const several = await planned([packed("a1", "b.txt")], [row("there", "b.txt", "1"), row("there", "B.txt", "2")]);
    expect(several.attach).toMatchObject([{ keep_both: true }]);
    expect(several.attach[0]).not.toHaveProperty("replaces");
  });

  it("leaves alone what is locked, protected, in conflict or cannot be opened, and says so", async () => {
    const lease = { holder: "Bob", you: false, until_ms: 0 };
    const rows = [
      row("there", "locked", "old", { lease }),
      row("there", "mine", "old", { lease: { ...lease, you: true } }),
      row("there", "protected", "old", { protected: true }),
      row("there", "conflict", "old", { conflict: true }),
      row("there", "unreadable", "old", { damage: "tampered_content" }),
      row("there", "damaged", "old"),
    ];
    const broken = { content: () => Promise.reject(new ZipError("no_zip")) };
    const files = rows.map(({ name }) => packed("a1", name, "new", name === "damaged" ? broken : {}));
    const { attach, leftOut } = await planned(files, rows);
    expect(attach.map(({ file }) => file.name)).toEqual(["mine"]);
    expect(leftOut.map(({ reason }) => reason)).toEqual(["locked", "protected", "conflict", "unreadable", "damaged"]);
  });
});

type Answer = (order: UploadOrder) => CoreError | null;

/** Uploads that end as a test says. */
function uploads(answer: Answer) {
  const orders: UploadOrder[] = [];
  return {
    orders,
    transfers: {
      uploadToEnd: (order: UploadOrder) => {
        orders.push(order);
        return Promise.resolve(answer(order));
      },
    },
  };
}

const problem = (code: string, number: number) => new CoreError({ code, message: "", exit: number });
const work = async (files: PackedFile[]) => {
  const { attach } = await planned(files);
  return { vault: "v", attach, rows: { ...nothingDone(), made: new Map([[3, "made"]]) } };
};
const running = () => new AbortController().signal;

describe("attaching", () => {
  it("sends each file as it was, to the record that its row has become", async () => {
    const { orders, transfers } = uploads(() => null);
    const wanted = await work([packed("a1", "scan/one.jpg", "bytes"), packed("a2", "two.txt")]);
    const ended = await attachFiles(transfers, wanted, noFiles(), running(), () => {});
    expect(orders).toMatchObject([
      { vault: "v", record: "there", name: "scan/one.jpg", keep_original: true },
      { vault: "v", record: "made", name: "two.txt", keep_original: true },
    ]);
    expect(await orders[0]?.file.text()).toBe("bytes");
    expect(orders[0]?.file.lastModified).toBe(1_000);
    expect(ended.attached.size).toBe(2);
    expect(filesLeft(wanted.attach, ended)).toEqual([]);
  });

  it("notes what is refused and why, and goes on with the others", async () => {
    const { transfers } = uploads(({ name }) => (name === "large" ? problem("quota_exceeded", exit.refused) : null));
    const broken = { content: () => Promise.reject(new ZipError("no_zip")) };
    const files = [packed("a1", "large"), packed("a1", "damaged", "x", broken), packed("a2", "lost"), packed("a1", "good")];
    const wanted = await work(files);
    const rows = nothingDone();
    const { attached, failed } = await attachFiles(transfers, { ...wanted, rows }, noFiles(), running(), () => {});
    expect([...attached]).toEqual(["files/a1/good"]);
    expect(failed.get("files/a1/large")).toMatchObject({ code: "quota_exceeded" });
    expect(failed.get("files/a1/damaged")).toBe("damaged");
    expect(failed.get("files/a2/lost")).toBe("row_refused");
  });

  it("stops where the network is gone, and goes on with what is left", async () => {
    let isOffline = true;
    const { orders, transfers } = uploads(({ name }) =>
      isOffline && name !== "1" ? problem("offline", exit.failed) : null,
    );
    const wanted = await work(["1", "2", "3", "4", "5"].map((name) => packed("a1", name)));
    const progress = noFiles();
    await expect(attachFiles(transfers, wanted, progress, running(), () => {})).rejects.toMatchObject({ code: "offline" });
    expect([...progress.attached]).toEqual(["files/a1/1"]);
    expect(progress.failed.size).toBe(0);
    isOffline = false;
    orders.length = 0;
    await attachFiles(transfers, wanted, progress, running(), () => {});
    expect(orders.map(({ name }) => name)).toEqual(["2", "3", "4", "5"]);
    expect(progress.attached.size).toBe(5);
  });

  it("stops when it is told to", async () => {
    const control = new AbortController();
    const { orders, transfers } = uploads(() => null);
    const wanted = await work(["1", "2", "3", "4", "5"].map((name) => packed("a1", name)));
    const progress = await attachFiles(transfers, wanted, noFiles(), control.signal, () => control.abort());
    expect(orders.length).toBeLessThan(5);
    expect(filesLeft(wanted.attach, progress).length).toBe(5 - orders.length);
  });
});
