/** What is computed for the screen: warping, guessed colours, differences, layers. */

import { describe, expect, it } from "vitest";
import { quadOf } from "../geometry/quad";
import { imagePoint, type Quad } from "../geometry/types";
import { drawnArea, markQuad, paintDiffering } from "./differing";
import { guessInk } from "./ink";
import { type Levels, levelFor, levelScales, tileBoxes } from "./levels";
import { paneAt, panesOf } from "./panes";
import { pictureLayers, splitX } from "./pictureScene";
import { quadInPreview } from "./preview";
import { type Pixels, warp } from "./warp";

type Rgba = readonly [number, number, number, number];

function filled(width: number, height: number, color: (x: number, y: number) => Rgba): Pixels {
  const data = new Uint8ClampedArray(width * height * 4);
  for (let i = 0; i < width * height; i += 1) data.set(color(i % width, Math.floor(i / width)), i * 4);
  return { width, height, data };
}
const colorAt = (pixels: Pixels, x: number, y: number) => [
  ...pixels.data.subarray((y * pixels.width + x) * 4, (y * pixels.width + x) * 4 + 4),
];

describe("warp", () => {
  const halves = filled(40, 20, (x) => (x < 20 ? [255, 0, 0, 255] : [0, 0, 255, 255]));
  const frame = { x: 0, y: 0, width: 40, height: 20 };

  it("leaves an upright picture as it is", () => {
    const { pixels, box } = warp({ pixels: halves, frame }, quadOf({ x: 7, y: 9, width: 40, height: 20 }), 1);
    expect(box).toEqual({ x: 7, y: 9, width: 40, height: 20 });
    expect(pixels.data).toEqual(halves.data);
  });

  it("puts the middle where the quad's diagonals cross, as perspective does", () => {
    const quad: Quad = [imagePoint(0, 0), imagePoint(100, 30), imagePoint(100, 70), imagePoint(0, 100)];
    const { pixels } = warp({ pixels: halves, frame }, quad, 1);
    // The diagonals cross at x = 71.4: the near half takes more of the quad than the far one.
    expect(colorAt(pixels, 68, 50)).toEqual([255, 0, 0, 255]);
    expect(colorAt(pixels, 75, 50)).toEqual([0, 0, 255, 255]);
    expect(colorAt(pixels, 95, 5)).toEqual([0, 0, 0, 0]);
  });

  it("draws around the frame what lies around it", () => {
    const inner = { x: 10, y: 5, width: 20, height: 10 };
    const { box } = warp(
      { pixels: halves, frame: inner },
      quadOf({ x: 100, y: 100, width: 40, height: 20 }),
      1,
    );
    expect(box).toEqual({ x: 80, y: 90, width: 80, height: 40 });
  });

  it("draws a huge quad coarser, so that a key press stays quick", () => {
    const { pixels, box } = warp(
      { pixels: halves, frame },
      quadOf({ x: 0, y: 0, width: 8000, height: 4000 }),
      1,
    );
    expect(pixels.width * pixels.height).toBeLessThan(260_000);
    expect(box.width).toBeCloseTo(8000, -2);
  });
});

describe("guessInk", () => {
  const isLetter = (x: number, y: number) => x >= 30 && x < 170 && y >= 20 && y < 60 && x % 20 < 8;
  const quad = quadOf({ x: 10, y: 10, width: 180, height: 60 });

  it("tells letters from ground, and where they stand", () => {
    const sign = filled(200, 80, (x, y) => (isLetter(x, y) ? [140, 10, 20, 255] : [210, 215, 220, 255]));
    const guess = guessInk(sign, quad);
    expect(guess.ink.map(Math.round)).toEqual([140, 10, 20]);
    for (const ground of guess.ground) expect(ground.map(Math.round)).toEqual([210, 215, 220]);
    expect(guess.letters?.top).toBeCloseTo(10 / 60, 1);
    expect(guess.letters?.bottom).toBeCloseTo(50 / 60, 1);
  });

  it("takes light letters on a dark ground as letters", () => {
    const sign = filled(200, 80, (x, y) => (isLetter(x, y) ? [250, 250, 250, 255] : [20, 60, 120, 255]));
    expect(guessInk(sign, quad).ink.map(Math.round)).toEqual([250, 250, 250]);
  });

  it("follows a ground that gets darker to the right", () => {
    const sign = filled(200, 80, (x) => [200 - x / 2, 200 - x / 2, 200 - x / 2, 255]);
    const wall = guessInk(sign, quad);
    expect(wall.ground[0]?.[0]).toBeGreaterThan((wall.ground.at(-1)?.[0] ?? 255) + 30);
  });

  it.each([
    ["dark on a light wall", 220, 24],
    ["light on a dark wall", 30, 244],
  ])("writes %s where nothing is written", (_name, wall, ink) => {
    const guess = guessInk(
      filled(200, 80, () => [wall, wall, wall, 255]),
      quad,
    );
    expect(guess.letters).toBeNull();
    expect(guess.ink[0]).toBe(ink);
  });
});

