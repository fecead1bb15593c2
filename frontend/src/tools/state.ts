/** Which tool is in the hand, and how wide the brush is. Not part of the document: undo doesn't change tools. */

import { create } from "zustand";
import type { ToolName } from "./types";

export const MIN_BRUSH_RADIUS_PX = 1;
export const MAX_BRUSH_RADIUS_PX = 1000;

interface ToolsState {
  readonly tool: ToolName;
  /** Picture pixels. */
  readonly brushRadiusPx: number;
  readonly setTool: (tool: ToolName) => void;
  readonly setBrushRadius: (radiusPx: number) => void;
}

export const useTools = create<ToolsState>()((set) => ({
  tool: "select",
  brushRadiusPx: 20,
  setTool: (tool) => set({ tool }),
  setBrushRadius: (radiusPx) =>
    set({
      brushRadiusPx: Math.round(Math.min(MAX_BRUSH_RADIUS_PX, Math.max(MIN_BRUSH_RADIUS_PX, radiusPx))),
    }),
}));
