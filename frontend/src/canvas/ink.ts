/**
 * What a word looks like, guessed from the pixels in its quad: the colour of the letters, the colours of the ground from
 * left to right, where between the quad's edges the letters stand, how bold they are. For the ghost only; the model
 * looks for itself.
 */

import { apply, rectToQuad } from "../geometry/homography";
import type { Quad } from "../geometry/types";
import { imagePoint } from "../geometry/types";
import type { Pixels } from "./warp";

export type Rgb = readonly [number, number, number];

export interface InkGuess {
  readonly ink: Rgb;
  /** From the left to the right. */
  readonly ground: readonly Rgb[];
  /** Shares of the quad's width and height; null: there are no letters. */
  readonly letters: {
    readonly left: number;
    readonly right: number;
    readonly top: number;
    readonly bottom: number;
  } | null;
  /** The share of the letters' box that is ink. */
  readonly coverage: number;
}

const COLUMNS = 96;
const ROWS = 32;
/** How far around the quad is looked, as a share of it: there is ground for sure. */
const MARGIN = 0.08;
const GROUND_STOPS = 5;
const ROUNDS = 8;
/** Nearer than this, of 441, two colours are one and its noise. */
const MIN_CONTRAST = 42;
const MAX_INK_ON_BORDER = 0.35;

interface Samples {
  readonly colors: readonly Rgb[];
  readonly isInk: readonly boolean[];
}

/** `picture` is a part of the picture, perhaps smaller; `quad` lies in its pixels. */
export function guessInk(picture: Pixels, quad: Quad): InkGuess {
  const colors = rectified(picture, quad);
  const [one, other] = twoColors(colors);
  const share = borderShare(colors, one, other);
  const [ground, ink] = share >= 0.5 ? [one, other] : [other, one];
  // Letters stand within their box: what reaches its border as well is a wall in light and shade.
  const isPlain = distance(ground, ink) < MIN_CONTRAST || Math.min(share, 1 - share) > MAX_INK_ON_BORDER;
  const isInk = colors.map((color) => !isPlain && distance(color, ink) < distance(color, ground));
  const samples = { colors, isInk };
  const letters = isPlain ? null : letterBox(samples);
  return {
    ink: letters ? pureInk(samples, ground) : legibleOn(ground),
    ground: groundStops(samples, ground, isPlain ? null : ink),
    letters,
    coverage: letters ? coverageIn(samples, letters) : 0,
  };
}

function rectified(picture: Pixels, quad: Quad): readonly Rgb[] {
  const matrix = rectToQuad(1, 1, quad);
  return Array.from({ length: COLUMNS * ROWS }, (_, i) => {
    const x = -MARGIN + ((i % COLUMNS) + 0.5) * ((1 + 2 * MARGIN) / COLUMNS);
    const y = -MARGIN + (Math.floor(i / COLUMNS) + 0.5) * ((1 + 2 * MARGIN) / ROWS);
    const at = apply(matrix, imagePoint(x, y));
    const column = Math.min(Math.max(Math.floor(at.x), 0), picture.width - 1);
    const row = Math.min(Math.max(Math.floor(at.y), 0), picture.height - 1);
    const from = (row * picture.width + column) * 4;
    return [picture.data[from] ?? 0, picture.data[from + 1] ?? 0, picture.data[from + 2] ?? 0];
  });
}

/** Two means, begun from the darkest and the lightest fifth. */
function twoColors(colors: readonly Rgb[]): readonly [Rgb, Rgb] {
  const byLight = [...colors].sort((a, b) => light(a) - light(b));
  const fifth = Math.max(1, Math.floor(colors.length / 5));
  let dark = mean(byLight.slice(0, fifth));
  let bright = mean(byLight.slice(-fifth));
  for (let round = 0; round < ROUNDS; round += 1) {
    const darks = colors.filter((color) => distance(color, dark) <= distance(color, bright));
    const brights = colors.filter((color) => distance(color, dark) > distance(color, bright));
    if (darks.length === 0 || brights.length === 0) break;
    dark = mean(darks);
    bright = mean(brights);
  }
  return [dark, bright];
}

