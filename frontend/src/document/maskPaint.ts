/**
 * The mask on the screen: pixels at a coarser size than the picture's, so that a photo of any size is painted as fast,
 * brought up to date piece by piece, so that a long stroke costs no more at its end than at its start.
 */

import type { Box, Size, Viewport } from "../geometry/types";
import {
  blankRaster,
  isEmpty,
  type MaskBitmaps,
  NO_SPAN,
  outset,
  type Raster,
  type Span,
  union,
} from "./pixels";
import { applyOp, applyStroke, type Stroke } from "./raster";
import type { MaskOp } from "./types";

const MAX_PIXELS = 4_000_000;
/** Undo begins again from the last of these, not from nothing. */
const OPS_A_CHECKPOINT = 16;
const MAX_CHECKPOINTS = 6;

/** What the mask should look like: what was done to it, and the stroke that is being drawn. */
export interface MaskState {
  readonly ops: readonly MaskOp[];
  readonly stroke: Stroke | null;
  readonly bitmaps: MaskBitmaps;
}

export interface MaskLayer {
  /** Opaque in its colour where the mask is, else clear. */
  readonly canvas: HTMLCanvasElement;
  /** Canvas pixels a picture pixel. */
  readonly scale: number;
  /** Brings the canvas up to date → the part of the picture that changed; null: nothing did. */
  update(state: MaskState): Box | null;
  /** The part of the picture outside of which nothing is marked; null: nothing is. */
  extent(): Box | null;
}

/** Paints a layer where the viewport shows the picture; set `globalAlpha` before. Only this line is paid per frame. */
export function paintMask(
  ctx: CanvasRenderingContext2D,
  { layer, viewport }: { readonly layer: MaskLayer; readonly viewport: Viewport },
): void {
  const box = layer.extent();
  if (box === null) return;
  const { scale, offsetX, offsetY } = viewport;
  ctx.drawImage(
    layer.canvas,
    box.x * layer.scale,
    box.y * layer.scale,
    box.width * layer.scale,
    box.height * layer.scale,
    box.x * scale + offsetX,
    box.y * scale + offsetY,
    box.width * scale,
    box.height * scale,
  );
}

/** A layer for a picture of this size; `rgb` is its colour, 0 to 255 each. */
export function createMaskLayer(picture: Size, rgb: readonly [number, number, number]): MaskLayer {
  const scale = Math.min(1, Math.sqrt(MAX_PIXELS / (picture.width * picture.height)));
  const canvas = document.createElement("canvas");
  canvas.width = Math.ceil(picture.width * scale);
  canvas.height = Math.ceil(picture.height * scale);
  const ctx = canvas.getContext("2d");
  if (ctx === null) throw new Error("the browser gives no canvas to paint the mask on");
  const follower = createFollower(canvas, scale);
  const toBox = (span: Span): Box | null =>
    isEmpty(span)
      ? null
      : {
          x: span.x0 / scale,
          y: span.y0 / scale,
          width: (span.x1 - span.x0) / scale,
          height: (span.y1 - span.y0) / scale,
        };
  return {
    canvas,
    scale,
    update(state) {
      const changed = follower.follow(state);
      if (!isEmpty(changed)) paintSpan(ctx, follower.raster(), changed, rgb);
      return toBox(changed);
    },
    // One pixel more: a scaled picture's edge takes in its neighbours.
    extent: () => toBox(outset(follower.raster().extent, isEmpty(follower.raster().extent) ? 0 : 1, canvas)),
  };
}

export interface Follower {
  raster(): Raster;
  /** Makes the raster what the state says → where it may have changed. */
  follow(state: MaskState): Span;
}

/** Keeps a raster in step with a mask that is drawn, undone and redone; `scale` raster pixels a picture pixel. */
export function createFollower(size: Size, scale: number): Follower {
  let raster = blankRaster(size);
  let applied: readonly MaskOp[] = [];
  let checkpoints: readonly Checkpoint[] = [];
  let drawn: { readonly stroke: Stroke; readonly before: Raster; count: number } | null = null;

  function rewindTo(count: number): Span {
    checkpoints = checkpoints.filter((checkpoint) => checkpoint.count <= count);
    const from = checkpoints.at(-1);
    const changed = raster.extent;
    raster = from ? copied(from.raster) : blankRaster(size);
    applied = applied.slice(0, from?.count ?? 0);
    return union(changed, raster.extent);
  }

  function applyNext(ops: readonly MaskOp[], bitmaps: MaskBitmaps): Span {
    let changed = NO_SPAN;
    let count = applied.length;
    for (const op of ops.slice(count)) {
      changed = union(changed, applyOp(raster, op, scale, bitmaps));
      count += 1;
      if (count % OPS_A_CHECKPOINT === 0)
        checkpoints = [...checkpoints, { count, raster: copied(raster) }].slice(-MAX_CHECKPOINTS);
    }
    applied = ops;
    return changed;
  }

  /** Either the stroke in progress has become the last operation, or it never was. */
  function endStroke(ops: readonly MaskOp[]): Span {
    if (drawn === null) return NO_SPAN;
    const { stroke, before, count } = drawn;
    drawn = null;
    const last = ops.at(-1);
    if (ops.length === applied.length + 1 && last?.kind === "stroke" && last.points === stroke.points) {
      const rest = applyStroke(raster, last, count, scale);
      applied = ops;
      return rest;
    }
    const changed = union(raster.extent, before.extent);
    raster = before;
    return changed;
  }

  return {
    raster: () => raster,
    follow({ ops, stroke, bitmaps }) {
      const goesOn = drawn?.stroke.points === stroke?.points && isSame(applied, ops);
      let changed = goesOn ? NO_SPAN : endStroke(ops);
      const common = commonLength(applied, ops);
      if (common < applied.length) changed = union(changed, rewindTo(common));
      changed = union(changed, applyNext(ops, bitmaps));
      if (stroke === null) return changed;
      drawn ??= { stroke, before: copied(raster), count: 0 };
      changed = union(changed, applyStroke(raster, stroke, drawn.count, scale));
      drawn.count = stroke.points.length;
      return changed;
    },
  };
}

interface Checkpoint {
  readonly count: number;
  readonly raster: Raster;
}

function copied(raster: Raster): Raster {
  return { ...raster, pixels: raster.pixels.slice() };
}

function isSame(one: readonly MaskOp[], other: readonly MaskOp[]): boolean {
  return one.length === other.length && commonLength(one, other) === one.length;
}

function commonLength(one: readonly MaskOp[], other: readonly MaskOp[]): number {
  if (one === other) return one.length;
  const different = one.findIndex((op, i) => op !== other[i]);
  return different < 0 ? one.length : different;
}

function paintSpan(
  ctx: CanvasRenderingContext2D,
  raster: Raster,
  { x0, y0, x1, y1 }: Span,
  [red, green, blue]: readonly [number, number, number],
): void {
  const image = ctx.createImageData(x1 - x0, y1 - y0);
  const colours = new Uint32Array(image.data.buffer);
  // Browsers run on little-endian machines: the first byte, red, is the lowest.
  const colour = ((255 << 24) | (blue << 16) | (green << 8) | red) >>> 0;
  for (let y = y0; y < y1; y += 1) {
    const row = y * raster.width;
    const target = (y - y0) * image.width - x0;
    for (let x = x0; x < x1; x += 1) if (raster.pixels[row + x] === 1) colours[target + x] = colour;
  }
  ctx.putImageData(image, x0, y0);
}
