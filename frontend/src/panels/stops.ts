/** All that can be written at, in reading order: the words that were found and the places drawn by hand. */

import { placeQuad } from "../document/edits";
import type { DocumentContent, Place, Word } from "../document/types";
import { inReadingOrder } from "../geometry/reading";
import type { Quad } from "../geometry/types";

export interface Stop {
  readonly id: string;
  readonly quad: Quad;
  readonly word: Word | null;
  readonly place: Place | null;
}

/** A word's place has its region's id, so the two are one stop. */
export function stopsInOrder(content: Pick<DocumentContent, "words" | "places">): readonly Stop[] {
  const places = new Map(content.places.map((place) => [place.id, place]));
  const words = content.words.status === "found" ? content.words.words : [];
  const isWord = new Set(words.map((word) => word.regionId));
  return inReadingOrder(
    [
      ...words.map((word): Stop => {
        const place = places.get(word.regionId) ?? null;
        return { id: word.regionId, quad: place === null ? word.quad : placeQuad(place), word, place };
      }),
      ...content.places
        .filter((place) => !isWord.has(place.id))
        .map((place): Stop => ({ id: place.id, quad: placeQuad(place), word: null, place })),
    ],
    (stop) => stop.quad,
  );
}
