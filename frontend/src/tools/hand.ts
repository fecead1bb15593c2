/** The tool in the hand: whoever has pointer or key events gives them to it, and what it draws meanwhile is told here. */

import { create } from "zustand";
import type { Viewport } from "../geometry/types";
import { lassoTool, rectangleTool } from "./area";
import { brushTool } from "./brush";
import { panTool } from "./pan";
import { polygonTool } from "./polygon";
import { quadTool } from "./quad";
import { selectTool } from "./select";
import { useTools } from "./state";
import type { Tool, ToolName, ToolPointer, ToolSketch } from "./types";

const TOOLS: Readonly<Record<ToolName, Tool>> = {
  select: selectTool(),
  quad: quadTool(),
  brush: brushTool("brush"),
  eraser: brushTool("eraser"),
  rectangle: rectangleTool(),
  lasso: lassoTool(),
  polygon: polygonTool(),
  pan: panTool(),
};

/** What the tool has drawn and the document doesn't know yet. */
export const useSketch = create<{ readonly sketch: ToolSketch }>(() => ({ sketch: null }));

let held: Tool = TOOLS[useTools.getState().tool];

/** The tool that is chosen now; one that was put away in the middle of something leaves no trace. */
function tool(): Tool {
  const chosen = TOOLS[useTools.getState().tool];
  if (chosen !== held) held.cancel();
  held = chosen;
  return chosen;
}

function tell(): void {
  const sketch = tool().sketch();
  if (sketch !== null || useSketch.getState().sketch !== null) useSketch.setState({ sketch });
}

export const hand = {
  cursor: (at: ToolPointer | null, viewport: Viewport): string => tool().cursor(at, viewport),
  /** → whether a drag from here is the tool's; if not, it pans. */
  down(at: ToolPointer, viewport: Viewport): boolean {
    const isTaken = tool().down(at, viewport);
    tell();
    return isTaken;
  },
  move(at: ToolPointer, viewport: Viewport): void {
    tool().move(at, viewport);
    tell();
  },
  up(at: ToolPointer, viewport: Viewport): void {
    tool().up(at, viewport);
    tell();
  },
  hover(at: ToolPointer | null, viewport: Viewport): void {
    tool().hover(at, viewport);
    tell();
  },
  key(event: KeyboardEvent): boolean {
    const isTaken = tool().key(event);
    tell();
    return isTaken;
  },
  /** → whether something was in the middle of being drawn. */
  cancel(): boolean {
    const wasAtWork = tool().cancel();
    tell();
    return wasAtWork;
  },
  /** Another tool was chosen. */
  change: tell,
} as const;
