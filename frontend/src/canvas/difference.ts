/** Every pixel of two pictures compared, in a worker: what differs inside the changed places, and what outside. */

import { create } from "zustand";
import { fetchFile } from "../api/client";
import { maskBitmaps } from "../document/bitmaps";
import { maskToPng } from "../document/mask";
import type { Place } from "../document/types";
import type { Quad, Size } from "../geometry/types";
import { close, type Level, type Levels, withLevel } from "./levels";
import type { Shown } from "./shown";

export interface Difference {
  readonly before: string;
  readonly after: string;
  readonly status: "comparing" | "ready" | "failed";
  readonly levels: Levels | null;
  readonly insidePx: number;
  readonly outsidePx: number;
}

/** The files of both pictures and the masks. */
export interface DifferenceTask {
  readonly before: Blob;
  readonly after: Blob;
  readonly quads: readonly Quad[];
  readonly masks: readonly Blob[];
}

export type DifferenceMessage =
  | { readonly kind: "level"; readonly size: Size; readonly level: Level }
  | { readonly kind: "counted"; readonly insidePx: number; readonly outsidePx: number }
  | { readonly kind: "failed"; readonly message: string };

export const useDifference = create<{ readonly difference: Difference | null }>(() => ({ difference: null }));

let worker: Worker | null = null;

/** Compares what is shown, unless that is done already. */
export function wantDifference(shown: Shown, size: Size): void {
  const { url: after, beforeUrl: before } = shown;
  const { difference } = useDifference.getState();
  if (before === null || (difference?.before === before && difference.after === after)) return;
  forgetDifference();
  const started: Difference = { before, after, status: "comparing", levels: null, insidePx: 0, outsidePx: 0 };
  useDifference.setState({ difference: started });
  start(started, shown.changed, size).catch(() => update(started, { status: "failed" }));
}

export function forgetDifference(): void {
  worker?.terminate();
  worker = null;
  const { difference } = useDifference.getState();
  if (difference?.levels) close(difference.levels);
  if (difference) useDifference.setState({ difference: null });
}

async function start(started: Difference, changed: Shown["changed"], size: Size): Promise<void> {
  const masks = changed.flatMap((place) => ("kind" in place && place.kind === "mask" ? [place] : []));
  const [before, after, ...pngs] = await Promise.all([
    fetchFile(started.before),
    fetchFile(started.after),
    ...masks.map((place) => maskToPng(place.ops, size, maskBitmaps)),
  ]);
  const task: DifferenceTask = { before, after, quads: changed.flatMap(quadsOf), masks: pngs };
  if (useDifference.getState().difference !== started) return;
  worker = new Worker(new URL("./difference.worker.ts", import.meta.url), { type: "module" });
  worker.addEventListener("message", (event: MessageEvent<DifferenceMessage>) => heard(started, event.data));
  worker.addEventListener("error", () => update(started, { status: "failed" }));
  worker.postMessage(task);
}

function heard(started: Difference, message: DifferenceMessage): void {
  const { difference } = useDifference.getState();
  if (message.kind === "failed") update(started, { status: "failed" });
  else if (message.kind === "level") {
    update(started, { levels: withLevel(difference?.levels ?? null, message.size, message.level) });
  } else {
    update(started, { status: "ready", insidePx: message.insidePx, outsidePx: message.outsidePx });
    worker?.terminate();
    worker = null;
  }
}

function update(started: Difference, change: Partial<Difference>): void {
  useDifference.setState(({ difference }) => {
    const isMeant = difference?.before === started.before && difference.after === started.after;
    return { difference: isMeant ? { ...difference, ...change } : difference };
  });
}

function quadsOf(place: Place | Quad): readonly Quad[] {
  if (!("kind" in place)) return [place];
  return place.kind === "mask" ? [] : [place.quad];
}
