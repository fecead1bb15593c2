/** From the grey maps of letters to a picture of coloured heat. Knows numbers, no canvas and no stores. */

import type { CandidateMaps } from "../api/types";
import { letterColor } from "./letterColors";
import type { Pixels } from "./warp";

/** 0 to 255, map by map, row by row, as the sheet has them. */
export type SheetLevels = Uint8ClampedArray;

/** Pixels a cell of a map: a cell is as large as half a letter. */
const FINER = 8;
const OPACITY = 0.62;
const OPACITY_ALONE = 0.78;
/** Faint heat is seen as well. */
const GAMMA = 0.7;

/** All letters at once, mixed by their shares of the attention; or one of them, at its own scale. */
export function heatPicture(maps: CandidateMaps, levels: SheetLevels, alone: number | null): Pixels {
  const { width, height, characters } = maps;
  const size = { width: width * FINER, height: height * FINER };
  const picture: Pixels = { ...size, data: new Uint8ClampedArray(size.width * size.height * 4) };
  const shown = characters
    .map(({ peak }, at) => ({ at, share: alone === null ? peak : 1 }))
    .filter(({ at }) => alone === null || at === alone)
    .map(({ at, share }) => ({
      share: share / 255,
      color: letterColor(at),
      heat: finer(levels.subarray(at * width * height, (at + 1) * width * height), width, height),
    }));
  const opacity = alone === null ? OPACITY : OPACITY_ALONE;
  for (let i = 0; i < size.width * size.height; i += 1) {
    let [total, red, green, blue] = [0, 0, 0, 0];
    for (const { share, color, heat } of shown) {
      const weight = share * Math.max(0, heat[i] ?? 0);
      total += weight;
      red += weight * color[0];
      green += weight * color[1];
      blue += weight * color[2];
    }
    if (total <= 0) continue;
    const alpha = 255 * opacity * Math.min(1, total) ** GAMMA;
    picture.data.set([red / total, green / total, blue / total, alpha], i * 4);
  }
  return picture;
}

/** Enlarged without edges: a cubic B-spline, first along the rows, then down the columns. */
function finer(levels: SheetLevels, width: number, height: number): Float32Array {
  const rows = enlarged(Float32Array.from(levels), width, height);
  return transposed(
    enlarged(transposed(rows, width * FINER, height), height, width * FINER),
    height * FINER,
    width * FINER,
  );
}

function enlarged(values: Float32Array, width: number, height: number): Float32Array {
  const result = new Float32Array(width * FINER * height);
  for (let x = 0; x < width * FINER; x += 1) {
    const position = (x + 0.5) / FINER - 0.5;
    const left = Math.floor(position);
    const weights = splineWeights(position - left);
    for (let y = 0; y < height; y += 1) {
      let sum = 0;
      for (const [k, weight] of weights.entries()) {
        const column = Math.min(Math.max(left + k - 1, 0), width - 1);
        sum += weight * (values[y * width + column] ?? 0);
      }
      result[y * width * FINER + x] = sum;
    }
  }
  return result;
}

/** Of the two cells to the left and the two to the right. */
function splineWeights(t: number): readonly number[] {
  const s = 1 - t;
  return [s ** 3 / 6, (4 - 6 * t ** 2 + 3 * t ** 3) / 6, (4 - 6 * s ** 2 + 3 * s ** 3) / 6, t ** 3 / 6];
}

function transposed(values: Float32Array, width: number, height: number): Float32Array {
  const result = new Float32Array(values.length);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) result[x * height + y] = values[y * width + x] ?? 0;
  }
  return result;
}
