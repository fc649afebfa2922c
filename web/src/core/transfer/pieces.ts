/**
 * A stream of bytes from the worker to the page. Each piece changes hands; a `ReadableStream` that
 * is sent over would copy it, and leave the copies to the garbage collector.
 */
import { CoreError, toProblem } from "../problem";
import type { CoreProblem } from "../api";

/** What the page asks: for the next piece, or for no more. */
type Question = "next" | "stop";
type Piece = { bytes: ArrayBuffer } | { end: true } | { problem: CoreProblem };

/** Pieces that are on their way while the page looks at one. */
const AHEAD = 2;

/** Answers at the worker's end. */
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

/** The stream at the page's end. */
export function streamOfPieces(port: MessagePort): ReadableStream<Uint8Array> {
  const ask = (question: Question) => port.postMessage(question);
  return new ReadableStream<Uint8Array>(
    {
      pull: (controller) =>
        new Promise<void>((taken) => {
          port.onmessage = ({ data }: MessageEvent<Piece>) => {
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
    { highWaterMark: AHEAD },
  );
}
