/** The picture of a drawing as it stands: the strip that the model works on, laid back into the place's quad. */

import { charHeight, lineWidth } from "../geometry/quad";
import type { Box, Quad, Size } from "../geometry/types";
import { laidInto, type Patch } from "./ghosts";
import type { Upright } from "./warp";

/** As in the service: the text lies in the middle of a strip 64 high, 40 high itself if it isn't too long for the widest. */
const STRIP_HEIGHT = 64;
const STRIP_WIDTHS = [128, 256, 512];
const TEXT_HEIGHT = 40;
const MIN_MARGIN = 12;
/** A preview's sides are whole pixels. */
const ASPECT_TOLERANCE = 0.04;

/** The part of a preview that belongs into the quad; the rest are the surroundings. */
export function quadInPreview(quad: Quad, preview: Size): Box {
  const widest = Math.max(...STRIP_WIDTHS);
  const scale = Math.min(TEXT_HEIGHT / charHeight(quad), (widest - 2 * MIN_MARGIN) / lineWidth(quad));
  const width = lineWidth(quad) * scale;
  const height = charHeight(quad) * scale;
  const stripWidth = STRIP_WIDTHS.find((strip) => strip - width >= 2 * MIN_MARGIN - 1e-6) ?? widest;
  const aspect = preview.width / preview.height;
  if (Math.abs((aspect * STRIP_HEIGHT) / stripWidth - 1) > ASPECT_TOLERANCE) {
    return { x: 0, y: 0, width: preview.width, height: preview.height };
  }
  const px = preview.height / STRIP_HEIGHT;
  return {
    x: ((stripWidth - width) / 2) * px,
    y: ((STRIP_HEIGHT - height) / 2) * px,
    width: width * px,
    height: height * px,
  };
}

export interface Previews {
  /** The newest picture that is decoded; null: none yet. */
  patch(preview: string | null, quad: Quad, scale: number): Patch | null;
}

/** `ready`: a preview that was asked for can be drawn now. */
export function createPreviews(ready: () => void): Previews {
  let asked: string | null = null;
  let decoded: { readonly url: string; readonly image: HTMLImageElement } | null = null;
  let drawn: {
    readonly url: string;
    readonly quad: Quad;
    readonly scale: number;
    readonly patch: Patch;
  } | null = null;

  function decode(url: string): void {
    const image = new Image();
    // One that can't be decoded is passed over: the next one comes in a moment.
    image.addEventListener("load", () => {
      if (asked !== url) return;
      decoded = { url, image };
      ready();
    });
    image.src = url;
  }

  return {
    patch(preview, quad, scale) {
      if (preview === null) {
        asked = decoded = drawn = null;
        return null;
      }
      if (preview !== asked) {
        asked = preview;
        decode(preview);
      }
      if (!decoded) return null;
      const { url, image } = decoded;
      if (drawn && drawn.url === url && drawn.quad === quad && drawn.scale === scale) return drawn.patch;
      drawn = { url, quad, scale, patch: laidInto(quad, cropped(image, quadInPreview(quad, image)), scale) };
      return drawn.patch;
    },
  };
}

function cropped(image: HTMLImageElement, box: Box): Upright {
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(box.width));
  canvas.height = Math.max(1, Math.round(box.height));
  const ctx = canvas.getContext("2d", { willReadFrequently: true });
  if (!ctx) throw new Error("the browser gives no canvas for the preview");
  ctx.drawImage(image, box.x, box.y, box.width, box.height, 0, 0, canvas.width, canvas.height);
  const pixels = ctx.getImageData(0, 0, canvas.width, canvas.height);
  return { pixels, frame: { x: 0, y: 0, width: canvas.width, height: canvas.height } };
}