describe("difference", () => {
  it("counts inside and outside apart, and paints one level of difference", () => {
    const before = new Uint8ClampedArray([9, 9, 9, 255, 9, 9, 9, 255, 9, 9, 9, 255]);
    const after = new Uint8ClampedArray([9, 9, 9, 255, 9, 10, 9, 255, 8, 9, 9, 255]);
    const target = new Uint8ClampedArray(12);
    const counted = paintDiffering({ width: 3, before, after, inside: new Uint8Array([0, 1, 0]) }, target);
    expect(counted).toEqual({ insidePx: 1, outsidePx: 1 });
    expect(target[4]).toBeGreaterThan(60);
    expect([...target.subarray(8)]).toEqual([255, 40, 220, 255]);
  });

  it("marks the pixels whose centre is in the quad, in the rows asked for", () => {
    const inside = new Uint8Array(4 * 2);
    markQuad(quadOf({ x: 0.6, y: 0.4, width: 2, height: 3 }), { width: 4, y0: 1, y1: 3 }, inside);
    expect([...inside]).toEqual([0, 1, 1, 0, 0, 1, 1, 0]);
  });

  it("lets the service draw in the margin that it draws in", () => {
    const area = drawnArea(quadOf({ x: 100, y: 100, width: 200, height: 50 }));
    expect(area[0]).toMatchObject({ x: 94, y: 94 });
    expect(area[2]).toMatchObject({ x: 306, y: 156 });
  });
});

describe("levels", () => {
  it("halves until the coarsest is small", () => {
    expect(levelScales({ width: 8660, height: 5774 })).toEqual([1, 0.5, 0.25, 0.125, 0.0625]);
    expect(levelScales({ width: 512, height: 512 })).toEqual([1]);
  });

  it("covers the picture with tiles, once", () => {
    const boxes = tileBoxes({ width: 5000, height: 3000 });
    expect(boxes.reduce((sum, box) => sum + box.width * box.height, 0)).toBe(5000 * 3000);
    expect(boxes).toHaveLength(6);
  });

  it("draws from the coarsest level that is fine enough", () => {
    const levels = [1, 0.5, 0.25].map((scale) => ({ scale, tiles: [] }));
    expect([2, 0.6, 0.5, 0.1].map((wanted) => levelFor(levels, wanted)?.scale)).toEqual([1, 1, 0.5, 0.25]);
  });
});

describe("comparison", () => {
  const after: Levels = { width: 400, height: 300, levels: [] };
  const before: Levels = { width: 400, height: 300, levels: [] };
  const stage = { width: 600, height: 400 };
  const viewport = { scale: 1, offsetX: 100, offsetY: 50 };
  const looked = { after, before, difference: null, split: 0.25, isHoldingOriginal: false } as const;

  it("shows before left of the slider and after right of it", () => {
    const [left, right] = pictureLayers({ ...looked, compare: "slider" }, viewport, stage);
    expect(left).toMatchObject({ levels: before, clip: { x: 0, width: 200 } });
    expect(right).toMatchObject({ levels: after, clip: { x: 200, width: 400 } });
  });

  it("keeps the slider on the part of the picture that is in sight", () => {
    const zoomed = { scale: 10, offsetX: -1000, offsetY: 0 };
    expect([0, 0.5, 1].map((split) => splitX(split, after, zoomed, stage))).toEqual([0, 300, 600]);
  });

  it("shows both side by side at the same zoom, one above the other where it is tall", () => {
    const [left, right] = pictureLayers({ ...looked, compare: "side" }, viewport, stage);
    expect(right?.viewport.offsetX).toBe((left?.viewport.offsetX ?? 0) + 301);
    expect(panesOf({ width: 390, height: 602 }, true)[1]).toEqual({ x: 0, y: 302, width: 390, height: 300 });
    expect(paneAt(panesOf(stage, true), 450, 10)?.x).toBe(301);
  });

  it("shows nothing but the original while it is held", () => {
    const layers = pictureLayers({ ...looked, compare: "off", isHoldingOriginal: true }, viewport, stage);
    expect(layers.map((layer) => layer.levels)).toEqual([before]);
  });

  it("shows what it came from until a candidate is decoded", () => {
    expect(pictureLayers({ ...looked, compare: "off", after: null }, viewport, stage)[0]?.levels).toBe(
      before,
    );
  });
});

describe("preview", () => {
  it("finds the word in the middle of the model's strip", () => {
    const quad = quadOf({ x: 50, y: 50, width: 200, height: 80 });
    expect(quadInPreview(quad, { width: 128, height: 64 })).toEqual({ x: 14, y: 12, width: 100, height: 40 });
    expect(quadInPreview(quad, { width: 256, height: 128 })).toEqual({
      x: 28,
      y: 24,
      width: 200,
      height: 80,
    });
  });

  it("takes a preview of another shape as the quad itself", () => {
    const quad = quadOf({ x: 50, y: 50, width: 200, height: 80 });
    expect(quadInPreview(quad, { width: 200, height: 80 })).toEqual({ x: 0, y: 0, width: 200, height: 80 });
  });
});
