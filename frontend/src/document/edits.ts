/** What each action makes of a document: pure functions, content in, content out; the same content if nothing changes. */

import { aspect, center, containsPoint, quadOf } from "../geometry/quad";
import { inReadingOrder } from "../geometry/reading";
import type { Quad } from "../geometry/types";
import { boxAfter, NOTHING } from "./maskBox";
import type { AcceptedEdit, DocumentContent, MaskOp, Picture, Place, Word } from "./types";

export const EMPTY_DOCUMENT: DocumentContent = {
  picture: null,
  words: { status: "none" },
  places: [],
  activePlaceId: null,
  accepted: [],
};

/** One array, so that who watches the mask sees no change where there is none. */
const NO_OPS: readonly MaskOp[] = [];

export function opened(picture: Picture): DocumentContent {
  return { ...EMPTY_DOCUMENT, picture };
}

export function foundWords(content: Pick<DocumentContent, "words">): readonly Word[] {
  return content.words.status === "found" ? content.words.words : [];
}

export function placeQuad(place: Place): Quad {
  return place.kind === "mask" ? quadOf(place.box) : place.quad;
}

/** The word that was found where the place was made, whatever became of its quad. */
export function wordOf(content: Pick<DocumentContent, "words">, placeId: string): Word | null {
  return foundWords(content).find((word) => word.regionId === placeId) ?? null;
}

/** Where the old word stands; null: nobody has found one in the place's quad. */
export function oldQuad(content: DocumentContent, place: Place): Quad | null {
  const word = wordOf(content, place.id);
  return word !== null && containsPoint(placeQuad(place), center(word.quad)) ? word.quad : null;
}

/** In the ten photos of the tests every misread word is below it, and two of the 26 that were read right. */
const DOUBTFUL_BELOW = 0.92;

export function isReadWithDoubt(word: Word | null): boolean {
  return word !== null && word.confidence < DOUBTFUL_BELOW;
}

/**
 * Goes to a word; its place has its region's id. Without `add` the words that were chosen before and left as they were
 * are let go; what was typed or drawn stays, so that choosing loses nothing.
 */
export function withWordChosen(content: DocumentContent, regionId: string, add: boolean): DocumentContent {
  const places = add ? content.places : touched(content.places, regionId);
  const word = foundWords(content).find((found) => found.regionId === regionId);
  if (places.some((place) => place.id === regionId)) return { ...content, places, activePlaceId: regionId };
  if (word === undefined) return content;
  const place: Place = {
    kind: "word",
    id: regionId,
    regionId,
    quad: word.quad,
    oldText: word.text,
    text: null,
  };
  return { ...content, places: [...places, place], activePlaceId: regionId };
}

export function withQuadAdded(content: DocumentContent, quad: Quad): DocumentContent {
  const place: Place = {
    kind: "quad",
    id: freeQuadId(content.places),
    quad,
    oldText: null,
    oldAspect: null,
    text: null,
  };
  return { ...content, places: [...touched(content.places, null), place], activePlaceId: place.id };
}

/**
 * A word whose quad was changed isn't the found one any more, but its place keeps its id, and its old text as long as
 * that stands in it.
 */
export function withQuad(content: DocumentContent, placeId: string, quad: Quad): DocumentContent {
  const word = wordOf(content, placeId);
  const oldText = (place: Place) => {
    if (word === null) return place.oldText;
    return containsPoint(quad, center(word.quad)) ? word.text : null;
  };
  return withPlace(content, placeId, (place) =>
    place.kind === "mask"
      ? place
      : {
          kind: "quad",
          id: place.id,
          quad,
          oldText: oldText(place),
          oldAspect: place.kind === "word" ? aspect(place.quad) : place.oldAspect,
          text: place.text,
        },
  );
}

/** What stands there was misread. Found words are corrected, too: whoever chooses the word again sees it so. */
export function withOldText(content: DocumentContent, placeId: string, oldText: string): DocumentContent {
  const { words } = content;
  const corrected = (word: Word): Word =>
    word.regionId === placeId ? { ...word, text: oldText, confidence: 1 } : word;
  const after = withPlace(content, placeId, (place) =>
    place.kind === "mask" || place.oldText === oldText ? place : { ...place, oldText },
  );
  if (after === content || words.status !== "found") return after;
  return { ...after, words: { ...words, words: words.words.map(corrected) } };
}

