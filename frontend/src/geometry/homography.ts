/** The perspective that lays an upright rectangle into a quad. Knows matrices, no pixels. */

import { type ImagePoint, imagePoint, type Quad } from "./types";

/** Row by row, the last element being 1. */
export type Homography = readonly [number, number, number, number, number, number, number, number, number];

/**
 * Takes (0, 0) … (width, height) to the quad's corners, the top left one to the first.
 * Heckbert (1989), "Fundamentals of Texture Mapping and Image Warping", eq. 2.9: the unit square's in closed form.
 */
export function rectToQuad(width: number, height: number, quad: Quad): Homography {
  const [p0, p1, p2, p3] = quad;
  const dx1 = p1.x - p2.x;
  const dx2 = p3.x - p2.x;
  const dy1 = p1.y - p2.y;
  const dy2 = p3.y - p2.y;
  const sumX = p0.x - p1.x + p2.x - p3.x;
  const sumY = p0.y - p1.y + p2.y - p3.y;
  const area = dx1 * dy2 - dx2 * dy1;
  const g = (sumX * dy2 - dx2 * sumY) / area;
  const h = (dx1 * sumY - sumX * dy1) / area;
  return [
    (p1.x - p0.x + g * p1.x) / width,
    (p3.x - p0.x + h * p3.x) / height,
    p0.x,
    (p1.y - p0.y + g * p1.y) / width,
    (p3.y - p0.y + h * p3.y) / height,
    p0.y,
    g / width,
    h / height,
    1,
  ];
}

export function apply(matrix: Homography, point: { readonly x: number; readonly y: number }): ImagePoint {
  const [a, b, c, d, e, f, g, h, i] = matrix;
  const depth = g * point.x + h * point.y + i;
  return imagePoint((a * point.x + b * point.y + c) / depth, (d * point.x + e * point.y + f) / depth);
}
