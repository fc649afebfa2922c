import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";
import { pdfAssets } from "./build/pdf-assets.ts";
import { release } from "./build/release.ts";

export default defineConfig({
  plugins: [react(), pdfAssets(), release()],
  build: {
    target: "es2023",
    // The policy of the page allows no data: addresses.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  worker: { format: "es" },
  server: {
    // `npm run dev` beside a server of one's own: the page is rebuilt while it is written.
    proxy: {
      "/v1": {
        target: process.env["STRONGROOM_SERVER"] ?? "https://localhost:8443",
        secure: false,
      },
    },
  },
  test: {
    environment: "happy-dom",
    // A loaded machine is no failure.
    testTimeout: 60_000,
    include: ["src/**/*.test.{ts,tsx}"],
  },
});
