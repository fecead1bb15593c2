/** Where a legend stands, and which letter a key goes to. Numbers and names, no page. */

import { type Box, imagePoint, type Size, type Viewport } from "../geometry/types";
import { toScreen } from "../geometry/viewport";

const GAP_PX = 10;
/** Free at the stage's border. */
const MARGIN_PX = 8;

/** Its top left corner on the stage: over the middle of the box, under it where there is no room, always in sight. */
export function legendPlace(
  box: Box,
  legend: Size,
  viewport: Viewport,
  stage: Size,
): { readonly x: number; readonly y: number } {
  const top = toScreen(viewport, imagePoint(box.x + box.width / 2, box.y));
  const bottom = toScreen(viewport, imagePoint(box.x, box.y + box.height));
  const above = top.y - GAP_PX - legend.height;
  return {
    x: inside(top.x - legend.width / 2, legend.width, stage.width),
    y: inside(above < MARGIN_PX ? bottom.y + GAP_PX : above, legend.height, stage.height),
  };
}

function inside(start: number, length: number, room: number): number {
  return Math.max(MARGIN_PX, Math.min(start, room - length - MARGIN_PX));
}

/** null: all letters; undefined: not a key of the legend. */
export function nextLetter(key: string, alone: number | null, count: number): number | null | undefined {
  switch (key) {
    case "ArrowRight":
    case "ArrowDown":
      return alone === null ? 0 : Math.min(alone + 1, count - 1);
    case "ArrowLeft":
    case "ArrowUp":
      return alone === null ? count - 1 : Math.max(alone - 1, 0);
    case "Home":
      return 0;
    case "End":
      return count - 1;
    case "Escape":
      return alone === null ? undefined : null;
    default:
      return undefined;
  }
}
