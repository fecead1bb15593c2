import { describe, expect, test } from "vitest";
import { type ImagePoint, imagePoint, type Size } from "../geometry/types";
import { createFollower } from "./maskPaint";
import { packOp, unpackOp } from "./packing";
import { countMarked, isMarked, type MaskBitmaps, packed, type Raster } from "./pixels";
import { rasterized } from "./raster";
import type { MaskOp } from "./types";

const SIZE: Size = { width: 61, height: 47 };
const NONE: MaskBitmaps = new Map();
const stroke = (radiusPx: number, ...points: (readonly [number, number])[]): MaskOp => ({
  kind: "stroke",
  erase: false,
  radiusPx,
  points: points.map(([x, y]) => imagePoint(x, y)),
});
const polygon = (...points: (readonly [number, number])[]): MaskOp => ({
  kind: "polygon",
  erase: false,
  points: points.map(([x, y]) => imagePoint(x, y)),
});
const erasing = (op: MaskOp): MaskOp => ("erase" in op ? { ...op, erase: true } : op);

const PAINTED = stroke(4.3, [10, 12], [30.5, 20.25], [31, 38]);
const STAR = polygon([20, 4], [44.4, 40], [6, 17.3], [50, 15], [11, 43]);
const AT_BORDER = polygon([40, -5], [70, -5], [70, 60], [52, 60]);

/** What each operation means, pixel by pixel, without any cleverness. */
function expected(ops: readonly MaskOp[], size = SIZE): Uint8Array {
  return ops.reduce(
    (before, op) => {
      const is = (x: number, y: number) => before[y * size.width + x] === 1;
      return Uint8Array.from(before, (_, at) => {
        const [x, y] = [at % size.width, Math.floor(at / size.width)];
        return meant(op, is, x, y, size) ? 1 : 0;
      });
    },
    new Uint8Array(size.width * size.height),
  );
}

function meant(op: MaskOp, is: (x: number, y: number) => boolean, x: number, y: number, size: Size): boolean {
  const centre = imagePoint(x + 0.5, y + 0.5);
  switch (op.kind) {
    case "stroke":
      return nearLine(op.points, centre, op.radiusPx) ? !op.erase : is(x, y);
    case "polygon":
      return windingNumber(op.points, centre) !== 0 ? !op.erase : is(x, y);
    case "grow":
      return anyWithin(op.px, x, y, size, is);
    case "shrink":
      return !anyWithin(op.px, x, y, size, (u, v) => !is(u, v));
    case "invert":
      return !is(x, y);
    case "import":
      throw new Error("tested by itself");
  }
}

function nearLine(points: readonly ImagePoint[], at: ImagePoint, radius: number): boolean {
  return points.some((end, i) => {
    const start = points[i - 1] ?? end;
    const [dx, dy] = [end.x - start.x, end.y - start.y];
    const along = ((at.x - start.x) * dx + (at.y - start.y) * dy) / (dx * dx + dy * dy || 1);
    const t = Math.min(Math.max(along, 0), 1);
    return Math.hypot(at.x - start.x - t * dx, at.y - start.y - t * dy) <= radius;
  });
}

function windingNumber(points: readonly ImagePoint[], at: ImagePoint): number {
  return points.reduce((sum, start, i) => {
    const end = points[(i + 1) % points.length] ?? start;
    if (start.y <= at.y === end.y <= at.y) return sum;
    const x = start.x + ((at.y - start.y) / (end.y - start.y)) * (end.x - start.x);
    return x <= at.x ? sum + (end.y > start.y ? 1 : -1) : sum;
  }, 0);
}

function anyWithin(radius: number, x: number, y: number, size: Size, is: (x: number, y: number) => boolean) {
  for (let v = Math.max(0, y - radius); v <= Math.min(size.height - 1, y + radius); v += 1)
    for (let u = Math.max(0, x - radius); u <= Math.min(size.width - 1, x + radius); u += 1)
      if ((u - x) ** 2 + (v - y) ** 2 <= radius ** 2 && is(u, v)) return true;
  return false;
}

const CASES: Readonly<Record<string, readonly MaskOp[]>> = {
  "a dot": [stroke(6, [20, 20])],
  "a stroke": [PAINTED],
  "a stroke beyond the border": [stroke(9, [-20, 10], [80, 50])],
  "a stroke outside": [stroke(3, [-20, -20], [-9, 60])],
  "strokes along the axes": [stroke(2.5, [5, 10.5], [50, 10.5]), stroke(2.5, [20, 5], [20, 40])],
  "an eraser's stroke": [STAR, erasing(PAINTED)],
  "an outline that crosses itself": [STAR],
  "an outline the other way around": [polygon([11, 43], [50, 15], [6, 17.3], [44.4, 40], [20, 4])],
  "an outline beyond the border": [AT_BORDER],
  "an erased outline": [PAINTED, erasing(STAR)],
  growing: [PAINTED, { kind: "grow", px: 5 }],
  "growing at the border": [AT_BORDER, { kind: "grow", px: 7 }],
  "growing over everything": [PAINTED, { kind: "grow", px: 100 }],
  shrinking: [STAR, { kind: "shrink", px: 2 }],
  "shrinking at the border": [AT_BORDER, { kind: "shrink", px: 4 }],
  "shrinking to nothing": [PAINTED, { kind: "shrink", px: 20 }],
  inverting: [PAINTED, { kind: "invert" }],
  "inverting, then shrinking": [PAINTED, { kind: "invert" }, { kind: "shrink", px: 3 }],
  "everything in turn": [
    STAR,
    { kind: "grow", px: 3 },
    erasing(PAINTED),
    { kind: "invert" },
    AT_BORDER,
    { kind: "shrink", px: 2 },
    { kind: "grow", px: 1 },
    stroke(2, [3, 3], [8, 40]),
  ],
};

