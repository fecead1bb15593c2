/** What lies under the pointer: words that were found, places that were made. */

import type { Place, Word } from "../document/types";
import { boundingBox, containsPoint } from "../geometry/quad";
import type { ImagePoint, Quad } from "../geometry/types";

/** The smallest of the words under the point, so that one inside another can be reached. */
export function wordAt(words: readonly Word[], point: ImagePoint): Word | null {
  return smallest(words.filter((word) => containsPoint(word.quad, point)));
}

/** The smallest box that a person drew under the point; words that were chosen count as words. */
export function drawnPlaceAt(places: readonly Place[], point: ImagePoint): Place | null {
  const boxes = places.flatMap((place) => (place.kind === "quad" ? [place] : []));
  return smallest(boxes.filter((place) => containsPoint(place.quad, point)));
}

function smallest<T extends { readonly quad: Quad }>(items: readonly T[]): T | null {
  const area = (item: T) => {
    const { width, height } = boundingBox(item.quad);
    return width * height;
  };
  return items.reduce<T | null>((best, item) => (best && area(best) <= area(item) ? best : item), null);
}
