import { createServer, request, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createTlsServer, request as requestTls } from "node:https";
import type { AddressInfo } from "node:net";

/** Something between browser and server that can change what the server says. */
export interface Front {
  url: string;
  /** By address, or by all addresses of a form: what becomes of the content. */
  changes: Map<string | RegExp, (content: Buffer) => Buffer>;
  stop(): Promise<void>;
}

/** Stands before a server under `localhost`; with key and certificate it speaks TLS. */
export async function startFront(
  server: string,
  tls?: { key: Buffer; cert: Buffer },
): Promise<Front> {
  const changes: Front["changes"] = new Map();
  const handle = (asked: IncomingMessage, answer: ServerResponse) => {
    const change = changeOf(changes, asked.url ?? "");
    const headers = { ...asked.headers, host: new URL(server).host };
    // What is changed has to be readable.
    if (change) headers["accept-encoding"] = "identity";
    const options = { method: asked.method ?? "GET", headers, rejectUnauthorized: false };
    const send = server.startsWith("https:") ? requestTls : request;
    const sent = send(new URL(asked.url ?? "/", server), options, (got) => {
      if (!change) {
        answer.writeHead(got.statusCode ?? 502, got.headers);
        got.pipe(answer);
        return;
      }
      const parts: Buffer[] = [];
      got.on("data", (part: Buffer) => parts.push(part));
      got.on("end", () => {
        const content = change(Buffer.concat(parts));
        const length = String(content.length);
        answer.writeHead(got.statusCode ?? 502, { ...got.headers, "content-length": length });
        answer.end(content);
      });
    });
    sent.on("error", () => answer.destroy());
    answer.on("close", () => sent.destroy());
    asked.pipe(sent);
  };
  const front: Server = tls ? createTlsServer(tls, handle) : createServer(handle);
  await new Promise<void>((ready) => front.listen(0, "localhost", ready));
  const { port } = front.address() as AddressInfo;
  return {
    url: `${tls ? "https" : "http"}://localhost:${port}`,
    changes,
    stop: () =>
      new Promise((stopped) => {
        front.close(() => stopped());
        front.closeAllConnections();
      }),
  };
}

function changeOf(changes: Front["changes"], address: string) {
  const fits = (where: string | RegExp) => typeof where !== "string" && where.test(address);
  return changes.get(address) ?? [...changes].find(([where]) => fits(where))?.[1];
}

/** The same with one letter changed. */
export function oneByteChanged(content: Buffer): Buffer {
  const changed = Buffer.from(content);
  const place = Math.floor(changed.length / 2);
  changed[place] = (changed[place] ?? 0) ^ 1;
  return changed;
}

/** The same with its end changed: in a page of a log, the last entry's payload. */
export function lastByteChanged(content: Buffer): Buffer {
  const changed = Buffer.from(content);
  const place = changed.length - 1;
  changed[place] = (changed[place] ?? 0) ^ 1;
  return changed;
}

/** A page of a log that tells how far the log goes, without its entries. */
export function withoutEntries(page: Buffer): Buffer {
  // ["page/1", head_index, head_hash, entries]: the hash is a byte string of 32.
  const afterHash = page.indexOf(Buffer.from([0x58, 0x20]), 8) + 34;
  return Buffer.concat([page.subarray(0, afterHash), Buffer.from([0x80])]);
}
