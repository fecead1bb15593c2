/** What a turn of the wheel means: a mouse's zooms, a trackpad's two fingers pan and its pinch zooms. */

export type WheelMove =
  | { readonly kind: "zoom"; readonly factor: number }
  | { readonly kind: "pan"; readonly dx: number; readonly dy: number };

/** Of a notch, 100 px in most browsers: a fifth larger or smaller. */
const ZOOM_PER_PX = Math.log(1.2) / 100;
/** Browsers tell a trackpad's pinch as a turned wheel with Ctrl, in small steps. */
const PINCH_PER_PX = 0.01;
const MAX_STEP_PX = 240;
const LINE_PX = 33;
const PAGE_PX = 400;

export function wheelMove(event: WheelEvent): WheelMove {
  const unit =
    event.deltaMode === WheelEvent.DOM_DELTA_LINE
      ? LINE_PX
      : event.deltaMode === WheelEvent.DOM_DELTA_PAGE
        ? PAGE_PX
        : 1;
  const dx = event.deltaX * unit;
  const dy = event.deltaY * unit;
  if (event.ctrlKey || event.metaKey) {
    const perPx = isNotch(event) ? ZOOM_PER_PX : PINCH_PER_PX;
    return { kind: "zoom", factor: Math.exp(-limited(dy) * perPx) };
  }
  if (event.shiftKey) return { kind: "pan", dx: -(dx || dy), dy: 0 };
  if (dx !== 0 || isTrackpad(event)) return { kind: "pan", dx: -dx, dy: -dy };
  return { kind: "zoom", factor: Math.exp(-limited(dy) * ZOOM_PER_PX) };
}

function limited(px: number): number {
  return Math.min(MAX_STEP_PX, Math.max(-MAX_STEP_PX, px));
}

/** No browser says it; Chromium's and Safari's old `wheelDeltaY` is a trackpad's distance times three, a mouse's notches. */
function isTrackpad(event: WheelEvent): boolean {
  const legacy: unknown = Reflect.get(event, "wheelDeltaY");
  return event.deltaMode === WheelEvent.DOM_DELTA_PIXEL && legacy === -3 * event.deltaY && !isNotch(event);
}

function isNotch(event: WheelEvent): boolean {
  return Math.abs(event.deltaY) >= 50 || event.deltaMode !== WheelEvent.DOM_DELTA_PIXEL;
}
