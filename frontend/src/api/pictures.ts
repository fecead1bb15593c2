/** Where the service gives pictures: whole, a part, smaller, in another format. */

import type { Box } from "../geometry/types";

export type FileFormat = "png" | "jpeg" | "webp";

export interface Rendering {
  readonly format?: FileFormat;
  /** 1 to 100, for jpeg and webp. */
  readonly quality?: number;
  readonly box?: Box;
  readonly maxSide?: number;
}

export function imageUrl(imageId: string, rendering: Rendering = {}): string {
  return `/v1/images/${imageId}${query(rendering)}`;
}

/** The picture with one candidate. */
export function candidateUrl(editId: string, index: number, rendering: Rendering = {}): string {
  return `/v1/edits/${editId}/candidates/${index}${query(rendering)}`;
}

/** The picture with one of its candidates for each word. */
export function drawnUrl(editId: string, choices: readonly number[], rendering: Rendering = {}): string {
  return `/v1/edits/${editId}/result${query(rendering, choices)}`;
}

/** Where each letter of a candidate was attended to: small and grey, one map below another. */
export function mapsUrl(editId: string, index: number): string {
  return `/v1/edits/${editId}/candidates/${index}/maps`;
}

function query({ format, quality, box, maxSide }: Rendering, choices?: readonly number[]): string {
  const parameters = new URLSearchParams();
  if (choices !== undefined) parameters.set("choices", choices.join(","));
  if (box !== undefined) parameters.set("box", [box.x, box.y, box.width, box.height].join(","));
  if (maxSide !== undefined) parameters.set("max_side", String(maxSide));
  if (format !== undefined) parameters.set("format", format);
  if (quality !== undefined) parameters.set("quality", String(quality));
  const text = parameters.toString().replaceAll("%2C", ",");
  return text === "" ? "" : `?${text}`;
}
