/** What this tab is drawing, kept over a reload. Each tab has its own: none sees another's progress. */

import { shelf } from "../document/keep";
import { notify } from "./notices";
import type { JobOrigin } from "./types";

export interface KeptJob {
  readonly editId: string;
  readonly origin: JobOrigin;
}

const SHELF = shelf<KeptJob>("job", 3);

export function keepJob(job: KeptJob): void {
  SHELF.save(job).catch(tellNotKept);
}

export async function keptJob(): Promise<KeptJob | null> {
  return await SHELF.load().catch((error: unknown) => {
    tellNotKept(error);
    return null;
  });
}

export function forgetJob(): void {
  SHELF.clear().catch(tellNotKept);
}

/** A browser may have no storage, or no room in it: one can go on, but not come back. */
function tellNotKept(error: unknown): void {
  notify({ code: "not_kept", detail: String(error) });
}
