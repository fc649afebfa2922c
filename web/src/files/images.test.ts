import { describe, expect, it } from "vitest";
import { fit, hasPlace } from "./images";

/** A JPEG's beginning with an EXIF block of one directory with these tags. */
function jpegWith(tags: number[], little: boolean): Uint8Array {
  const count = tags.length;
  const block = new DataView(new ArrayBuffer(6 + 8 + 2 + 12 * count + 4));
  [..."Exif\0\0"].forEach((letter, place) => block.setUint8(place, letter.charCodeAt(0)));
  block.setUint16(6, little ? 0x4949 : 0x4d4d);
  block.setUint16(8, 42, little);
  block.setUint32(10, 8, little);
  block.setUint16(14, count, little);
  tags.forEach((tag, place) => block.setUint16(16 + 12 * place, tag, little));
  const length = block.byteLength + 2;
  const head = [0xff, 0xd8, 0xff, 0xe0, 0, 4, 1, 2, 0xff, 0xe1, length >> 8, length & 0xff];
  return new Uint8Array([...head, ...new Uint8Array(block.buffer), 0xff, 0xda, 0, 2]);
}

describe("a photo", () => {
  it("tells where it was taken, in either order of bytes", () => {
    expect(hasPlace(jpegWith([0x0112, 0x8825], false))).toBe(true);
    expect(hasPlace(jpegWith([0x8825], true))).toBe(true);
  });

  it("tells nothing without that note, or when it is cut short or none", () => {
    expect(hasPlace(jpegWith([0x0112], false))).toBe(false);
    expect(hasPlace(jpegWith([0x0112, 0x8825], true).slice(0, 30))).toBe(false);
    expect(hasPlace(new Uint8Array())).toBe(false);
    expect(hasPlace(new TextEncoder().encode("<svg>"))).toBe(false);
  });

  it("is fitted into a square, and never made larger", () => {
    expect(fit(5_120, 2_560, 2_560)).toEqual([2_560, 1_280]);
    expect(fit(300, 200, 2_560)).toEqual([300, 200]);
    expect(fit(10_000, 1, 256)).toEqual([256, 1]);
  });
});
