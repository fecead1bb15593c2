import { beforeEach, describe, expect, test, vi } from "vitest";
import { quadOf } from "../geometry/quad";
import { imagePoint } from "../geometry/types";
import { wordOf } from "./edits";
import { DEFAULT_SETTINGS, documentActions, useDocument } from "./store";
import type { AcceptedEdit, DocumentContent, MaskOp, Picture, Word } from "./types";

const PICTURE: Picture = { imageId: "img_a", name: "sign.jpg", width: 1000, height: 600 };
const NEXT_PICTURE: Picture = { ...PICTURE, imageId: "img_b" };
const WORDS: readonly Word[] = ["EXIT", "TO", "CITY"].map((text, i) => ({
  regionId: `r${i}`,
  quad: quadOf({ x: 100 + 200 * i, y: 100, width: 150, height: 50 }),
  text,
  confidence: 0.9,
  charHeightPx: 50,
}));
const STROKE: MaskOp = { kind: "stroke", erase: false, radiusPx: 10, points: [imagePoint(50, 50)] };

const { choose, state, contentOf } = {
  choose: (regionId: string, add = false) => documentActions.chooseWord(regionId, { add }),
  state: () => useDocument.getState(),
  contentOf: (): DocumentContent => useDocument.getState().history.present,
};

beforeEach(() => {
  documentActions.reset();
  documentActions.openPicture(PICTURE);
  documentActions.setWords({ status: "found", words: WORDS });
});

describe("undo and redo", () => {
  const accepted: AcceptedEdit = {
    editId: "edit_1",
    choices: [0],
    before: PICTURE,
    after: NEXT_PICTURE,
    texts: [],
    acceptedAt: 0,
  };
  const steps: Readonly<Record<string, () => void>> = {
    "typing a text": () => documentActions.setText("r0", "WAY"),
    "emptying a text": () => documentActions.setText("r0", ""),
    "correcting the old text": () => documentActions.setOldText("r0", "EXITS"),
    "drawing a quad": () => documentActions.addQuad(quadOf({ x: 1, y: 2, width: 30, height: 9 })),
    "changing a quad": () => documentActions.setQuad("r0", quadOf({ x: 1, y: 2, width: 30, height: 9 })),
    "removing a place": () => documentActions.removePlace("r0"),
    "a stroke": () => documentActions.editMask(STROKE),
    growing: () => documentActions.editMask({ kind: "grow", px: 12 }),
    shrinking: () => documentActions.editMask({ kind: "shrink", px: 3 }),
    inverting: () => documentActions.editMask({ kind: "invert" }),
    "clearing the mask": () => documentActions.clearMask(),
    accepting: () => documentActions.accept(accepted),
    "another picture": () => documentActions.openPicture(NEXT_PICTURE),
  };

  for (const [name, step] of Object.entries(steps)) {
    test(`${name} is one step, there and back`, () => {
      choose("r0");
      documentActions.setText("r0", "OUT");
      documentActions.editMask(STROKE);
      const before = contentOf();
      step();
      const after = contentOf();
      expect(after).not.toEqual(before);
      documentActions.undo();
      expect(contentOf()).toBe(before);
      expect(state().canRedo).toBe(true);
      documentActions.redo();
      expect(contentOf()).toBe(after);
      expect(state().canRedo).toBe(false);
    });
  }

  test("what is shown is always the present", () => {
    choose("r0");
    documentActions.editMask(STROKE);
    documentActions.editMask({ kind: "grow", px: 5 });
    documentActions.undo();
    const { picture, words, places, activePlaceId, accepted: edits } = state();
    expect({ picture, words, places, activePlaceId, accepted: edits }).toEqual(contentOf());
  });

  test("a new step ends what could be redone", () => {
    documentActions.editMask(STROKE);
    documentActions.undo();
    documentActions.editMask(STROKE);
    expect(state().canRedo).toBe(false);
  });

  test("with nothing to undo or redo nothing changes", () => {
    const before = state();
    documentActions.undo();
    documentActions.redo();
    expect(state()).toBe(before);
    expect(before.canUndo).toBe(false);
  });

  test("typing at one place is one step, at two places two", () => {
    choose("r0");
    for (const text of ["W", "WA", "WAY"]) documentActions.setText("r0", text);
    choose("r1", true);
    for (const text of ["F", "FO"]) documentActions.setText("r1", text);
    documentActions.undo();
    expect(state().places.map((place) => place.text)).toEqual(["WAY", null]);
    documentActions.undo();
    expect(state().places.map((place) => place.text)).toEqual([null]);
    expect(state().canUndo).toBe(false);
  });

  test("nudges in a row are one step, after a pause another", () => {
    vi.useFakeTimers();
    const at = (x: number) => quadOf({ x, y: 0, width: 30, height: 9 });
    choose("r0");
    for (const x of [1, 2, 3]) documentActions.setQuad("r0", at(x));
    vi.advanceTimersByTime(2_000);
    documentActions.setQuad("r0", at(4));
    documentActions.undo();
    expect(state().places[0]).toMatchObject({ quad: at(3) });
    documentActions.undo();
    expect(state().places[0]).toMatchObject({ kind: "word" });
    vi.useRealTimers();
  });

  test("undo doesn't forget the words that were found in the meantime", () => {
    documentActions.accept(accepted);
    documentActions.setWords({ status: "looking" });
    documentActions.editMask(STROKE);
    documentActions.setWords({ status: "found", words: WORDS });
    documentActions.undo();
    expect(state().words).toEqual({ status: "found", words: WORDS });
  });

  test("words of a picture that isn't in sight any more don't come up in another", () => {
    documentActions.openPicture(NEXT_PICTURE);
    documentActions.setWords({ status: "failed", code: "x", message: "y" }, PICTURE.imageId);
    expect(state().words).toEqual({ status: "none" });
    documentActions.undo();
    expect(state().words).toEqual({ status: "failed", code: "x", message: "y" });
  });
});

