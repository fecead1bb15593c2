/** Recipes as files: saved with a drawing, replayed from one. What reads them is loaded when it is used. */

import { saveFile } from "../jobs/keepFile";
import { notify } from "../jobs/notices";
import { settingsOf } from "../jobs/request";
import { useReview } from "../jobs/review";
import { jobActions } from "../jobs/store";
import type { Job } from "../jobs/types";

export async function saveRecipe(job: Extract<Job, { status: "succeeded" }>): Promise<void> {
  const [{ recipeOf }, { recipeText }] = await Promise.all([
    import("../document/recipe"),
    import("../document/recipeFile"),
  ]);
  const { picture, places, request } = job.origin;
  const settings = settingsOf(request);
  const { redraw } = request.options;
  const { choices } = useReview.getState();
  const recipe = await recipeOf({
    picture,
    places,
    settings,
    redraw,
    model: job.model,
    seed: job.seed,
    choices,
  });
  const file = new Blob([recipeText(recipe)], { type: "application/json" });
  saveFile(file, `${picture.name.replace(/\.[^.]*$/, "")}-recipe.json`);
}

/** Sets everything as the recipe has it and draws. */
export async function replayRecipe(file: File): Promise<void> {
  const [{ applyRecipe }, { readRecipe, RecipeError }] = await Promise.all([
    import("../document/recipe"),
    import("../document/recipeFile"),
  ]);
  try {
    const recipe = readRecipe(await file.text());
    await applyRecipe(recipe);
    await jobActions.draw(recipe.choices, recipe.options.redraw);
  } catch (error) {
    if (!(error instanceof RecipeError)) throw error;
    notify({ code: error.code, detail: error.message });
  }
}
