/** What this tab is drawing, kept over a reload. Each tab has its own: none sees another's progress. */

import type { JobOrigin } from "./types";

export interface KeptJob {
  readonly editId: string;
  readonly origin: JobOrigin;
}

const KEY = "respell.job";

export function keepJob({ editId, origin }: KeptJob): void {
  // What was painted is sent already, and may be larger than there is room for here.
  const places = origin.places.map((place) => (place.kind === "mask" ? { ...place, ops: [] } : place));
  const kept: KeptJob = { editId, origin: { ...origin, places } };
  sessionStorage.setItem(KEY, JSON.stringify(kept));
}

export function keptJob(): KeptJob | null {
  const text = sessionStorage.getItem(KEY);
  if (text === null) return null;
  const kept: KeptJob = JSON.parse(text);
  return kept;
}

export function forgetJob(): void {
  sessionStorage.removeItem(KEY);
}
