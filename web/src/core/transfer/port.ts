/**
 * Moves bytes of files for the core: reads, seals and opens chunks by WebCrypto, sends, fetches.
 * It knows no format: what is a chunk's number, key or place, the core says.
 */

import { PLAIN, type Asked } from "../../api/addresses";

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

type Bytes = Uint8Array<ArrayBuffer>;
type Header = [name: string, value: string];

interface Answer {
  status: number;
  retryAfter: number | undefined;
  body: Bytes;
}

/** The nonce of a chunk: that of chunk 0 XOR its number, big-endian. */
function nonceOf(base: Bytes, chunk: number): Bytes {
  const nonce = base.slice();
  const view = new DataView(nonce.buffer);
  view.setUint32(8, view.getUint32(8) ^ (chunk >>> 0));
  view.setUint32(4, view.getUint32(4) ^ Math.floor(chunk / 2 ** 32));
  return nonce;
}

async function whole(path: PartAddress | ContentAddress, init: RequestInit): Promise<Answer> {
  const response = await fetch(path, { ...init, ...PLAIN });
  const seconds = Number.parseInt(response.headers.get("retry-after") ?? "", 10);
  return {
    status: response.status,
    retryAfter: Number.isNaN(seconds) ? undefined : seconds,
    body: new Uint8Array(await response.arrayBuffer()),
  };
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
    const sealed = new Uint8Array(plain.length + chunks * (CHUNK_SEALED - CHUNK_PLAIN));
    const seal = async (chunk: number) => {
      const piece = plain.subarray(chunk * CHUNK_PLAIN, (chunk + 1) * CHUNK_PLAIN);
      const algorithm = { name: "AES-GCM", iv: nonceOf(nonce, first + chunk) };
      const out = await crypto.subtle.encrypt(algorithm, key, piece);
      sealed.set(new Uint8Array(out), chunk * CHUNK_SEALED);
    };
    await Promise.all(Array.from({ length: chunks }, (_, chunk) => seal(chunk)));
    return sealed;
  },

  open: async (key: CryptoKey, nonce: Bytes, first: number, sealed: Bytes): Promise<Bytes> => {
    const chunks = Math.ceil(sealed.length / CHUNK_SEALED);
    const plain = new Uint8Array(sealed.length - chunks * (CHUNK_SEALED - CHUNK_PLAIN));
    const open = async (chunk: number) => {
      const piece = sealed.subarray(chunk * CHUNK_SEALED, (chunk + 1) * CHUNK_SEALED);
      const algorithm = { name: "AES-GCM", iv: nonceOf(nonce, first + chunk) };
      const out = await crypto.subtle.decrypt(algorithm, key, piece);
      plain.set(new Uint8Array(out), chunk * CHUNK_PLAIN);
    };
    await Promise.all(Array.from({ length: chunks }, (_, chunk) => open(chunk)));
    return plain;
  },

  put: (path: PartAddress, headers: Header[], body: Bytes): Promise<Answer> =>
    whole(path, { method: "PUT", headers, body }),

  get: (
    path: ContentAddress,
    headers: Header[],
    start: number,
    end: number,
  ): Promise<Answer> => whole(path, { headers: [...headers, ["range", `bytes=${start}-${end - 1}`]] }),

  pause: (milliseconds: number): Promise<void> =>
    new Promise((resolve) => setTimeout(resolve, milliseconds)),
};
