import { test } from "@playwright/test";
import { spawn, type ChildProcess } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

/** A server of the built program, on a data folder of its own. */
export interface Server {
  url: string;
  /** The same without TLS, for browsers of this machine. */
  localUrl: string;
  /** Its certificate authority, and the folder with everything of it. */
  caFile: string;
  data: string;
  setupCode: string;
  /** Lines of its log so far. */
  log: string[];
  stop(): Promise<void>;
}

interface Ready {
  url: string;
  local_url: string;
  ca_file: string;
  setup_code: string | null;
}

/** The program to test: `STRONGROOM_BIN`, else what `cargo build -p strongroom` made. */
export function program(): string {
  const named = process.env["STRONGROOM_BIN"];
  const target = process.env["CARGO_TARGET_DIR"] ?? join(import.meta.dirname, "../../target");
  const path = named ?? join(target, "debug/strongroom");
  if (!existsSync(path)) {
    throw new Error(`there is no ${path}: build it with cargo xtask web && cargo build -p strongroom`);
  }
  return path;
}

/** A server for the tests of a file: it is there from the first of them to the last. */
export function serverOfFile(): Server {
  // What the tests hold is filled before they run.
  const server = {} as Server;
  test.beforeAll(async () => void Object.assign(server, await startServer()));
  test.afterAll(() => server.stop());
  return server;
}

/** Starts a server and waits until it is ready. */
export async function startServer(): Promise<Server> {
  const data = await mkdtemp(join(tmpdir(), "strongroom-e2e-"));
  const listen = ["--listen", "127.0.0.1:0", "--local-http", "0"];
  const child = spawn(program(), ["--json", "serve", "--data", data, ...listen], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  const log: string[] = [];
  createInterface({ input: child.stderr }).on("line", (line) => log.push(line));
  const ready = await firstLine(child, log);
  if (ready.setup_code === null) throw new Error("a new server gives a set-up code");
  return {
    url: ready.url,
    localUrl: ready.local_url,
    caFile: ready.ca_file,
    data,
    setupCode: ready.setup_code,
    log,
    stop: async () => {
      const ended = new Promise((resolve) => child.once("exit", resolve));
      child.kill("SIGTERM");
      await ended;
      await rm(data, { recursive: true, force: true });
    },
  };
}

function firstLine(child: ChildProcess, log: string[]): Promise<Ready> {
  return new Promise((resolve, reject) => {
    if (!child.stdout) throw new Error("the server has no standard output");
    createInterface({ input: child.stdout }).once("line", (line) => resolve(JSON.parse(line) as Ready));
    child.once("error", reject);
    child.once("exit", (code) =>
      reject(new Error(`the server ended with ${code}:\n${log.join("\n")}`)),
    );
  });
}
