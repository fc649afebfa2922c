/**
 * Moves bytes of files for the core: reads, seals and opens chunks by WebCrypto, sends, fetches.
 * It knows no format: what is a chunk's number, key or place, the core says.
 */

import { PLAIN, type Asked } from "../../api/addresses";
import { giveBack, letGo, space } from "./space";

/** Where the core sends a sealed part of a file. */
type PartAddress = Asked<"put", "/v1/vaults/{vault}/uploads/{revision}/parts/{n}">;

/** Where it reads sealed bytes, as a member or by a link. */
type ContentAddress = Asked<
  "get",
  | "/v1/vaults/{vault}/files/{file}/revisions/{revision}/content"
  | "/v1/links/{link}/content"
>;

const CHUNK_PLAIN = 16_384;
const CHUNK_SEALED = 16_400;
/** A MiB of them. */
const BATCH_CHUNKS = 64;
/** So much of what was taken stays at hand, as the core may ask for it again. */
const LAST_BYTES = 16_384;

type Bytes = Uint8Array<ArrayBuffer>;
type Header = [name: string, value: string];

interface Answer<T> {
  status: number;
  retryAfter: number | undefined;
  body: T;
}

/**
 * Nonces of chunks: that of chunk 0 XOR the number, big-endian. Each is good until the next:
 * WebCrypto copies it when it is called.
 */
function nonces(base: Bytes): (chunk: number) => Bytes {
  const nonce = base.slice();
  const view = new DataView(nonce.buffer);
  const [high, low] = [view.getUint32(4), view.getUint32(8)];
  return (chunk) => {
    view.setUint32(8, low ^ (chunk >>> 0));
    view.setUint32(4, high ^ Math.floor(chunk / 2 ** 32));
    return nonce;
  };
}

/** Works on chunks, so many at the same time as fit into the processor's cache. */
async function inBatches(
  chunks: number,
  work: (chunk: number) => Promise<ArrayBuffer>,
): Promise<void> {
  for (let from = 0; from < chunks; from += BATCH_CHUNKS) {
    const length = Math.min(BATCH_CHUNKS, chunks - from);
    letGo(await Promise.all(Array.from({ length }, (_, place) => work(from + place))));
  }
}

function ask(path: PartAddress | ContentAddress, init: RequestInit): Promise<Response> {
  return fetch(path, { ...init, ...PLAIN });
}

function answer<T>(response: Response, body: T): Answer<T> {
  const seconds = Number.parseInt(response.headers.get("retry-after") ?? "", 10);
  const retryAfter = Number.isNaN(seconds) ? undefined : seconds;
  return { status: response.status, retryAfter, body };
}

async function whole(path: PartAddress | ContentAddress, init: RequestInit): Promise<Answer<Bytes>> {
  const response = await ask(path, init);
  return answer(response, new Uint8Array(await response.arrayBuffer()));
}

/** The header that asks for a part of the body. */
const ranged = (headers: Header[], start: number, end: number): Header[] => [
  ...headers,
  ["range", `bytes=${start}-${end - 1}`],
];

/** A body that is taken piece by piece. */
interface Flow {
  reader: ReadableStreamDefaultReader<Bytes> | undefined;
  /** What came beyond what was taken. */
  rest: Bytes;
  /** The end of what was taken: the next taker may want it again. */
  last: Bytes;
}

