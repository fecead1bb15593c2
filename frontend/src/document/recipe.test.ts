import { beforeEach, describe, expect, test } from "vitest";
import { quadOf } from "../geometry/quad";
import { applyRecipe, recipeImageId, recipeOf } from "./recipe";
import { readRecipe, recipeText } from "./recipeFile";
import { DEFAULT_SETTINGS, documentActions, useDocument } from "./store";
import type { Picture, Place, Word } from "./types";

const PICTURE: Picture = { imageId: `img_${"a".repeat(64)}`, name: "sign.jpg", width: 1000, height: 600 };
const WORD: Word = {
  regionId: "r0",
  quad: quadOf({ x: 100.25, y: 100.1, width: 150, height: 50 }),
  text: "EXIT",
  confidence: 0.9,
  charHeightPx: 50,
};
const SETTINGS = { ...DEFAULT_SETTINGS, candidates: 2, guidanceScale: 4.5, refine: false, featherPx: 2.5 };
const CHOSEN = { model: "respell-base", redraw: 1, seed: 42, choices: [1, 2] };

function open() {
  documentActions.reset();
  documentActions.openPicture(PICTURE);
  documentActions.setWords({ status: "found", words: [WORD] });
}

async function written(): Promise<string> {
  documentActions.chooseWord("r0", { add: false });
  documentActions.setText("r0", "OUT");
  documentActions.addQuad(quadOf({ x: 5, y: 6, width: 70.5, height: 20 }));
  documentActions.setText("quad-1", "");
  const { places } = useDocument.getState();
  return recipeText(await recipeOf({ picture: PICTURE, places, settings: SETTINGS, ...CHOSEN }));
}

/** A place's id only tells it from the others. */
const withoutIds = (places: readonly Place[]) => places.map((place) => ({ ...place, id: null }));

beforeEach(open);

describe("a recipe", () => {
  test("read again sets places and settings as they were", async () => {
    const text = await written();
    const before = useDocument.getState().places;
    open();
    await applyRecipe(readRecipe(text));
    expect(withoutIds(useDocument.getState().places)).toEqual(withoutIds(before));
    expect(useDocument.getState().settings).toEqual({ ...SETTINGS, seed: 42 });
    documentActions.undo();
    expect(useDocument.getState().places).toEqual([]);
  });

  test("made again from what it set is the same file", async () => {
    const text = await written();
    open();
    await applyRecipe(readRecipe(text));
    const { places, settings } = useDocument.getState();
    const again = await recipeOf({ picture: PICTURE, places, settings, ...CHOSEN });
    expect(recipeText(again)).toBe(text);
    expect(readRecipe(text)).toMatchObject({ choices: [1, 2], options: { redraw: 1 } });
  });

  test("from before drawings were chosen word by word is read as well", async () => {
    const { choices: _, options, ...older } = readRecipe(await written());
    const { feather_px: __, redraw: ___, ...olderOptions } = options;
    const recipe = readRecipe(JSON.stringify({ ...older, options: olderOptions }));
    expect(recipe).toMatchObject({ choices: null, options: { feather_px: null, redraw: 0 } });
  });

  test("without the word, its quad says where", async () => {
    const recipe = readRecipe(await written());
    open();
    documentActions.setWords({ status: "found", words: [{ ...WORD, text: "EXlT" }] });
    await applyRecipe(recipe);
    expect(useDocument.getState().places[0]).toMatchObject({
      kind: "quad",
      quad: WORD.quad,
      oldText: "EXIT",
      oldAspect: null,
    });
  });

  test("leaves out what nothing was typed at", async () => {
    documentActions.addQuad(quadOf({ x: 500, y: 6, width: 70, height: 20 }));
    expect(readRecipe(await written()).edits).toHaveLength(2);
  });

  test("says which picture it is for, and isn't used on another", async () => {
    const recipe = readRecipe(await written());
    expect(recipeImageId(recipe)).toBe(PICTURE.imageId);
    documentActions.openPicture({ ...PICTURE, imageId: `img_${"b".repeat(64)}` });
    await expect(applyRecipe(recipe)).rejects.toMatchObject({ code: "recipe_other_picture" });
  });
});

describe("a file that is no recipe is refused", () => {
  const changed = async (change: (recipe: Record<string, unknown>) => void) => {
    const recipe = JSON.parse(await written()) as Record<string, unknown>;
    change(recipe);
    return JSON.stringify(recipe);
  };

  test("no JSON", () => {
    expect(() => readRecipe("{")).toThrow(/no JSON/);
  });

  test("another version, an unknown field, a quad of three corners, a word twice", async () => {
    const files = [
      await changed((recipe) => Object.assign(recipe, { respell_recipe: 2 })),
      await changed((recipe) => Object.assign(recipe, { colour: "red" })),
      await changed((recipe) => Object.assign(recipe, { seed: -1 })),
      await changed((recipe) => {
        const [edit] = recipe.edits as { quad_px: unknown[] }[];
        edit?.quad_px.pop();
      }),
      await changed((recipe) => {
        const edits = recipe.edits as unknown[];
        edits.push(edits[0]);
      }),
    ];
    for (const file of files)
      expect(() => readRecipe(file)).toThrow(expect.objectContaining({ code: "recipe_unreadable" }));
  });
});
