/**
 * Files on their way out of the page: saved as a stream of any length, or watched piece by piece.
 * Bytes come decrypted from the page's core; nothing of them is kept here.
 */
import { streamOfPieces } from "../core/transfer/pieces";
import type { FileOrder, PieceAnswer, PieceQuestion, SaveOrder } from "./messages";
import { disposition, readRange } from "./ranges";

declare const self: ServiceWorkerGlobalScope;

const PIECE_BYTES = 1 << 20;

/** Never a page, whatever the file says that it is. */
const HARMLESS = {
  "x-content-type-options": "nosniff",
  "content-security-policy": "default-src 'none'; sandbox",
  "cross-origin-resource-policy": "same-origin",
  "cross-origin-embedder-policy": "require-corp",
  "cache-control": "no-store",
};

const orders = new Map<string, SaveOrder>();

/** Takes what the page wants to have saved, and says so: then the page asks for its address. */
export function takeOrder(event: ExtendableMessageEvent): void {
  const order = event.data as FileOrder | null;
  if (order?.kind !== "save") return;
  orders.set(order.id, order);
  event.ports[0]?.postMessage("taken");
}

/** The answer to a request for a file that the page holds, or none where it is for others. */
export function answerFile(event: FetchEvent): Response | Promise<Response> | undefined {
  const address = new URL(event.request.url);
  if (address.origin !== self.location.origin) return undefined;
  const [, kind, id = ""] = address.pathname.split("/");
  if (kind === "save") return save(id);
  if (kind === "view") return watch(event, id);
  return undefined;
}

function save(id: string): Response {
  const order = orders.get(id);
  orders.delete(id);
  if (!order) return new Response(null, { status: 404, headers: HARMLESS });
  // Of a body the browser has taken a piece whole before it asks for the next.
  return new Response(streamOfPieces(order.pieces, "passing"), {
    headers: {
      ...HARMLESS,
      "content-type": "application/octet-stream",
      ...(order.size_bytes === null ? {} : { "content-length": String(order.size_bytes) }),
      "content-disposition": disposition(order.name),
    },
  });
}

/** Only what plays sound or pictures may ask: as a page it would be the sender's, not ours. */
async function watch(event: FetchEvent, id: string): Promise<Response> {
  const { request } = event;
  if (request.destination !== "video" && request.destination !== "audio") {
    return new Response(null, { status: 404, headers: HARMLESS });
  }
  const page = await self.clients.get(event.clientId);
  // A question for nothing tells how large the whole is.
  const begin = page ? await piece(page, { kind: "piece", id, offset: 0, length: 0 }) : failed;
  if (!page || "failed" in begin) return Response.error();
  const size = begin.size_bytes;
  const range = readRange(request.headers.get("range"), size);
  if (range === null) {
    return new Response(null, {
      status: 416,
      headers: { ...HARMLESS, "content-range": `bytes */${size}` },
    });
  }
  const { first, last } = range ?? { first: 0, last: size - 1 };
  return new Response(pieces(page, id, first, last), {
    status: range ? 206 : 200,
    headers: {
      ...HARMLESS,
      "content-type": /^(audio|video)\/[a-z0-9.+-]+$/.test(begin.media_type)
        ? begin.media_type
        : "application/octet-stream",
      "content-length": String(last - first + 1),
      "accept-ranges": "bytes",
      ...(range ? { "content-range": `bytes ${first}-${last}/${size}` } : {}),
    },
  });
}

const failed: PieceAnswer = { failed: true };

function piece(page: Client, question: PieceQuestion): Promise<PieceAnswer> {
  const { port1, port2 } = new MessageChannel();
  return new Promise((resolve) => {
    port1.onmessage = ({ data }: MessageEvent<PieceAnswer>) => {
      port1.close();
      resolve(data);
    };
    page.postMessage(question, [port2]);
  });
}

/** Asks the page for one piece after the other, and only as fast as they are played. */
function pieces(page: Client, id: string, first: number, last: number) {
  let offset = first;
  return new ReadableStream<Uint8Array<ArrayBuffer>>(
    {
      pull: async (into) => {
        if (offset > last) {
          into.close();
          return;
        }
        const length = Math.min(PIECE_BYTES, last - offset + 1);
        const answer = await piece(page, { kind: "piece", id, offset, length });
        if ("failed" in answer || answer.bytes.byteLength !== length) {
          into.error(new TypeError("the page could not read on"));
          return;
        }
        offset += length;
        into.enqueue(new Uint8Array(answer.bytes));
      },
    },
    { highWaterMark: 1 },
  );
}