export const port = {
  /** Takes a key in so that no script can read it any more. */
  importKey: async (raw: Bytes, sealing: boolean): Promise<CryptoKey> => {
    try {
      const use: KeyUsage = sealing ? "encrypt" : "decrypt";
      return await crypto.subtle.importKey("raw", raw, "AES-GCM", false, [use]);
    } finally {
      raw.fill(0);
    }
  },

  read: async (source: Blob, offset: number, plain: number, padded: number): Promise<Bytes> => {
    const slice = await source.slice(offset, offset + plain).arrayBuffer();
    if (slice.byteLength !== plain) throw new RangeError("the file is shorter than it was");
    if (plain === padded) return new Uint8Array(slice);
    const bytes = new Uint8Array(padded);
    bytes.set(new Uint8Array(slice));
    return bytes;
  },

  seal: async (
    key: CryptoKey,
    nonce: Bytes,
    first: number,
    plain: Bytes,
    chunks: number,
  ): Promise<Bytes> => {
    const sealed = space(plain.length + chunks * (CHUNK_SEALED - CHUNK_PLAIN));
    const nonceOf = nonces(nonce);
    const seal = async (chunk: number) => {
      const piece = plain.subarray(chunk * CHUNK_PLAIN, (chunk + 1) * CHUNK_PLAIN);
      const algorithm = { name: "AES-GCM", iv: nonceOf(first + chunk) };
      const out = await crypto.subtle.encrypt(algorithm, key, piece);
      sealed.set(new Uint8Array(out), chunk * CHUNK_SEALED);
      return out;
    };
    await inBatches(chunks, seal);
    letGo([plain.buffer]);
    return sealed;
  },

  open: async (key: CryptoKey, nonce: Bytes, first: number, sealed: Bytes): Promise<Bytes> => {
    const chunks = Math.ceil(sealed.length / CHUNK_SEALED);
    const plain = new Uint8Array(sealed.length - chunks * (CHUNK_SEALED - CHUNK_PLAIN));
    const nonceOf = nonces(nonce);
    const open = async (chunk: number) => {
      const piece = sealed.subarray(chunk * CHUNK_SEALED, (chunk + 1) * CHUNK_SEALED);
      const algorithm = { name: "AES-GCM", iv: nonceOf(first + chunk) };
      const out = await crypto.subtle.decrypt(algorithm, key, piece);
      plain.set(new Uint8Array(out), chunk * CHUNK_PLAIN);
      return out;
    };
    await inBatches(chunks, open);
    giveBack(sealed);
    return plain;
  },

  /**
   * As a Blob: Chromium hands over bytes of an array seven times slower, and stops for it. It
   * keeps a Blob outside of the page.
   */
  pack: (bytes: Bytes): Blob => {
    const parcel = new Blob([bytes]);
    giveBack(bytes);
    return parcel;
  },

  put: (path: PartAddress, headers: Header[], body: Blob): Promise<Answer<Bytes>> =>
    whole(path, { method: "PUT", headers, body }),

  get: (
    path: ContentAddress,
    headers: Header[],
    start: number,
    end: number,
  ): Promise<Answer<Bytes>> => whole(path, { headers: ranged(headers, start, end) }),

  flow: async (
    path: ContentAddress,
    headers: Header[],
    start: number,
    end: number,
  ): Promise<Answer<Flow>> => {
    const response = await ask(path, { headers: ranged(headers, start, end) });
    const nothing = new Uint8Array();
    return answer(response, { reader: response.body?.getReader(), rest: nothing, last: nothing });
  },

  take: async (flow: Flow, again: number, fresh: number): Promise<Bytes> => {
    const bytes = space(again + fresh);
    bytes.set(flow.last.subarray(flow.last.length - again));
    let length = again;
    while (length < bytes.length) {
      if (flow.rest.length === 0) {
        const { done, value } = (await flow.reader?.read()) ?? { done: true };
        if (done || !value) break;
        flow.rest = value;
      }
      const piece = flow.rest.subarray(0, bytes.length - length);
      bytes.set(piece, length);
      length += piece.length;
      if (piece.length === flow.rest.length) letGo([flow.rest.buffer]);
      else flow.rest = flow.rest.subarray(piece.length);
    }
    const taken = bytes.subarray(0, length);
    flow.last = taken.slice(-LAST_BYTES);
    return taken;
  },

  stop: (flow: Flow): void => {
    flow.reader?.cancel().catch(() => undefined);
  },

  free: (bytes: Bytes): void => giveBack(bytes),

  pause: (milliseconds: number): Promise<void> =>
    new Promise((resolve) => setTimeout(resolve, milliseconds)),
};
