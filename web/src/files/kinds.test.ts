import { describe, expect, it } from "vitest";
import { nameToSave } from "./delivery";
import { pastedName } from "./arriving";
import { fileName, folderOf, mediaType, viewKind } from "./kinds";
import { decodeText } from "./read";

describe("how a file is shown", () => {
  it("follows its media type, else its ending", () => {
    expect(viewKind("a.png", "image/png")).toBe("image");
    expect(viewKind("a.png", "application/octet-stream")).toBe("image");
    expect(viewKind("CONTRACT.PDF", "")).toBe("pdf");
    expect(viewKind("a.webm", "video/webm")).toBe("video");
    expect(viewKind("a", "audio/mpeg; codecs=x")).toBe("audio");
    expect(viewKind("notes.md", "")).toBe("text");
    expect(viewKind("a.zip", "application/zip")).toBe("none");
    expect(viewKind("a", "")).toBe("none");
  });

  it("never runs a page or a drawing of somebody else", () => {
    for (const [name, type] of [
      ["a.html", "text/html"],
      ["a.svg", "image/svg+xml"],
      ["a.xhtml", "application/xhtml+xml"],
      ["a.png", "IMAGE/SVG+XML"],
      ["a.svg", "application/octet-stream"],
      ["a.js", "text/javascript"],
    ] as const) {
      expect(viewKind(name, type), name).toBe("text");
    }
  });

  it("keeps the browser's word on a media type, and looks at the ending without one", () => {
    expect(mediaType("a.jpg", "image/png")).toBe("image/png");
    expect(mediaType("deep/er/a.JPG")).toBe("image/jpeg");
    expect(mediaType(".png")).toBe("application/octet-stream");
  });
});

describe("names", () => {
  it("have a folder and a last part", () => {
    expect(fileName("plans/2026/a.pdf")).toBe("a.pdf");
    expect(folderOf("plans/2026/a.pdf")).toBe("plans/2026");
    expect(folderOf("a.pdf")).toBe("");
  });

  it("are one harmless part when they are saved", () => {
    expect(nameToSave("../../etc/passwd")).toBe("_.._etc_passwd");
    expect(nameToSave("a\u202etxt.exe")).toBe("atxt.exe");
    expect(nameToSave("  .hidden  ")).toBe("hidden");
    expect(nameToSave("...")).toBe("file");
    expect(nameToSave("تقرير.pdf")).toBe("تقرير.pdf");
  });

  it("are made for pictures from the clipboard, and never twice the same", () => {
    const picture = new File(["x"], "image.png", { type: "image/png" });
    const moment = new Date(2026, 2, 1, 9, 5, 7);
    const first = pastedName(picture, new Set(), moment);
    expect(first).toMatch(/^2026-0[23]-\d\d 09-05-07\.png$/);
    expect(pastedName(picture, new Set([first]), moment)).toContain("(2).png");
    expect(pastedName(new File(["x"], "map.png"), new Set(), moment)).toBe("map.png");
  });
});

describe("text", () => {
  const bytes = (...values: number[]) => new Uint8Array(values).buffer;

  it("is read by its mark, as UTF-8, else as Western European", () => {
    expect(decodeText(new TextEncoder().encode("příliš").buffer, false)).toBe("příliš");
    expect(decodeText(bytes(0xff, 0xfe, 0x41, 0x00), false)).toBe("A");
    expect(decodeText(bytes(0xfe, 0xff, 0x00, 0x41), false)).toBe("A");
    expect(decodeText(bytes(0x4d, 0xfc, 0x6c, 0x6c), false)).toBe("Müll");
  });

  it("may be cut in the middle of a letter", () => {
    expect(decodeText(bytes(0x61, 0xc3), true)).toBe("a");
  });
});
