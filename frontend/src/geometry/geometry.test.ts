import { describe, expect, test } from "vitest";
import { apply, rectToQuad } from "./homography";
import {
  boundingBox,
  center,
  charHeight,
  clampedTo,
  containsPoint,
  cornerAt,
  isConvex,
  lineWidth,
  moved,
  quadOf,
  withCorner,
} from "./quad";
import { inReadingOrder } from "./reading";
import { imagePoint, type Quad, screenPoint, type Viewport } from "./types";
import { clampViewport, fitted, panned, toImage, toScreen, zoomedAt } from "./viewport";

/** Numbers that are the same in every run: a linear congruential generator, Numerical Recipes' constants. */
function* numbers(seed: number): Generator<number, never> {
  let state = seed;
  while (true) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    yield state / 2 ** 32;
  }
}

const next = numbers(7);
const between = (low: number, high: number) => low + (high - low) * next.next().value;
const someViewport = (): Viewport => ({
  scale: 2 ** between(-6, 5),
  offsetX: between(-5000, 5000),
  offsetY: between(-5000, 5000),
});
/** Clockwise and convex: a box whose corners are pulled about by at most a fifth of its sides. */
const someQuad = (): Quad => {
  const [width, height] = [between(20, 800), between(10, 300)];
  const pull = (side: number) => between(-side / 5, side / 5);
  const [a, b, c, d] = quadOf({ x: between(0, 4000), y: between(0, 4000), width, height });
  const shifted = [a, b, c, d].map(({ x, y }) => imagePoint(x + pull(width), y + pull(height)));
  return [shifted[0] ?? a, shifted[1] ?? b, shifted[2] ?? c, shifted[3] ?? d];
};
const times = (count: number, run: () => void) => {
  for (let i = 0; i < count; i += 1) run();
};

describe("viewport", () => {
  test("to the picture and back is the same point", () => {
    times(200, () => {
      const viewport = someViewport();
      const point = screenPoint(between(-100, 4000), between(-100, 4000));
      const back = toScreen(viewport, toImage(viewport, point));
      expect(back.x).toBeCloseTo(point.x, 6);
      expect(back.y).toBeCloseTo(point.y, 6);
    });
  });

  test("zooming keeps what is under the pointer under it", () => {
    times(200, () => {
      const viewport = someViewport();
      const point = screenPoint(between(0, 2000), between(0, 1000));
      const before = toImage(viewport, point);
      const after = toImage(zoomedAt(viewport, point, 2 ** between(-3, 3)), point);
      expect(after.x).toBeCloseTo(before.x, 4);
      expect(after.y).toBeCloseTo(before.y, 4);
    });
  });

  test("panning moves the picture by as much as the pointer", () => {
    const viewport = someViewport();
    const before = toScreen(viewport, imagePoint(10, 20));
    const after = toScreen(panned(viewport, 30, -5), imagePoint(10, 20));
    expect(after.x - before.x).toBeCloseTo(30, 9);
    expect(after.y - before.y).toBeCloseTo(-5, 9);
  });

  test("a fitted picture is wholly in sight, in the middle, at most doubled", () => {
    const stage = { width: 1200, height: 800 };
    for (const image of [
      { width: 6000, height: 4000 },
      { width: 40, height: 30 },
      { width: 50, height: 9000 },
    ]) {
      const viewport = fitted(image, stage);
      const low = toScreen(viewport, imagePoint(0, 0));
      const high = toScreen(viewport, imagePoint(image.width, image.height));
      expect(Math.min(low.x, low.y)).toBeGreaterThanOrEqual(0);
      expect(high.x).toBeLessThanOrEqual(stage.width);
      expect(high.y).toBeLessThanOrEqual(stage.height);
      expect(low.x).toBeCloseTo(stage.width - high.x, 6);
      expect(low.y).toBeCloseTo(stage.height - high.y, 6);
      expect(viewport.scale).toBeLessThanOrEqual(2);
    }
  });

  test("a clamped viewport shows some of the picture and stays as it is when clamped again", () => {
    const image = { width: 6000, height: 4000 };
    const stage = { width: 1200, height: 800 };
    times(200, () => {
      const viewport = clampViewport({ ...someViewport(), offsetX: between(-1e6, 1e6) }, image, stage);
      const low = toScreen(viewport, imagePoint(0, 0));
      const high = toScreen(viewport, imagePoint(image.width, image.height));
      expect(low.x).toBeLessThan(stage.width);
      expect(low.y).toBeLessThan(stage.height);
      expect(high.x).toBeGreaterThan(0);
      expect(high.y).toBeGreaterThan(0);
      const again = clampViewport(viewport, image, stage);
      expect(again.scale).toBeCloseTo(viewport.scale, 9);
      expect(again.offsetX).toBeCloseTo(viewport.offsetX, 6);
      expect(again.offsetY).toBeCloseTo(viewport.offsetY, 6);
    });
  });

  test("a fitted viewport is left as it is by clamping", () => {
    const image = { width: 6000, height: 4000 };
    const stage = { width: 390, height: 700 };
    expect(clampViewport(fitted(image, stage), image, stage)).toEqual(fitted(image, stage));
  });
});

