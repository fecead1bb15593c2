/** Which pictures are on the stage: the one that is edited, drawings over it, what either is compared with. */

import { drawnUrl, imageUrl } from "../api/pictures";
import type { DocumentContent, Place } from "../document/types";
import type { Quad } from "../geometry/types";
import type { Review } from "../jobs/review";
import type { Job } from "../jobs/types";

export interface Shown {
  readonly url: string;
  /** What it is compared with; null: there is nothing. */
  readonly beforeUrl: string | null;
  /** Where the two may differ. */
  readonly changed: readonly (Place | Quad)[];
  /** Drawn, not yet taken on. */
  readonly isCandidate: boolean;
}

/** null: no picture is open. */
export function shownPictures(
  content: Pick<DocumentContent, "picture" | "accepted">,
  job: Job,
  review: Review,
): Shown | null {
  const { picture, accepted } = content;
  if (!picture) return null;
  const url = imageUrl(picture.imageId);
  const origin = job.status === "succeeded" ? job.origin : null;
  if (job.status === "succeeded" && review.choices !== null && origin?.picture.imageId === picture.imageId) {
    return {
      url: drawnUrl(job.editId, review.choices),
      beforeUrl: url,
      changed: origin.places,
      isCandidate: true,
    };
  }
  const first = accepted[0];
  return {
    url,
    beforeUrl: first ? imageUrl(first.before.imageId) : null,
    changed: accepted.flatMap((edit) => edit.texts.map((text) => text.quad)),
    isCandidate: false,
  };
}

/** The comparison that is on the stage; "off" where there is nothing to compare with. */
export function comparisonOf(shown: Shown | null, review: Review): Review["compare"] {
  if (review.compare === "letters" && !shown?.isCandidate) return "off";
  return shown?.beforeUrl ? review.compare : "off";
}
