/** The worker: a mask's operations → its file, and a mask's file → its pixels, away from the thread that paints. */

import type { Size } from "../geometry/types";
import { levelsOf } from "./maskLevels";
import { type PackedOp, unpackOp } from "./packing";
import { countMarked, type MaskBitmap, packed } from "./pixels";
import { pngOf } from "./png";
import { rasterized } from "./raster";

export type MaskTask =
  | {
      readonly kind: "draw";
      readonly ops: readonly PackedOp[];
      readonly size: Size;
      readonly bitmaps: ReadonlyMap<string, MaskBitmap>;
    }
  | { readonly kind: "read"; readonly file: Blob; readonly size: Size };

export type MaskAnswer =
  | { readonly kind: "drawn"; readonly png: Blob; readonly marked: number }
  | { readonly kind: "read"; readonly bitmap: MaskBitmap }
  | { readonly kind: "wrong_size"; readonly size: Size }
  | { readonly kind: "unreadable" };

addEventListener("message", (event: MessageEvent<MaskTask>) => {
  // What is reported reaches the page as the worker's error; a rejection alone would not.
  answer(event.data).then(postMessage, reportError);
});

async function answer(task: MaskTask): Promise<MaskAnswer> {
  if (task.kind === "read") return read(task.file, task.size);
  const raster = rasterized(task.ops.map(unpackOp), task.size, task.bitmaps);
  return { kind: "drawn", png: await pngOf(packed(raster)), marked: countMarked(raster) };
}

async function read(file: Blob, size: Size): Promise<MaskAnswer> {
  const picture = await createImageBitmap(file, { colorSpaceConversion: "none" }).catch(() => null);
  if (picture === null) return { kind: "unreadable" };
  if (picture.width !== size.width || picture.height !== size.height)
    return { kind: "wrong_size", size: { width: picture.width, height: picture.height } };
  const ctx = new OffscreenCanvas(size.width, size.height).getContext("2d");
  if (ctx === null) throw new Error("the browser gives no canvas to read the mask with");
  ctx.drawImage(picture, 0, 0);
  return { kind: "read", bitmap: levelsOf(ctx.getImageData(0, 0, size.width, size.height)) };
}
