/**
 * A stream of bytes from one thread to another. Each piece changes hands; a `ReadableStream` that
 * is sent over would copy it, and leave the copies to the garbage collector.
 */
import { CoreError, toProblem } from "../problem";
import type { CoreProblem } from "../api";
import { letGo } from "./space";

/** What the taker asks: for the next piece, or for no more. */
type Question = "next" | "stop";
type Piece = { bytes: ArrayBuffer } | { end: true } | { problem: CoreProblem };

/** Pieces that are on their way while the taker looks at one. */
const AHEAD = 2;

/** Answers at the giver's end. */
export function givePieces(
  port: MessagePort,
  next: () => Promise<ArrayBuffer | undefined>,
  stop: () => void,
): void {
  const give = (piece: Piece, transfer: Transferable[] = []) => port.postMessage(piece, transfer);
  port.onmessage = async ({ data }: MessageEvent<Question>) => {
    if (data === "stop") {
      port.close();
      stop();
      return;
    }
    try {
      const bytes = await next();
      if (bytes) give({ bytes }, [bytes]);
      else give({ end: true });
    } catch (thrown) {
      give({ problem: toProblem(thrown) });
    }
  };
}

/**
 * The stream at the taker's end. With `passing`, a piece is freed when the next one is asked for:
 * for readers that are done with one by then.
 */
export function streamOfPieces(
  port: MessagePort,
  reader: "keeping" | "passing" = "keeping",
): ReadableStream<Uint8Array<ArrayBuffer>> {
  const ask = (question: Question) => port.postMessage(question);
  const passing = reader === "passing";
  let last: ArrayBuffer | undefined;
  return new ReadableStream<Uint8Array<ArrayBuffer>>(
    {
      pull: (controller) =>
        new Promise<void>((taken) => {
          if (passing && last) letGo([last]);
          port.onmessage = ({ data }: MessageEvent<Piece>) => {
            last = "bytes" in data ? data.bytes : undefined;
            if ("bytes" in data) controller.enqueue(new Uint8Array(data.bytes));
            else if ("end" in data) controller.close();
            else controller.error(new CoreError(data.problem));
            if (!("bytes" in data)) port.close();
            taken();
          };
          ask("next");
        }),
      cancel: () => {
        ask("stop");
        port.close();
      },
    },
    { highWaterMark: passing ? 0 : AHEAD },
  );
}

/** Bytes in a buffer of their own, as they must be to change hands. */
export function own(bytes: Uint8Array<ArrayBuffer> | undefined): ArrayBuffer | undefined {
  if (!bytes) return undefined;
  return bytes.byteLength === bytes.buffer.byteLength ? bytes.buffer : bytes.slice().buffer;
}
