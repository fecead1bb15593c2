/** Filling the shapes of a mask, row by row, by where the pixels' centres are. */

import type { ImagePoint } from "../geometry/types";
import { NO_SPAN, type Raster, type Span, union } from "./pixels";

/** On a coarse raster a thin stroke would fall between the centres and not be seen. */
const MIN_COARSE_RADIUS = 0.75;

/** All within `radiusPx` of the line between two points: a piece of a stroke. Sizes are picture pixels. */
export function fillCapsule(
  raster: Raster,
  start: ImagePoint,
  end: ImagePoint,
  radiusPx: number,
  scale: number,
  value: 0 | 1,
): Span {
  const radius = scale === 1 ? radiusPx : Math.max(radiusPx * scale, MIN_COARSE_RADIUS);
  const a = { x: start.x * scale, y: start.y * scale };
  const b = { x: end.x * scale, y: end.y * scale };
  const y0 = Math.max(0, firstCentre(Math.min(a.y, b.y) - radius));
  const y1 = Math.min(raster.height, lastCentre(Math.max(a.y, b.y) + radius) + 1);
  let left = raster.width;
  let right = 0;
  for (let y = y0; y < y1; y += 1) {
    const [low, high] = capsuleRow(a, b, radius, y + 0.5);
    const from = Math.max(0, firstCentre(low));
    const to = Math.min(raster.width, lastCentre(high) + 1);
    if (from >= to) continue;
    raster.pixels.fill(value, y * raster.width + from, y * raster.width + to);
    left = Math.min(left, from);
    right = Math.max(right, to);
  }
  return left < right ? { x0: left, y0, x1: right, y1 } : NO_SPAN;
}

/** All inside a closed outline; where it crosses itself, too (the nonzero rule, a canvas's own). */
export function fillPolygon(
  raster: Raster,
  points: readonly ImagePoint[],
  scale: number,
  value: 0 | 1,
): Span {
  const rows = crossings(raster, points, scale);
  let span = NO_SPAN;
  for (const [y, row] of rows) {
    row.sort((one, other) => one.x - other.x);
    let winding = 0;
    row.forEach(({ x, turn }, i) => {
      winding += turn;
      const next = row[i + 1];
      if (winding === 0 || next === undefined) return;
      const from = Math.max(0, firstCentre(x));
      const to = Math.min(raster.width, firstCentre(next.x));
      if (from >= to) return;
      raster.pixels.fill(value, y * raster.width + from, y * raster.width + to);
      span = union(span, { x0: from, y0: y, x1: to, y1: y + 1 });
    });
  }
  return span;
}

interface Plain {
  readonly x: number;
  readonly y: number;
}

/** A capsule is convex, so a row meets it in one piece: from the leftmost to the rightmost of its three parts. */
function capsuleRow(a: Plain, b: Plain, radius: number, y: number): readonly [number, number] {
  const [lowA, highA] = discRow(a, radius, y);
  const [lowB, highB] = discRow(b, radius, y);
  const [lowBand, highBand] = bandRow(a, b, radius, y);
  return [Math.min(lowA, lowB, lowBand), Math.max(highA, highB, highBand)];
}

const NOWHERE = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY] as const;

function discRow(middle: Plain, radius: number, y: number): readonly [number, number] {
  const square = radius * radius - (y - middle.y) ** 2;
  if (square < 0) return NOWHERE;
  const half = Math.sqrt(square);
  return [middle.x - half, middle.x + half];
}

/** The rectangle between the two discs. */
function bandRow(a: Plain, b: Plain, radius: number, y: number): readonly [number, number] {
  const length = Math.hypot(b.x - a.x, b.y - a.y);
  if (length === 0) return NOWHERE;
  const ux = (b.x - a.x) / length;
  const uy = (b.y - a.y) / length;
  const dy = y - a.y;
  // Beside the line: |dx uy - dy ux| ≤ radius. Between its ends: 0 ≤ dx ux + dy uy ≤ length.
  const beside = solved(uy, dy * ux - radius, dy * ux + radius);
  const between = solved(ux, -dy * uy, length - dy * uy);
  const low = Math.max(beside[0], between[0]);
  const high = Math.min(beside[1], between[1]);
  return low <= high ? [a.x + low, a.x + high] : NOWHERE;
}

/** The dx for which low ≤ factor · dx ≤ high. */
function solved(factor: number, low: number, high: number): readonly [number, number] {
  if (factor === 0)
    return low <= 0 && high >= 0 ? [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY] : NOWHERE;
  return factor > 0 ? [low / factor, high / factor] : [high / factor, low / factor];
}

interface Crossing {
  readonly x: number;
  readonly turn: 1 | -1;
}

/** Where the outline crosses each row's line of centres. */
function crossings(raster: Raster, points: readonly ImagePoint[], scale: number): Map<number, Crossing[]> {
  const rows = new Map<number, Crossing[]>();
  points.forEach((start, i) => {
    const end = points[(i + 1) % points.length] ?? start;
    const [top, bottom] = start.y <= end.y ? [start, end] : [end, start];
    const turn = start.y <= end.y ? 1 : -1;
    const y1 = Math.min(raster.height, firstCentre(bottom.y * scale));
    for (let y = Math.max(0, firstCentre(top.y * scale)); y < y1; y += 1) {
      const share = ((y + 0.5) / scale - top.y) / (bottom.y - top.y);
      const crossing: Crossing = { x: (top.x + (bottom.x - top.x) * share) * scale, turn };
      const row = rows.get(y);
      if (row) row.push(crossing);
      else rows.set(y, [crossing]);
    }
  });
  return rows;
}

/** The first pixel whose centre is at or after a coordinate. */
function firstCentre(coordinate: number): number {
  return Math.ceil(coordinate - 0.5);
}

/** The last pixel whose centre is at or before a coordinate. */
function lastCentre(coordinate: number): number {
  return Math.floor(coordinate - 0.5);
}
