/** The only place where screen and picture coordinates change hands. */

import {
  type ImagePoint,
  imagePoint,
  type ScreenPoint,
  type Size,
  screenPoint,
  type Viewport,
} from "./types";

/** CSS pixels that stay free around a fitted picture. */
const FIT_MARGIN_PX = 24;
const MAX_SCALE = 32;
const MAX_FITTED_SCALE = 2;
/** How far out one may go, as a share of the fitted scale. */
const MIN_SHARE_OF_FIT = 0.3;
/** CSS pixels of the picture that can't be pushed off the stage. */
const KEPT_IN_SIGHT_PX = 64;

/** The whole picture, centred; a small one at most twice as large as it is. */
export function fitted(image: Size, stage: Size): Viewport {
  const free = {
    width: Math.max(1, stage.width - 2 * FIT_MARGIN_PX),
    height: Math.max(1, stage.height - 2 * FIT_MARGIN_PX),
  };
  const scale = Math.min(MAX_FITTED_SCALE, free.width / image.width, free.height / image.height);
  return {
    scale,
    offsetX: (stage.width - image.width * scale) / 2,
    offsetY: (stage.height - image.height * scale) / 2,
  };
}

export function toImage(viewport: Viewport, point: ScreenPoint): ImagePoint {
  return imagePoint(
    (point.x - viewport.offsetX) / viewport.scale,
    (point.y - viewport.offsetY) / viewport.scale,
  );
}

export function toScreen(viewport: Viewport, point: ImagePoint): ScreenPoint {
  return screenPoint(
    point.x * viewport.scale + viewport.offsetX,
    point.y * viewport.scale + viewport.offsetY,
  );
}

/** What is under `point` stays under it. */
export function zoomedAt(viewport: Viewport, point: ScreenPoint, factor: number): Viewport {
  return {
    scale: viewport.scale * factor,
    offsetX: point.x - (point.x - viewport.offsetX) * factor,
    offsetY: point.y - (point.y - viewport.offsetY) * factor,
  };
}

export function panned(viewport: Viewport, dx: number, dy: number): Viewport {
  return { ...viewport, offsetX: viewport.offsetX + dx, offsetY: viewport.offsetY + dy };
}

/** The nearest viewport that is neither too far out nor in and shows some of the picture; zooms about the stage's middle. */
export function clampViewport(viewport: Viewport, image: Size, stage: Size): Viewport {
  const lowest = fitted(image, stage).scale * MIN_SHARE_OF_FIT;
  const scale = clamp(viewport.scale, lowest, MAX_SCALE);
  const middle = screenPoint(stage.width / 2, stage.height / 2);
  const zoomed = scale === viewport.scale ? viewport : zoomedAt(viewport, middle, scale / viewport.scale);
  return {
    scale,
    offsetX: clampOffset(zoomed.offsetX, image.width * scale, stage.width),
    offsetY: clampOffset(zoomed.offsetY, image.height * scale, stage.height),
  };
}

function clampOffset(offset: number, shown: number, stage: number): number {
  const kept = Math.min(KEPT_IN_SIGHT_PX, shown, stage);
  return clamp(offset, kept - shown, stage - kept);
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(Math.max(value, low), high);
}
