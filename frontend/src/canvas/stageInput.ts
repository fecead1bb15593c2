/** Binds the stage element's pointer, wheel and key events to gestures, and those to the tool in the hand and the view. */

import { type Box, type ScreenPoint, screenPoint } from "../geometry/types";
import { toImage } from "../geometry/viewport";
import { hand } from "../tools/hand";
import type { ToolPointer } from "../tools/types";
import { createGestures, type GestureTarget, type PointerInput } from "./gestures";
import { paneAt } from "./panes";
import { usePointer } from "./pointer";
import { useView, viewActions } from "./view";
import { wheelMove } from "./wheel";

const RIGHT_BUTTON = 2;

export interface StageSituation {
  readonly panes: () => readonly Box[];
  /** While pictures are compared, nothing is chosen or drawn. */
  readonly isLocked: () => boolean;
}

/** → unbinds. */
export function bindStageInput(stage: HTMLElement, situation: StageSituation): () => void {
  const gestures = createGestures(targetOf(stage, situation));
  let holdsPan = false;
  const showPanning = () => {
    if (gestures.mode() === "pan") stage.style.cursor = "grabbing";
    else if (holdsPan) stage.style.cursor = "grab";
  };
  const pointOf = (event: MouseEvent): ScreenPoint => {
    const rect = stage.getBoundingClientRect();
    return screenPoint(event.clientX - rect.left, event.clientY - rect.top);
  };
  /** The pane where a drag began keeps it. */
  let pane: Box | undefined;

  function inputOf(event: PointerEvent): PointerInput {
    const point = pointOf(event);
    if (gestures.mode() === "idle") pane = paneAt(situation.panes(), point.x, point.y);
    return {
      id: event.pointerId,
      kind: event.pointerType === "touch" || event.pointerType === "pen" ? event.pointerType : "mouse",
      screen: screenPoint(point.x - (pane?.x ?? 0), point.y - (pane?.y ?? 0)),
      button: event.button,
      shift: event.shiftKey,
      alt: event.altKey,
      mod: event.ctrlKey || event.metaKey,
    };
  }

  /** A tap isn't held: its click is its word's. */
  function hold({ pointerId }: PointerEvent): void {
    if (gestures.isHolding() && !stage.hasPointerCapture(pointerId)) capture(stage, pointerId);
  }

  const listeners: Listeners = {
    pointerdown(event) {
      if (event.target instanceof Element && event.target.closest("[data-own-pointer]")) return;
      // After a tap the browser would press a mouse button, too, and take the focus out of the text box that has opened.
      if (event.pointerType === "touch") event.preventDefault();
      gestures.down(inputOf(event));
      hold(event);
      showPanning();
    },
    pointermove(event) {
      usePointer.setState({ at: event.pointerType === "touch" ? null : pointOf(event) });
      // A pointer is faster than the screen: the points in between make a stroke round.
      const steps = gestures.mode() === "tool" ? event.getCoalescedEvents() : [];
      for (const step of steps.length > 0 ? steps : [event]) gestures.move(inputOf(step));
      hold(event);
      showPanning();
    },
    pointerup(event) {
      gestures.up(inputOf(event));
      showPanning();
    },
    pointercancel: (event) => gestures.cancel(event.pointerId),
    pointerleave() {
      usePointer.setState({ at: null });
      gestures.leave();
    },
    wheel(event) {
      event.preventDefault();
      const move = wheelMove(event);
      const point = pointOf(event);
      const under = paneAt(situation.panes(), point.x, point.y);
      if (move.kind === "pan") viewActions.panBy(move.dx, move.dy);
      else viewActions.zoomAt(screenPoint(point.x - (under?.x ?? 0), point.y - (under?.y ?? 0)), move.factor);
    },
    // The right button erases.
    contextmenu: (event) => event.preventDefault(),
  };
  const unbind = bind(stage, listeners);
  const unbindSpace = bindSpace(stage, (isHeld) => {
    holdsPan = isHeld;
    gestures.holdPan(isHeld);
    stage.style.cursor = "default";
    showPanning();
  });
  return () => {
    unbind();
    unbindSpace();
  };
}

