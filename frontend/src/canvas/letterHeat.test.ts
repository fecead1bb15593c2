import { describe, expect, it } from "vitest";
import type { CandidateMaps } from "../api/types";
import { cssColor, LETTER_COLORS, letterColor } from "./letterColors";
import { heatPicture } from "./letterHeat";

const MAPS: CandidateMaps = {
  sha256: "0".repeat(64),
  width: 4,
  height: 2,
  quad_px: [
    [0, 0],
    [40, 0],
    [40, 20],
    [0, 20],
  ],
  characters: [
    { character: "I", peak: 1 },
    { character: "L", peak: 0.5 },
  ],
};
/** The first letter on the left, the second on the right. */
const LEVELS = Uint8ClampedArray.from([
  ...[255, 255, 0, 0, 255, 255, 0, 0],
  ...[0, 0, 255, 255, 0, 0, 255, 255],
]);

function pixel(alone: number | null, x: number, y = 8): number[] {
  const { width, data } = heatPicture(MAPS, LEVELS, alone);
  return [...data.subarray((y * width + x) * 4, (y * width + x) * 4 + 4)];
}

describe("heatPicture", () => {
  it("is eight pixels a cell", () => {
    const { width, height } = heatPicture(MAPS, LEVELS, null);
    expect([width, height]).toEqual([32, 16]);
  });

  it("has each letter's own colour where its share is", () => {
    expect(pixel(null, 1).slice(0, 3)).toEqual([...letterColor(0)]);
    expect(pixel(null, 30).slice(0, 3)).toEqual([...letterColor(1)]);
  });

  it("is fainter where the attention is shared", () => {
    const [, , , sure = 0] = pixel(null, 1);
    const [, , , shared = 0] = pixel(null, 30);
    expect(sure).toBeGreaterThan(shared);
    expect(shared).toBeGreaterThan(60);
  });

  it("shows one letter alone, at its own scale, and nothing of the others", () => {
    expect(pixel(1, 1)[3]).toBe(0);
    const [red, green, blue, alpha = 0] = pixel(1, 30);
    expect([red, green, blue]).toEqual([...letterColor(1)]);
    expect(alpha).toBeGreaterThan(190);
  });

  it("fades without an edge", () => {
    const along = Array.from({ length: 32 }, (_, x) => pixel(0, x)[3] ?? 0);
    const steps = along.slice(1).map((alpha, i) => Math.abs(alpha - (along[i] ?? 0)));
    expect(Math.max(...steps)).toBeLessThan(30);
    expect(along).toEqual([...along].sort((a, b) => b - a));
  });

  it("has nothing where there is no heat", () => {
    const { data } = heatPicture(MAPS, new Uint8ClampedArray(LEVELS.length), null);
    expect(data.every((value) => value === 0)).toBe(true);
  });
});

/** Linear RGB as it is seen: Machado, Oliveira and Fernandes (2009), severity 1. */
const SEEN = {
  protan: [0.152286, 1.052583, -0.204868, 0.114503, 0.786281, 0.099216, -0.003882, -0.048116, 1.051998],
  deutan: [0.367322, 0.860646, -0.227968, 0.280085, 0.672501, 0.047413, -0.01182, 0.04294, 0.968881],
  tritan: [1.255528, -0.076749, -0.178779, -0.078411, 0.930809, 0.147602, 0.004733, 0.691367, 0.3039],
} as const;
/** A difference of 2 is just seen side by side. */
const CLEAR_DIFFERENCE = 20;

function lab(rgb: readonly number[], seen: readonly number[] | null): readonly number[] {
  const plain = rgb.map((value) => {
    const level = value / 255;
    return level <= 0.04045 ? level / 12.92 : ((level + 0.055) / 1.055) ** 2.4;
  });
  const times = (matrix: readonly number[], vector: readonly number[]) =>
    [0, 3, 6].map((row) =>
      vector.reduce((sum, value, column) => sum + value * (matrix[row + column] ?? 0), 0),
    );
  const linear = (seen === null ? plain : times(seen, plain)).map((value) => Math.min(1, Math.max(0, value)));
  const toXyz = [0.4124, 0.3576, 0.1805, 0.2126, 0.7152, 0.0722, 0.0193, 0.1192, 0.9505];
  const [x = 0, y = 0, z = 0] = times(toXyz, linear).map((value, i) =>
    Math.cbrt(value / ([0.9505, 1, 1.089][i] ?? 1)),
  );
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

describe("letter colours", () => {
  it.each([["everybody", null] as const, ...Object.entries(SEEN)])(
    "differ side by side for %s",
    (_, seen) => {
      LETTER_COLORS.forEach((color, at) => {
        const a = lab(color, seen);
        const b = lab(letterColor(at + 1), seen);
        const difference = Math.hypot(...a.map((value, i) => value - (b[i] ?? 0)));
        expect([at, difference > CLEAR_DIFFERENCE ? "clear" : difference]).toEqual([at, "clear"]);
      });
    },
  );

  it("begin again after the last one", () => {
    expect(cssColor(letterColor(LETTER_COLORS.length))).toBe(cssColor(letterColor(0)));
  });
});
