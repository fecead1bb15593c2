/** Keeps the ghosts of the words that are being typed: what hasn't changed isn't drawn anew. */

import type { Place } from "../document/types";
import { aspect, boundingBox, charHeight, lineWidth, mapCorners } from "../geometry/quad";
import { type Box, imagePoint, type Quad, type Size } from "../geometry/types";
import { drawGround, drawLetters } from "./ghostText";
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

/** What a patch was drawn from: as long as it is the same, so is the patch. */
interface Drawn {
  readonly text: string;
  readonly quad: Quad;
  readonly guess: InkGuess;
  readonly scale: number;
  readonly patch: Patch;
}

/** Where a new word is to stand, and where the old one stands. */
export interface GhostSpot {
  /** The place's, or what stands in for it while it is dragged. */
  readonly quad: Quad;
  /** Of the old word as it was found; null: nobody has found one. */
  readonly oldQuad: Quad | null;
}

/** The longer side of the part of the picture that is looked at for the colours. */
const SAMPLE_PX = 256;
/** The upright word has no more pixels a side than this. */
const MAX_SIDE_PX = 1400;

export interface Ghosts {
  /** The ground over the old word, and the new one over that. `scale`: device pixels a picture pixel. */
  patches(
    place: Place & { readonly text: string },
    spot: GhostSpot,
    levels: Levels,
    scale: number,
  ): readonly Patch[];
  /** Looks at the colours and sets the old word unseen, so that the first key is answered as fast as the others. */
  prepare(place: Place, spot: GhostSpot, levels: Levels, scale: number): void;
  keepOnly(placeIds: readonly string[]): void;
}

export function createGhosts(): Ghosts {
  const guesses = new Map<string, Guessed>();
  const grounds = new Map<string, Drawn>();
  const letters = new Map<string, Drawn>();

  function guessAt(id: string, quad: Quad, levels: Levels): InkGuess {
    const kept = guesses.get(id);
    if (kept && kept.quad === quad && kept.levels === levels) return kept.guess;
    const guess = guessInk(...sampleAround(levels, quad));
    guesses.set(id, { levels, quad, guess });
    return guess;
  }

  function keptOr(
    among: Map<string, Drawn>,
    id: string,
    from: Omit<Drawn, "patch">,
    draw: () => Upright,
  ): Patch {
    const kept = among.get(id);
    if (kept && isSame(kept, from)) return kept.patch;
    const patch = laidInto(from.quad, draw(), from.scale, kept?.patch.canvas);
    among.set(id, { ...from, patch });
    return patch;
  }

  function ground(id: string, text: string, spot: GhostSpot, guess: InkGuess, scale: number): Patch | null {
    const quad = spot.oldQuad ?? spot.quad;
    const size = uprightSize(quad, scale);
    const hidden = hiddenPart(guess, size, spot.oldQuad !== null || text === "");
    // Every text hides the same; only removing may hide more.
    const from = { text: text && "some", quad, guess, scale };
    return hidden && keptOr(grounds, id, from, () => drawGround(guess, size, hidden));
  }

  return {
    patches({ id, text, oldText }, spot, levels, wantedScale) {
      const scale = steppedScale(wantedScale);
      const guessedQuad = spot.oldQuad ?? spot.quad;
      const guess = guessAt(id, guessedQuad, levels);
      const below = ground(id, text, spot, guess, scale);
      const patches = below === null ? [] : [below];
      if (text === "") return patches;
      const size = uprightSize(spot.quad, scale);
      const ghost = { text, oldText, guess, guessedAspect: aspect(guessedQuad), size };
      const from = { text: `${oldText}→${text}`, quad: spot.quad, guess, scale };
      return [...patches, keptOr(letters, id, from, () => drawLetters(ghost))];
    },
    prepare({ id, oldText }, spot, levels, wantedScale) {
      const isKnown = guesses.has(id);
      const quad = spot.oldQuad ?? spot.quad;
      const guess = guessAt(id, quad, levels);
      if (isKnown || oldText === null) return;
      const scale = steppedScale(wantedScale);
      ground(id, oldText, spot, guess, scale);
      const size = uprightSize(quad, scale);
      const ghost = { text: oldText, oldText, guess, guessedAspect: aspect(quad), size };
      laidInto(quad, drawLetters(ghost), scale);
    },
    keepOnly(placeIds) {
      for (const id of guesses.keys()) {
        if (placeIds.includes(id)) continue;
        for (const kept of [guesses, grounds, letters]) kept.delete(id);
      }
    },
  };
}

function isSame(one: Drawn, other: Omit<Drawn, "patch">): boolean {
  return (
    one.text === other.text &&
    one.quad === other.quad &&
    one.guess === other.guess &&
    one.scale === other.scale
  );
}

/** The part of the quad that is covered: all of it, or where letters were seen; null: there are none. */
function hiddenPart({ letters }: InkGuess, { width, height }: Size, isAll: boolean): Box | null {
  if (isAll) return { x: 0, y: 0, width, height };
  if (letters === null) return null;
  const { left, right, top, bottom } = letters;
  return {
    x: left * width,
    y: top * height,
    width: (right - left) * width,
    height: (bottom - top) * height,
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
