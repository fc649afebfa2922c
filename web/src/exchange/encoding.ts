/** Texts of files that do not say how they are encoded. */

export const encodings = [
  "utf-8",
  "utf-16le",
  "utf-16be",
  "windows-1250",
  "windows-1252",
  "iso-8859-2",
] as const;
export type Encoding = (typeof encodings)[number];

/** Bytes that are looked at for a guess. */
export const HEAD_BYTES = 64 << 10;

/** A file's encoding by its first bytes. What is not Unicode is taken for Central European. */
export function guessEncoding(head: Uint8Array): Encoding {
  const [first, second, third] = head;
  if (first === 0xef && second === 0xbb && third === 0xbf) return "utf-8";
  if (first === 0xff && second === 0xfe) return "utf-16le";
  if (first === 0xfe && second === 0xff) return "utf-16be";
  const zeros = [0, 0];
  head.forEach((byte, place) => {
    if (byte === 0) zeros[place % 2] = (zeros[place % 2] ?? 0) + 1;
  });
  const [even = 0, odd = 0] = zeros;
  if (odd > head.length / 8 && odd > even) return "utf-16le";
  if (even > head.length / 8) return "utf-16be";
  try {
    // The head may end within a letter.
    new TextDecoder("utf-8", { fatal: true }).decode(head, { stream: true });
    return "utf-8";
  } catch {
    return "windows-1250";
  }
}

/** The text of a file, piece by piece. `progress` hears how many bytes are read. */
export async function* decoded(
  file: Blob,
  encoding: Encoding,
  progress: (bytes: number) => void = () => {},
): AsyncGenerator<string> {
  const decoder = new TextDecoder(encoding);
  const reader = file.stream().getReader();
  let read = 0;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      read += value.byteLength;
      const text = decoder.decode(value, { stream: true });
      progress(read);
      if (text) yield text;
    }
    const rest = decoder.decode();
    if (rest) yield rest;
  } finally {
    void reader.cancel().catch(() => undefined);
  }
}
