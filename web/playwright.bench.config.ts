import { defineConfig } from "@playwright/test";
import tests from "./playwright.config";

/** Measurements in the same browser as the tests: `cargo xtask bench --web`. */
export default defineConfig({
  ...tests,
  testDir: "bench",
  testMatch: "*.bench.ts",
  outputDir: "bench/results",
  timeout: 30 * 60_000,
  expect: { timeout: 120_000 },
});
