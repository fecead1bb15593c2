/** Which drawing of each word is looked at: for each item of a request the index of one of its candidates. */

import type { CandidateState, EditState } from "../api/types";
import type { Choices } from "../document/types";

type Outcome = Pick<NonNullable<EditState["result"]>, "best" | "image_sha256" | "candidates">;

/** One word's drawings that there are pictures of, in the order of their drawing. */
export function drawingsOf(candidates: readonly CandidateState[], item: number): readonly CandidateState[] {
  return candidates.filter((candidate) => candidate.item === item && Boolean(candidate.image_sha256));
}

/** What the result shows: the best drawing of each word. */
export function bestsOf({ best, image_sha256, candidates }: Outcome): Choices {
  return itemsOf(candidates).flatMap((item) => {
    const shown = drawingsOf(candidates, item).filter((drawing) => drawing.image_sha256 === image_sha256);
    const found = shown.find(({ index }) => index === best) ?? shown[0];
    return found === undefined ? [] : [found.index];
  });
}

/** The same drawing, counted from 0, of every word; null where a word has fewer. */
export function nthOfEach(candidates: readonly CandidateState[], n: number): Choices | null {
  const items = itemsOf(candidates);
  const choices = items.flatMap((item) => drawingsOf(candidates, item)[n]?.index ?? []);
  return items.length > 0 && choices.length === items.length ? choices : null;
}

/** Choices that were kept, if they are drawings of just these words. */
export function fitting(choices: Choices | null, candidates: readonly CandidateState[]): Choices | null {
  const items = itemsOf(candidates);
  const fits =
    choices?.length === items.length &&
    items.every((item) => drawingsOf(candidates, item).some(({ index }) => index === choices[item]));
  return fits ? choices : null;
}

function itemsOf(candidates: readonly CandidateState[]): readonly number[] {
  return [...new Set(candidates.map(({ item }) => item))].sort((one, other) => one - other);
}
