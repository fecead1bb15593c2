/** Chromium's own trace of a page: when it drew a frame, and what kept its main thread busy. */

import type { Page } from "playwright-core";

export interface TraceEvent {
  readonly name: string;
  readonly cat: string;
  readonly ph: string;
  readonly ts: number;
  readonly dur?: number;
  readonly tid: number;
  readonly pid: number;
  readonly args: { readonly name?: string };
}

const CATEGORIES = [
  "toplevel",
  "devtools.timeline",
  "disabled-by-default-devtools.timeline.frame",
  "disabled-by-default-devtools.timeline",
  "__metadata",
];

export async function startTrace(page: Page): Promise<{ stop(): Promise<readonly TraceEvent[]> }> {
  const session = await page.context().newCDPSession(page);
  const events: TraceEvent[] = [];
  session.on("Tracing.dataCollected", ({ value }) => {
    events.push(...(value as unknown as TraceEvent[]));
  });
  await session.send("Tracing.start", {
    transferMode: "ReportEvents",
    traceConfig: { includedCategories: CATEGORIES },
  });
  return {
    async stop() {
      const ended = new Promise<void>((done) => session.once("Tracing.tracingComplete", () => done()));
      await session.send("Tracing.end");
      await ended;
      return events;
    },
  };
}

/** Milliseconds from each frame that was drawn to the next; a pause in which nothing was asked for isn't one. */
export function framesOf(events: readonly TraceEvent[]): readonly number[] {
  const main = mainThread(events);
  const drawn = events
    .filter(({ name, pid, tid }) => name === "FireAnimationFrame" && pid === main.pid && tid === main.tid)
    .map(({ ts }) => ts / 1000)
    .sort((a, b) => a - b);
  const gaps = drawn.slice(1).map((at, index) => at - (drawn[index] ?? at));
  return gaps.filter((gap) => gap > 1 && gap < PAUSE_MS);
}

/** Between two strokes. */
const PAUSE_MS = 500;

export function longTasksOf(events: readonly TraceEvent[]): readonly number[] {
  const main = mainThread(events);
  return events
    .filter(
      ({ name, ph, pid, tid }) => name === "RunTask" && ph === "X" && pid === main.pid && tid === main.tid,
    )
    .map(({ dur }) => (dur ?? 0) / 1000);
}

/** The page's main thread: of the renderers' ones, the one that drew the most frames. */
function mainThread(events: readonly TraceEvent[]): { readonly pid: number; readonly tid: number } {
  const counts = new Map<string, { pid: number; tid: number; count: number }>();
  for (const { name, pid, tid } of events) {
    if (name !== "FireAnimationFrame") continue;
    const known = counts.get(`${pid} ${tid}`) ?? { pid, tid, count: 0 };
    counts.set(`${pid} ${tid}`, { ...known, count: known.count + 1 });
  }
  const [most] = [...counts.values()].sort((a, b) => b.count - a.count);
  if (most === undefined) throw new Error("the trace has no frame in it");
  return most;
}
