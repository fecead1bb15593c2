/** Where one looks: the stage's size and the part of the picture that it shows. Not part of the document. */

import { create } from "zustand";
import type { ScreenPoint, Size, Viewport } from "../geometry/types";
import { screenPoint } from "../geometry/types";
import { clampViewport, fitted, panned, zoomedAt } from "../geometry/viewport";

interface ViewState {
  readonly viewport: Viewport;
  /** CSS pixels. */
  readonly stageSize: Size;
  /** What one picture has of the stage: half of it while two are side by side. */
  readonly paneSize: Size;
  readonly imageSize: Size | null;
  /** The whole picture is shown, also when the stage's size changes; until someone zooms or pans. */
  readonly isFitted: boolean;
  readonly fit: () => void;
  /** One picture pixel a CSS pixel. */
  readonly zoom100: () => void;
  /** About the middle. */
  readonly zoomBy: (factor: number) => void;
}

const NOWHERE: Viewport = { scale: 1, offsetX: 0, offsetY: 0 };
const NOTHING: Size = { width: 0, height: 0 };

export const useView = create<ViewState>()((set, get) => ({
  viewport: NOWHERE,
  stageSize: NOTHING,
  paneSize: NOTHING,
  imageSize: null,
  isFitted: true,
  fit: () => set((state) => ({ isFitted: true, viewport: fittedTo(state.imageSize, state.paneSize) })),
  zoom100: () => get().zoomBy(1 / get().viewport.scale),
  zoomBy: (factor) => {
    const { paneSize } = get();
    viewActions.zoomAt(screenPoint(paneSize.width / 2, paneSize.height / 2), factor);
  },
}));

/** For the stage alone: its gestures and its measuring. */
export const viewActions = {
  zoomAt(point: ScreenPoint, factor: number): void {
    move((state) => zoomedAt(state.viewport, point, allowedFactor(state, factor)));
  },
  panBy(dx: number, dy: number): void {
    move((state) => panned(state.viewport, dx, dy));
  },
  setStage(stageSize: Size, paneSize: Size): void {
    const { stageSize: before, paneSize: beforePane } = useView.getState();
    if (isSame(before, stageSize) && isSame(beforePane, paneSize)) return;
    useView.setState((state) => ({ stageSize, paneSize, viewport: settled({ ...state, paneSize }) }));
  },
  /** Another picture is looked at whole; one of the same size, such as a drawn one, from where one looked. */
  setImage(imageSize: Size | null): void {
    const { imageSize: before } = useView.getState();
    if (before === imageSize || (before && imageSize && isSame(before, imageSize))) return;
    useView.setState(({ paneSize }) => ({
      imageSize,
      isFitted: true,
      viewport: fittedTo(imageSize, paneSize),
    }));
  },
} as const;

function move(change: (state: ViewState) => Viewport): void {
  useView.setState((state) => {
    if (!state.imageSize) return state;
    return { isFitted: false, viewport: clampViewport(change(state), state.imageSize, state.paneSize) };
  });
}

function settled(state: Pick<ViewState, "viewport" | "imageSize" | "paneSize" | "isFitted">): Viewport {
  if (!state.imageSize || state.isFitted) return fittedTo(state.imageSize, state.paneSize);
  return clampViewport(state.viewport, state.imageSize, state.paneSize);
}

/** At the last zoom the picture stays where it is; clamping alone would pull it to the middle. */
function allowedFactor(state: ViewState, factor: number): number {
  if (!state.imageSize) return factor;
  const wanted = { ...state.viewport, scale: state.viewport.scale * factor };
  return clampViewport(wanted, state.imageSize, state.paneSize).scale / state.viewport.scale;
}

function fittedTo(image: Size | null, pane: Size): Viewport {
  return image && pane.width > 0 && pane.height > 0 ? fitted(image, pane) : NOWHERE;
}

function isSame(a: Size, b: Size): boolean {
  return a.width === b.width && a.height === b.height;
}
