/** Hands decrypted files to the service worker: to be saved as a stream, or to be played. */
import type { Core } from "../core/client";
import type { FileSource } from "../core/api-files";
import { givePieces, own } from "../core/transfer/pieces";
import type {
  FileOrder,
  PieceAnswer,
  PieceQuestion,
  SaveOrder,
} from "../service-worker/messages";

/** Above this, a browser without the worker would have to hold too much in memory. */
export const BLOB_MAX_BYTES = 256 << 20;
const AWAKE_MS = 10_000;

const worker = () =>
  (navigator.serviceWorker as ServiceWorkerContainer | undefined)?.controller ?? null;

/** Whether this browser can save a file of this size. */
export const canSave = (bytes: number): boolean => worker() !== null || bytes <= BLOB_MAX_BYTES;

/** A name as a file system takes it: one part, without marks that lie about its ending. */
export function nameToSave(name: string): string {
  const cleaned = name
    .replaceAll(/[\p{Cc}\p{Cf}]/gu, "")
    .replaceAll(/[/\\:*?"<>|]/g, "_")
    .trim()
    .replace(/^[.\s-]+/, "")
    .replace(/[.\s]+$/, "");
  return cleaned || "file";
}

export interface ToSave {
  stream: ReadableStream<Uint8Array<ArrayBuffer>>;
  name: string;
  /** Null where it is only known at the end. */
  size_bytes: number | null;
  /** Settles when the last byte is out, or the transfer has ended otherwise. */
  ended: Promise<unknown>;
}

/** Starts the browser's own download of a decrypted stream. */
export async function save({ stream, name, size_bytes, ended }: ToSave): Promise<void> {
  const controller = worker();
  const safe = nameToSave(name);
  if (!controller) {
    const blob = await new Response(stream).blob();
    saveBlob(new Blob([blob], { type: "application/octet-stream" }), safe);
    return;
  }
  const id = crypto.randomUUID();
  const pieces = new MessageChannel();
  const reader = stream.getReader();
  const next = async () => own((await reader.read()).value);
  givePieces(pieces.port1, next, () => void reader.cancel().catch(() => undefined));
  const order: SaveOrder = { kind: "save", id, name: safe, size_bytes, pieces: pieces.port2 };
  const { port1, port2 } = new MessageChannel();
  const taken = new Promise<void>((resolve) => {
    port1.onmessage = () => resolve();
  });
  controller.postMessage(order satisfies FileOrder, [port2, pieces.port2]);
  await taken;
  port1.close();
  const frame = document.createElement("iframe");
  frame.hidden = true;
  frame.title = safe;
  frame.src = `/save/${id}`;
  document.body.append(frame);
  const awake = setInterval(() => {
    controller.postMessage({ kind: "awake" } satisfies FileOrder);
  }, AWAKE_MS);
  void ended.catch(() => undefined).then(() => {
    clearInterval(awake);
    // The browser has the last bytes in its hands a little later than the core.
    setTimeout(() => frame.remove(), AWAKE_MS);
  });
}

/** Saves what is in memory already. */
export function saveBlob(blob: Blob, name: string): void {
  const address = URL.createObjectURL(blob);
  const link = document.createElement("a");
  link.href = address;
  link.download = nameToSave(name);
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), AWAKE_MS);
}

interface Played {
  core: Core;
  source: FileSource;
  size_bytes: number;
  media_type: string;
}

const played = new Map<string, Played>();

/** Gives what is played an address, which only the service worker of this page answers. */
export function play(what: Played): { address: string; close: () => void } {
  if (played.size === 0) navigator.serviceWorker.addEventListener("message", answer);
  const id = crypto.randomUUID();
  played.set(id, what);
  return {
    address: `/view/${id}`,
    close: () => {
      played.delete(id);
      if (played.size === 0) navigator.serviceWorker.removeEventListener("message", answer);
    },
  };
}

/** Whether sound and film can be played: it takes the service worker. */
export const canPlay = (): boolean => worker() !== null;

function answer(event: MessageEvent<PieceQuestion | null>): void {
  const [port] = event.ports;
  if (event.data?.kind !== "piece" || !port) return;
  void read(event.data).then(
    (found) => port.postMessage(found, "bytes" in found ? [found.bytes] : []),
    () => port.postMessage({ failed: true } satisfies PieceAnswer),
  );
}

async function read({ id, offset, length }: PieceQuestion): Promise<PieceAnswer> {
  const what = played.get(id);
  if (!what) return { failed: true };
  const { core, source, size_bytes, media_type } = what;
  const bytes =
    length === 0
      ? new ArrayBuffer(0)
      : (await core.call("read_file", { ...source, offset, length })).bytes;
  return { bytes, size_bytes, media_type };
}
