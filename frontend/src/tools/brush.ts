/** Brush and eraser: a stroke is one change of the mask. The right button or Alt turns the one into the other. */

import { documentActions } from "../document/store";
import type { ImagePoint } from "../geometry/types";
import { useTools } from "./state";
import type { Tool } from "./types";

/** Points nearer than this add nothing that the eye sees, but cost when a long stroke is drawn. */
const MIN_STEP_SCREEN_PX = 1;

interface Stroke {
  readonly kind: "stroke";
  readonly erase: boolean;
  readonly radiusPx: number;
  readonly points: ImagePoint[];
}

export function brushTool(name: "brush" | "eraser"): Tool {
  let stroke: Stroke | null = null;
  return {
    name,
    // The ring that shows the brush's size is the cursor.
    cursor: () => "none",
    down(at) {
      const erase = (name === "eraser") !== (at.secondary || at.alt);
      stroke = { kind: "stroke", erase, radiusPx: useTools.getState().brushRadiusPx, points: [at.image] };
      return true;
    },
    move(at, viewport) {
      const last = stroke?.points.at(-1);
      if (!stroke || !last) return;
      const stepPx = Math.hypot(at.image.x - last.x, at.image.y - last.y);
      if (stepPx * viewport.scale >= MIN_STEP_SCREEN_PX) stroke.points.push(at.image);
    },
    up() {
      const done = stroke;
      stroke = null;
      if (done) documentActions.editMask(done);
    },
    hover: () => undefined,
    key: () => false,
    cancel() {
      const wasDrawing = stroke !== null;
      stroke = null;
      return wasDrawing;
    },
    sketch: () => stroke,
  };
}
