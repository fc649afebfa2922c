import { describe, expect, it } from "vitest";
import { disposition, readRange } from "./ranges";

describe("a range", () => {
  it("is read as browsers write it", () => {
    expect(readRange("bytes=0-", 100)).toEqual({ first: 0, last: 99 });
    expect(readRange("bytes=10-19", 100)).toEqual({ first: 10, last: 19 });
    expect(readRange("bytes=90-200", 100)).toEqual({ first: 90, last: 99 });
    expect(readRange("bytes=-30", 100)).toEqual({ first: 70, last: 99 });
    expect(readRange("bytes=-300", 100)).toEqual({ first: 0, last: 99 });
  });

  it("is all where none is named, or one that nobody knows", () => {
    for (const header of [null, "", "bytes=-", "lines=1-2", "bytes=0-1,5-6", "bytes=a-b"]) {
      expect(readRange(header, 100), String(header)).toBeUndefined();
    }
  });

  it("beyond the end is refused", () => {
    for (const header of ["bytes=100-", "bytes=7-3", "bytes=-0"]) {
      expect(readRange(header, 100), header).toBeNull();
    }
    expect(readRange("bytes=0-", 0)).toBeNull();
  });
});

describe("the name of a saved file", () => {
  it("is any text, and never ends its header", () => {
    expect(disposition("Zpráva č. 1.pdf")).toBe(
      "attachment; filename*=UTF-8''Zpr%C3%A1va%20%C4%8D.%201.pdf",
    );
    expect(disposition('a"\r\nx: y\'(1)*')).toBe(
      "attachment; filename*=UTF-8''a%22%0D%0Ax%3A%20y%27%281%29%2A",
    );
    expect(disposition("half \ud800 letter")).toContain("%EF%BF%BD");
  });
});
