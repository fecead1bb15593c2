/** Places and settings → the request that draws them. A painted mask is sent before it. */

import { sendMask } from "../api/client";
import type { EditRequest } from "../api/types";
import { maskBitmaps } from "../document/bitmaps";
import { maskToPng } from "../document/mask";
import type { DrawSettings, Place } from "../document/types";
import type { Quad } from "../geometry/types";
import type { JobTarget } from "./types";

type EditItem = EditRequest["edits"][number];

const MAX_SEED = 2 ** 31;

/** `redraw`: how often it was drawn before. Raises ApiError, and MaskError for a mask in which nothing or everything is marked. */
export async function requestFor(
  target: JobTarget,
  settings: DrawSettings,
  redraw: number,
): Promise<EditRequest> {
  return {
    image_id: target.picture.imageId,
    edits: await Promise.all(target.places.map((place) => itemFor(place, target))),
    n: settings.candidates,
    seed: settings.seed,
    options: {
      num_inference_steps: settings.numInferenceSteps,
      guidance_scale: settings.guidanceScale,
      search_candidates: settings.searchCandidates,
      refine: settings.refine,
      feather_px: settings.featherPx,
      fallback: "typeset",
      max_attempts: settings.maxAttempts,
      redraw,
      previews: true,
    },
    verify: true,
    output: { format: "png", quality: 95 },
    client_ref: null,
    dry_run: false,
    priority: "interactive",
  };
}

/** What a request was drawn with: the settings may have been changed since. */
export function settingsOf({ n, seed, options }: EditRequest): DrawSettings {
  return {
    seed: seed ?? null,
    numInferenceSteps: options.num_inference_steps ?? null,
    guidanceScale: options.guidance_scale ?? null,
    candidates: n,
    searchCandidates: options.search_candidates ?? null,
    refine: options.refine ?? null,
    featherPx: options.feather_px ?? null,
    maxAttempts: options.max_attempts,
  };
}

export function randomSeed(): number {
  return Math.floor(Math.random() * MAX_SEED);
}

async function itemFor(place: Place, { picture }: JobTarget): Promise<EditItem> {
  const text = place.text ?? "";
  switch (place.kind) {
    case "word":
      return { target: { region_id: place.regionId }, text, old_text: place.oldText, style_from: null };
    case "quad":
      return {
        target: { quad_px: cornersOf(place.quad) },
        text,
        old_text: place.oldText,
        style_from: null,
      };
    case "mask": {
      const { mask_id } = await sendMask(await maskToPng(place.ops, picture, maskBitmaps));
      return { target: { mask_id }, text, old_text: null, style_from: null };
    }
  }
}

type Corner = [number, number];

function cornersOf([a, b, c, d]: Quad): [Corner, Corner, Corner, Corner] {
  return [
    [a.x, a.y],
    [b.x, b.y],
    [c.x, c.y],
    [d.x, d.y],
  ];
}
