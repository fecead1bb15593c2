/** What speaks against drawing, as the text box and the Draw button see it. */

import { checkPlace, type Limit } from "../document/limits";
import { useDocument } from "../document/store";
import { useModel } from "./models";

/** A squeezed text is drawn all the same; the others would be refused, or be illegible. */
export function isBlocking(limit: Limit): boolean {
  return limit.code !== "too_narrow";
}

/** By the places' ids; only for those where something was typed or is about to be. */
export function useLimits(): ReadonlyMap<string, readonly Limit[]> {
  const places = useDocument((state) => state.places);
  const picture = useDocument((state) => state.picture);
  const model = useModel();
  if (picture === null) return new Map();
  return new Map(places.map((place) => [place.id, checkPlace(place, picture, model)]));
}

/** Something is to be drawn, and nothing that is to be drawn would be refused. */
export function useCanDraw(): boolean {
  const places = useDocument((state) => state.places);
  const limits = useLimits();
  const written = places.filter((place) => place.text !== null);
  return written.length > 0 && written.every((place) => !(limits.get(place.id) ?? []).some(isBlocking));
}
