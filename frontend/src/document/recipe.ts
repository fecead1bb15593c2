/**
 * A recipe: all that a drawing was made from, as a file that makes it again. Its words are the service's own, so that it
 * can be read beside the service's documentation.
 */

import { imagePoint, type Quad } from "../geometry/types";
import { maskBitmaps } from "./bitmaps";
import { foundWords } from "./edits";
import { importMask, maskToPng } from "./mask";
import { boxAfter, NOTHING } from "./maskBox";
import { RECIPE_VERSION, type Recipe, RecipeError, type RecipeItem } from "./recipeFile";
import { documentActions, useDocument } from "./store";
import type { Choices, DrawSettings, Picture, Place, Word } from "./types";

const IMAGE_PREFIX = "img_";

/** What a drawing began with, and what the service then chose. */
export interface Drawing {
  readonly picture: Picture;
  readonly places: readonly Place[];
  readonly settings: DrawSettings;
  readonly redraw: number;
  readonly model: string;
  readonly seed: number;
  readonly choices: Choices | null;
}

export async function recipeOf(drawing: Drawing): Promise<Recipe> {
  const { picture, places, settings, redraw, model, seed, choices } = drawing;
  const items = await Promise.all(places.map((place) => itemOf(place, picture)));
  return {
    respell_recipe: RECIPE_VERSION,
    image: {
      image_sha256: picture.imageId.slice(IMAGE_PREFIX.length),
      name: picture.name,
      width: picture.width,
      height: picture.height,
    },
    edits: items.flatMap((item) => (item === null ? [] : [item])),
    model,
    seed,
    n: settings.candidates,
    options: {
      num_inference_steps: settings.numInferenceSteps,
      guidance_scale: settings.guidanceScale,
      search_candidates: settings.searchCandidates,
      refine: settings.refine,
      feather_px: settings.featherPx,
      max_attempts: settings.maxAttempts,
      redraw,
    },
    choices: choices && [...choices],
  };
}

/** The picture that a recipe was made for; the service may still have it. */
export function recipeImageId(recipe: Recipe): string {
  return IMAGE_PREFIX + recipe.image.image_sha256;
}

/** Sets places and settings as they were; drawing now makes the same. Raises RecipeError if it is another picture. */
export async function applyRecipe(recipe: Recipe): Promise<void> {
  const { picture } = useDocument.getState();
  if (picture?.imageId !== recipeImageId(recipe))
    throw new RecipeError("recipe_other_picture", `the recipe is for the picture ${recipe.image.name}`);
  const words = foundWords(useDocument.getState());
  const places = await Promise.all(
    recipe.edits.map((item, i) => placeOf(item, `quad-${i + 1}`, picture, words)),
  );
  documentActions.setPlaces(places);
  documentActions.setSettings({
    seed: recipe.seed,
    candidates: recipe.n,
    numInferenceSteps: recipe.options.num_inference_steps,
    guidanceScale: recipe.options.guidance_scale,
    searchCandidates: recipe.options.search_candidates,
    refine: recipe.options.refine,
    featherPx: recipe.options.feather_px,
    maxAttempts: recipe.options.max_attempts,
  });
}

async function itemOf(place: Place, picture: Picture): Promise<RecipeItem | null> {
  if (place.text === null) return null;
  if (place.kind === "mask") {
    const png = await maskToPng(place.ops, picture, maskBitmaps);
    return { mask_png_base64: await base64Of(png), text: place.text };
  }
  return {
    quad_px: quadPx(place.quad),
    region_id: place.kind === "word" ? place.regionId : null,
    old_text: place.oldText,
    text: place.text,
  };
}

async function placeOf(
  item: RecipeItem,
  id: string,
  picture: Picture,
  words: readonly Word[],
): Promise<Place> {
  if ("mask_png_base64" in item) {
    const op = { kind: "import", bitmapId: await importMask(pngOf(item.mask_png_base64), picture) } as const;
    const box = boxAfter(NOTHING, op, picture);
    return { kind: "mask", id: "mask", ops: [op], box, oldText: null, text: item.text };
  }
  const [a, b, c, d] = item.quad_px;
  const quad: Quad = [imagePoint(...a), imagePoint(...b), imagePoint(...c), imagePoint(...d)];
  const { old_text: oldText, text } = item;
  const word = words.find(({ regionId }) => regionId === item.region_id);
  // Another reader may have found other words since: then the corners say where.
  if (word && word.text === oldText && JSON.stringify(quadPx(word.quad)) === JSON.stringify(item.quad_px))
    return { kind: "word", id: word.regionId, regionId: word.regionId, quad, oldText: word.text, text };
  return { kind: "quad", id, quad, oldText, oldAspect: null, text };
}

type QuadPx = Extract<RecipeItem, { quad_px: unknown }>["quad_px"];

function quadPx([a, b, c, d]: Quad): QuadPx {
  return [
    [a.x, a.y],
    [b.x, b.y],
    [c.x, c.y],
    [d.x, d.y],
  ];
}

async function base64Of(blob: Blob): Promise<string> {
  const bytes = new Uint8Array(await blob.arrayBuffer());
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
}

function pngOf(base64: string): Blob {
  return new Blob([Uint8Array.from(atob(base64), (character) => character.charCodeAt(0))], {
    type: "image/png",
  });
}
