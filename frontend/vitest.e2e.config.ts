import { defineConfig } from "vitest/config";
import { chromiumPath } from "./tests/e2e/browser";

const canRun = chromiumPath() !== null;
if (!canRun)
  console.warn("SKIPPED: the stories in a real browser, for there is no Chromium (RESPELL_CHROMIUM)");

/** The whole of Respell in a real browser: needs the page built, Python with Respell in it, and Chromium. */
export default defineConfig({
  test: {
    include: canRun ? ["tests/e2e/**/*.test.ts"] : [],
    passWithNoTests: !canRun,
    globalSetup: canRun ? "tests/e2e/setup.ts" : [],
    environment: "node",
    fileParallelism: false,
    testTimeout: 180_000,
    hookTimeout: 240_000,
  },
});
