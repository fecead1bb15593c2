/** Compares two pictures a few rows at a time, so that 50 megapixels fit in memory; then tells what it saw and counted. */

import { tellLevels } from "./cutting";
import type { DifferenceMessage, DifferenceTask } from "./difference";
import { drawnArea, markMask, markQuad, paintDiffering } from "./differing";

const ROWS_AT_ONCE = 256;
/** The numbers as they are in the file: a conversion could make two of them one. */
const EXACT: ImageBitmapOptions = { colorSpaceConversion: "none", premultiplyAlpha: "none" };

function tell(message: DifferenceMessage, transfer: Transferable[] = []): void {
  self.postMessage(message, { transfer });
}

function context(width: number, height: number): OffscreenCanvasRenderingContext2D {
  const ctx = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
  if (!ctx) throw new Error("the browser gives no canvas to compare pictures on");
  return ctx;
}

/** The rows `y0` and on of a picture. */
function rowsOf(picture: ImageBitmap, y0: number, ctx: OffscreenCanvasRenderingContext2D, height: number) {
  ctx.clearRect(0, 0, picture.width, ROWS_AT_ONCE);
  ctx.drawImage(picture, 0, -y0);
  return ctx.getImageData(0, 0, picture.width, height).data;
}

async function compare(task: DifferenceTask): Promise<void> {
  const [before, after] = await Promise.all([
    createImageBitmap(task.before, EXACT),
    createImageBitmap(task.after, EXACT),
  ]);
  if (before.width !== after.width || before.height !== after.height) {
    throw new Error(
      `${before.width} × ${before.height} px can't be compared with ${after.width} × ${after.height} px`,
    );
  }
  const masks = await Promise.all(task.masks.map((mask) => createImageBitmap(mask)));
  const { width, height } = after;
  const band = context(width, ROWS_AT_ONCE);
  const whole = context(width, height);
  const areas = task.quads.map(drawnArea);
  const counted = { insidePx: 0, outsidePx: 0 };
  for (let y0 = 0; y0 < height; y0 += ROWS_AT_ONCE) {
    const rows = Math.min(ROWS_AT_ONCE, height - y0);
    const inside = new Uint8Array(width * rows);
    for (const quad of areas) markQuad(quad, { width, y0, y1: y0 + rows }, inside);
    for (const mask of masks) markMask(rowsOf(mask, y0, band, rows), inside);
    const painted = new ImageData(width, rows);
    const both = { before: rowsOf(before, y0, band, rows), after: rowsOf(after, y0, band, rows) };
    const { insidePx, outsidePx } = paintDiffering({ width, ...both, inside }, painted.data);
    counted.insidePx += insidePx;
    counted.outsidePx += outsidePx;
    whole.putImageData(painted, 0, y0);
  }
  for (const picture of [before, after, ...masks]) picture.close();
  await tellLevels(whole.canvas.transferToImageBitmap(), (size, level) =>
    tell(
      { kind: "level", size, level },
      level.tiles.map((tile) => tile.bitmap),
    ),
  );
  tell({ kind: "counted", ...counted });
}

self.addEventListener("message", (event: MessageEvent<DifferenceTask>) => {
  compare(event.data).catch((error: unknown) => tell({ kind: "failed", message: String(error) }));
});