/** Of the box's border, what is nearer to the one color. */
function borderShare(colors: readonly Rgb[], one: Rgb, other: Rgb): number {
  const border = colors.filter((_, i) => {
    const row = Math.floor(i / COLUMNS);
    const column = i % COLUMNS;
    return row < 2 || row >= ROWS - 2 || column < 2 || column >= COLUMNS - 2;
  });
  return border.filter((color) => distance(color, one) <= distance(color, other)).length / border.length;
}

/** Rows and columns with more than a trace of ink; what reaches the outermost is a frame or a shadow, not letters. */
function letterBox({ isInk }: Samples): InkGuess["letters"] {
  const rows = Array.from({ length: ROWS }, (_, row) => count(isInk, (i) => Math.floor(i / COLUMNS) === row));
  const columns = Array.from({ length: COLUMNS }, (_, column) => count(isInk, (i) => i % COLUMNS === column));
  const [top, bottom] = stretch(rows, COLUMNS * 0.05);
  const [left, right] = stretch(columns, ROWS * 0.08);
  const share = (at: number, all: number) =>
    Math.min(1, Math.max(0, -MARGIN + (at / all) * (1 + 2 * MARGIN)));
  const box = {
    left: share(left, COLUMNS),
    right: share(right, COLUMNS),
    top: share(top, ROWS),
    bottom: share(bottom, ROWS),
  };
  return box.right - box.left > 0.1 && box.bottom - box.top > 0.25 ? box : null;
}

function stretch(counts: readonly number[], least: number): readonly [number, number] {
  const first = counts.findIndex((n) => n > least);
  const last = counts.findLastIndex((n) => n > least);
  return first < 0 ? [0, 0] : [first, last + 1];
}

/** The half of the ink that is farthest from the ground: the edges of letters are mixed with it. */
function pureInk({ colors, isInk }: Samples, ground: Rgb): Rgb {
  const inks = colors.filter((_, i) => isInk[i]).sort((a, b) => distance(b, ground) - distance(a, ground));
  return mean(inks.slice(0, Math.max(1, Math.ceil(inks.length / 2))));
}

/** Without what is on its way to the ink: the letters' edges would make the ground dirty. */
function groundStops({ colors, isInk }: Samples, ground: Rgb, ink: Rgb | null): readonly Rgb[] {
  return Array.from({ length: GROUND_STOPS }, (_, stop) => {
    const here = colors.filter(
      (color, i) =>
        !isInk[i] &&
        Math.floor(((i % COLUMNS) * GROUND_STOPS) / COLUMNS) === stop &&
        (ink === null || distance(color, ink) > 0.7 * distance(ground, ink)),
    );
    return here.length >= ROWS ? mean(here) : ground;
  });
}

function coverageIn({ isInk }: Samples, letters: NonNullable<InkGuess["letters"]>): number {
  const area = (letters.right - letters.left) * (letters.bottom - letters.top) * COLUMNS * ROWS;
  return (count(isInk, () => true) * (1 + 2 * MARGIN) ** 2) / area;
}

function legibleOn(ground: Rgb): Rgb {
  return light(ground) > 128 ? [24, 24, 24] : [244, 244, 244];
}

function count(flags: readonly boolean[], counts: (index: number) => boolean): number {
  return flags.reduce((sum, flag, i) => (flag && counts(i) ? sum + 1 : sum), 0);
}

function mean(colors: readonly Rgb[]): Rgb {
  const sum = [0, 0, 0];
  for (const [red, green, blue] of colors) {
    sum[0] = (sum[0] ?? 0) + red;
    sum[1] = (sum[1] ?? 0) + green;
    sum[2] = (sum[2] ?? 0) + blue;
  }
  const [red = 0, green = 0, blue = 0] = sum.map((total) => total / Math.max(1, colors.length));
  return [red, green, blue];
}

function light([red, green, blue]: Rgb): number {
  return 0.299 * red + 0.587 * green + 0.114 * blue;
}

function distance(a: Rgb, b: Rgb): number {
  return Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
}
