/** The shape of a recipe file, and reading one that may have been edited by hand: nothing unknown is let through. */

import {
  array,
  base64,
  boolean,
  check,
  finite,
  type InferOutput,
  integer,
  literal,
  maxLength,
  maxValue,
  minLength,
  minValue,
  nonEmpty,
  nullable,
  number,
  optional,
  pipe,
  regex,
  safeParse,
  strictObject,
  strictTuple,
  string,
  summarize,
  union,
} from "valibot";

export const RECIPE_VERSION = 1;

const whole = (low: number, high: number) => pipe(number(), integer(), minValue(low), maxValue(high));
const POINT = strictTuple([pipe(number(), finite()), pipe(number(), finite())]);

const QUAD_ITEM = strictObject({
  quad_px: strictTuple([POINT, POINT, POINT, POINT]),
  region_id: nullable(string()),
  old_text: nullable(string()),
  text: string(),
});
const MASK_ITEM = strictObject({ mask_png_base64: pipe(string(), nonEmpty(), base64()), text: string() });

type Item = InferOutput<typeof QUAD_ITEM> | InferOutput<typeof MASK_ITEM>;

function areDistinct(items: Item[]): boolean {
  const names = items.map((item, i) => ("mask_png_base64" in item ? "mask" : (item.region_id ?? i)));
  return new Set(names).size === names.length;
}

/** The bounds are the service's, `worker/contract`. */
const RECIPE = strictObject({
  respell_recipe: literal(RECIPE_VERSION),
  image: strictObject({
    image_sha256: pipe(string(), regex(/^[0-9a-f]{64}$/)),
    name: string(),
    width: whole(1, 100_000),
    height: whole(1, 100_000),
  }),
  edits: pipe(
    array(union([QUAD_ITEM, MASK_ITEM])),
    minLength(1),
    maxLength(16),
    check(areDistinct, "a word or the mask is in it twice"),
  ),
  model: nullable(string()),
  seed: nullable(whole(0, 2 ** 32 - 1)),
  n: whole(1, 8),
  options: strictObject({
    num_inference_steps: nullable(whole(1, 200)),
    guidance_scale: nullable(pipe(number(), minValue(0), maxValue(30))),
    search_candidates: nullable(whole(1, 32)),
    refine: nullable(boolean()),
    feather_px: optional(nullable(pipe(number(), minValue(0), maxValue(32))), null),
    max_attempts: whole(1, 5),
    redraw: optional(whole(0, 999), 0),
  }),
  /** Of each of `edits` the candidate that was looked at. */
  choices: optional(nullable(array(whole(0, 9999))), null),
});

export type Recipe = InferOutput<typeof RECIPE>;
export type RecipeItem = Item;

export type RecipeErrorCode = "recipe_unreadable" | "recipe_other_picture";

export class RecipeError extends Error {
  constructor(
    readonly code: RecipeErrorCode,
    message: string,
  ) {
    super(message);
  }
}

export function recipeText(recipe: Recipe): string {
  return `${JSON.stringify(recipe, null, 2)}\n`;
}

/** Raises RecipeError that names what is wrong. */
export function readRecipe(text: string): Recipe {
  const result = safeParse(RECIPE, parsed(text));
  if (!result.success) throw new RecipeError("recipe_unreadable", summarize(result.issues));
  return result.output;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new RecipeError("recipe_unreadable", `the recipe is no JSON: ${String(error)}`);
  }
}
