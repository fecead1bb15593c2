import { describe, expect, test } from "vitest";
import type { ModelInfo } from "../api/types";
import { boundingBox, charHeight, clampedTo, isConvex, lineWidth, quadOf } from "../geometry/quad";
import { imagePoint, type Quad } from "../geometry/types";
import { checkPlace, widened } from "./limits";
import type { Place } from "./types";

const MODEL: ModelInfo = {
  name: "m",
  charset: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz é",
  max_chars: 12,
  min_char_height_px: 8,
  default: true,
};
const PICTURE = { width: 1000, height: 600 };
const BOX = { x: 100, y: 100, width: 160, height: 50 };
const OLD_ASPECT = 160 / 50;

function place(text: string | null, oldText: string | null = "EXIT", box = BOX): Place {
  return { kind: "quad", id: "q", quad: quadOf(box), oldText, oldAspect: OLD_ASPECT, text };
}
const codes = (one: Place, model: ModelInfo | null = MODEL) =>
  checkPlace(one, PICTURE, model).map((limit) => limit.code);

describe("what speaks against a text", () => {
  test("a text like the old one is fine, and so is none", () => {
    expect(codes(place("GATE"))).toEqual([]);
    expect(codes(place(""))).toEqual([]);
    expect(codes(place(null))).toEqual([]);
  });

  test("a text that is too long is counted in characters, not in UTF-16", () => {
    const limits = checkPlace(place("ABCDEFGHIJKL𝐌", null, { ...BOX, width: 900 }), PICTURE, MODEL);
    expect(limits[0]).toEqual({ code: "too_long", got: 13, max: 12 });
    expect(limits[1]).toEqual({ code: "unknown_characters", characters: ["𝐌"] });
  });

  test("each character that the model doesn't have is named once", () => {
    expect(checkPlace(place("Aßß€"), PICTURE, MODEL)).toEqual([
      { code: "unknown_characters", characters: ["ß", "€"] },
    ]);
  });

  test("a box too low for letters is, even to remove a word", () => {
    const low = { ...BOX, height: 6.9 };
    expect(checkPlace(place("GATE", "EXIT", low), PICTURE, MODEL)).toEqual([
      { code: "too_small", px: 6, min: 8 },
    ]);
    expect(codes(place("", "EXIT", low))).toEqual(["too_small"]);
  });

  test("a text much longer than the old one is too narrow, until the box is widened as much as it says", () => {
    const long = place("DEPARTURE");
    const [limit] = checkPlace(long, PICTURE, MODEL);
    if (limit?.code !== "too_narrow") throw new Error(`got ${limit?.code}`);
    expect(limit.percent).toBeLessThan(62);
    const wide = widened(quadOf(BOX), limit.factor, PICTURE);
    expect(lineWidth(wide)).toBeCloseTo(BOX.width * limit.factor, 6);
    expect(codes({ ...long, kind: "quad", quad: wide, oldText: "EXIT", oldAspect: OLD_ASPECT })).toEqual([]);
  });

  test("without a model nothing is known to be wrong", () => {
    expect(codes(place("ß".repeat(99)), null)).toEqual([]);
  });
});

describe("widening", () => {
  test("keeps the height and the middle", () => {
    const wide = widened(quadOf(BOX), 1.5, PICTURE);
    expect(charHeight(wide)).toBeCloseTo(50, 9);
    expect(boundingBox(wide)).toEqual({ x: 60, y: 100, width: 240, height: 50 });
  });

  test("stays in the picture, and in a slanted box on its lines", () => {
    const slanted: Quad = [
      imagePoint(20, 200),
      imagePoint(200, 150),
      imagePoint(210, 190),
      imagePoint(30, 240),
    ];
    const wide = widened(slanted, 9, PICTURE);
    expect(clampedTo(wide, PICTURE)).toEqual(wide);
    expect(isConvex(wide)).toBe(true);
    const slope = (one: Quad) => (one[1].y - one[0].y) / (one[1].x - one[0].x);
    expect(slope(wide)).toBeCloseTo(slope(slanted), 9);
  });

  test("a box whose lines would meet is left as it is", () => {
    const tapering: Quad = [
      imagePoint(500, 100),
      imagePoint(700, 190),
      imagePoint(700, 210),
      imagePoint(500, 300),
    ];
    expect(widened(tapering, 3, PICTURE)).toBe(tapering);
  });
});
