/** Any picture of a mask → which pixels it marks. */

import { bytesPerRow, type MaskBitmap } from "./pixels";

const THRESHOLD = 128;

/** What of a canvas is looked at: four bytes a pixel, red, green, blue, alpha. */
interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8ClampedArray;
}

/**
 * Marked is what is bright, as the service reads masks: alpha is ignored, unless all pixels that can be seen are of one
 * colour (a brush's layer); then alpha is the mask.
 */
export function levelsOf({ width, height, data }: Pixels): MaskBitmap {
  const level = isLayer(data) ? (at: number) => data[at + 3] ?? 0 : (at: number) => luma(data, at);
  const stride = bytesPerRow(width);
  const bits = new Uint8Array(stride * height);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const byte = y * stride + (x >> 3);
      if (level((y * width + x) * 4) >= THRESHOLD) bits[byte] = (bits[byte] ?? 0) | (0x80 >> (x & 7));
    }
  }
  return { width, height, bits };
}

/** ITU-R BT.601. */
function luma(data: Uint8ClampedArray, at: number): number {
  return Math.round((299 * (data[at] ?? 0) + 587 * (data[at + 1] ?? 0) + 114 * (data[at + 2] ?? 0)) / 1000);
}

/** One colour, and something of it can be seen through. */
function isLayer(data: Uint8ClampedArray): boolean {
  let first: number | null = null;
  let isTransparent = false;
  for (let at = 0; at < data.length; at += 4) {
    const alpha = data[at + 3] ?? 0;
    if (alpha < 255) isTransparent = true;
    // A canvas has lost the colour of what hardly covers anything.
    if (alpha < THRESHOLD) continue;
    first ??= at;
    if (!isAlike(data, first, at)) return false;
  }
  return first !== null && isTransparent;
}

function isAlike(data: Uint8ClampedArray, one: number, other: number): boolean {
  return [0, 1, 2].every(
    (channel) => Math.abs((data[one + channel] ?? 0) - (data[other + channel] ?? 0)) <= 2,
  );
}
