import { defineConfig } from "vitest/config";

/** The whole of Respell in a real browser: needs the page built, Python with Respell in it, and Chromium. */
export default defineConfig({
  test: {
    include: ["tests/e2e/**/*.test.ts"],
    globalSetup: "tests/e2e/setup.ts",
    environment: "node",
    fileParallelism: false,
    testTimeout: 180_000,
    hookTimeout: 240_000,
  },
});