type StageEvent =
  | "pointerdown"
  | "pointermove"
  | "pointerup"
  | "pointercancel"
  | "pointerleave"
  | "wheel"
  | "contextmenu";
type Listeners = { readonly [Name in StageEvent]: (event: HTMLElementEventMap[Name]) => void };

function targetOf(stage: HTMLElement, { isLocked }: StageSituation): GestureTarget {
  const viewport = () => useView.getState().viewport;
  const showCursor = (at: ToolPointer | null) => {
    stage.style.cursor = isLocked() ? "grab" : hand.cursor(at, viewport());
  };
  return {
    toolDown(at) {
      return isLocked() ? false : hand.down(toolPointer(at), viewport());
    },
    toolMove: (at) => hand.move(toolPointer(at), viewport()),
    toolUp(at) {
      if (isLocked()) return;
      hand.up(toolPointer(at), viewport());
      showCursor(toolPointer(at));
    },
    toolCancel: () => void hand.cancel(),
    hover(at) {
      const pointer = at && at.kind !== "touch" && !isLocked() ? toolPointer(at) : null;
      hand.hover(pointer, viewport());
      showCursor(pointer);
    },
    panBy: viewActions.panBy,
    zoomAt: viewActions.zoomAt,
  };
}

function toolPointer(at: PointerInput): ToolPointer {
  const { kind, screen, shift, alt, mod } = at;
  return {
    image: toImage(useView.getState().viewport, screen),
    screen,
    kind,
    secondary: at.button === RIGHT_BUTTON,
    shift,
    alt,
    mod,
  };
}

/** A pointer that is gone already, as of a test's event, can't be captured. */
function capture(stage: HTMLElement, pointerId: number): void {
  try {
    stage.setPointerCapture(pointerId);
  } catch (error) {
    if (!(error instanceof DOMException && error.name === "NotFoundError")) throw error;
  }
}

function bind(stage: HTMLElement, on: Listeners): () => void {
  const ended = new AbortController();
  const { signal } = ended;
  stage.addEventListener("pointerdown", on.pointerdown, { signal });
  stage.addEventListener("pointermove", on.pointermove, { signal });
  stage.addEventListener("pointerup", on.pointerup, { signal });
  stage.addEventListener("pointercancel", on.pointercancel, { signal });
  stage.addEventListener("pointerleave", on.pointerleave, { signal });
  stage.addEventListener("contextmenu", on.contextmenu, { signal });
  // Not passive: the page itself may not scroll or zoom.
  stage.addEventListener("wheel", on.wheel, { signal, passive: false });
  return () => ended.abort();
}

/** Space pans while it is held; but it writes a blank in a field, and presses a button that was come to by keyboard. */
function bindSpace(stage: HTMLElement, hold: (isHeld: boolean) => void): () => void {
  const ended = new AbortController();
  const { signal } = ended;
  let isHeld = false;
  const release = () => {
    if (isHeld) hold(false);
    isHeld = false;
  };
  window.addEventListener(
    "keydown",
    (event) => {
      if (event.key !== " " || !isFree(event.target, stage)) return;
      event.preventDefault();
      if (!isHeld) hold(true);
      isHeld = true;
    },
    { signal },
  );
  window.addEventListener(
    "keyup",
    (event) => {
      if (event.key !== " " || !isHeld) return;
      // A button that was clicked before still has the focus: it isn't meant.
      event.preventDefault();
      release();
    },
    { signal },
  );
  window.addEventListener("blur", release, { signal });
  return () => ended.abort();
}

function isFree(target: EventTarget | null, stage: HTMLElement): boolean {
  if (!(target instanceof HTMLElement) || target === stage || target === document.body) return true;
  if (target.closest("input, textarea, select, [contenteditable='true'], [role='dialog']")) return false;
  return !target.matches(":focus-visible");
}