describe("choosing", () => {
  test("isn't a step", () => {
    choose("r0");
    choose("r1");
    documentActions.activateNext(1);
    documentActions.activate(null);
    expect(state().canUndo).toBe(false);
  });

  test("a click lets go of words left as they were, and keeps what was typed", () => {
    choose("r0");
    documentActions.setText("r0", "OUT");
    choose("r1");
    choose("r2");
    expect(state().places.map((place) => place.id)).toEqual(["r0", "r2"]);
    expect(state().activePlaceId).toBe("r2");
  });

  test("with Shift several words are chosen", () => {
    choose("r0");
    choose("r2", true);
    expect(state().places.map((place) => place.id)).toEqual(["r0", "r2"]);
  });

  test("a word that isn't there can't be chosen", () => {
    choose("r9");
    expect(state().places).toEqual([]);
  });

  test("a word chosen again is the place that it was, its changed quad included", () => {
    choose("r0");
    documentActions.setQuad("r0", quadOf({ x: 90, y: 90, width: 200, height: 60 }));
    choose("r1");
    choose("r0");
    expect(state().places).toHaveLength(1);
    expect(state().places[0]).toMatchObject({ kind: "quad", id: "r0", oldText: "EXIT" });
  });

  test("Tab walks the words in reading order, around, and back", () => {
    const walked = (step: 1 | -1, count: number) =>
      Array.from({ length: count }, () => {
        documentActions.activateNext(step);
        return state().activePlaceId;
      });
    expect(walked(1, 4)).toEqual(["r0", "r1", "r2", "r0"]);
    expect(walked(-1, 2)).toEqual(["r2", "r1"]);
    documentActions.activate(null);
    expect(walked(-1, 1)).toEqual(["r2"]);
  });

  test("Tab comes by a quad drawn by hand", () => {
    documentActions.addQuad(quadOf({ x: 280, y: 100, width: 10, height: 50 }));
    documentActions.activate(null);
    const ids = [0, 1, 2].map(() => {
      documentActions.activateNext(1);
      return state().activePlaceId;
    });
    expect(ids).toEqual(["r0", "quad-1", "r1"]);
  });
});

describe("the mask", () => {
  test("can't begin by erasing, growing or shrinking", () => {
    documentActions.editMask({ ...STROKE, erase: true });
    documentActions.editMask({ kind: "grow", px: 5 });
    documentActions.editMask({ kind: "shrink", px: 5 });
    expect(state().places).toEqual([]);
    expect(state().canUndo).toBe(false);
  });

  test("keeps its text while it is painted on", () => {
    documentActions.editMask(STROKE);
    documentActions.setText("mask", "HELLO");
    documentActions.editMask({ kind: "grow", px: 5 });
    expect(state().places).toMatchObject([
      { kind: "mask", text: "HELLO", ops: [STROKE, { kind: "grow", px: 5 }] },
    ]);
  });

  test("has a box around what was painted, cut at the picture's border", () => {
    documentActions.editMask({ ...STROKE, points: [imagePoint(5, 300), imagePoint(105, 310)] });
    documentActions.editMask({ kind: "grow", px: 2 });
    expect(state().places[0]).toMatchObject({ box: { x: 0, y: 288, width: 117, height: 34 } });
  });
});

test("settings are no step, and reset brings the first ones back", () => {
  documentActions.setSettings({ candidates: 2, seed: 7 });
  expect(state().settings).toEqual({ ...DEFAULT_SETTINGS, candidates: 2, seed: 7 });
  expect(state().canUndo).toBe(false);
  documentActions.reset();
  expect(state().settings).toEqual(DEFAULT_SETTINGS);
  expect(state().picture).toBeNull();
});

describe("the old text", () => {
  const oldText = () => state().places.find(({ id }) => id === "r0")?.oldText;

  test("is put right for good: a word that is chosen anew has it, and no doubt", () => {
    choose("r0");
    documentActions.setOldText("r0", "EXITS");
    expect(oldText()).toBe("EXITS");
    documentActions.removePlace("r0");
    choose("r0");
    expect(oldText()).toBe("EXITS");
    expect(wordOf(state(), "r0")).toMatchObject({ text: "EXITS", confidence: 1 });
    expect(wordOf(state(), "r1")).toMatchObject({ text: "TO", confidence: 0.9 });
  });

  test("belongs to a box as long as the word stands in it", () => {
    choose("r0");
    documentActions.setOldText("r0", "EXITS");
    documentActions.setQuad("r0", quadOf({ x: 60, y: 90, width: 300, height: 70 }));
    expect(oldText()).toBe("EXITS");
    documentActions.setQuad("r0", quadOf({ x: 400, y: 300, width: 150, height: 50 }));
    expect(oldText()).toBeNull();
    documentActions.setQuad("r0", quadOf({ x: 100, y: 100, width: 150, height: 50 }));
    expect(oldText()).toBe("EXITS");
  });
});
