/** Keeps the two canvases in step with all that they show: the one place where stores and painting meet. */

import { maskBitmaps } from "../document/bitmaps";
import { maskOps } from "../document/edits";
import { createMaskLayer, type MaskLayer } from "../document/maskPaint";
import { useDocument } from "../document/store";
import type { Box, Size } from "../geometry/types";
import { useReview } from "../jobs/review";
import { useJob } from "../jobs/store";
import { useSketch } from "../tools/hand";
import { useTools } from "../tools/state";
import { type Colors, watchColors } from "./colors";
import { useDifference } from "./difference";
import { createFrames, type FrameWork } from "./frames";
import { createLetterPatches, letterWords } from "./letterScene";
import { useLetterSheets } from "./letterSheets";
import type { Levels } from "./levels";
import { openSketch, outlinesOf } from "./overlayScene";
import { type OverlayScene, paintOverlay } from "./paintOverlay";
import { paintPicture } from "./paintPicture";
import { createPatches } from "./patches";
import { pictureLayers } from "./pictureScene";
import { levelsOf, usePictures } from "./pictures";
import { comparisonOf, type Shown, shownPictures } from "./shown";
import { useView } from "./view";

/** → stops. */
export function startPainting(
  pictureCanvas: HTMLCanvasElement,
  overlayCanvas: HTMLCanvasElement,
): () => void {
  const canvases = { picture: contextOf(pictureCanvas), overlay: contextOf(overlayCanvas) };
  const masks = createMasks();
  const lastSeen = createLastSeen();
  const frames = createFrames(paint);
  const patchesOf = createPatches(() => frames.overlay("all"));
  const lettersOf = createLetterPatches();
  let colors: Colors | null = null;

  function paint(work: FrameWork): void {
    const isResized = [canvases.picture, canvases.overlay]
      .map((ctx) => fitToStage(ctx.canvas))
      .includes(true);
    if (work.picture || isResized) paintPictures(canvases.picture, lastSeen);
    if (!colors || !(work.overlay || isResized)) return;
    const changed = masks.update(colors);
    const isStrokeOnly = work.overlay === "stroke" && !isResized;
    if (isStrokeOnly && changed === null) return;
    paintOverlay(canvases.overlay, overlayScene(colors), isStrokeOnly ? changed : null);
  }

  function overlayScene(ofTheme: Colors): OverlayScene {
    const { content, job, review, shown, sketch, tool, viewport } = look();
    const now = { job, sketch, tool, isReviewing: shown?.isCandidate ?? false };
    const compare = review.isHoldingOriginal ? "off" : comparisonOf(shown, review);
    const isHidden = compare !== "off" || review.isHoldingOriginal;
    const levels = levelsOf(shown?.url ?? null) ?? levelsOf(shown?.beforeUrl ?? null);
    const scale = viewport.scale * window.devicePixelRatio;
    const view = { viewport, devicePixelRatio: window.devicePixelRatio, colors: ofTheme };
    const nothing = { ...view, mask: null, veil: null, patches: [], outlines: [], sketch: null };
    if (compare === "letters") return { ...nothing, ...heat(levels, scale) };
    if (isHidden || !levels) return nothing;
    return {
      ...view,
      veil: null,
      mask: now.isReviewing ? null : masks.layer(),
      patches: patchesOf({ content, now, levels, scale }),
      outlines: outlinesOf(content, now),
      sketch: openSketch(sketch),
    };
  }

  /** Over a picture that stands back; nothing before the maps are there. */
  function heat(picture: Size | null, scale: number): Pick<OverlayScene, "veil" | "patches"> {
    const { sheets, alone } = useLetterSheets.getState();
    const words = letterWords(useJob.getState().job, useReview.getState().choices);
    const patches = picture ? lettersOf({ words, sheets, alone, scale }) : [];
    return { veil: patches.length > 0 ? picture : null, patches };
  }

  const stops = [
    watchColors((read) => {
      colors = read;
      frames.overlay("all");
    }),
    ...watchStores(frames.picture, frames.overlay),
    watchPixelRatio(() => {
      frames.picture();
      frames.overlay("all");
    }),
    frames.stop,
  ];
  return () => {
    for (const stop of stops) stop();
  };
}

function look() {
  const content = useDocument.getState();
  const { job } = useJob.getState();
  const review = useReview.getState();
  return {
    content,
    job,
    review,
    shown: shownPictures(content, job, review),
    sketch: useSketch.getState().sketch,
    tool: useTools.getState().tool,
    viewport: useView.getState().viewport,
  };
}

