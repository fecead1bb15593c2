/** The mask's operations → the exact mask as a file, at the picture's own size, and a file → an operation. */

import type { Size } from "../geometry/types";
import { addBitmap } from "./bitmaps";
import type { MaskAnswer, MaskTask } from "./maskWorker";
import { packOp } from "./packing";
import type { MaskBitmap, MaskBitmaps } from "./pixels";
import type { MaskOp } from "./types";

export type MaskErrorCode = "mask_empty" | "mask_full" | "mask_unreadable" | "mask_wrong_size";

/** A mask that can't be used; the code says why. */
export class MaskError extends Error {
  constructor(
    readonly code: MaskErrorCode,
    message: string,
  ) {
    super(message);
  }
}

/**
 * The mask as the service takes it: white = repaint, of the picture's size, one bit a pixel.
 * Raises MaskError if nothing or everything is marked, which the service refuses.
 */
export async function maskToPng(ops: readonly MaskOp[], size: Size, bitmaps: MaskBitmaps): Promise<Blob> {
  const answer = await ask({
    kind: "draw",
    ops: ops.map(packOp),
    size: sizeOf(size),
    bitmaps: used(ops, bitmaps),
  });
  if (answer.kind !== "drawn") throw new Error(`the mask's worker answered ${answer.kind}`);
  if (answer.marked === 0) throw new MaskError("mask_empty", "nothing is marked");
  if (answer.marked === size.width * size.height)
    throw new MaskError("mask_full", "the whole picture is marked");
  return answer.png;
}

/** Reads a mask file of the picture's size → the id for an operation of kind "import". Raises MaskError. */
export async function importMask(file: Blob, picture: Size): Promise<string> {
  const answer = await ask({ kind: "read", file, size: sizeOf(picture) });
  switch (answer.kind) {
    case "read":
      return addBitmap(answer.bitmap);
    case "wrong_size":
      throw new MaskError(
        "mask_wrong_size",
        `the mask has ${answer.size.width} × ${answer.size.height} px, the picture ${picture.width} × ${picture.height}`,
      );
    case "unreadable":
      throw new MaskError("mask_unreadable", "the mask is no picture that the browser can read");
    case "drawn":
      throw new Error("the mask's worker drew instead of reading");
  }
}

/** A worker for each task: what it held is given back when it is done. */
function ask(task: MaskTask): Promise<MaskAnswer> {
  const worker = new Worker(new URL("./maskWorker.ts", import.meta.url), { type: "module" });
  return new Promise<MaskAnswer>((resolve, reject) => {
    worker.onmessage = (event: MessageEvent<MaskAnswer>) => resolve(event.data);
    worker.onerror = (event) => reject(new Error(`the mask's worker failed: ${event.message}`));
    worker.postMessage(task);
  }).finally(() => worker.terminate());
}

function used(ops: readonly MaskOp[], bitmaps: MaskBitmaps): ReadonlyMap<string, MaskBitmap> {
  const ids = new Set(ops.flatMap((op) => (op.kind === "import" ? [op.bitmapId] : [])));
  return new Map([...bitmaps].filter(([id]) => ids.has(id)));
}

function sizeOf({ width, height }: Size): Size {
  return { width, height };
}
