/** Joins the keyboard map to what is on the page. */

import { useEffect } from "react";
import { useKey } from "../api/key";
import { useCanDraw } from "./fit";
import { keyHandlers, keyReleased } from "./keyActions";
import { listenToKeys } from "./keys";
import type { ViewControls } from "./StatusBar";
import { useUi } from "./ui";

const isBlocked = () => useUi.getState().dialog !== null || useKey.getState().isAsked;

export function useKeys(view: ViewControls): void {
  const canDraw = useCanDraw();
  useEffect(() => listenToKeys(keyHandlers({ view, canDraw }), keyReleased, isBlocked), [view, canDraw]);
}
