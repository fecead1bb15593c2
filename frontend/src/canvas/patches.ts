/** What is laid over the picture in the places' quads: ghosts of what is typed, the drawing as it stands. */

import { oldQuad } from "../document/edits";
import type { DocumentContent, Place } from "../document/types";
import { createGhosts, type Patch } from "./ghosts";
import type { Levels } from "./levels";
import { type Circumstances, drawnPlace, ghostPlaces, quadNow } from "./overlayScene";
import { createPreviews } from "./preview";

export interface PatchState {
  readonly content: DocumentContent;
  readonly now: Circumstances;
  readonly levels: Levels;
  /** Device pixels a picture pixel. */
  readonly scale: number;
}

/** `ready`: a picture that was asked for has come. */
export function createPatches(ready: () => void): (state: PatchState) => readonly Patch[] {
  const ghosts = createGhosts();
  const previews = createPreviews(ready);
  return ({ content, now, levels, scale }) => {
    const { job, sketch } = now;
    const place = drawnPlace(job);
    const seen = job.status === "running" ? job.preview : null;
    const preview = place
      ? previews.patch(seen?.url ?? null, seen?.quad ?? quadNow(place, null), scale)
      : null;
    const typed = ghostPlaces(content, now, preview && place ? place.id : null);
    const next = content.places.find((one) => one.id === content.activePlaceId && one.kind !== "mask");
    ghosts.keepOnly([...typed, ...(next ? [next] : [])].map((one) => one.id));
    const spotOf = (one: Place) => ({ quad: quadNow(one, sketch), oldQuad: oldQuad(content, one) });
    if (next) ghosts.prepare(next, spotOf(next), levels, scale);
    const laid = typed.flatMap((one) => ghosts.patches(one, spotOf(one), levels, scale));
    return preview ? [...laid, preview] : laid;
  };
}
