/** ZIP archives: written as a stream, and read with limits that a hostile one runs into. */
import type { Entry, FileEntry } from "@zip.js/zip.js";

const library = async () => {
  const zip = await import("@zip.js/zip.js/lib/zip-core-native.js");
  // The page's policy lets no worker of a library start; the browser inflates by itself.
  zip.configure({ useWebWorkers: false });
  return zip;
};

/** A file of an archive that is written. */
export interface ZipPart {
  name: string;
  /** What is packed already, as most files are, is only stored. */
  stored?: boolean;
  pieces: () => AsyncGenerator<Uint8Array<ArrayBuffer>>;
}

/** The bytes of an archive, one part after the other. */
export async function* zipped(parts: Iterable<ZipPart> | AsyncIterable<ZipPart>): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const { ZipWriter } = await library();
  const { readable, writable } = new TransformStream<Uint8Array<ArrayBuffer>>();
  const writer = new ZipWriter(writable, { bufferedWrite: false });
  const written = (async () => {
    try {
      for await (const part of parts) {
        await writer.add(part.name, streamed(part.pieces()), part.stored ? { level: 0 } : {});
      }
      await writer.close();
    } catch (failure) {
      await writable.abort(failure).catch(() => undefined);
      throw failure;
    }
  })();
  // Whoever reads the pieces hears of a failure; without a reader it must not go unheard either.
  written.catch(() => undefined);
  const reader = readable.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      yield value;
    }
    await written;
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

function streamed(pieces: AsyncGenerator<Uint8Array<ArrayBuffer>>): ReadableStream<Uint8Array<ArrayBuffer>> {
  return new ReadableStream({
    pull: async (into) => {
      const { done, value } = await pieces.next();
      if (done) into.close();
      else into.enqueue(value);
    },
    cancel: () => void pieces.return(undefined),
  });
}

/** What an archive may be. Said in the page as well. */
export const ZIP_LIMITS = {
  entries: 1_000,
  /** Of all sheets in it together, unpacked. */
  bytes: 512 << 20,
  /** Unpacked for each packed byte; tables of text stay far below. */
  ratio: 100,
};

/** Below this, the ratio says nothing: a short list of the same words packs well. */
const RATIO_FROM_BYTES = 1 << 20;

export type ZipProblem = "no_zip" | "encrypted" | "too_many" | "bomb" | "no_sheets";

/** Why an archive is not read. */
export class ZipError extends Error {
  constructor(readonly problem: ZipProblem) {
    super(problem);
  }
}

const isSheet = (entry: Entry): entry is FileEntry => {
  const name = entry.filename.split("/").at(-1) ?? "";
  return !entry.directory && !name.startsWith(".") && /\.(csv|tsv|txt|json)$/i.test(name);
};

/** The sheets in an archive: their names, and how to unpack them. */
export async function sheetsIn(file: Blob): Promise<Array<{ name: string; unpack: () => Promise<Blob> }>> {
  const { BlobReader, ZipReader } = await library();
  const entries: Entry[] = [];
  try {
    const reader = new ZipReader(new BlobReader(file), { useWebWorkers: false });
    for await (const entry of reader.getEntriesGenerator()) {
      entries.push(entry);
      if (entries.length > ZIP_LIMITS.entries) throw new ZipError("too_many");
    }
  } catch (failure) {
    throw failure instanceof ZipError ? failure : new ZipError("no_zip");
  }
  const sheets = entries.filter(isSheet);
  if (sheets.length === 0) throw new ZipError("no_sheets");
  if (sheets.some((entry) => entry.encrypted)) throw new ZipError("encrypted");
  return sheets.map((entry) => ({ name: entry.filename, unpack: () => unpack(entry) }));
}

/** Unpacks one file. What it says of its size is not believed: the bytes that come are counted. */
async function unpack(entry: FileEntry): Promise<Blob> {
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  let bytes = 0;
  let tooMuch = false;
  const counting = new WritableStream<Uint8Array<ArrayBuffer>>({
    write: (piece) => {
      bytes += piece.byteLength;
      const packed = Math.max(1, entry.compressedSize);
      tooMuch =
        bytes > ZIP_LIMITS.bytes || (bytes > RATIO_FROM_BYTES && bytes / packed > ZIP_LIMITS.ratio);
      if (tooMuch) throw new ZipError("bomb");
      pieces.push(piece.slice());
    },
  });
  try {
    await entry.getData(counting, { checkSignature: true, useWebWorkers: false });
  } catch {
    throw new ZipError(tooMuch ? "bomb" : "no_zip");
  }
  return new Blob(pieces);
}
