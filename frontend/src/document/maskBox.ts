/** Where a mask is, without drawing it. */

import { boundingBox } from "../geometry/quad";
import type { Box, Size } from "../geometry/types";
import type { MaskOp } from "./types";

export const NOTHING: Box = { x: 0, y: 0, width: 0, height: 0 };

/** A box around all that may be marked after one operation more; not the smallest one after erasing or shrinking. */
export function boxAfter(box: Box, op: MaskOp, picture: Size): Box {
  const all: Box = { x: 0, y: 0, width: picture.width, height: picture.height };
  switch (op.kind) {
    case "stroke":
      return op.erase ? box : union(box, clipped(outset(boundingBox(op.points), op.radiusPx), all));
    case "polygon":
      return op.erase ? box : union(box, clipped(boundingBox(op.points), all));
    case "grow":
      return box.width === 0 ? box : clipped(outset(box, op.px), all);
    case "shrink":
      return box;
    case "invert":
    case "import":
      return all;
  }
}

function union(a: Box, b: Box): Box {
  if (a.width === 0) return b;
  if (b.width === 0) return a;
  const x = Math.min(a.x, b.x);
  const y = Math.min(a.y, b.y);
  return {
    x,
    y,
    width: Math.max(a.x + a.width, b.x + b.width) - x,
    height: Math.max(a.y + a.height, b.y + b.height) - y,
  };
}

function outset(box: Box, px: number): Box {
  return { x: box.x - px, y: box.y - px, width: box.width + 2 * px, height: box.height + 2 * px };
}

function clipped(box: Box, all: Box): Box {
  const x = Math.min(Math.max(box.x, all.x), all.width);
  const y = Math.min(Math.max(box.y, all.y), all.height);
  return {
    x,
    y,
    width: Math.max(0, Math.min(box.x + box.width, all.width) - x),
    height: Math.max(0, Math.min(box.y + box.height, all.height) - y),
  };
}
