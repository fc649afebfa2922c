/** ZIP archives: written as a stream, and read with limits that a hostile one runs into. */
import type { FileEntry } from "@zip.js/zip.js";

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
  /** Tables in it. */
  entries: 1_000,
  /** Files of records in it besides. */
  files: 20_000,
  /** Of a table, or of a file that is packed, unpacked. What is only stored may have any size. */
  bytes: 512 << 20,
  /** Unpacked for each packed byte; tables of text stay far below. */
  ratio: 100,
};

/** Below this, the ratio says nothing: a short list of the same words packs well. */
export const RATIO_FROM_BYTES = 1 << 20;

export type ZipProblem = "no_zip" | "encrypted" | "too_many" | "bomb" | "no_sheets";

/** Why an archive is not read. */
export class ZipError extends Error {
  constructor(readonly problem: ZipProblem) {
    super(problem);
  }
}

/** The files in an archive, by its directory. */
export async function entriesIn(file: Blob): Promise<FileEntry[]> {
  const { BlobReader, ZipReader } = await library();
  const entries: FileEntry[] = [];
  let count = 0;
  let packedBytes = 0;
  try {
    const reader = new ZipReader(new BlobReader(file), { useWebWorkers: false });
    for await (const entry of reader.getEntriesGenerator()) {
      count += 1;
      if (count > ZIP_LIMITS.entries + ZIP_LIMITS.files) throw new ZipError("too_many");
      if (entry.directory) continue;
      entries.push(entry);
      packedBytes += entry.compressedSize;
    }
  } catch (failure) {
    throw failure instanceof ZipError ? failure : new ZipError("no_zip");
  }
  // Entries that share their bytes make much out of little, each for itself within the limits.
  if (packedBytes > file.size) throw new ZipError("bomb");
  return entries;
}

/** Whether an entry says of itself that it unpacks to more than it may. */
export function unpacksTooFar({ compressedSize, uncompressedSize }: FileEntry): boolean {
  return uncompressedSize > RATIO_FROM_BYTES && uncompressedSize / Math.max(1, compressedSize) > ZIP_LIMITS.ratio;
}

/** Whether an entry's bytes lie in the archive as they are. */
export const isStored = ({ compressionMethod }: FileEntry): boolean => compressionMethod === 0;

/** As many pieces as are held here before the browser keeps them, on its disk where they are many. */
const GATHERED_BYTES = 8 << 20;

/** Unpacks one file. What it says of its size is not believed: the bytes that come are counted. */
export async function unpack(entry: FileEntry): Promise<Blob> {
  const kept: Blob[] = [];
  let pieces: Uint8Array<ArrayBuffer>[] = [];
  let gathered = 0;
  const gather = () => {
    kept.push(new Blob(pieces));
    pieces = [];
    gathered = 0;
  };
  await through(entry, ZIP_LIMITS.bytes, (piece) => {
    pieces.push(piece.slice());
    gathered += piece.byteLength;
    if (gathered >= GATHERED_BYTES) gather();
  });
  gather();
  return new Blob(kept);
}

/** A file's bytes where they lie in the archive, after they were read once against its checksum. */
export async function storedContent(entry: FileEntry, archive: Blob): Promise<Blob> {
  await through(entry, Infinity, () => {});
  const start = entry.localDirectory?.dataOffset;
  if (start === undefined) throw new ZipError("no_zip");
  return archive.slice(start, start + entry.compressedSize);
}

/** Reads an entry to its end, within the limits, and proves its checksum. */
async function through(
  entry: FileEntry,
  bytesMax: number,
  take: (piece: Uint8Array<ArrayBuffer>) => void,
): Promise<void> {
  let bytes = 0;
  let tooMuch = false;
  const counting = new WritableStream<Uint8Array<ArrayBuffer>>({
    write: (piece) => {
      bytes += piece.byteLength;
      const packed = Math.max(1, entry.compressedSize);
      tooMuch = bytes > bytesMax || (bytes > RATIO_FROM_BYTES && bytes / packed > ZIP_LIMITS.ratio);
      if (tooMuch) throw new ZipError("bomb");
      take(piece);
    },
  });
  try {
    await entry.getData(counting, { checkSignature: true, useWebWorkers: false });
  } catch {
    throw new ZipError(tooMuch ? "bomb" : "no_zip");
  }
}
