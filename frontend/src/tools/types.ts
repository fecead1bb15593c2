/** A tool turns pointer and key events into changes of the document. It is a small state machine that can be canceled. */

import type { ImagePoint, ScreenPoint, Viewport } from "../geometry/types";

export type ToolName = "select" | "quad" | "brush" | "eraser" | "rectangle" | "lasso" | "polygon" | "pan";

export interface ToolPointer {
  readonly image: ImagePoint;
  readonly screen: ScreenPoint;
  readonly pressure: number;
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
      readonly points: readonly ImagePoint[];
    }
  | { readonly kind: "outline"; readonly points: readonly ImagePoint[]; readonly isClosed: boolean }
  | null;

export interface Tool {
  readonly name: ToolName;
  cursor(at: ToolPointer | null, viewport: Viewport): string;
  down(at: ToolPointer, viewport: Viewport): void;
  move(at: ToolPointer, viewport: Viewport): void;
  up(at: ToolPointer, viewport: Viewport): void;
  /** → whether the key was the tool's. */
  key(event: KeyboardEvent): boolean;
  /** Leaves the document as it was before the gesture. */
  cancel(): void;
  sketch(): ToolSketch;
}
