/** From what is shown, and how it is compared, to the layers that are painted. */

import type { Box, Size, Viewport } from "../geometry/types";
import type { Review } from "../jobs/review";
import type { Levels } from "./levels";
import type { PictureLayer } from "./paintPicture";
import { panesOf } from "./panes";

export interface Looked {
  readonly after: Levels | null;
  readonly before: Levels | null;
  readonly difference: Levels | null;
  readonly compare: Review["compare"];
  readonly split: number;
  readonly isHoldingOriginal: boolean;
}

export function pictureLayers(looked: Looked, viewport: Viewport, stage: Size): readonly PictureLayer[] {
  const { after, before } = looked;
  const [pane, other] = panesOf(stage, looked.compare === "side");
  const layer = (levels: Levels | null, clip: Box, shifted: Viewport = viewport): readonly PictureLayer[] =>
    levels ? [{ levels, viewport: shifted, clip }] : [];
  // Until a picture is decoded, the one it came from stands in for it.
  const shown = after ?? before;
  if (looked.isHoldingOriginal && before) {
    return [pane, other].flatMap((box) => (box ? layer(before, box, shiftedTo(box, viewport)) : []));
  }
  switch (looked.compare) {
    case "off":
    case "letters":
      return layer(shown, pane);
    case "difference":
      return layer(looked.difference ?? shown, pane);
    case "side":
      return [...layer(before, pane), ...(other ? layer(shown, other, shiftedTo(other, viewport)) : [])];
    case "slider": {
      const x = shown ? splitX(looked.split, shown, viewport, stage) : 0;
      return [
        ...layer(before, { x: 0, y: 0, width: x, height: stage.height }),
        ...layer(shown, { x, y: 0, width: stage.width - x, height: stage.height }),
      ];
    }
  }
}

/** What the stage shows of the picture, from left to right; the slider goes from one end to the other. */
export function visibleX(picture: Size, viewport: Viewport, stage: Size): readonly [number, number] {
  const left = Math.max(0, viewport.offsetX);
  const right = Math.min(stage.width, viewport.offsetX + picture.width * viewport.scale);
  return [left, Math.max(left, right)];
}

export function splitX(split: number, picture: Size, viewport: Viewport, stage: Size): number {
  const [left, right] = visibleX(picture, viewport, stage);
  return left + split * (right - left);
}

function shiftedTo(pane: Box, viewport: Viewport): Viewport {
  return { ...viewport, offsetX: viewport.offsetX + pane.x, offsetY: viewport.offsetY + pane.y };
}
