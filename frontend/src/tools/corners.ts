/** Four clicks in any order become a quad whose corners go clockwise from the text's own top left. */

import { center, charHeight, isConvex, lineWidth } from "../geometry/quad";
import type { ImagePoint, Quad } from "../geometry/types";

/** From here on a quad is so tall that its text is taken to run along the long side. */
const TALL = 1.5;

/** null: three corners lie on a line or two are the same. */
export function quadFromCorners(corners: Quad): Quad | null {
  const middle = center(corners);
  const angle = (point: ImagePoint) => Math.atan2(point.y - middle.y, point.x - middle.x);
  const [a, b, c, d] = [...corners].sort((one, other) => angle(one) - angle(other));
  if (!a || !b || !c || !d) return null;
  const turns: Quad[] = [
    [a, b, c, d],
    [b, c, d, a],
    [c, d, a, b],
    [d, a, b, c],
  ];
  const level = turns.reduce((best, quad) => (rightwards(quad) > rightwards(best) ? quad : best));
  if (!isConvex(level)) return null;
  if (charHeight(level) < TALL * lineWidth(level)) return level;
  // Of the two ways along the long side, the one whose first corner was clicked first.
  const along = turns.filter((quad) => lineWidth(quad) > charHeight(quad));
  return along.find((quad) => quad[0] === corners[0]) ?? level;
}

/** How far the text's direction points to the right: 1 level, -1 upside down. */
function rightwards(quad: Quad): number {
  const [topLeft, topRight] = quad;
  return (topRight.x - topLeft.x) / Math.hypot(topRight.x - topLeft.x, topRight.y - topLeft.y);
}
