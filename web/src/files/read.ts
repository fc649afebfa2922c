/** Reads decrypted files into memory, as much as a view needs. */
import type { FileSource } from "../core/api-files";
import type { Core } from "../core/client";

/** What the core gives at once. */
const PIECE_BYTES = 8 << 20;
/** As much of a text as is shown. */
export const TEXT_BYTES = 1 << 20;

/** All bytes of a file, piece by piece. */
export async function readWhole(
  core: Core,
  source: FileSource,
  size: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const whole = new Uint8Array(size);
  for (let offset = 0; offset < size; offset += PIECE_BYTES) {
    const length = Math.min(PIECE_BYTES, size - offset);
    const { bytes } = await core.call("read_file", { ...source, offset, length });
    whole.set(new Uint8Array(bytes), offset);
  }
  return whole;
}

/** Reads bytes as text: by their mark, else as UTF-8, else as Western European. */
export function decodeText(bytes: ArrayBuffer, isCut: boolean): string {
  const [first, second] = new Uint8Array(bytes);
  if (first === 0xff && second === 0xfe) return new TextDecoder("utf-16le").decode(bytes);
  if (first === 0xfe && second === 0xff) return new TextDecoder("utf-16be").decode(bytes);
  try {
    // A letter that the cut has halved is not a fault of the whole.
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes, { stream: isCut });
  } catch {
    return new TextDecoder("windows-1252").decode(bytes);
  }
}
