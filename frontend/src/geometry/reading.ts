/** The order in which words are read: line by line from the top, each from the left. */

import { boundingBox, center } from "./quad";
import type { Quad } from "./types";

interface Line<T> {
  readonly top: number;
  readonly bottom: number;
  readonly items: T[];
}

/** A word belongs to the line above it if its middle is still within that line's first word. */
export function inReadingOrder<T>(items: readonly T[], quadOfItem: (item: T) => Quad): T[] {
  const fromTop = [...items].sort((a, b) => center(quadOfItem(a)).y - center(quadOfItem(b)).y);
  const lines: Line<T>[] = [];
  for (const item of fromTop) {
    const box = boundingBox(quadOfItem(item));
    const middle = center(quadOfItem(item)).y;
    const line = lines.find(({ top, bottom }) => middle >= top && middle <= bottom);
    if (line) line.items.push(item);
    else lines.push({ top: box.y, bottom: box.y + box.height, items: [item] });
  }
  return lines.flatMap((line) =>
    line.items.sort((a, b) => center(quadOfItem(a)).x - center(quadOfItem(b)).x),
  );
}
