/**
 * A mask's operations → pixels. Pure functions on bytes: the worker runs them at the picture's own size, the screen at
 * a coarser one, so that both show the same mask. A pixel is marked if its centre is in the shape.
 */

import type { ImagePoint, Size } from "../geometry/types";
import { dilate } from "./dilation";
import {
  blankRaster,
  isEmpty,
  isMarked,
  type MaskBitmap,
  type MaskBitmaps,
  NO_SPAN,
  outset,
  type Raster,
  type Span,
  union,
  whole,
} from "./pixels";
import { fillCapsule, fillPolygon } from "./shapes";
import type { MaskOp } from "./types";

export interface Stroke {
  readonly erase: boolean;
  readonly radiusPx: number;
  readonly points: readonly ImagePoint[];
}

/** The exact mask. */
export function rasterized(ops: readonly MaskOp[], size: Size, bitmaps: MaskBitmaps): Raster {
  const raster = blankRaster(size);
  for (const op of ops) applyOp(raster, op, 1, bitmaps);
  return raster;
}

/** Does one operation to a raster that has `scale` pixels a picture pixel → where something may have changed. */
export function applyOp(raster: Raster, op: MaskOp, scale: number, bitmaps: MaskBitmaps): Span {
  switch (op.kind) {
    case "stroke":
      return applyStroke(raster, op, 0, scale);
    case "polygon":
      return extended(raster, fillPolygon(raster, op.points, scale, op.erase ? 0 : 1), op.erase);
    case "grow":
      return grow(raster, op.px * scale);
    case "shrink":
      // Next to the extent lies what isn't marked, unless that is the picture's border.
      return dilate(raster, outset(raster.extent, 1, raster), op.px * scale, 0);
    case "invert":
      return invert(raster);
    case "import":
      return replace(raster, bitmaps.get(op.bitmapId), op.bitmapId, scale);
  }
}

/** Draws a stroke from its `from`th point on; the ones before have been drawn already. */
export function applyStroke(raster: Raster, stroke: Stroke, from: number, scale: number): Span {
  const value = stroke.erase ? 0 : 1;
  let changed = NO_SPAN;
  for (let i = from; i < stroke.points.length; i += 1) {
    const end = stroke.points[i];
    const start = stroke.points[i - 1] ?? end;
    if (!start || !end) continue;
    changed = union(changed, fillCapsule(raster, start, end, stroke.radiusPx, scale, value));
  }
  return extended(raster, changed, stroke.erase);
}

function extended(raster: Raster, span: Span, wasErased: boolean): Span {
  if (!wasErased) raster.extent = union(raster.extent, span);
  return span;
}

function grow(raster: Raster, radius: number): Span {
  if (isEmpty(raster.extent)) return NO_SPAN;
  return extended(
    raster,
    dilate(raster, outset(raster.extent, Math.floor(radius), raster), radius, 1),
    false,
  );
}

function invert(raster: Raster): Span {
  const { pixels } = raster;
  for (let i = 0; i < pixels.length; i += 1) pixels[i] = (pixels[i] ?? 0) ^ 1;
  raster.extent = whole(raster);
  return raster.extent;
}

/** The imported mask is the mask from here on; what was painted before is gone, until undo. */
function replace(raster: Raster, bitmap: MaskBitmap | undefined, bitmapId: string, scale: number): Span {
  if (bitmap === undefined) throw new Error(`the imported mask ${bitmapId} isn't kept any more`);
  const { width, height, pixels } = raster;
  for (let y = 0; y < height; y += 1) {
    const sourceY = Math.min(Math.floor((y + 0.5) / scale), bitmap.height - 1);
    for (let x = 0; x < width; x += 1) {
      const sourceX = Math.min(Math.floor((x + 0.5) / scale), bitmap.width - 1);
      pixels[y * width + x] = isMarked(bitmap, sourceX, sourceY) ? 1 : 0;
    }
  }
  raster.extent = whole(raster);
  return raster.extent;
}
