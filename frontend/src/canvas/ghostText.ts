/** Sets the new word upright, in the proportions of the old one, and the ground that hides the old one, for a quad each. */

import type { Box, Size } from "../geometry/types";
import type { InkGuess, Rgb } from "./ink";
import type { Upright } from "./warp";

export interface GhostText {
  readonly text: string;
  readonly oldText: string | null;
  readonly guess: InkGuess;
  /** Width a height of the quad in which the guess was made. */
  readonly guessedAspect: number;
  /** Of the quad, in the pixels that the ghost is to have. */
  readonly size: Size;
}

const FACES = '"Helvetica Neue", Arial, "Liberation Sans", "Noto Sans", "Noto Sans CJK JP", sans-serif';
/** Room around the quad for soft edges and, below, for descenders, as a share of its height. */
const MARGIN = 0.12;
const DESCENT = 0.3;
/** How far the ground reaches over what it hides, as a share of the quad's height: old letters stick out a little. */
const GROUND_REACH = 0.05;
/** A letter's width may be stretched within these to be like the sign's. */
const STRETCH = [0.45, 1.7] as const;
/** If nothing is there to measure: capitals take this share of the quad's height. */
const PLAIN_CAPITALS = 0.72;

interface Setting {
  readonly font: string;
  readonly stretch: number;
  readonly centerX: number;
  readonly baseline: number;
}

interface Board {
  readonly ctx: CanvasRenderingContext2D;
  taken(): Upright;
}

let canvas: HTMLCanvasElement | null = null;

/** An empty canvas on which the quad's top left corner is the origin. */
function board(size: Size, below: number): Board {
  canvas ??= document.createElement("canvas");
  const margin = Math.ceil(size.height * MARGIN);
  const width = Math.ceil(size.width) + 2 * margin;
  const height = Math.ceil(size.height * (1 + below)) + 2 * margin;
  canvas.width = width;
  canvas.height = height;
  const ctx = canvas.getContext("2d", { willReadFrequently: true });
  if (!ctx) throw new Error("the browser gives no canvas to set a word on");
  ctx.translate(margin, margin);
  const frame = { x: margin, y: margin, width: size.width, height: size.height };
  return { ctx, taken: () => ({ pixels: ctx.getImageData(0, 0, width, height), frame }) };
}

/** `hidden`: the part of the quad in which the old letters stand, in the ghost's pixels. */
export function drawGround(guess: InkGuess, size: Size, hidden: Box): Upright {
  const { ctx, taken } = board(size, 0);
  const gradient = ctx.createLinearGradient(0, 0, size.width, 0);
  guess.ground.forEach((color, i) => {
    gradient.addColorStop((i + 0.5) / guess.ground.length, css(color));
  });
  const reach = size.height * GROUND_REACH;
  const soft = Math.min(reach, hidden.width / 4);
  ctx.fillStyle = gradient;
  // Laid over each other, a little smaller each time: an edge that fades, without a filter that some browsers lack.
  const layers = 6;
  for (let i = 0; i < layers; i += 1) {
    const out = reach - (2 * soft * i) / layers;
    ctx.globalAlpha = i === layers - 1 ? 1 : 0.3;
    ctx.beginPath();
    const radius = Math.max(0, reach + out);
    ctx.roundRect(hidden.x - out, hidden.y - out, hidden.width + 2 * out, hidden.height + 2 * out, radius);
    ctx.fill();
  }
  return taken();
}

export function drawLetters(ghost: GhostText): Upright {
  const { ctx, taken } = board(ghost.size, DESCENT);
  const { font, stretch, centerX, baseline } = setting(ctx, ghost);
  ctx.font = font;
  ctx.fillStyle = css(ghost.guess.ink);
  const drawn = ctx.measureText(ghost.text);
  const natural = Math.max(1, drawn.actualBoundingBoxLeft + drawn.actualBoundingBoxRight);
  const narrowed = Math.min(stretch, ghost.size.width / natural);
  const half = (narrowed * natural) / 2;
  const left = clamp(centerX, half, ghost.size.width - half) - half;
  ctx.translate(left + narrowed * drawn.actualBoundingBoxLeft, baseline);
  ctx.scale(narrowed, 1);
  ctx.fillText(ghost.text, 0, 0);
  return taken();
}

/** The type size, width and line at which the old word would cover the old letters. */
function setting(ctx: CanvasRenderingContext2D, { guess, guessedAspect, size, oldText }: GhostText): Setting {
  const weight = guess.letters === null || guess.coverage > 0.3 ? 700 : guess.coverage > 0.2 ? 600 : 400;
  const letters = guess.letters ?? {
    left: 0,
    right: 1,
    top: (1 - PLAIN_CAPITALS) / 2,
    bottom: (1 + PLAIN_CAPITALS) / 2,
  };
  const fontOf = (px: number) => `${weight} ${px}px ${FACES}`;
  const measured = 100;
  ctx.font = fontOf(measured);
  const old = ctx.measureText(oldText || "HE");
  const inkHeight = (letters.bottom - letters.top) * size.height;
  const px = (measured * inkHeight) / Math.max(1, old.actualBoundingBoxAscent + old.actualBoundingBoxDescent);
  const oldWidth = ((old.actualBoundingBoxLeft + old.actualBoundingBoxRight) * px) / measured;
  const inkWidth = (letters.right - letters.left) * guessedAspect * size.height;
  const isKnown = guess.letters !== null && Boolean(oldText);
  return {
    font: fontOf(px),
    stretch: isKnown ? clamp(inkWidth / Math.max(1, oldWidth), ...STRETCH) : 1,
    centerX: ((letters.left + letters.right) / 2) * size.width,
    baseline: letters.bottom * size.height - (old.actualBoundingBoxDescent * px) / measured,
  };
}

function css([red, green, blue]: Rgb): string {
  return `rgb(${Math.round(red)} ${Math.round(green)} ${Math.round(blue)})`;
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(Math.max(value, low), high);
}
