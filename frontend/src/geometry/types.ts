/** Points say which space they are in, so that a pointer's position can't be taken for a pixel of the picture. */

declare const space: unique symbol;

/** CSS pixels from the top left of the stage. */
export type ScreenPoint = { readonly x: number; readonly y: number; readonly [space]: "screen" };
/** Pixels of the picture, upright; (0, 0) is the outer corner of the first one. */
export type ImagePoint = { readonly x: number; readonly y: number; readonly [space]: "image" };

/** The two places where a plain pair becomes a point of a space. */
export const imagePoint = (x: number, y: number): ImagePoint => ({ x, y }) as ImagePoint;
export const screenPoint = (x: number, y: number): ScreenPoint => ({ x, y }) as ScreenPoint;

export interface Size {
  readonly width: number;
  readonly height: number;
}

export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Clockwise from the text's own top left. */
export type Quad = readonly [ImagePoint, ImagePoint, ImagePoint, ImagePoint];

/** screen = image * scale + offset; `scale` is CSS pixels a picture pixel. */
export interface Viewport {
  readonly scale: number;
  readonly offsetX: number;
  readonly offsetY: number;
}
