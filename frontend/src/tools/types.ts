/** A tool turns pointer and key events into changes of the document. It is a small state machine that can be canceled. */

import type { ImagePoint, Quad, ScreenPoint, Viewport } from "../geometry/types";

export type ToolName = "select" | "quad" | "brush" | "eraser" | "rectangle" | "lasso" | "polygon" | "pan";

export interface ToolPointer {
  readonly image: ImagePoint;
  readonly screen: ScreenPoint;
  readonly kind: "mouse" | "pen" | "touch";
  /** The right button, or a pen's. */
  readonly secondary: boolean;
  readonly shift: boolean;
  readonly alt: boolean;
  readonly mod: boolean;
}

/** What the overlay draws for a tool that is in the middle of something; null: nothing. */
export type ToolSketch =
  | {
      readonly kind: "stroke";
      readonly erase: boolean;
      readonly radiusPx: number;
      /** Grows while the stroke is drawn: the same array each time, so that a long stroke costs no copies. */
      readonly points: readonly ImagePoint[];
    }
  | {
      readonly kind: "outline";
      readonly erase: boolean;
      readonly points: readonly ImagePoint[];
      readonly isClosed: boolean;
    }
  /** A place's quad on its way; the document gets it when the button is let go. */
  | { readonly kind: "quad"; readonly placeId: string; readonly quad: Quad }
  | { readonly kind: "hover"; readonly regionId: string }
  | null;

export interface Tool {
  readonly name: ToolName;
  cursor(at: ToolPointer | null, viewport: Viewport): string;
  /** → whether a drag from here is the tool's. If not, a drag pans, and only a tap comes to `up`. */
  down(at: ToolPointer, viewport: Viewport): boolean;
  move(at: ToolPointer, viewport: Viewport): void;
  up(at: ToolPointer, viewport: Viewport): void;
  /** The pointer goes over the picture with no button down; null: it left. */
  hover(at: ToolPointer | null, viewport: Viewport): void;
  /** → whether the key was the tool's. */
  key(event: KeyboardEvent): boolean;
  /** Leaves the document as it was before the gesture. → whether there was anything to cancel. */
  cancel(): boolean;
  sketch(): ToolSketch;
}
