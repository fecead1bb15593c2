/** What a mask's pixels are kept in. */

import type { Size } from "../geometry/types";

/** From (x0, y0) up to, not including, (x1, y1); empty if x0 ≥ x1 or y0 ≥ y1. */
export interface Span {
  readonly x0: number;
  readonly y0: number;
  readonly x1: number;
  readonly y1: number;
}

/** One byte a pixel, 1 = marked. Changed in place: a copy for each stroke would cost more than the stroke. */
export interface Raster extends Size {
  readonly pixels: Uint8Array;
  /** Nothing is marked outside. */
  extent: Span;
}

/** One bit a pixel, 1 = marked, each row filled up to whole bytes, the leftmost pixel in the highest bit: as in PNG. */
export interface MaskBitmap extends Size {
  readonly bits: Uint8Array<ArrayBuffer>;
}

export type MaskBitmaps = ReadonlyMap<string, MaskBitmap>;

export const NO_SPAN: Span = { x0: 0, y0: 0, x1: 0, y1: 0 };

export function blankRaster({ width, height }: Size): Raster {
  return { width, height, pixels: new Uint8Array(width * height), extent: NO_SPAN };
}

export function countMarked(raster: Raster): number {
  let count = 0;
  for (let i = 0; i < raster.pixels.length; i += 1) count += raster.pixels[i] ?? 0;
  return count;
}

export function packed({ width, height, pixels, extent }: Raster): MaskBitmap {
  const stride = bytesPerRow(width);
  const bits = new Uint8Array(stride * height);
  for (let y = extent.y0; y < extent.y1; y += 1) {
    for (let x = extent.x0; x < extent.x1; x += 1) {
      const at = y * stride + (x >> 3);
      if (pixels[y * width + x] === 1) bits[at] = (bits[at] ?? 0) | (0x80 >> (x & 7));
    }
  }
  return { width, height, bits };
}

export function isMarked(bitmap: MaskBitmap, x: number, y: number): boolean {
  const byte = bitmap.bits[y * bytesPerRow(bitmap.width) + (x >> 3)] ?? 0;
  return ((byte >> (7 - (x & 7))) & 1) === 1;
}

export function bytesPerRow(width: number): number {
  return Math.ceil(width / 8);
}

export function whole(size: Size): Span {
  return { x0: 0, y0: 0, x1: size.width, y1: size.height };
}

export function outset(span: Span, by: number, size: Size): Span {
  return {
    x0: Math.max(0, span.x0 - by),
    y0: Math.max(0, span.y0 - by),
    x1: Math.min(size.width, span.x1 + by),
    y1: Math.min(size.height, span.y1 + by),
  };
}

export function union(a: Span, b: Span): Span {
  if (isEmpty(a)) return b;
  if (isEmpty(b)) return a;
  return {
    x0: Math.min(a.x0, b.x0),
    y0: Math.min(a.y0, b.y0),
    x1: Math.max(a.x1, b.x1),
    y1: Math.max(a.y1, b.y1),
  };
}

export function isEmpty(span: Span): boolean {
  return span.x0 >= span.x1 || span.y0 >= span.y1;
}
