import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import type { Plugin } from "vite";

/** What pdf.js loads by name when a document needs it: letters, alphabets, colours, decoders. */
const FOLDERS = ["cmaps", "iccs", "standard_fonts", "wasm"];
/** A fallback for browsers without WebAssembly: the page needs it anyway. */
const LEFT_OUT = /_fallback\.js$/;

/** Lays the parts of pdf.js that are loaded by name beside the page, under its version. */
export function pdfAssets(): Plugin {
  return {
    name: "strongroom-pdf-assets",
    apply: "build",
    generateBundle() {
      const description = createRequire(import.meta.url).resolve("pdfjs-dist/package.json");
      const { version } = JSON.parse(readFileSync(description, "utf8")) as { version: string };
      for (const folder of FOLDERS) {
        const from = join(dirname(description), folder);
        for (const name of readdirSync(from)) {
          if (LEFT_OUT.test(name)) continue;
          this.emitFile({
            type: "asset",
            fileName: `assets/pdf-${version}/${folder}/${name}`,
            source: readFileSync(join(from, name)),
          });
        }
      }
    },
  };
}
