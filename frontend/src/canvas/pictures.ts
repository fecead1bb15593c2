/** The pictures that are on the screen or were a moment ago, decoded. Large: the ones not used longest are let go. */

import { create } from "zustand";
import { ApiError, fetchFile } from "../api/client";
import { close, type Levels, type LevelsMessage, withLevel } from "./levels";

export type PictureState =
  | { readonly status: "loading"; readonly levels: Levels | null }
  | { readonly status: "ready"; readonly levels: Levels }
  /** `isGone`: the service doesn't keep it any more; trying again won't help. */
  | { readonly status: "failed"; readonly message: string; readonly isGone: boolean };

/** Four bytes each, and a third more for the coarser levels. */
const MAX_KEPT_PX = 160e6;

interface PicturesState {
  readonly pictures: ReadonlyMap<string, PictureState>;
}

export const usePictures = create<PicturesState>(() => ({ pictures: new Map() }));

/** What is on its way: aborting stops it. */
const loads = new Map<string, AbortController>();
let wanted: readonly string[] = [];

/** Says which pictures are on the screen, first the ones that matter most; loads what isn't there. */
export function wantPictures(urls: readonly string[]): void {
  wanted = [...urls, ...wanted.filter((url) => !urls.includes(url))];
  for (const url of urls) if (!usePictures.getState().pictures.has(url)) load(url);
  letGo(urls);
}

export function levelsOf(url: string | null): Levels | null {
  const state = url === null ? undefined : usePictures.getState().pictures.get(url);
  return state && state.status !== "failed" ? state.levels : null;
}

/** A picture that failed is tried again. */
export function retryPicture(url: string): void {
  if (usePictures.getState().pictures.get(url)?.status !== "failed") return;
  set(url, null);
  load(url);
}

function load(url: string): void {
  set(url, { status: "loading", levels: null });
  const loading = new AbortController();
  loads.set(url, loading);
  fetchFile(url, loading.signal).then(
    (file) => cut(url, file, loading.signal),
    (error: unknown) => {
      const isGone = error instanceof ApiError && error.status === 404;
      if (!loading.signal.aborted) failed(url, String(error), isGone);
    },
  );
}

function cut(url: string, file: Blob, signal: AbortSignal): void {
  if (signal.aborted) return;
  const worker = new Worker(new URL("./levels.worker.ts", import.meta.url), { type: "module" });
  signal.addEventListener("abort", () => worker.terminate());
  worker.addEventListener("message", (event: MessageEvent<LevelsMessage>) => heard(url, event.data));
  worker.addEventListener("error", (event) => failed(url, event.message));
  worker.postMessage(file);
}

function heard(url: string, message: LevelsMessage): void {
  const state = usePictures.getState().pictures.get(url);
  if (message.kind === "level") {
    const before = state?.status === "loading" ? state.levels : null;
    set(url, { status: "loading", levels: withLevel(before, message.size, message.level) });
    return;
  }
  if (message.kind === "failed") {
    failed(url, message.message);
    return;
  }
  stop(url);
  if (state?.status === "loading" && state.levels) set(url, { status: "ready", levels: state.levels });
}

function failed(url: string, message: string, isGone = false): void {
  stop(url);
  set(url, { status: "failed", message, isGone });
}

function letGo(inUse: readonly string[]): void {
  let keptPx = 0;
  for (const url of wanted) {
    const levels = levelsOf(url);
    keptPx += levels ? levels.width * levels.height : 0;
    if (keptPx > MAX_KEPT_PX && !inUse.includes(url)) forget(url);
  }
  wanted = wanted.filter((url) => usePictures.getState().pictures.has(url));
}

function forget(url: string): void {
  stop(url);
  const levels = levelsOf(url);
  if (levels) close(levels);
  set(url, null);
}

function stop(url: string): void {
  loads.get(url)?.abort();
  loads.delete(url);
}

function set(url: string, state: PictureState | null): void {
  const pictures = new Map(usePictures.getState().pictures);
  if (state) pictures.set(url, state);
  else pictures.delete(url);
  usePictures.setState({ pictures });
}
