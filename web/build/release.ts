import { createHash } from "node:crypto";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { build, type Plugin } from "vite";

const WORKER = "service-worker.js";

const hash = (kind: "sha256" | "sha384", bytes: Buffer) =>
  createHash(kind).update(bytes).digest("base64");

/**
 * What can be known only when all files are written: the hashes of what the page loads, written
 * into the page; and the service worker, which holds the hash of every file of its release.
 */
export function release(): Plugin {
  let folder = "dist";
  let root = "";
  return {
    name: "strongroom-release",
    apply: "build",
    configResolved: (config) => {
      root = config.root;
      folder = join(root, config.build.outDir);
      if (config.build.outDir.startsWith(sep)) folder = config.build.outDir;
    },
    async closeBundle(failure?: Error) {
      if (failure) return;
      await pinScripts(folder);
      await buildWorker(root, folder, await hashes(folder));
    },
  };
}

/** Subresource integrity of the scripts and styles that the page names. */
async function pinScripts(folder: string): Promise<void> {
  const path = join(folder, "index.html");
  let page = await readFile(path, "utf8");
  const tags = [...page.matchAll(/<(?:script|link)\b[^>]*?(?:src|href)="(\/assets\/[^"]+)"/g)];
  if (tags.length === 0) throw new Error("the page names no script");
  for (const [tag, address] of tags) {
    const bytes = await readFile(join(folder, address ?? ""));
    page = page.replace(tag, `${tag} integrity="sha384-${hash("sha384", bytes)}"`);
  }
  await writeFile(path, page);
}

/** SHA-256 of every file by its address. */
async function hashes(folder: string): Promise<Record<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join("/"))
    .filter((path) => path !== WORKER)
    .sort();
  const all: Record<string, string> = {};
  for (const path of paths) {
    const address = path === "index.html" ? "/" : `/${path}`;
    all[address] = hash("sha256", await readFile(join(folder, path)));
  }
  return all;
}

async function buildWorker(root: string, folder: string, files: Record<string, string>) {
  const name = createHash("sha256").update(JSON.stringify(files)).digest("hex").slice(0, 16);
  await build({
    root,
    configFile: false,
    publicDir: false,
    logLevel: "warn",
    define: { __RELEASE__: JSON.stringify({ name, files }) },
    build: {
      target: "es2023",
      outDir: folder,
      emptyOutDir: false,
      copyPublicDir: false,
      // Not every browser takes a module here: one plain script.
      lib: {
        entry: join(root, "src/service-worker/service-worker.ts"),
        name: "strongroom",
        formats: ["iife"],
        fileName: () => WORKER,
      },
    },
  });
}
