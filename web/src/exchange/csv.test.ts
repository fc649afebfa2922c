import { describe, expect, it } from "vitest";
import { csvLines, csvRows, guessSeparator, neutralised, RowTooLong, unneutralised } from "./csv";
import { decoded, guessEncoding } from "./encoding";

async function* cut(text: string, size: number) {
  for (let at = 0; at < text.length; at += size) yield text.slice(at, at + size);
}

async function rows(text: string, size = 5, separator: "," | ";" = ",") {
  const found = [];
  for await (const part of csvRows(cut(text, size), separator)) found.push(...part);
  return found;
}

describe("rows", () => {
  const text = 'a,b\r\n"1, ""one""","two\r\nlines"\r\n\r\n  ,\r\nx,"y"';

  it.each([1, 2, 3, 7, 1_000])("are the same in pieces of %i characters", async (size) => {
    const found = await rows(text, size);
    expect(found.map(({ cells }) => cells)).toEqual([
      ["a", "b"],
      ['1, "one"', "two\nlines"],
      ["  ", ""],
      ["x", "y"],
    ]);
    expect(found.map(({ line }) => line)).toEqual([1, 2, 5, 6]);
  });

  it("end with any line end, or none", async () => {
    for (const end of ["\n", "\r\n", "\r", ""]) {
      expect((await rows(`a;b${end || "\n"}1;2${end}`, 2, ";")).map(({ cells }) => cells)).toEqual([
        ["a", "b"],
        ["1", "2"],
      ]);
    }
  });

  it("with a wrong quotation mark are told, the others are read", async () => {
    const found = await rows('a,b\n1,2\n"x,3\n', 4);
    expect(found[1]).toMatchObject({ cells: ["1", "2"], broken: false });
    expect(found[2]?.broken).toBe(true);
  });

  it("that never end are not kept for ever", async () => {
    const endless = async () => {
      async function* pieces() {
        yield '"';
        for (let at = 0; at < 6; at += 1) yield "x".repeat(1 << 20);
      }
      for await (const _ of csvRows(pieces(), ","));
    };
    await expect(endless()).rejects.toBeInstanceOf(RowTooLong);
  });

  it("are guessed by what stands between cells", () => {
    expect(guessSeparator("a;b;c\n1,5;2;3\n")).toBe(";");
    expect(guessSeparator("a\tb\n1\t2\n")).toBe("\t");
    expect(guessSeparator("a,b\n1,2\n")).toBe(",");
    expect(guessSeparator("one column\nof text\n")).toBe(",");
  });
});

describe("formulas", () => {
  it.each(["=1+1", "+49 30", "-5 degrees", "@SUM(A1)", "\tx", "\rx", "＝1", "'=1", "''=1"])(
    "%j is neutralised, and comes back as it was",
    (text) => {
      const safe = neutralised(text);
      expect(safe).toBe(`'${text}`);
      expect(unneutralised(safe)).toBe(text);
    },
  );

  it.each(["a=b", "", "'tis", "5 - 3", "o’clock"])("%j is left alone", (text) => {
    expect(neutralised(text)).toBe(text);
    expect(unneutralised(text)).toBe(text);
  });
});

describe("lines", () => {
  it("are RFC 4180, and read back as they were", async () => {
    const given = [["plain", 'with "quotes"', "a,b", "two\nlines", "", " edge "]];
    const text = csvLines(given, ",");
    expect(text).toBe('plain,"with ""quotes""","a,b","two\nlines",," edge "\r\n');
    expect((await rows(text, 3)).map(({ cells }) => cells)).toEqual(given);
    expect(csvLines([], ",")).toBe("");
  });
});

describe("encodings", () => {
  const bytes = (...numbers: number[]) => Uint8Array.from(numbers);
  const utf16 = (text: string) => new Uint8Array(Uint16Array.from([...text].map((c) => c.charCodeAt(0))).buffer);

  it("are known by their marks and by what bytes are possible", () => {
    expect(guessEncoding(bytes(0xef, 0xbb, 0xbf, 0x61))).toBe("utf-8");
    expect(guessEncoding(bytes(0xff, 0xfe, 0x61, 0))).toBe("utf-16le");
    expect(guessEncoding(bytes(0xfe, 0xff, 0, 0x61))).toBe("utf-16be");
    expect(guessEncoding(utf16("title;amount\n"))).toBe("utf-16le");
    expect(guessEncoding(new TextEncoder().encode("Dvořák;Müller"))).toBe("utf-8");
    // A letter that the head cuts in two.
    expect(guessEncoding(new TextEncoder().encode("Dvoř").slice(0, -1))).toBe("utf-8");
    expect(guessEncoding(bytes(0x44, 0x76, 0x6f, 0xf8, 0xe1, 0x6b))).toBe("windows-1250");
  });

  it("are decoded across pieces, without the mark", async () => {
    const blob = new Blob(["\u{feff}Dvořák ", "и 漢字"]);
    let text = "";
    for await (const piece of decoded(blob, "utf-8")) text += piece;
    expect(text).toBe("Dvořák и 漢字");
    let old = "";
    for await (const piece of decoded(new Blob([bytes(0xf8, 0xe1)]), "windows-1250")) old += piece;
    expect(old).toBe("řá");
  });
});
