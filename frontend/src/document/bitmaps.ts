/** The masks that were imported, by the ids that operations on a mask name them with. */

import type { MaskBitmap, MaskBitmaps } from "./pixels";

const bitmaps = new Map<string, MaskBitmap>();

/** All there are; the same map always. */
export const maskBitmaps: MaskBitmaps = bitmaps;

/** → its id, like no other's. */
export function addBitmap(bitmap: MaskBitmap): string {
  let number = bitmaps.size + 1;
  while (bitmaps.has(`bitmap-${number}`)) number += 1;
  bitmaps.set(`bitmap-${number}`, bitmap);
  return `bitmap-${number}`;
}

/** Those that were kept come back under their ids. */
export function restoreBitmaps(kept: MaskBitmaps): void {
  for (const [id, bitmap] of kept) bitmaps.set(id, bitmap);
}
