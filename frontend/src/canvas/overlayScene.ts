/** From the document, the tool and the drawing to what lies over the picture. Pure functions. */

import { foundWords, isReadWithDoubt, placeQuad } from "../document/edits";
import type { DocumentContent, Place, Word } from "../document/types";
import type { Quad } from "../geometry/types";
import type { Job } from "../jobs/types";
import type { ToolName, ToolSketch } from "../tools/types";
import type { OpenOutline, Outline } from "./paintOverlay";

export type TypedPlace = Place & { readonly text: string };

/** What the outlines and ghosts depend on besides the document. */
export interface Circumstances {
  readonly job: Job;
  readonly sketch: ToolSketch;
  readonly tool: ToolName;
  /** A candidate is looked at. */
  readonly isReviewing: boolean;
}

export function outlinesOf(content: DocumentContent, now: Circumstances): readonly Outline[] {
  const isAside = now.isReviewing || isBusy(now.job) || !["select", "quad", "pan"].includes(now.tool);
  const placeIds = new Set(content.places.map((place) => place.id));
  const words = foundWords(content).filter((word) => !placeIds.has(word.regionId));
  // A drawing is judged bare.
  const places = content.places.filter((place) => place.kind !== "mask" && !isDrawn(place, now));
  const seen = now.isReviewing ? words.filter((word) => isHovered(word, now.sketch)) : words;
  return [
    ...seen.map((word) => wordOutline(word, now.sketch, isAside)),
    // The active one last: it lies over the others.
    ...[...places]
      .sort((a, b) => Number(a.id === content.activePlaceId) - Number(b.id === content.activePlaceId))
      .map((place) => placeOutline(place, content, now)),
  ];
}

function isHovered({ regionId }: Word, sketch: ToolSketch): boolean {
  return sketch?.kind === "hover" && sketch.regionId === regionId;
}

function wordOutline(word: Word, sketch: ToolSketch, isAside: boolean): Outline {
  return {
    quad: word.quad,
    look: isHovered(word, sketch) ? "hover" : isAside ? "quiet" : "plain",
    isDoubtful: isReadWithDoubt(word),
  };
}

function placeOutline(place: Place, content: DocumentContent, now: Circumstances): Outline {
  const isActive = place.id === content.activePlaceId && !isBusy(now.job);
  return {
    quad: quadNow(place, now.sketch),
    look: isActive ? "active" : "chosen",
    isDoubtful: false,
  };
}

/** Whether the candidate that is looked at shows just this. */
export function isDrawn(
  place: Place,
  { job, isReviewing }: Pick<Circumstances, "job" | "isReviewing">,
): boolean {
  if (!isReviewing || job.status !== "succeeded") return false;
  return job.origin.places.some((one) => one.id === place.id && one.text === place.text);
}

/** Where a place is, also while it is dragged. */
export function quadNow(place: Place, sketch: ToolSketch): Quad {
  return sketch?.kind === "quad" && sketch.placeId === place.id ? sketch.quad : placeQuad(place);
}

/** The places whose new word is to be seen before it is drawn; `previewed` is seen as far as it is drawn. */
export function ghostPlaces(
  content: DocumentContent,
  now: Circumstances,
  previewed: string | null,
): readonly TypedPlace[] {
  return content.places.filter(
    (place): place is TypedPlace =>
      place.text !== null && place.kind !== "mask" && place.id !== previewed && !isDrawn(place, now),
  );
}

/** Something is being drawn: it is looked at, and not moved. */
export function isBusy(job: Job): boolean {
  return job.status === "sending" || job.status === "queued" || job.status === "running";
}

/** The place that is being drawn now, as it was when the drawing was asked for. */
export function drawnPlace(job: Job): Place | null {
  if (job.status !== "running") return null;
  return job.origin.places[job.item] ?? null;
}

export function openSketch(sketch: ToolSketch): OpenOutline | null {
  return sketch?.kind === "outline" ? sketch : null;
}