function paintPictures(ctx: CanvasRenderingContext2D, lastSeen: LastSeen): void {
  const { review, shown, viewport } = look();
  const looked = {
    after: lastSeen(shown),
    before: levelsOf(shown?.beforeUrl ?? null),
    difference: useDifference.getState().difference?.levels ?? null,
    compare: comparisonOf(shown, review),
    split: review.split,
    isHoldingOriginal: review.isHoldingOriginal,
  };
  const layers = pictureLayers(looked, viewport, useView.getState().stageSize);
  paintPicture(ctx, { layers, devicePixelRatio: window.devicePixelRatio });
}

type LastSeen = (shown: Shown | null) => Levels | null;

/** What is shown; until a drawing is decoded, the drawing that was seen before it stands in for it. */
function createLastSeen(): LastSeen {
  let seen: Shown | null = null;
  return (shown) => {
    const levels = levelsOf(shown?.url ?? null);
    if (levels) seen = shown;
    const isLikeIt = shown?.isCandidate && seen?.isCandidate && shown.beforeUrl === seen.beforeUrl;
    return levels ?? (isLikeIt && seen ? levelsOf(seen.url) : null);
  };
}

/** The mask on the screen, of the open picture's size and the theme's colour. */
function createMasks() {
  let kept: { readonly layer: MaskLayer; readonly size: Size; readonly colors: Colors } | null = null;
  return {
    layer: (): MaskLayer | null => kept?.layer ?? null,
    /** → the part of the picture where it changed. */
    update(colors: Colors): Box | null {
      const content = useDocument.getState();
      const { picture } = content;
      const { sketch } = useSketch.getState();
      const ops = maskOps(content);
      const stroke = sketch?.kind === "stroke" ? sketch : null;
      const isNeeded = ops.length > 0 || stroke !== null;
      if (!picture || (!isNeeded && !kept)) return null;
      const fits = kept?.colors === colors && isSame(kept.size, picture);
      if (!kept || !fits) kept = { layer: createMaskLayer(picture, colors.accentRgb), size: picture, colors };
      return kept.layer.update({ ops, stroke, bitmaps: maskBitmaps });
    },
  };
}

function watchStores(
  picture: () => void,
  overlay: (dirt: "all" | "stroke") => void,
): readonly (() => void)[] {
  const both = () => {
    picture();
    overlay("all");
  };
  return [
    useView.subscribe(both),
    useReview.subscribe(both),
    // Progress comes many times a second, and leaves the picture as it is.
    useJob.subscribe(({ job }, { job: before }) => (job.status === before.status ? overlay("all") : both())),
    useDocument.subscribe((state, before) => (state.picture === before.picture ? overlay("all") : both())),
    usePictures.subscribe(both),
    useDifference.subscribe(picture),
    useLetterSheets.subscribe(() => overlay("all")),
    useTools.subscribe(() => overlay("all")),
    useSketch.subscribe(({ sketch }, { sketch: before }) =>
      overlay(sketch?.kind === "stroke" && before?.kind === "stroke" ? "stroke" : "all"),
    ),
  ];
}

/** A window that is moved to another screen, or zoomed. */
function watchPixelRatio(changed: () => void): () => void {
  let query: MediaQueryList | null = null;
  const watch = () => {
    query?.removeEventListener("change", again);
    query = window.matchMedia(`(resolution: ${window.devicePixelRatio}dppx)`);
    query.addEventListener("change", again);
  };
  const again = () => {
    watch();
    changed();
  };
  watch();
  return () => query?.removeEventListener("change", again);
}

/** → whether the canvas was of another size, and is empty now. */
function fitToStage(canvas: HTMLCanvasElement): boolean {
  const { stageSize } = useView.getState();
  const width = Math.round(stageSize.width * window.devicePixelRatio);
  const height = Math.round(stageSize.height * window.devicePixelRatio);
  if (canvas.width === width && canvas.height === height) return false;
  canvas.width = width;
  canvas.height = height;
  return true;
}

function contextOf(canvas: HTMLCanvasElement): CanvasRenderingContext2D {
  const ctx = canvas.getContext("2d");
  if (!ctx) throw new Error("the browser gives no canvas to show the picture on");
  return ctx;
}

function isSame(a: Size, b: Size): boolean {
  return a.width === b.width && a.height === b.height;
}
