/** Where the text box opens: beside the word, always whole on the stage, where it covers the least of the words. */

import type { Box, Size } from "../geometry/types";

const GAP = 14;
const MARGIN = 8;
/** The word that is written at counts so much more than another: its ghost is looked at while one types. */
const OWN_WORD_WEIGHT = 20;
/** A pixel further from the word counts as much as so many square pixels of a covered word. */
const DISTANCE_WEIGHT = 60;

export interface Placement {
  readonly x: number;
  readonly y: number;
}

const clamped = (value: number, low: number, high: number) =>
  Math.max(low, Math.min(value, Math.max(low, high)));

/** `word`, `others` and the answer are in CSS pixels of the stage. Of two as good, the first is taken: below. */
export function placeBeside(word: Box, box: Size, stage: Size, others: readonly Box[]): Placement {
  const placements = candidates(word, box, others).map(({ x, y }) => ({
    x: clamped(x, MARGIN, stage.width - box.width - MARGIN),
    y: clamped(y, MARGIN, stage.height - box.height - MARGIN),
  }));
  const costs = placements.map((at) => {
    const own = { ...at, ...box };
    const covered = others.reduce((sum, other) => sum + coveredArea(own, other), 0);
    return covered + OWN_WORD_WEIGHT * coveredArea(own, word) + DISTANCE_WEIGHT * distance(own, word);
  });
  return placements[costs.indexOf(Math.min(...costs))] ?? { x: MARGIN, y: MARGIN };
}

/** Below, above, at the sides, each also shifted to where the word begins or ends; then below and above other words. */
function candidates(word: Box, box: Size, others: readonly Box[]): readonly Placement[] {
  const right = word.x + word.width;
  const bottom = word.y + word.height;
  const columns = [word.x + word.width / 2 - box.width / 2, word.x, right - box.width];
  const rows = [word.y + word.height / 2 - box.height / 2, word.y, bottom - box.height];
  return [
    ...columns.map((x) => ({ x, y: bottom + GAP })),
    ...columns.map((x) => ({ x, y: word.y - GAP - box.height })),
    ...rows.map((y) => ({ x: right + GAP, y })),
    ...rows.map((y) => ({ x: word.x - GAP - box.width, y })),
    ...others.flatMap((other) => columns.map((x) => ({ x, y: other.y + other.height + GAP }))),
    ...others.flatMap((other) => columns.map((x) => ({ x, y: other.y - GAP - box.height }))),
  ];
}

function distance(a: Box, b: Box): number {
  const across = Math.max(a.x - (b.x + b.width), b.x - (a.x + a.width), GAP);
  const down = Math.max(a.y - (b.y + b.height), b.y - (a.y + a.height), GAP);
  return across + down - 2 * GAP;
}

function coveredArea(a: Box, b: Box): number {
  const width = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
  const height = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y);
  return Math.max(0, width) * Math.max(0, height);
}
