/** Draws the picture, or two of them compared, onto the lower canvas. Knows no stores. */

import type { Box, Viewport } from "../geometry/types";
import { type Levels, levelFor } from "./levels";

/** One picture in one part of the stage; CSS pixels of the stage. */
export interface PictureLayer {
  readonly levels: Levels;
  readonly viewport: Viewport;
  readonly clip: Box;
}

export interface PictureScene {
  readonly layers: readonly PictureLayer[];
  readonly devicePixelRatio: number;
}

/** From here on pixels are shown as the squares that they are. */
const SHARP_FROM_SCALE = 3;

export function paintPicture(ctx: CanvasRenderingContext2D, scene: PictureScene): void {
  ctx.setTransform(1, 0, 0, 1, 0, 0);
  ctx.clearRect(0, 0, ctx.canvas.width, ctx.canvas.height);
  for (const layer of scene.layers) paintLayer(ctx, layer, scene.devicePixelRatio);
}

function paintLayer(ctx: CanvasRenderingContext2D, layer: PictureLayer, ratio: number): void {
  const { clip, viewport, levels } = layer;
  const scale = viewport.scale * ratio;
  const level = levelFor(levels.levels, scale);
  if (!level || clip.width <= 0 || clip.height <= 0) return;
  ctx.save();
  ctx.beginPath();
  ctx.rect(clip.x * ratio, clip.y * ratio, clip.width * ratio, clip.height * ratio);
  ctx.clip();
  ctx.imageSmoothingEnabled = scale < SHARP_FROM_SCALE;
  ctx.imageSmoothingQuality = "low";
  for (const tile of level.tiles) {
    // Edges on whole device pixels: tiles that meet share them, and no line shows between.
    const x0 = Math.round((tile.box.x / level.scale) * scale + viewport.offsetX * ratio);
    const y0 = Math.round((tile.box.y / level.scale) * scale + viewport.offsetY * ratio);
    const x1 = Math.round(
      edge(tile.box.x + tile.box.width, levels.width, level.scale) * scale + viewport.offsetX * ratio,
    );
    const y1 = Math.round(
      edge(tile.box.y + tile.box.height, levels.height, level.scale) * scale + viewport.offsetY * ratio,
    );
    if (x1 > 0 && y1 > 0 && x0 < ctx.canvas.width && y0 < ctx.canvas.height) {
      ctx.drawImage(tile.bitmap, x0, y0, x1 - x0, y1 - y0);
    }
  }
  ctx.restore();
}

/** A halved side of odd length is half a pixel longer or shorter: the last tile ends where the picture ends. */
function edge(levelPx: number, sidePx: number, scale: number): number {
  return Math.abs(levelPx / scale - sidePx) <= 1 / scale ? sidePx : levelPx / scale;
}
