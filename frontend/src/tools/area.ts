/** Rectangle and lasso: one drag marks an area. The right button or Alt takes it out of the mask. */

import { documentActions } from "../document/store";
import { type ImagePoint, imagePoint, type Viewport } from "../geometry/types";
import type { Tool, ToolPointer, ToolSketch } from "./types";

/** A shorter drag is a click that slipped. */
const MIN_DRAG_SCREEN_PX = 4;

interface Drag {
  readonly erase: boolean;
  readonly points: readonly ImagePoint[];
}

type Extend = (points: readonly ImagePoint[], at: ToolPointer) => readonly ImagePoint[];

export function rectangleTool(): Tool {
  return areaTool("rectangle", (points, at) => {
    const start = points[0] ?? at.image;
    const end = at.shift ? squareEnd(start, at.image) : at.image;
    return [start, imagePoint(end.x, start.y), end, imagePoint(start.x, end.y)];
  });
}

export function lassoTool(): Tool {
  return areaTool("lasso", (points, at) => [...points, at.image]);
}

/** The area between the points, marked or unmarked. */
export function editArea(points: readonly ImagePoint[], erase: boolean): void {
  documentActions.editMask({ kind: "polygon", erase, points });
}

export function isErasing(at: ToolPointer): boolean {
  return at.secondary || at.alt;
}

function areaTool(name: "rectangle" | "lasso", extend: Extend): Tool {
  let drag: Drag | null = null;
  return {
    name,
    cursor: () => "crosshair",
    down(at) {
      drag = { erase: isErasing(at), points: [at.image] };
      return true;
    },
    move(at) {
      if (drag) drag = { ...drag, points: extend(drag.points, at) };
    },
    up(_at, viewport) {
      const done = drag;
      drag = null;
      if (done && isLarge(done.points, viewport)) editArea(done.points, done.erase);
    },
    hover: () => undefined,
    key: () => false,
    cancel() {
      const wasDragging = drag !== null;
      drag = null;
      return wasDragging;
    },
    sketch: (): ToolSketch => drag && { kind: "outline", isClosed: true, ...drag },
  };
}

function isLarge(points: readonly ImagePoint[], viewport: Viewport): boolean {
  const xs = points.map((point) => point.x);
  const ys = points.map((point) => point.y);
  const width = Math.max(...xs) - Math.min(...xs);
  const height = Math.max(...ys) - Math.min(...ys);
  // Sides of nothing can't hold a pixel's centre.
  return (
    points.length >= 3 &&
    Math.min(width, height) > 0 &&
    Math.max(width, height) * viewport.scale >= MIN_DRAG_SCREEN_PX
  );
}

function squareEnd(start: ImagePoint, end: ImagePoint): ImagePoint {
  const side = Math.max(Math.abs(end.x - start.x), Math.abs(end.y - start.y));
  return imagePoint(start.x + Math.sign(end.x - start.x) * side, start.y + Math.sign(end.y - start.y) * side);
}