describe("the pixels of a mask are those that its operations mean", () => {
  for (const [name, ops] of Object.entries(CASES)) {
    test(name, () => {
      expect(rasterized(ops, SIZE, NONE).pixels).toEqual(expected(ops));
    });
  }
});

test("nothing is marked outside the extent that a raster says it has", () => {
  for (const ops of Object.values(CASES)) {
    const raster = rasterized(ops, SIZE, NONE);
    expect(countMarked(cut(raster))).toBe(countMarked(raster));
  }
});

test("an imported mask takes the place of what was painted, pixel by pixel", () => {
  const bitmap = packed(rasterized([STAR], SIZE, NONE));
  const imported = rasterized([PAINTED, { kind: "import", bitmapId: "b" }], SIZE, new Map([["b", bitmap]]));
  expect(imported.pixels).toEqual(rasterized([STAR], SIZE, NONE).pixels);
});

test("an imported mask that isn't there is no empty mask", () => {
  expect(() => rasterized([{ kind: "import", bitmapId: "b" }], SIZE, NONE)).toThrow(/isn't kept/);
});

test("packing to bits and to flat numbers loses nothing", () => {
  const raster = rasterized([STAR], SIZE, NONE);
  const bitmap = packed(raster);
  raster.pixels.forEach((pixel, at) => {
    expect(isMarked(bitmap, at % SIZE.width, Math.floor(at / SIZE.width))).toBe(pixel === 1);
  });
  for (const op of Object.values(CASES).flat()) expect(unpackOp(structuredClone(packOp(op)))).toEqual(op);
});

test("a radius that can't be grown by is refused", () => {
  expect(() => rasterized([PAINTED, { kind: "grow", px: 300 }], SIZE, NONE)).toThrow(RangeError);
});

describe("the mask on the screen", () => {
  const follow = (scale: number) =>
    createFollower({ width: SIZE.width * scale, height: SIZE.height * scale }, scale);
  const state = (ops: readonly MaskOp[], drawn: MaskOp | null = null) => ({
    ops,
    stroke: drawn?.kind === "stroke" ? drawn : null,
    bitmaps: NONE,
  });

  test("is the exact one for a picture that isn't large", () => {
    for (const ops of Object.values(CASES)) {
      const follower = follow(1);
      for (let count = 0; count <= ops.length; count += 1) follower.follow(state(ops.slice(0, count)));
      expect(follower.raster().pixels).toEqual(rasterized(ops, SIZE, NONE).pixels);
    }
  });

  test("is the exact one after any undo and redo", () => {
    const follower = follow(1);
    const ops = Array.from({ length: 7 }, () => CASES["everything in turn"] ?? [])
      .flat()
      .map((op) => ({ ...op }));
    for (const count of [56, 55, 33, 40, 3, 0, 56, 17, 16, 15, 56]) {
      follower.follow(state(ops.slice(0, count)));
      expect(follower.raster().pixels).toEqual(rasterized(ops.slice(0, count), SIZE, NONE).pixels);
    }
  });

  test("shows a stroke as it grows, as it ends, and not at all when it is canceled", () => {
    const points: ImagePoint[] = [imagePoint(5, 5)];
    const growing: MaskOp = { kind: "stroke", erase: true, radiusPx: 3, points };
    const follower = follow(1);
    follower.follow(state([STAR]));
    for (const [x, y] of [
      [20, 20],
      [40, 22],
      [41, 40],
    ] as const) {
      follower.follow(state([STAR], growing));
      points.push(imagePoint(x, y));
    }
    follower.follow(state([STAR, growing]));
    expect(follower.raster().pixels).toEqual(rasterized([STAR, growing], SIZE, NONE).pixels);
    follower.follow(state([STAR, growing], PAINTED));
    follower.follow(state([STAR, growing]));
    expect(follower.raster().pixels).toEqual(rasterized([STAR, growing], SIZE, NONE).pixels);
  });

  test("says of each change at least where it is, and of none that there is none", () => {
    const follower = follow(1);
    let before = follower.raster().pixels.slice();
    for (const ops of [[PAINTED], [PAINTED, STAR], [PAINTED], [], [AT_BORDER, { kind: "invert" } as const]]) {
      const { x0, y0, x1, y1 } = follower.follow(state(ops));
      follower.raster().pixels.forEach((pixel, at) => {
        const [x, y] = [at % SIZE.width, Math.floor(at / SIZE.width)];
        const isInside = x >= x0 && x < x1 && y >= y0 && y < y1;
        if (!isInside) expect(pixel).toBe(before[at]);
      });
      before = follower.raster().pixels.slice();
      expect(follower.follow(state(ops))).toEqual({ x0: 0, y0: 0, x1: 0, y1: 0 });
    }
  });

  test("is nearly the exact one at a quarter of the size", () => {
    const size = { width: 240, height: 160 };
    const ops = [stroke(20, [40, 40], [180, 100]), { kind: "grow", px: 12 }, { kind: "invert" }] as const;
    const follower = createFollower({ width: 60, height: 40 }, 0.25);
    follower.follow(state(ops));
    const exact = rasterized(ops, size, NONE);
    expect(Math.abs(countMarked(follower.raster()) * 16 - countMarked(exact))).toBeLessThan(0.02 * 240 * 160);
  });
});

/** A raster with everything outside its extent cleared. */
function cut(raster: Raster): Raster {
  const { x0, y0, x1, y1 } = raster.extent;
  const pixels = raster.pixels.map((pixel, at) => {
    const [x, y] = [at % raster.width, Math.floor(at / raster.width)];
    return x >= x0 && x < x1 && y >= y0 && y < y1 ? pixel : 0;
  });
  return { ...raster, pixels };
}
