/** Polygon: a click a corner; a click on the first one, a double click or Enter closes it; Backspace takes one back. */

import type { ImagePoint, Viewport } from "../geometry/types";
import { editArea, isErasing } from "./area";
import type { Tool, ToolPointer, ToolSketch } from "./types";

const CLOSING_SCREEN_PX = { mouse: 10, pen: 12, touch: 24 } as const;
const MIN_CORNERS = 3;

export function polygonTool(): Tool {
  let corners: ImagePoint[] = [];
  let loose: ImagePoint | null = null;
  let erase = false;

  function clear(): void {
    corners = [];
    loose = null;
  }
  function close(): void {
    if (corners.length >= MIN_CORNERS) editArea(corners, erase);
    clear();
  }

  return {
    name: "polygon",
    cursor: () => "crosshair",
    down(at) {
      if (corners.length === 0) erase = isErasing(at);
      loose = at.image;
      return true;
    },
    move(at) {
      loose = at.image;
    },
    up(at, viewport) {
      // The second click of a double click lies on the last corner, the closing one on the first.
      const isOnEnd = [corners[0], corners.at(-1)].some((end) => isNear(end, at, viewport));
      if (corners.length >= MIN_CORNERS && isOnEnd) close();
      else if (!isNear(corners.at(-1), at, viewport, 2)) corners.push(at.image);
      loose = null;
    },
    hover(at) {
      loose = corners.length > 0 && at ? at.image : null;
    },
    key(event) {
      if (corners.length === 0) return false;
      if (event.key === "Enter") close();
      else if (event.key === "Backspace") corners.pop();
      else return false;
      return true;
    },
    cancel() {
      const wasDrawing = corners.length > 0 || loose !== null;
      clear();
      return wasDrawing;
    },
    sketch(): ToolSketch {
      if (corners.length === 0 && loose === null) return null;
      return { kind: "outline", erase, isClosed: false, points: loose ? [...corners, loose] : [...corners] };
    },
  };
}

function isNear(
  end: ImagePoint | undefined,
  at: ToolPointer,
  viewport: Viewport,
  screenPx: number = CLOSING_SCREEN_PX[at.kind],
): boolean {
  return end !== undefined && Math.hypot(end.x - at.image.x, end.y - at.image.y) * viewport.scale <= screenPx;
}
