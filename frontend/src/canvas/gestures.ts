/** Which pointers draw, which pan and which pinch: a state machine over pointer events, without the DOM. */

import type { ScreenPoint } from "../geometry/types";
import { screenPoint } from "../geometry/types";

export interface PointerInput {
  readonly id: number;
  readonly kind: "mouse" | "pen" | "touch";
  readonly screen: ScreenPoint;
  /** 0 left or contact, 1 middle, 2 right; as of a PointerEvent. */
  readonly button: number;
  readonly shift: boolean;
  readonly alt: boolean;
  readonly mod: boolean;
}

export interface GestureTarget {
  /** → whether a drag is the tool's; if not, it pans. */
  toolDown(at: PointerInput): boolean;
  toolMove(at: PointerInput): void;
  toolUp(at: PointerInput): void;
  toolCancel(): void;
  hover(at: PointerInput | null): void;
  panBy(dx: number, dy: number): void;
  zoomAt(point: ScreenPoint, factor: number): void;
}

export interface Gestures {
  down(at: PointerInput): void;
  move(at: PointerInput): void;
  up(at: PointerInput): void;
  /** The browser took the pointer away. */
  cancel(id: number): void;
  leave(): void;
  holdPan(isHeld: boolean): void;
  mode(): State["mode"];
  /** Whether the pointer is needed until its end; if not, it may only be a tap. */
  isHolding(): boolean;
}

type State =
  | { readonly mode: "idle" }
  /** `isTool`: the tool took the drag; else it only waits for a tap. */
  | { readonly mode: "tool"; readonly start: PointerInput; readonly isTool: boolean }
  | { readonly mode: "pan"; readonly id: number; readonly last: ScreenPoint }
  | { readonly mode: "pinch"; readonly a: PointerInput; readonly b: PointerInput };

const IDLE: State = { mode: "idle" };
/** A finger rolls a little when it taps. */
const TAP_SCREEN_PX = { mouse: 4, pen: 5, touch: 9 } as const;
const MIDDLE_BUTTON = 1;

export function createGestures(target: GestureTarget): Gestures {
  let state: State = IDLE;
  let holdsPan = false;

  const isTapping = () => state.mode === "tool" && !state.isTool;

  function begin(at: PointerInput): State {
    if (at.button === MIDDLE_BUTTON || holdsPan) return { mode: "pan", id: at.id, last: at.screen };
    target.hover(null);
    return { mode: "tool", start: at, isTool: target.toolDown(at) };
  }

  function second(current: Exclude<State, { mode: "idle" }>, at: PointerInput): State {
    // A hand that rests beside the pen, or a second button, is no second finger.
    if (at.kind !== "touch") return current;
    if (current.mode === "tool" && current.start.kind === "touch") {
      target.toolCancel();
      return { mode: "pinch", a: current.start, b: at };
    }
    if (current.mode === "pan")
      return { mode: "pinch", a: { ...at, id: current.id, screen: current.last }, b: at };
    return current;
  }

  function drag(current: Extract<State, { mode: "tool" }>, at: PointerInput): State {
    const { start } = current;
    if (at.id !== start.id) return current;
    if (current.isTool) {
      target.toolMove({ ...at, button: start.button });
      return current;
    }
    if (distance(start.screen, at.screen) < TAP_SCREEN_PX[at.kind]) return current;
    target.toolCancel();
    target.panBy(at.screen.x - start.screen.x, at.screen.y - start.screen.y);
    return { mode: "pan", id: at.id, last: at.screen };
  }

  function pinch(current: Extract<State, { mode: "pinch" }>, at: PointerInput): State {
    const next =
      at.id === current.a.id
        ? { ...current, a: at }
        : at.id === current.b.id
          ? { ...current, b: at }
          : current;
    const before = middle(current.a.screen, current.b.screen);
    const after = middle(next.a.screen, next.b.screen);
    const spread = distance(current.a.screen, current.b.screen);
    target.panBy(after.x - before.x, after.y - before.y);
    if (spread > 0) target.zoomAt(after, distance(next.a.screen, next.b.screen) / spread);
    return next;
  }

  /** One finger of two was lifted: the other goes on panning, it doesn't begin to draw. */
  function rest(current: Extract<State, { mode: "pinch" }>, id: number): State {
    if (id !== current.a.id && id !== current.b.id) return current;
    const left = id === current.a.id ? current.b : current.a;
    return { mode: "pan", id: left.id, last: left.screen };
  }

  return {
    down(at) {
      state = state.mode === "idle" ? begin(at) : second(state, at);
    },
    move(at) {
      if (state.mode === "idle") target.hover(at);
      else if (state.mode === "tool") state = drag(state, at);
      else if (state.mode === "pinch") state = pinch(state, at);
      else if (at.id === state.id) {
        target.panBy(at.screen.x - state.last.x, at.screen.y - state.last.y);
        state = { ...state, last: at.screen };
      }
    },
    up(at) {
      if (state.mode === "pinch") state = rest(state, at.id);
      else if (state.mode === "pan" && at.id === state.id) state = IDLE;
      else if (state.mode === "tool" && at.id === state.start.id) {
        const { button } = state.start;
        state = IDLE;
        target.toolUp({ ...at, button });
      }
    },
    cancel(id) {
      if (state.mode === "pinch") state = rest(state, id);
      else if (state.mode === "pan" && id === state.id) state = IDLE;
      else if (state.mode === "tool" && id === state.start.id) {
        state = IDLE;
        target.toolCancel();
      }
    },
    leave() {
      if (state.mode === "idle") target.hover(null);
      // Its end wouldn't be heard of.
      if (!isTapping()) return;
      state = IDLE;
      target.toolCancel();
    },
    holdPan(isHeld) {
      holdsPan = isHeld;
    },
    mode: () => state.mode,
    isHolding: () => state.mode !== "idle" && !isTapping(),
  };
}

function distance(a: ScreenPoint, b: ScreenPoint): number {
  return Math.hypot(a.x - b.x, a.y - b.y);
}

function middle(a: ScreenPoint, b: ScreenPoint): ScreenPoint {
  return screenPoint((a.x + b.x) / 2, (a.y + b.y) / 2);
}
