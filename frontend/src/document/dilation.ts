/**
 * Growing and shrinking by a disc, exactly, in a time that doesn't depend on the radius: the distance up or down in each
 * column, then one sweep to the right and one to the left over the stretches that each column's pixel reaches.
 */

import type { Raster, Span } from "./pixels";

/** Distances are kept in a byte each. */
const MAX_RADIUS_PX = 254;

/**
 * Gives every pixel of the window `value` that is at most `radius` from one that has it, measured between centres.
 * Beyond the picture's border nothing is: there a mask neither grows in nor shrinks.
 */
export function dilate(raster: Raster, window: Span, radius: number, value: 0 | 1): Span {
  if (!(radius >= 0 && radius <= MAX_RADIUS_PX))
    throw new RangeError(`a mask grows or shrinks by 0 to ${MAX_RADIUS_PX} px, got ${radius}`);
  const width = window.x1 - window.x0;
  const height = window.y1 - window.y0;
  if (width <= 0 || height <= 0) return window;
  const far = Math.floor(radius) + 1;
  const distances = distancesDown(raster, window, value, far);
  const reaches = Int16Array.from({ length: far + 1 }, (_, distance) =>
    distance > radius ? -1 : Math.floor(Math.sqrt(radius * radius - distance * distance)),
  );
  for (let y = height - 1; y >= 0; y -= 1) {
    const row = distances.subarray(y * width, (y + 1) * width);
    if (y < height - 1) nearerBelow(row, distances.subarray((y + 1) * width, (y + 2) * width));
    const start = (window.y0 + y) * raster.width + window.x0;
    spread(raster.pixels.subarray(start, start + width), row, reaches, value);
  }
  return window;
}

/** For each pixel of the window how far above it the next one with `value` is, at most `far`. */
function distancesDown(raster: Raster, window: Span, value: 0 | 1, far: number): Uint8Array {
  const width = window.x1 - window.x0;
  const height = window.y1 - window.y0;
  const distances = new Uint8Array(width * height);
  for (let y = 0; y < height; y += 1) {
    const source = (window.y0 + y) * raster.width + window.x0;
    const row = y * width;
    for (let x = 0; x < width; x += 1) {
      const above = y === 0 ? far : (distances[row - width + x] ?? far);
      if (raster.pixels[source + x] !== value) distances[row + x] = above < far ? above + 1 : far;
    }
  }
  return distances;
}

function nearerBelow(row: Uint8Array, below: Uint8Array): void {
  for (let x = 0; x < row.length; x += 1) {
    const distance = (below[x] ?? 0) + 1;
    if (distance < (row[x] ?? 0)) row[x] = distance;
  }
}

function spread(pixels: Uint8Array, distances: Uint8Array, reaches: Int16Array, value: 0 | 1): void {
  let reach = -1;
  for (let x = 0; x < pixels.length; x += 1) {
    reach = Math.max(reach, x + (reaches[distances[x] ?? 0] ?? -1));
    if (x <= reach) pixels[x] = value;
  }
  reach = pixels.length;
  for (let x = pixels.length - 1; x >= 0; x -= 1) {
    reach = Math.min(reach, x - (reaches[distances[x] ?? 0] ?? -1));
    if (x >= reach) pixels[x] = value;
  }
}
