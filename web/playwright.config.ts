import { defineConfig } from "@playwright/test";

// Debian's Chromium; as root (a container of a build) it has no sandbox of its own.
const asRoot = process.getuid?.() === 0;

export default defineConfig({
  testDir: "e2e",
  testMatch: "*.e2e.ts",
  outputDir: "e2e/results",
  workers: 1,
  retries: 0,
  timeout: 180_000,
  expect: { timeout: 20_000 },
  reporter: [["list"]],
  use: {
    // The server's own authority: browsers do not know it.
    ignoreHTTPSErrors: true,
    locale: "en-GB",
    viewport: { width: 1280, height: 800 },
    trace: "off",
    actionTimeout: 15_000,
    launchOptions: {
      executablePath: process.env["CHROMIUM"] ?? "/usr/bin/chromium",
      // ignoreHTTPSErrors does not reach the script of a service worker.
      args: ["--ignore-certificate-errors", ...(asRoot ? ["--no-sandbox"] : [])],
    },
  },
});