export function withText(content: DocumentContent, placeId: string, text: string | null): DocumentContent {
  return withPlace(content, placeId, (place) => (place.text === text ? place : { ...place, text }));
}

export function withActive(content: DocumentContent, placeId: string | null): DocumentContent {
  const isKnown = placeId === null || content.places.some((place) => place.id === placeId);
  if (!isKnown || placeId === content.activePlaceId) return content;
  const places = placeId === null ? touched(content.places, null) : content.places;
  return { ...content, places, activePlaceId: placeId };
}

/** The next thing to write at: found words and the places drawn by hand, in reading order, around and around. */
export function withNextActive(content: DocumentContent, step: 1 | -1): DocumentContent {
  const drawn = content.places.filter((place) => place.kind !== "word");
  const isDrawn = new Set(drawn.map((place) => place.id));
  const words = foundWords(content).filter((word) => !isDrawn.has(word.regionId));
  const stops = inReadingOrder(
    [
      ...words.map((word) => ({ id: word.regionId, isWord: true, quad: word.quad })),
      ...drawn.map((place) => ({ id: place.id, isWord: false, quad: placeQuad(place) })),
    ],
    (stop) => stop.quad,
  );
  const at = stops.findIndex((stop) => stop.id === content.activePlaceId);
  const next = at < 0 && step < 0 ? stops.at(-1) : stops[(at + step + stops.length) % stops.length];
  if (next === undefined) return content;
  if (next.isWord) return withWordChosen(content, next.id, false);
  return { ...content, places: touched(content.places, next.id), activePlaceId: next.id };
}

export function withoutPlace(content: DocumentContent, placeId: string): DocumentContent {
  const places = content.places.filter((place) => place.id !== placeId);
  if (places.length === content.places.length) return content;
  const activePlaceId = content.activePlaceId === placeId ? null : content.activePlaceId;
  return { ...content, places, activePlaceId };
}

export function withPlaces(content: DocumentContent, places: readonly Place[]): DocumentContent {
  return { ...content, places, activePlaceId: places[0]?.id ?? null };
}

export function maskOps(content: DocumentContent): readonly MaskOp[] {
  return content.places.find((place) => place.kind === "mask")?.ops ?? NO_OPS;
}

/** One more thing done to the mask; the first one makes its place. Nothing can be erased, grown or shrunk before that. */
export function withMaskOp(content: DocumentContent, op: MaskOp): DocumentContent {
  if (content.picture === null) return content;
  const mask = content.places.find((place) => place.kind === "mask");
  if (mask === undefined && !canBegin(op)) return content;
  const ops = [...(mask?.ops ?? []), op];
  const place: Place = {
    kind: "mask",
    id: "mask",
    ops,
    box: boxAfter(mask?.box ?? NOTHING, op, content.picture),
    oldText: null,
    text: mask?.text ?? null,
  };
  const others = touched(content.places, null).filter(({ kind }) => kind !== "mask");
  return { ...content, places: [...others, place], activePlaceId: "mask" };
}

/** The result is the picture from now on; its words must be looked for anew. */
export function withAccepted(content: DocumentContent, edit: AcceptedEdit): DocumentContent {
  return { ...opened(edit.after), accepted: [...content.accepted, edit] };
}

function canBegin(op: MaskOp): boolean {
  switch (op.kind) {
    case "stroke":
    case "polygon":
      return !op.erase;
    case "invert":
    case "import":
      return true;
    case "grow":
    case "shrink":
      return false;
  }
}

function withPlace(
  content: DocumentContent,
  placeId: string,
  change: (place: Place) => Place,
): DocumentContent {
  const before = content.places.find((place) => place.id === placeId);
  if (before === undefined) return content;
  const after = change(before);
  if (after === before) return content;
  return { ...content, places: content.places.map((place) => (place === before ? after : place)) };
}

/** Without the words that were chosen and left as they were. */
function touched(places: readonly Place[], exceptId: string | null): readonly Place[] {
  return places.filter((place) => place.kind !== "word" || place.text !== null || place.id === exceptId);
}

function freeQuadId(places: readonly Place[]): string {
  const taken = new Set(places.map((place) => place.id));
  let number = 1;
  while (taken.has(`quad-${number}`)) number += 1;
  return `quad-${number}`;
}
