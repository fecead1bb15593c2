/** Compares two stretches of rows pixel by pixel and paints what differs. Pure functions on bytes. */

import { boundingBox, charHeight, mapCorners, sides } from "../geometry/quad";
import { imagePoint, type Quad } from "../geometry/types";

/** Rows `y0` and on of both pictures, RGBA; `inside`: one byte a pixel. */
export interface Rows {
  readonly width: number;
  readonly before: Uint8ClampedArray;
  readonly after: Uint8ClampedArray;
  readonly inside: Uint8Array;
}

/** A difference of one level has to be seen. */
const AMPLIFIED = 2.5;
const FLOOR = 70;
/** The picture itself stays visible, dark and grey. */
const DIMMED = 0.2;

/** Paints into `target` → how many pixels differ. Inside: amber, the stronger the lighter; outside: magenta. */
export function paintDiffering(
  rows: Rows,
  target: Uint8ClampedArray,
): { insidePx: number; outsidePx: number } {
  const { before, after, inside } = rows;
  let insidePx = 0;
  let outsidePx = 0;
  for (let i = 0, at = 0; i < inside.length; i += 1, at += 4) {
    const difference = most(before, after, at);
    target[at + 3] = 255;
    if (difference === 0) {
      const gray =
        DIMMED * (0.3 * (after[at] ?? 0) + 0.6 * (after[at + 1] ?? 0) + 0.1 * (after[at + 2] ?? 0));
      target[at] = target[at + 1] = target[at + 2] = gray;
      continue;
    }
    const strength = Math.min(255, FLOOR + difference * AMPLIFIED);
    const isInside = inside[i] === 1;
    if (isInside) insidePx += 1;
    else outsidePx += 1;
    target[at] = isInside ? strength : 255;
    target[at + 1] = isInside ? strength * 0.72 : 40;
    target[at + 2] = isInside ? strength * 0.3 : 220;
  }
  return { insidePx, outsidePx };
}

/** The service may draw in a margin of this share of the quad's height: letters stick out of the box around a word. */
const MARGIN_HEIGHTS = 0.12;

/** The quad with every side moved outward by the margin, parallel to itself. */
export function drawnArea(quad: Quad): Quad {
  const margin = MARGIN_HEIGHTS * charHeight(quad);
  const outward = sides(quad).map(([from, to]) => {
    const length = Math.hypot(to.x - from.x, to.y - from.y);
    return { x: (to.y - from.y) / length, y: -(to.x - from.x) / length };
  });
  return mapCorners(quad, (corner, i) => {
    const before = outward[(i + 3) % 4] ?? corner;
    const after = outward[i] ?? corner;
    const reach = margin / (1 + before.x * after.x + before.y * after.y);
    return imagePoint(corner.x + reach * (before.x + after.x), corner.y + reach * (before.y + after.y));
  });
}

/** Marks the pixels of rows `y0` up to `y1` whose centre is in the quad; the service decides in the same way. */
export function markQuad(
  quad: Quad,
  { width, y0, y1 }: { readonly width: number; readonly y0: number; readonly y1: number },
  inside: Uint8Array,
): void {
  const box = boundingBox(quad);
  const left = Math.max(0, Math.floor(box.x));
  const right = Math.min(width, Math.ceil(box.x + box.width));
  const bottom = Math.min(y1, Math.ceil(box.y + box.height));
  for (let row = Math.max(y0, Math.floor(box.y)); row < bottom; row += 1) {
    for (let column = left; column < right; column += 1) {
      const x = column + 0.5;
      const y = row + 0.5;
      const isIn = sides(quad).every(([a, b]) => (b.x - a.x) * (y - a.y) >= (b.y - a.y) * (x - a.x));
      if (isIn) inside[(row - y0) * width + column] = 1;
    }
  }
}

/** White in the mask's own picture. */
export function markMask(mask: Uint8ClampedArray, inside: Uint8Array): void {
  for (let i = 0; i < inside.length; i += 1) if ((mask[i * 4] ?? 0) >= 128) inside[i] = 1;
}

function most(a: Uint8ClampedArray, b: Uint8ClampedArray, at: number): number {
  let most = 0;
  for (let channel = 0; channel < 4; channel += 1) {
    most = Math.max(most, Math.abs((a[at + channel] ?? 0) - (b[at + channel] ?? 0)));
  }
  return most;
}
