/** How the stage is shared out: one picture, or two side by side, on a tall stage one above the other. */

import type { Box, Size } from "../geometry/types";

const GAP_PX = 2;

export function panesOf(stage: Size, isSideBySide: boolean): readonly [Box] | readonly [Box, Box] {
  if (!isSideBySide) return [{ x: 0, y: 0, ...stage }];
  if (stage.height > stage.width) {
    const height = Math.max(0, (stage.height - GAP_PX) / 2);
    return [
      { x: 0, y: 0, width: stage.width, height },
      { x: 0, y: height + GAP_PX, width: stage.width, height },
    ];
  }
  const width = Math.max(0, (stage.width - GAP_PX) / 2);
  return [
    { x: 0, y: 0, width, height: stage.height },
    { x: width + GAP_PX, y: 0, width, height: stage.height },
  ];
}

/** The pane that a point of the stage is in; on the gap, the one after it. */
export function paneAt(panes: readonly Box[], x: number, y: number): Box | undefined {
  return panes.findLast((pane) => x >= pane.x && y >= pane.y) ?? panes[0];
}
