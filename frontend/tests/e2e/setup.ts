/** One service with the built-in model for all tests; those that need another start it themselves. */

import type { TestProject } from "vitest/node";
import { childPid, startStack } from "./stack";

declare module "vitest" {
  export interface ProvidedContext {
    url: string;
    /** Of the service's processes. */
    pids: { readonly api: number; readonly worker: number };
  }
}

export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const stack = await startStack();
  project.provide("url", stack.url);
  project.provide("pids", { api: childPid(stack.log(), "api"), worker: childPid(stack.log(), "worker-1") });
  return stack.stop;
}
