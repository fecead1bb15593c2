/** Quads: where a text is in the picture. A quad's corners go clockwise from the text's own top left. */

import { type Box, type ImagePoint, imagePoint, type Quad, type Size } from "./types";

export function quadOf(box: Box): Quad {
  const right = box.x + box.width;
  const bottom = box.y + box.height;
  return [
    imagePoint(box.x, box.y),
    imagePoint(right, box.y),
    imagePoint(right, bottom),
    imagePoint(box.x, bottom),
  ];
}

type Corner = readonly [number, number];

/** The quad of the service's corners. */
export function quadAt([a, b, c, d]: readonly [Corner, Corner, Corner, Corner]): Quad {
  return [imagePoint(...a), imagePoint(...b), imagePoint(...c), imagePoint(...d)];
}

export function boundingBox(points: readonly ImagePoint[]): Box {
  const xs = points.map((point) => point.x);
  const ys = points.map((point) => point.y);
  const x = Math.min(...xs);
  const y = Math.min(...ys);
  return { x, y, width: Math.max(...xs) - x, height: Math.max(...ys) - y };
}

/** Whether a point is in the quad or on its edge, whichever way around its corners go. */
export function containsPoint(quad: Quad, point: ImagePoint): boolean {
  const turns = sides(quad).map(([from, to]) => cross(from, to, point));
  return turns.every((turn) => turn >= 0) || turns.every((turn) => turn <= 0);
}

/** Clockwise, each corner turning right: what the service takes. */
export function isConvex(quad: Quad): boolean {
  const [a, b, c, d] = quad;
  return cross(a, b, c) > 0 && cross(b, c, d) > 0 && cross(c, d, a) > 0 && cross(d, a, b) > 0;
}

/** The mean of the left and the right side. */
export function charHeight(quad: Quad): number {
  const [topLeft, topRight, bottomRight, bottomLeft] = quad;
  return (distance(topLeft, bottomLeft) + distance(topRight, bottomRight)) / 2;
}

/** The mean of the top and the bottom side. */
export function lineWidth(quad: Quad): number {
  const [topLeft, topRight, bottomRight, bottomLeft] = quad;
  return (distance(topLeft, topRight) + distance(bottomLeft, bottomRight)) / 2;
}

/** Width a height of the line. */
export function aspect(quad: Quad): number {
  return lineWidth(quad) / charHeight(quad);
}

export function center(quad: Quad): ImagePoint {
  return imagePoint(
    quad.reduce((sum, point) => sum + point.x, 0) / 4,
    quad.reduce((sum, point) => sum + point.y, 0) / 4,
  );
}

export function moved(quad: Quad, dx: number, dy: number): Quad {
  return mapCorners(quad, (point) => imagePoint(point.x + dx, point.y + dy));
}

export function withCorner(quad: Quad, index: number, corner: ImagePoint): Quad {
  return mapCorners(quad, (point, i) => (i === index ? corner : point));
}

export function clampedTo(quad: Quad, size: Size): Quad {
  return mapCorners(quad, ({ x, y }) =>
    imagePoint(Math.min(Math.max(x, 0), size.width), Math.min(Math.max(y, 0), size.height)),
  );
}

/** The nearest corner that is at most `radiusPx` picture pixels away. */
export function cornerAt(quad: Quad, point: ImagePoint, radiusPx: number): 0 | 1 | 2 | 3 | null {
  const corners = [0, 1, 2, 3] as const;
  const nearest = corners.reduce((best, index) =>
    distance(quad[index], point) < distance(quad[best], point) ? index : best,
  );
  return distance(quad[nearest], point) <= radiusPx ? nearest : null;
}

export function mapCorners(quad: Quad, change: (point: ImagePoint, index: number) => ImagePoint): Quad {
  const [a, b, c, d] = quad;
  return [change(a, 0), change(b, 1), change(c, 2), change(d, 3)];
}

export function sides(quad: Quad): readonly (readonly [ImagePoint, ImagePoint])[] {
  const [a, b, c, d] = quad;
  return [
    [a, b],
    [b, c],
    [c, d],
    [d, a],
  ];
}

function distance(from: ImagePoint, to: ImagePoint): number {
  return Math.hypot(to.x - from.x, to.y - from.y);
}

/** Above 0 where the way from `a` over `b` to `c` turns right, y being down. */
function cross(a: ImagePoint, b: ImagePoint, c: ImagePoint): number {
  return (b.x - a.x) * (c.y - b.y) - (b.y - a.y) * (c.x - b.x);
}
