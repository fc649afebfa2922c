import { describe, expect, it } from "vitest";
import { openArchive } from "./archive";
import { ZIP_LIMITS, zipped } from "./zip";

interface Part {
  text: string;
  stored?: boolean;
}

const text = (part: Part | string) => (typeof part === "string" ? { text: part } : part);

async function archive(parts: Record<string, Part | string>): Promise<Blob> {
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  const list = Object.entries(parts).map(([name, part]) => ({
    name,
    stored: text(part).stored ?? false,
    pieces: async function* () {
      yield new TextEncoder().encode(text(part).text);
    },
  }));
  for await (const piece of zipped(list)) pieces.push(piece.slice());
  return new Blob(pieces);
}

const heading = "path,Strongroom ID,file,size_bytes,changed,changed_by,name";
const listOf = (...rows: string[]) => [heading, ...rows].join("\r\n");
const packedIn = async (parts: Record<string, Part | string>) => (await openArchive(await archive(parts))).packed;

describe("files in an archive", () => {
  it("have the name, the record and the bytes that the list says, stored or packed", async () => {
    const { files, refused } = await packedIn({
      "case.csv": "Strongroom ID,title\na1,Lease",
      "files.csv": listOf(
        "files/Lease a1/Brief_ 1.txt,A1,f1,3,2026-03-31T10:00:00.000Z,Ann,Brief: 1.txt",
        "files/Lease a1/scan/two.txt,a1,f2,3,,Ann,'=two.txt",
      ),
      "files/Lease a1/Brief_ 1.txt": { text: "To my heirs", stored: true },
      "files/Lease a1/scan/two.txt": "packed",
    });
    expect(refused).toEqual([]);
    expect(files).toMatchObject([
      { name: "Brief: 1.txt", owner: "a1", size_bytes: 11, changed_ms: Date.parse("2026-03-31T10:00:00Z") },
      { name: "=two.txt", owner: "a1", size_bytes: 6, changed_ms: 0 },
    ]);
    expect(await (await files[0]?.content())?.text()).toBe("To my heirs");
    expect(await (await files[1]?.content())?.text()).toBe("packed");
  });

  it("are no tables, whatever they are called; the list is none either", async () => {
    const { sheets, packed } = await openArchive(
      await archive({
        "case.csv": "title\nLease",
        "files.csv": listOf("files/a/rows.csv,a1,f,1,,,rows.csv"),
        "files/a/rows.csv": "a,b",
        "__MACOSX/case.csv": "junk",
        ".hidden.csv": "junk",
      }),
    );
    expect(sheets.map(({ name }) => name)).toEqual(["case.csv"]);
    expect(packed.files.map(({ path }) => path)).toEqual(["files/a/rows.csv"]);
    const other = await openArchive(await archive({ "files.csv": "title,client\nLease,Ann" }));
    expect(other.sheets.map(({ name }) => name)).toEqual(["files.csv"]);
  });

  it("are found where the export's folder was packed again, and by lists that have no names yet", async () => {
    const { files } = await packedIn({
      "Export/case.csv": "title\nLease",
      "Export/files.csv": "path,Strongroom ID\nfiles/Lease a1/scan/one.txt,a1",
      "Export/files/Lease a1/scan/one.txt": "x",
    });
    expect(files).toMatchObject([{ path: "Export/files/Lease a1/scan/one.txt", name: "scan/one.txt", owner: "a1" }]);
  });

  it("with names that trick somebody are left out, with those that nobody lists, and listed ones that are missing", async () => {
    const hostile = ["../../etc/passwd", "a/../b.txt", "..\\up.txt", "/root.txt", "a\u{202e}fdp.exe", "a\u{0}b", "x".repeat(1_025), "."];
    const parts = Object.fromEntries(hostile.map((_, at) => [`files/h/${at}`, "x"]));
    const { files, refused } = await packedIn({
      "case.csv": "title\nLease",
      "files.csv": listOf(
        ...hostile.map((name, at) => `files/h/${at},a1,f,1,,,"${name}"`),
        "files/gone.txt,a1,f,1,,,gone.txt",
        "files/good.txt,a1,f,1,,,good.txt",
        "files/good.txt,a2,f,1,,,good.txt",
      ),
      ...parts,
      "files/good.txt": "x",
      "files/stray.txt": "x",
    });
    expect(files.map(({ path, owner }) => [path, owner])).toEqual([["files/good.txt", "a1"]]);
    const why = (reason: string) => refused.filter((one) => one.reason === reason).map(({ path }) => path);
    expect(why("name")).toEqual(hostile.map((_, at) => `files/h/${at}`));
    expect(why("missing")).toEqual(["files/gone.txt"]);
    expect(why("twice")).toEqual(["files/good.txt"]);
    expect(why("unlisted")).toEqual(["files/stray.txt"]);
  });

  it("that unpack to far more than they are, are left out before anything is unpacked", async () => {
    const { files, refused } = await packedIn({
      "case.csv": "title\nLease",
      "files.csv": listOf("files/bomb.txt,a1,f,1,,,bomb.txt"),
      "files/bomb.txt": "0".repeat(4 << 20),
    });
    expect(files).toEqual([]);
    expect(refused).toEqual([{ path: "files/bomb.txt", reason: "ratio" }]);
  });

  it("that were changed after they were packed, are not given out", async () => {
    const whole = await archive({
      "case.csv": "title\nLease",
      "files.csv": listOf("files/one.txt,a1,f,1,,,one.txt"),
      "files/one.txt": { text: "To my heirs", stored: true },
    });
    const bytes = new Uint8Array(await whole.arrayBuffer());
    const at = new TextDecoder("latin1").decode(bytes).indexOf("To my heirs");
    bytes[at] = "N".charCodeAt(0);
    const { packed } = await openArchive(new Blob([bytes]));
    await expect(packed.files[0]?.content()).rejects.toMatchObject({ problem: "no_zip" });
  });

  it("that share their bytes with others make no much out of little", async () => {
    const rows = Array.from({ length: 40 }, (_, at) => `files/${at}.txt,a1,f,1,,,${at}.txt`);
    const body = Object.fromEntries(rows.map((_, at) => [`files/${at}.txt`, { text: "y".repeat(2_000), stored: true }]));
    const whole = await archive({ "case.csv": "title\nLease", "files.csv": listOf(...rows), ...body });
    const bytes = new Uint8Array(await whole.arrayBuffer());
    const view = new DataView(bytes.buffer);
    // Each entry of the directory claims half the archive.
    for (let at = 0; at + 46 < bytes.length; at += 1) {
      if (view.getUint32(at, true) === 0x02014b50) view.setUint32(at + 20, bytes.length >> 1, true);
    }
    await expect(openArchive(new Blob([bytes]))).rejects.toMatchObject({ problem: "bomb" });
  });

  it("are counted by the list too", async () => {
    const rows = Array.from({ length: ZIP_LIMITS.files + 1 }, (_, at) => `files/${at},a1,f,1,,,${at}`);
    const whole = await archive({ "case.csv": "title\nLease", "files.csv": listOf(...rows) });
    await expect(openArchive(whole)).rejects.toMatchObject({ problem: "too_many" });
  });
});
