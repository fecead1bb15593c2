/** Where the text box opens: below the word, else above it, always whole on the stage. */

import type { Box, Size } from "../geometry/types";

const GAP = 14;
const MARGIN = 8;

export interface Placement {
  readonly x: number;
  readonly y: number;
  readonly side: "below" | "above" | "over";
}

const clamped = (value: number, low: number, high: number) =>
  Math.max(low, Math.min(value, Math.max(low, high)));

/** `word` and the answer are in CSS pixels of the stage. */
export function placeBeside(word: Box, box: Size, stage: Size): Placement {
  const x = clamped(word.x + word.width / 2 - box.width / 2, MARGIN, stage.width - box.width - MARGIN);
  const below = word.y + word.height + GAP;
  if (below >= MARGIN && below + box.height + MARGIN <= stage.height) return { x, y: below, side: "below" };
  const above = word.y - GAP - box.height;
  if (above >= MARGIN && above + box.height + MARGIN <= stage.height) return { x, y: above, side: "above" };
  return { x, y: clamped(below, MARGIN, stage.height - box.height - MARGIN), side: "over" };
}
