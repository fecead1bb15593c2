/** What can't be written, or not well, said before anything is sent. The model's own limits come from the service. */

import type { ModelInfo } from "../api/types";
import { aspect, charHeight, isConvex, lineWidth } from "../geometry/quad";
import { type ImagePoint, imagePoint, type Quad, type Size } from "../geometry/types";
import { placeQuad } from "./edits";
import type { Place } from "./types";

/** What speaks against a text at a place, with the facts to say it with. */
export type Limit =
  | { readonly code: "too_long"; readonly got: number; readonly max: number }
  | { readonly code: "unknown_characters"; readonly characters: readonly string[] }
  | { readonly code: "too_small"; readonly px: number; readonly min: number }
  /** It would be drawn, but at this share of its natural width; a box `factor` times as wide would do (1: there is no room). */
  | { readonly code: "too_narrow"; readonly percent: number; readonly factor: number };

/** A line that is narrower than this share of its natural width is drawn lower: `models/data/faces.py`. */
const MIN_CONDENSE = 0.62;
/** Widening to the natural width would be more than is needed; so much narrower looks natural, too. */
const GOOD_CONDENSE = 0.8;

/** Empty: nothing speaks against drawing. Removing a word needs no letters, only a box that can be seen. */
export function checkPlace(place: Place, picture: Size, model: ModelInfo | null): readonly Limit[] {
  if (model === null) return [];
  const text = place.text ?? "";
  const limits: Limit[] = [];
  const got = [...text].length;
  if (got > model.max_chars) limits.push({ code: "too_long", got, max: model.max_chars });
  const characters = [...new Set(text)].filter((character) => !model.charset.includes(character));
  if (characters.length > 0) limits.push({ code: "unknown_characters", characters });
  // What can't be written at all needn't be told how it would look.
  return limits.length > 0 ? limits : checkSize(place, text, picture, model.min_char_height_px);
}

function checkSize(place: Place, text: string, picture: Size, min: number): readonly Limit[] {
  const quad = placeQuad(place);
  // A mask's box says little about the text's own.
  const condense = place.kind === "mask" ? 1 : condensed(place, quad, text);
  const px = charHeight(quad) * Math.min(1, condense / MIN_CONDENSE);
  const limits: Limit[] = [];
  if (px < min) limits.push({ code: "too_small", px: Math.floor(px), min });
  if (condense < MIN_CONDENSE) {
    const factor = GOOD_CONDENSE / condense;
    const isWidenable = lineWidth(widened(quad, factor, picture)) > lineWidth(quad) + 1;
    limits.push({
      code: "too_narrow",
      percent: Math.round(condense * 100),
      factor: isWidenable ? factor : 1,
    });
  }
  return limits;
}

/** The quad made longer at both ends along its own lines, as far as the picture goes. */
export function widened(quad: Quad, factor: number, picture: Size): Quad {
  const [topLeft, topRight, bottomRight, bottomLeft] = quad;
  const wanted = (factor - 1) / 2;
  const atStart = reach(wanted, picture, [topRight, topLeft], [bottomRight, bottomLeft]);
  const atEnd = reach(wanted, picture, [topLeft, topRight], [bottomLeft, bottomRight]);
  const wide: Quad = [
    beyond(topRight, topLeft, atStart),
    beyond(topLeft, topRight, atEnd),
    beyond(bottomLeft, bottomRight, atEnd),
    beyond(bottomRight, bottomLeft, atStart),
  ];
  // Where perspective is strong, the two lines may meet.
  return isConvex(wide) ? wide : quad;
}

/** The share of its natural width at which the text fills the box, at most 1. */
function condensed(place: Exclude<Place, { kind: "mask" }>, quad: Quad, text: string): number {
  if (text === "") return 1;
  // What stood there shows how wide its face is; without it, a plain bold face is taken.
  const oldAspect = place.kind === "word" ? aspect(quad) : place.oldAspect;
  const oldText = place.oldText?.trim() ?? "";
  const perEm = oldText === "" || oldAspect === null ? 1 : oldAspect / emWidth(oldText);
  return Math.min(1, aspect(quad) / (perEm * emWidth(text)));
}

/** About how wide a text is, in heights of a capital letter. */
function emWidth(text: string): number {
  return [...text].reduce((sum, character) => sum + characterWidth(character), 0);
}

function characterWidth(character: string): number {
  if (/[ilj.,:;'|!\s]/.test(character)) return 0.38;
  if (/[mwMW@%&]/.test(character)) return 1.15;
  if (/[frtI()[\]{}/\\"*-]/.test(character)) return 0.5;
  if (/\p{Lu}/u.test(character)) return 0.92;
  return 0.78;
}

type Line = readonly [from: ImagePoint, over: ImagePoint];

/** How far both lines can go on beyond their ends, as a share of their lengths: `wanted`, or up to the border. */
function reach(wanted: number, picture: Size, ...lines: readonly [Line, Line]): number {
  const rooms = lines.flatMap(([from, over]) => [
    room(over.x, over.x - from.x, picture.width),
    room(over.y, over.y - from.y, picture.height),
  ]);
  return Math.max(0, Math.min(wanted, ...rooms));
}

function room(at: number, direction: number, size: number): number {
  if (direction === 0) return Number.POSITIVE_INFINITY;
  return direction > 0 ? (size - at) / direction : -at / direction;
}

function beyond(from: ImagePoint, over: ImagePoint, share: number): ImagePoint {
  return imagePoint(over.x + (over.x - from.x) * share, over.y + (over.y - from.y) * share);
}
