/** Joins the keyboard map to what is on the page. */

import { useEffect } from "react";
import { useCanDraw } from "./fit";
import { keyHandlers, keyReleased } from "./keyActions";
import { listenToKeys } from "./keys";
import type { ViewControls } from "./StatusBar";
import { useUi } from "./ui";

const isBlocked = () => useUi.getState().dialog !== null;

export function useKeys(view: ViewControls): void {
  const canDraw = useCanDraw();
  const { fit, zoom100, zoomBy, scale } = view;
  useEffect(
    () =>
      listenToKeys(keyHandlers({ view: { scale, fit, zoom100, zoomBy }, canDraw }), keyReleased, isBlocked),
    [scale, fit, zoom100, zoomBy, canDraw],
  );
}
