/** Dragging a corner of the active box, or the whole box. Shared by the tools that choose and that draw boxes. */

import { documentActions, useDocument } from "../document/store";
import type { Place } from "../document/types";
import { boundingBox, containsPoint, cornerAt, isConvex, moved, withCorner } from "../geometry/quad";
import { type ImagePoint, imagePoint, type Quad, type Size, type Viewport } from "../geometry/types";
import type { ToolPointer, ToolSketch } from "./types";

const GRIP_SCREEN_PX = { mouse: 12, pen: 16, touch: 24 } as const;
const SLIP_SCREEN_PX = 3;

type QuadPlace = Extract<Place, { readonly quad: Quad }>;
type Grip = 0 | 1 | 2 | 3 | "whole";

interface Drag {
  readonly place: QuadPlace;
  readonly grip: Grip;
  readonly start: ToolPointer;
  readonly quad: Quad;
}

export interface QuadEdit {
  /** → what would be dragged from here. */
  gripAt(at: ToolPointer, viewport: Viewport): Grip | null;
  down(at: ToolPointer, viewport: Viewport): boolean;
  move(at: ToolPointer, viewport: Viewport): void;
  /** → whether a box was dragged; a click isn't a drag. */
  up(): boolean;
  cancel(): boolean;
  sketch(): ToolSketch;
}

/** `isMovable`: whether the inside of a place drags the whole. */
export function createQuadEdit(isMovable: (place: QuadPlace, at: ToolPointer) => boolean): QuadEdit {
  let drag: Drag | null = null;

  function gripAt(at: ToolPointer, viewport: Viewport): Grip | null {
    const place = activeQuadPlace();
    if (!place) return null;
    const corner = cornerAt(place.quad, at.image, GRIP_SCREEN_PX[at.kind] / viewport.scale);
    if (corner !== null) return corner;
    return containsPoint(place.quad, at.image) && isMovable(place, at) ? "whole" : null;
  }

  return {
    gripAt,
    down(at, viewport) {
      const place = activeQuadPlace();
      const grip = gripAt(at, viewport);
      drag = place && grip !== null ? { place, grip, start: at, quad: place.quad } : null;
      return drag !== null;
    },
    move(at, viewport) {
      const size = useDocument.getState().picture;
      if (!drag || !size) return;
      const distance = Math.hypot(at.screen.x - drag.start.screen.x, at.screen.y - drag.start.screen.y);
      if (drag.quad === drag.place.quad && distance < SLIP_SCREEN_PX) return;
      // From where it was gripped, so that a corner doesn't jump under the pointer.
      const dx = (at.screen.x - drag.start.screen.x) / viewport.scale;
      const dy = (at.screen.y - drag.start.screen.y) / viewport.scale;
      drag = { ...drag, quad: dragged(drag, dx, dy, size) };
    },
    up() {
      const done = drag;
      drag = null;
      if (!done || done.quad === done.place.quad) return false;
      documentActions.setQuad(done.place.id, done.quad);
      return true;
    },
    cancel() {
      const wasDragging = drag !== null;
      drag = null;
      return wasDragging;
    },
    sketch() {
      if (!drag || drag.quad === drag.place.quad) return null;
      return { kind: "quad", placeId: drag.place.id, quad: drag.quad };
    },
  };
}

/** Moves one corner of the active box, or the whole, by picture pixels: what an arrow key does. */
export function nudge(grip: Grip, dx: number, dy: number): void {
  const place = activeQuadPlace();
  const size = useDocument.getState().picture;
  if (!place || !size) return;
  const quad = dragged({ place, grip, quad: place.quad }, dx, dy, size);
  if (quad !== place.quad) documentActions.setQuad(place.id, quad);
}

/** → whether it was an arrow key and something could be moved. */
export function nudgeByKey(event: KeyboardEvent, grip: Grip): boolean {
  const direction = ARROWS[event.key];
  if (!direction || event.ctrlKey || event.metaKey || event.altKey || !activeQuadPlace()) return false;
  const px = event.shiftKey ? 10 : 1;
  nudge(grip, direction[0] * px, direction[1] * px);
  return true;
}

function activeQuadPlace(): QuadPlace | null {
  const { places, activePlaceId } = useDocument.getState();
  const place = places.find((one) => one.id === activePlaceId);
  return place && place.kind !== "mask" ? place : null;
}

const ARROWS: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

/** A corner stays in the picture and where the quad is convex; the whole stays in the picture. */
function dragged(from: Pick<Drag, "place" | "grip" | "quad">, dx: number, dy: number, size: Size): Quad {
  const { quad } = from.place;
  if (from.grip === "whole") {
    const box = boundingBox(quad);
    return moved(
      quad,
      clamp(dx, -box.x, size.width - box.x - box.width),
      clamp(dy, -box.y, size.height - box.y - box.height),
    );
  }
  const corner = withCorner(quad, from.grip, inside(quad[from.grip], dx, dy, size));
  return isConvex(corner) ? corner : from.quad;
}

function inside(point: ImagePoint, dx: number, dy: number, size: Size): ImagePoint {
  return imagePoint(clamp(point.x + dx, 0, size.width), clamp(point.y + dy, 0, size.height));
}

/** A word at the border may stick out a little: then the bounds are the wrong way around and it can only come in. */
function clamp(value: number, low: number, high: number): number {
  return Math.min(Math.max(value, Math.min(low, high)), Math.max(low, high));
}
