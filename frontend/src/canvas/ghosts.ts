/** Keeps the ghosts of the words that are being typed: what hasn't changed isn't drawn anew. */

import type { Place } from "../document/types";
import { boundingBox, charHeight, lineWidth, mapCorners } from "../geometry/quad";
import { type Box, imagePoint, type Quad, type Size } from "../geometry/types";
import { drawGhostText } from "./ghostText";
import { guessInk, type InkGuess } from "./ink";
import type { Levels } from "./levels";
import { paintPicture } from "./paintPicture";
import { type Upright, warp } from "./warp";

/** Something laid over the picture. */
export interface Patch {
  readonly canvas: HTMLCanvasElement;
  /** In picture pixels. */
  readonly box: Box;
}

interface Guessed {
  readonly levels: Levels;
  readonly quad: Quad;
  readonly guess: InkGuess;
}

interface Drawn {
  readonly text: string;
  readonly guess: InkGuess;
  readonly scale: number;
  readonly patch: Patch;
}

/** The longer side of the part of the picture that is looked at for the colours. */
const SAMPLE_PX = 256;
/** The upright word has no more pixels a side than this. */
const MAX_SIDE_PX = 1400;

export interface Ghosts {
  /** `quad` stands in for the place's while it is dragged; `scale`: device pixels a picture pixel. */
  patch(place: Place & { readonly text: string }, quad: Quad, levels: Levels, scale: number): Patch;
  /** Looks at the colours and sets the old word unseen, so that the first key is answered as fast as the others. */
  prepare(place: Place, quad: Quad, levels: Levels, scale: number): void;
  keepOnly(placeIds: readonly string[]): void;
}

export function createGhosts(): Ghosts {
  const guesses = new Map<string, Guessed>();
  const drawn = new Map<string, Drawn>();

  function guessAt(id: string, quad: Quad, levels: Levels): InkGuess {
    const kept = guesses.get(id);
    if (kept && kept.quad === quad && kept.levels === levels) return kept.guess;
    const guess = guessInk(...sampleAround(levels, quad));
    guesses.set(id, { levels, quad, guess });
    return guess;
  }

  return {
    patch(place, quad, levels, wantedScale) {
      const scale = steppedScale(wantedScale);
      const guess = guessAt(place.id, quad, levels);
      const kept = drawn.get(place.id);
      if (kept && kept.text === place.text && kept.guess === guess && kept.scale === scale) return kept.patch;
      const { text, oldText } = place;
      const upright = drawGhostText({ text, oldText, guess, size: uprightSize(quad, scale) });
      const patch = laidInto(quad, upright, scale, kept?.patch.canvas);
      drawn.set(place.id, { text, guess, scale, patch });
      return patch;
    },
    prepare({ id, oldText }, quad, levels, wantedScale) {
      const kept = guesses.get(id);
      const guess = guessAt(id, quad, levels);
      if (kept || oldText === null) return;
      const scale = steppedScale(wantedScale);
      const upright = drawGhostText({ text: oldText, oldText, guess, size: uprightSize(quad, scale) });
      laidInto(quad, upright, scale);
    },
    keepOnly(placeIds) {
      for (const id of guesses.keys()) {
        if (placeIds.includes(id)) continue;
        drawn.delete(id);
        guesses.delete(id);
      }
    },
  };
}

/** Lays an upright picture into a quad, on a canvas of its own or one that is free again. */
export function laidInto(quad: Quad, upright: Upright, scale: number, canvas?: HTMLCanvasElement): Patch {
  const { pixels, box } = warp(upright, quad, scale);
  const target = canvas ?? document.createElement("canvas");
  target.width = pixels.width;
  target.height = pixels.height;
  target.getContext("2d")?.putImageData(new ImageData(pixels.data, pixels.width, pixels.height), 0, 0);
  return { canvas: target, box };
}

/** Zooming redraws a ghost only when it would be seen to be coarse. */
function steppedScale(scale: number): number {
  return 2 ** (Math.ceil(Math.log2(scale) * 4) / 4);
}

function uprightSize(quad: Quad, scale: number): Size {
  const width = Math.max(1, lineWidth(quad) * scale);
  const height = Math.max(1, charHeight(quad) * scale);
  const smaller = Math.min(1, MAX_SIDE_PX / Math.max(width, height));
  return { width: width * smaller, height: height * smaller };
}

/** The picture around the quad, no larger than is needed for its colours, and the quad in that part's pixels. */
function sampleAround(levels: Levels, quad: Quad): readonly [ImageData, Quad] {
  const box = around(boundingBox(quad), levels);
  const scale = Math.min(1, SAMPLE_PX / Math.max(box.width, box.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(box.width * scale));
  canvas.height = Math.max(1, Math.round(box.height * scale));
  const ctx = canvas.getContext("2d", { willReadFrequently: true });
  if (!ctx) throw new Error("the browser gives no canvas to look at the picture's colours");
  const viewport = { scale, offsetX: -box.x * scale, offsetY: -box.y * scale };
  const clip = { x: 0, y: 0, width: canvas.width, height: canvas.height };
  paintPicture(ctx, { layers: [{ levels, viewport, clip }], devicePixelRatio: 1 });
  const inSample = mapCorners(quad, ({ x, y }) => imagePoint((x - box.x) * scale, (y - box.y) * scale));
  return [ctx.getImageData(0, 0, canvas.width, canvas.height), inSample];
}

function around(box: Box, size: Size): Box {
  const margin = Math.min(box.width, box.height) * 0.2;
  const x = Math.max(0, box.x - margin);
  const y = Math.max(0, box.y - margin);
  return {
    x,
    y,
    width: Math.max(1, Math.min(size.width, box.x + box.width + margin) - x),
    height: Math.max(1, Math.min(size.height, box.y + box.height + margin) - y),
  };
}
