/** One service with the built-in model for all tests; those that need another start it themselves. */

import type { TestProject } from "vitest/node";
import { startStack } from "./stack";

declare module "vitest" {
  export interface ProvidedContext {
    url: string;
  }
}

export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const stack = await startStack();
  project.provide("url", stack.url);
  return stack.stop;
}
