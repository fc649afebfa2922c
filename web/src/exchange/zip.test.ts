import { describe, expect, it } from "vitest";
import { openArchive } from "./archive";
import { ZIP_LIMITS, zipped } from "./zip";

const sheetsIn = async (file: Blob) => (await openArchive(file)).sheets;

async function* one(...texts: string[]) {
  for (const text of texts) yield new TextEncoder().encode(text);
}

async function archive(parts: Record<string, string[]>): Promise<Blob> {
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  const list = Object.entries(parts).map(([name, texts]) => ({ name, pieces: () => one(...texts) }));
  for await (const piece of zipped(list)) pieces.push(piece.slice());
  return new Blob(pieces);
}

describe("an archive", () => {
  it("has what was written into it, under any name", async () => {
    const file = await archive({ "Fälle č. 1.csv": ["a,b\n", "1,2\n"], "photo.png": ["x"], "sub/people.json": ["[]"] });
    const sheets = await sheetsIn(file);
    expect(sheets.map(({ name }) => name)).toEqual(["Fälle č. 1.csv", "sub/people.json"]);
    expect(await (await sheets[0]?.unpack())?.text()).toBe("a,b\n1,2\n");
  });

  it("that unpacks to far more than it is, is not read on", async () => {
    const zeros = "0".repeat(1 << 20);
    const file = await archive({ "bomb.csv": [zeros, zeros, zeros, zeros] });
    expect(file.size * ZIP_LIMITS.ratio).toBeLessThan(4 << 20);
    const [sheet] = await sheetsIn(file);
    await expect(sheet?.unpack()).rejects.toMatchObject({ problem: "bomb" });
  });

  it("may say that it unpacks to little: the bytes are counted", async () => {
    const zeros = "0".repeat(1 << 20);
    const bytes = new Uint8Array(await (await archive({ "bomb.csv": [zeros, zeros, zeros] })).arrayBuffer());
    const view = new DataView(bytes.buffer);
    for (let at = 0; at + 30 < bytes.length; at += 1) {
      // In the central directory, the length after unpacking.
      if (view.getUint32(at, true) === 0x02014b50) view.setUint32(at + 24, 1_000, true);
    }
    const sheets = await sheetsIn(new Blob([bytes])).catch((thrown: unknown) => thrown);
    if (Array.isArray(sheets)) {
      const [sheet] = sheets as Awaited<ReturnType<typeof sheetsIn>>;
      await expect(sheet?.unpack()).rejects.toMatchObject({ problem: expect.stringMatching(/^(bomb|no_zip)$/) as string });
    } else {
      expect(sheets).toMatchObject({ problem: "no_zip" });
    }
  });

  it("of too many files, of none that fit, or that is none, is told", async () => {
    await expect(sheetsIn(new Blob(["PK\u{3}\u{4} no archive"]))).rejects.toMatchObject({ problem: "no_zip" });
    await expect(sheetsIn(await archive({ "a.png": ["x"] }))).rejects.toMatchObject({ problem: "no_sheets" });
    const many = Object.fromEntries(Array.from({ length: ZIP_LIMITS.entries + 1 }, (_, at) => [`${at}.csv`, ["x"]]));
    await expect(sheetsIn(await archive(many))).rejects.toMatchObject({ problem: "too_many" });
  });

  it("that was damaged, is told", async () => {
    const text = Array.from({ length: 500 }, (_, at) => `${at * 7_919},${at ** 3}\n`).join("");
    const bytes = new Uint8Array(await (await archive({ "a.csv": [text] })).arrayBuffer());
    const middle = bytes.length >> 1;
    bytes[middle] = (bytes[middle] ?? 0) ^ 0xff;
    const sheets = await sheetsIn(new Blob([bytes])).catch((thrown: unknown) => thrown);
    if (Array.isArray(sheets)) {
      const [sheet] = sheets as Awaited<ReturnType<typeof sheetsIn>>;
      await expect(sheet?.unpack()).rejects.toMatchObject({ problem: "no_zip" });
    } else {
      expect(sheets).toMatchObject({ problem: "no_zip" });
    }
  });
});