describe("quad", () => {
  test("a box's quad has the box around it", () => {
    const box = { x: 3, y: 4, width: 50, height: 20 };
    expect(boundingBox(quadOf(box))).toEqual(box);
    expect(charHeight(quadOf(box))).toBe(20);
    expect(lineWidth(quadOf(box))).toBe(50);
    expect(center(quadOf(box))).toEqual({ x: 28, y: 14 });
  });

  test("holds its middle and its corners, not what is outside its box", () => {
    times(200, () => {
      const quad = someQuad();
      expect(isConvex(quad)).toBe(true);
      expect(containsPoint(quad, center(quad))).toBe(true);
      for (const corner of quad) expect(containsPoint(quad, corner)).toBe(true);
      const box = boundingBox(quad);
      expect(containsPoint(quad, imagePoint(box.x - 1, box.y + box.height / 2))).toBe(false);
    });
  });

  test("moving and moving back changes nothing that can be seen", () => {
    const quad = someQuad();
    moved(moved(quad, 12.5, -3), -12.5, 3).forEach((point, i) => {
      expect(point.x).toBeCloseTo(quad[i]?.x ?? Number.NaN, 9);
      expect(point.y).toBeCloseTo(quad[i]?.y ?? Number.NaN, 9);
    });
  });

  test("the nearest corner within reach is taken, none beyond", () => {
    const quad = quadOf({ x: 0, y: 0, width: 100, height: 10 });
    expect(cornerAt(quad, imagePoint(98, 7), 8)).toBe(2);
    expect(cornerAt(quad, imagePoint(98, 3), 8)).toBe(1);
    expect(cornerAt(quad, imagePoint(50, 5), 8)).toBeNull();
  });

  test("two corners swapped or three in a line are not convex", () => {
    const [a, b, c, d] = quadOf({ x: 0, y: 0, width: 100, height: 40 });
    expect(isConvex([a, c, b, d])).toBe(false);
    expect(isConvex([d, c, b, a])).toBe(false);
    expect(isConvex(withCorner([a, b, c, d], 2, imagePoint(50, 20)))).toBe(false);
  });

  test("clamping brings every corner into the picture", () => {
    const quad = quadOf({ x: -10, y: -10, width: 500, height: 30 });
    expect(boundingBox(clampedTo(quad, { width: 100, height: 100 }))).toEqual({
      x: 0,
      y: 0,
      width: 100,
      height: 20,
    });
  });
});

describe("homography", () => {
  test("takes the rectangle's corners to the quad's and its middle inside", () => {
    times(200, () => {
      const quad = someQuad();
      const [width, height] = [between(5, 500), between(5, 500)];
      const matrix = rectToQuad(width, height, quad);
      quadOf({ x: 0, y: 0, width, height }).forEach((corner, i) => {
        const got = apply(matrix, corner);
        expect(got.x).toBeCloseTo(quad[i]?.x ?? Number.NaN, 6);
        expect(got.y).toBeCloseTo(quad[i]?.y ?? Number.NaN, 6);
      });
      expect(containsPoint(quad, apply(matrix, { x: width / 2, y: height / 2 }))).toBe(true);
    });
  });

  test("straight lines stay straight", () => {
    const matrix = rectToQuad(100, 40, someQuad());
    const [a, b, c] = [0, 30, 100].map((x) => apply(matrix, { x, y: (x * 40) / 100 }));
    if (!a || !b || !c) throw new Error("three points");
    const area = (b.x - a.x) * (c.y - a.y) - (c.x - a.x) * (b.y - a.y);
    expect(Math.abs(area)).toBeLessThan(1e-6);
  });
});

describe("reading order", () => {
  const at = (x: number, y: number) => quadOf({ x, y, width: 80, height: 20 });

  test("goes line by line although the words of a line aren't level", () => {
    const words = [at(200, 4), at(0, 0), at(100, 40), at(100, -5), at(0, 44)];
    expect(inReadingOrder(words, (quad) => quad)).toEqual([
      at(0, 0),
      at(100, -5),
      at(200, 4),
      at(0, 44),
      at(100, 40),
    ]);
  });

  test("leaves the list that it is given as it is", () => {
    const words = [at(200, 4), at(0, 0)];
    inReadingOrder(words, (quad) => quad);
    expect(words).toEqual([at(200, 4), at(0, 0)]);
  });
});
