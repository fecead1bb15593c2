import { defineConfig, mergeConfig } from "vitest/config";
import e2e from "./vitest.e2e.config";

/** How quick the page is, against its bars: `npm run bars` on a machine that does nothing else meanwhile. */
export default defineConfig({
  test: { ...mergeConfig(e2e, {}).test, include: ["tests/bars/**/*.test.ts"], reporters: ["verbose"] },
});
