/** Lays an upright picture into a quad, pixel by pixel from the target's side: no seams, and exact in perspective. */

import { apply, type Homography, rectToQuad } from "../geometry/homography";
import { boundingBox } from "../geometry/quad";
import type { Box, Quad } from "../geometry/types";
import { imagePoint } from "../geometry/types";

/** RGBA, a byte each; an ImageData is one. */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8ClampedArray<ArrayBuffer>;
}

export interface Upright {
  readonly pixels: Pixels;
  /** The part of it, in its own pixels, whose corners come to lie on the quad's; the rest lies around. */
  readonly frame: Box;
}

export interface Warped {
  readonly pixels: Pixels;
  /** Where it lies, in picture pixels. */
  readonly box: Box;
}

/** More are drawn coarser and stretched: a key press has to be seen at once. */
const MAX_PIXELS = 250_000;

/** `scale`: how many pixels a picture pixel is to have. */
export function warp(upright: Upright, quad: Quad, scale: number): Warped {
  const { pixels, frame } = upright;
  const toPicture = fromFrame(rectToQuad(frame.width, frame.height, quad), frame);
  const corners = [
    [0, 0],
    [pixels.width, 0],
    [pixels.width, pixels.height],
    [0, pixels.height],
  ].map(([x = 0, y = 0]) => apply(toPicture, imagePoint(x, y)));
  const box = boundingBox(corners);
  const fine = Math.min(scale, Math.sqrt(MAX_PIXELS / Math.max(1, box.width * box.height)));
  const width = Math.max(1, Math.ceil(box.width * fine));
  const height = Math.max(1, Math.ceil(box.height * fine));
  const target: Pixels = { width, height, data: new Uint8ClampedArray(width * height * 4) };
  fill(target, pixels, targetToSource(toPicture, box, fine));
  return { pixels: target, box: { x: box.x, y: box.y, width: width / fine, height: height / fine } };
}

function fromFrame(matrix: Homography, frame: Box): Homography {
  const [a, b, c, d, e, f, g, h, i] = matrix;
  const shift = (p: number, q: number, r: number) => r - p * frame.x - q * frame.y;
  return [a, b, shift(a, b, c), d, e, shift(d, e, f), g, h, shift(g, h, i)];
}

/** Any multiple of the inverse will do: only ratios are taken of what it gives. */
function targetToSource(toPicture: Homography, box: Box, scale: number): Homography {
  const [a, b, c, d, e, f, g, h, i] = toPicture;
  const inverse: Homography = [
    e * i - f * h,
    c * h - b * i,
    b * f - c * e,
    f * g - d * i,
    a * i - c * g,
    c * d - a * f,
    d * h - e * g,
    b * g - a * h,
    a * e - b * d,
  ];
  const [p, q, r, s, t, u, v, w, z] = inverse;
  const shift = (x: number, y: number, one: number) => one + x * box.x + y * box.y;
  return [
    p / scale,
    q / scale,
    shift(p, q, r),
    s / scale,
    t / scale,
    shift(s, t, u),
    v / scale,
    w / scale,
    shift(v, w, z),
  ];
}

function fill(target: Pixels, source: Pixels, matrix: Homography): void {
  const [a, b, c, d, e, f, g, h, i] = matrix;
  for (let row = 0; row < target.height; row += 1) {
    const y = row + 0.5;
    let at = row * target.width * 4;
    for (let column = 0; column < target.width; column += 1, at += 4) {
      const x = column + 0.5;
      const depth = g * x + h * y + i;
      // Samples lie in the middle of pixels.
      const sourceX = (a * x + b * y + c) / depth - 0.5;
      const sourceY = (d * x + e * y + f) / depth - 0.5;
      sample(source, sourceX, sourceY, target.data, at);
    }
  }
}

/** Bilinear, colours weighted by their opacity; outside there is nothing. */
function sample(source: Pixels, x: number, y: number, into: Uint8ClampedArray, at: number): void {
  if (!(x > -1 && y > -1 && x < source.width && y < source.height)) return;
  const left = Math.floor(x);
  const top = Math.floor(y);
  const right = x - left;
  const lower = y - top;
  // Four neighbours: where they are, how much they count. Written out: this is run for every pixel of a key press.
  const a = offsetOf(source, left, top);
  const b = offsetOf(source, left + 1, top);
  const c = offsetOf(source, left, top + 1);
  const d = offsetOf(source, left + 1, top + 1);
  const { data } = source;
  const weightA = (1 - right) * (1 - lower) * alphaAt(data, a);
  const weightB = right * (1 - lower) * alphaAt(data, b);
  const weightC = (1 - right) * lower * alphaAt(data, c);
  const weightD = right * lower * alphaAt(data, d);
  const alpha = weightA + weightB + weightC + weightD;
  if (alpha === 0) return;
  for (let channel = 0; channel < 3; channel += 1) {
    const sum =
      weightA * (data[a + channel] ?? 0) +
      weightB * (data[b + channel] ?? 0) +
      weightC * (data[c + channel] ?? 0) +
      weightD * (data[d + channel] ?? 0);
    into[at + channel] = sum / alpha;
  }
  into[at + 3] = alpha;
}

/** Below 0: outside. */
function offsetOf({ width, height }: Pixels, x: number, y: number): number {
  return x < 0 || y < 0 || x >= width || y >= height ? OUTSIDE : (y * width + x) * 4;
}

const OUTSIDE = -8;

function alphaAt(data: Uint8ClampedArray, offset: number): number {
  return offset < 0 ? 0 : (data[offset + 3] ?? 0);
}
