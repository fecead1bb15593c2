/** Which pictures of the service are shown: the one that is edited, thumbnails. */

import { candidateUrl, imageUrl } from "../api/pictures";
import type { CandidateState } from "../api/types";
import { placeQuad } from "../document/edits";
import { useDocument } from "../document/store";
import type { Picture } from "../document/types";
import { boundingBox } from "../geometry/quad";
import type { Box, Quad, Size } from "../geometry/types";
import type { JobTarget } from "./types";

const THUMB_SIDE_PX = 360;
const THUMB = { maxSide: THUMB_SIDE_PX, format: "webp", quality: 85 } as const;
/** What is seen around a word in its thumbnail, in heights of its box. */
const SURROUNDINGS = 0.35;
/** Width a height of a thumbnail on the page. */
const THUMB_ASPECT = 15 / 8;

export function pictureUrl(picture: Picture): string {
  return imageUrl(picture.imageId);
}

/** Small, for the history. */
export function pictureThumbUrl(picture: Picture): string {
  return imageUrl(picture.imageId, THUMB);
}

/** The picture that is edited; null: none is open. */
export function usePictureUrl(): string | null {
  return useDocument(({ picture }) => (picture === null ? null : pictureUrl(picture)));
}

/** The place of one candidate and a little around it, not a whole photo of 40 MB. */
export function candidateThumbUrl(editId: string, candidate: CandidateState, origin: JobTarget): string {
  const place = origin.places[candidate.item];
  if (place === undefined) return candidateUrl(editId, candidate.index, THUMB);
  return candidateUrl(editId, candidate.index, {
    box: boxAround(placeQuad(place), origin.picture),
    ...THUMB,
  });
}

/** Whole pixels, inside the picture, and as wide as a thumbnail is for its height where the picture allows it. */
export function boxAround(quad: Quad, picture: Size): Box {
  const { x, y, width, height } = boundingBox(quad);
  const margins = 2 * height * SURROUNDINGS;
  const wide = Math.max(width + margins, (height + margins) * THUMB_ASPECT);
  const [left, right] = span(x + width / 2, wide, picture.width);
  const [top, bottom] = span(y + height / 2, wide / THUMB_ASPECT, picture.height);
  return { x: left, y: top, width: Math.max(1, right - left), height: Math.max(1, bottom - top) };
}

/** So long about the middle; at an end of the picture, shifted inwards. */
function span(middle: number, length: number, limit: number): readonly [number, number] {
  const start = Math.max(0, Math.min(Math.floor(middle - length / 2), Math.floor(limit - length)));
  return [start, Math.min(limit, Math.ceil(start + length))];
}
