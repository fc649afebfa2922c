import { closeSync, openSync, writeSync } from "node:fs";

/** A part of a file, as uploads are cut. */
export const PART_BYTES = 8 << 20;

/** Writes a file of so many parts, the same noise again and again; gives one of them. */
export function noise(path: string, parts: number): Uint8Array {
  const piece = crypto.getRandomValues(new Uint8Array(65_536));
  const part = new Uint8Array(PART_BYTES);
  for (let from = 0; from < part.length; from += piece.length) part.set(piece, from);
  const out = openSync(path, "w");
  for (let number = 0; number < parts; number += 1) writeSync(out, part);
  closeSync(out);
  return part;
}
