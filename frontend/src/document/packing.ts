/** Strokes as flat numbers: what the worker is sent and what is kept, many times faster to copy than points one by one. */

import { type ImagePoint, imagePoint } from "../geometry/types";
import type { MaskOp } from "./types";

type PointOp = Extract<MaskOp, { readonly points: readonly ImagePoint[] }>;

export type PackedOp =
  | (Omit<Extract<PointOp, { kind: "stroke" }>, "points"> & { readonly coordinates: Float64Array })
  | (Omit<Extract<PointOp, { kind: "polygon" }>, "points"> & { readonly coordinates: Float64Array })
  | Exclude<MaskOp, PointOp>;

/** An operation never changes, so each is packed once. */
const packedOps = new WeakMap<MaskOp, PackedOp>();

export function packOp(op: MaskOp): PackedOp {
  const known = packedOps.get(op);
  if (known) return known;
  const made = pack(op);
  packedOps.set(op, made);
  return made;
}

export function unpackOp(packed: PackedOp): MaskOp {
  if (!("coordinates" in packed)) return packed;
  const { coordinates, ...rest } = packed;
  const points = Array.from({ length: coordinates.length / 2 }, (_, i) =>
    imagePoint(coordinates[2 * i] ?? 0, coordinates[2 * i + 1] ?? 0),
  );
  return { ...rest, points };
}

function pack(op: MaskOp): PackedOp {
  if (!("points" in op)) return op;
  const { points, ...rest } = op;
  const coordinates = new Float64Array(points.length * 2);
  points.forEach(({ x, y }, i) => {
    coordinates[2 * i] = x;
    coordinates[2 * i + 1] = y;
  });
  return { ...rest, coordinates };
}
