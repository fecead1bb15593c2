/**
 * A picture as it is kept for the screen: halved again and again, and each size cut into tiles. So a frame draws about
 * as many pixels as the screen has, however large the picture is, and no tile is larger than a graphics card takes.
 */

import type { Box, Size } from "../geometry/types";

export interface Tile {
  /** In pixels of its level. */
  readonly box: Box;
  readonly bitmap: ImageBitmap;
}

export interface Level {
  /** Pixels of the level a picture pixel: 1, ½, ¼ … */
  readonly scale: number;
  readonly tiles: readonly Tile[];
}

/** `levels` from the finest; while a large picture comes in, only the coarse ones. */
export interface Levels extends Size {
  readonly levels: readonly Level[];
}

/** What the worker tells. */
export type LevelsMessage =
  | { readonly kind: "level"; readonly size: Size; readonly level: Level }
  | { readonly kind: "done" }
  | { readonly kind: "failed"; readonly message: string };

export const TILE_PX = 2048;
/** The coarsest level's longer side is at most this. */
const COARSEST_PX = 1024;

/** From the finest. */
export function levelScales(size: Size): readonly number[] {
  const scales = [1];
  for (let scale = 0.5; Math.max(size.width, size.height) * scale * 2 > COARSEST_PX; scale /= 2)
    scales.push(scale);
  return scales;
}

export function tileBoxes(size: Size): readonly Box[] {
  const boxes: Box[] = [];
  for (let y = 0; y < size.height; y += TILE_PX) {
    for (let x = 0; x < size.width; x += TILE_PX) {
      const width = Math.min(TILE_PX, size.width - x);
      boxes.push({ x, y, width, height: Math.min(TILE_PX, size.height - y) });
    }
  }
  return boxes;
}

/** The coarsest level that is at least as fine as the screen; the finest there is, if none. */
export function levelFor(levels: readonly Level[], devicePxPerPicturePx: number): Level | undefined {
  return levels.findLast((level) => level.scale >= devicePxPerPicturePx) ?? levels[0];
}

export function withLevel(levels: Levels | null, size: Size, level: Level): Levels {
  const all = [...(levels?.levels ?? []), level].sort((a, b) => b.scale - a.scale);
  return { width: size.width, height: size.height, levels: all };
}

export function close(levels: Levels): void {
  for (const level of levels.levels) for (const tile of level.tiles) tile.bitmap.close();
}
