/** Which drawing of each word is on the stage. Pure functions. */

import type { CandidateState } from "../api/types";
import type { Job } from "./types";

type Drawn = Extract<Job, { status: "succeeded" }>;

/** One for each word, in their order: the chosen candidate of its own word, and the best ones of the others. */
export function shownDrawings(
  { candidates, best, origin }: Drawn,
  chosen: number | null,
): readonly CandidateState[] {
  const final = candidates.find(({ index }) => index === best)?.image_sha256;
  return origin.request.edits.flatMap((_, item) => {
    const own = candidates.filter((candidate) => candidate.item === item);
    // The picture with all the best drawings is that of each of them.
    const shown =
      own.find(({ index }) => index === chosen) ?? own.find(({ image_sha256 }) => image_sha256 === final);
    return shown === undefined ? [] : [shown];
  });
}
