/** A box in perspective: four clicks, or one drag for an upright one; then its corners and the whole can be dragged. */

import { documentActions, useDocument } from "../document/store";
import { boundingBox, clampedTo, quadOf } from "../geometry/quad";
import { type ImagePoint, imagePoint, type Quad, type Viewport } from "../geometry/types";
import { quadFromCorners } from "./corners";
import { createQuadEdit, nudgeByKey } from "./quadEdit";
import type { Tool, ToolPointer, ToolSketch } from "./types";

/** A shorter drag is a click. */
const MIN_DRAG_SCREEN_PX = 6;

type State =
  | { readonly kind: "idle" }
  | { readonly kind: "editing" }
  /** `pressed`: where the button went down and hasn't come up. */
  | {
      readonly kind: "placing";
      readonly corners: readonly ImagePoint[];
      readonly loose: ImagePoint | null;
      readonly pressed: ToolPointer | null;
    }
  | { readonly kind: "boxing"; readonly start: ImagePoint; readonly end: ImagePoint };

const IDLE: State = { kind: "idle" };

export function quadTool(): Tool {
  const edit = createQuadEdit(() => true);
  let state: State = IDLE;

  return {
    name: "quad",
    cursor(at, viewport) {
      if (state.kind === "placing" || !at) return "crosshair";
      const grip = edit.gripAt(at, viewport);
      if (grip === null) return "crosshair";
      return grip === "whole" ? "move" : "grab";
    },
    down(at, viewport) {
      if (state.kind === "placing") state = { ...state, loose: at.image, pressed: at };
      else if (edit.down(at, viewport)) state = { kind: "editing" };
      else state = { kind: "placing", corners: [], loose: at.image, pressed: at };
      return true;
    },
    move(at, viewport) {
      if (state.kind === "editing") edit.move(at, viewport);
      else if (state.kind === "boxing") state = { ...state, end: at.image };
      else if (state.kind === "placing") state = dragging(state, at);
    },
    up(at, viewport) {
      if (state.kind === "editing") {
        edit.up();
        state = IDLE;
      } else if (state.kind === "boxing") {
        add(boxOf(state.start, at.image), viewport);
        state = IDLE;
      } else if (state.kind === "placing") {
        state = withCornerPlaced(state.corners, at.image, viewport);
      }
    },
    hover(at) {
      if (state.kind === "placing") state = { ...state, loose: at?.image ?? null };
    },
    key(event) {
      if (state.kind !== "placing") return nudgeByKey(event, "whole");
      if (event.key !== "Backspace") return false;
      const corners = state.corners.slice(0, -1);
      state = corners.length > 0 ? { ...state, corners } : IDLE;
      return true;
    },
    cancel() {
      const wasAtWork = state.kind !== "idle";
      edit.cancel();
      state = IDLE;
      return wasAtWork;
    },
    sketch: () => edit.sketch() ?? outline(state),
  };
}

/** The first corner may become a box that is dragged open; a later one follows the pointer until it is let go. */
function dragging(state: Extract<State, { kind: "placing" }>, at: ToolPointer): State {
  const { corners, pressed } = state;
  if (!pressed) return state;
  const distance = Math.hypot(at.screen.x - pressed.screen.x, at.screen.y - pressed.screen.y);
  if (corners.length === 0 && distance >= MIN_DRAG_SCREEN_PX) {
    return { kind: "boxing", start: pressed.image, end: at.image };
  }
  return { ...state, loose: at.image };
}

function withCornerPlaced(corners: readonly ImagePoint[], corner: ImagePoint, viewport: Viewport): State {
  const [a, b, c] = corners;
  if (a && b && c) {
    const quad = quadFromCorners([a, b, c, corner]);
    // A corner on the line between two others: it can be clicked anew.
    if (!quad) return { kind: "placing", corners, loose: null, pressed: null };
    add(quad, viewport);
    return IDLE;
  }
  return { kind: "placing", corners: [...corners, corner], loose: null, pressed: null };
}

function add(quad: Quad, viewport: Viewport): void {
  const size = useDocument.getState().picture;
  if (!size) return;
  const clamped = clampedTo(quad, size);
  const box = boundingBox(clamped);
  if (Math.min(box.width, box.height) * viewport.scale >= MIN_DRAG_SCREEN_PX)
    documentActions.addQuad(clamped);
}

function outline(state: State): ToolSketch {
  if (state.kind === "boxing") {
    return { kind: "outline", erase: false, isClosed: true, points: boxOf(state.start, state.end) };
  }
  if (state.kind !== "placing") return null;
  const points = state.loose ? [...state.corners, state.loose] : state.corners;
  return { kind: "outline", erase: false, isClosed: points.length === 4, points };
}

function boxOf(start: ImagePoint, end: ImagePoint): Quad {
  const { x, y, width, height } = boundingBox([start, imagePoint(end.x, end.y)]);
  return quadOf({ x, y, width, height });
}
