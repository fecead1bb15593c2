/** Moves the mouse: choosing words, drawing boxes and dragging their corners. */

import { beforeEach, describe, expect, it } from "vitest";
import { documentActions } from "../document/store";
import { quadOf } from "../geometry/quad";
import { hand, useSketch } from "./hand";
import { at, content, mouse, openTestPicture, press, take, VIEWPORT, word } from "./mouse.testing";

/** As the word's button does. */
const choose = (regionId: string, { add } = { add: false }) => documentActions.chooseWord(regionId, { add });

beforeEach(openTestPicture);

describe("select", () => {
  it("leaves a click on a word to the word's button", () => {
    choose("left");
    mouse.click(450, 140);
    expect(content().activePlaceId).toBe("left");
  });

  it("chooses a box that was drawn", () => {
    documentActions.addQuad(quadOf({ x: 300, y: 400, width: 200, height: 100 }));
    const [drawn] = content().places;
    choose("left", { add: true });
    mouse.click(400, 450);
    expect(content().activePlaceId).toBe(drawn?.id);
  });

  it("closes the box on a click into the open, but keeps what was typed", () => {
    choose("left");
    documentActions.setText("left", "RADIO");
    mouse.click(700, 700);
    expect(content().activePlaceId).toBeNull();
    expect(content().places).toMatchObject([{ id: "left", text: "RADIO" }]);
  });

  it("leaves a drag over a word to panning", () => {
    expect(mouse.down(150, 140)).toBe(false);
  });

  it("shows the word under the pointer", () => {
    hand.hover(at(450, 140), VIEWPORT);
    expect(useSketch.getState().sketch).toEqual({ kind: "hover", regionId: "right" });
    hand.hover(null, VIEWPORT);
    expect(useSketch.getState().sketch).toBeNull();
  });

  it("shows the smaller of two words that lie over each other", () => {
    documentActions.setWords({
      status: "found",
      words: [word("wide", 100, 100, 600), word("small", 200, 110, 50)],
    });
    hand.hover(at(220, 140), VIEWPORT);
    expect(useSketch.getState().sketch).toEqual({ kind: "hover", regionId: "small" });
  });

  it("drags a corner of the active word as one undo step", () => {
    choose("left");
    mouse.drag([
      [302, 182],
      [320, 200],
      [340, 210],
    ]);
    expect(content().places[0]).toMatchObject({ kind: "quad", quad: { 2: { x: 338, y: 208 } } });
    documentActions.undo();
    expect(content().places[0]).toMatchObject({ kind: "word" });
  });

  it("never lets a corner make the box concave or leave the picture", () => {
    choose("left");
    mouse.drag([
      [100, 100],
      [280, 170],
      [290, 175],
    ]);
    expect(content().places[0]).toMatchObject({ kind: "word" });
    mouse.drag([
      [100, 100],
      [-300, -300],
    ]);
    expect(content().places[0]).toMatchObject({ quad: { 0: { x: 0, y: 0 } } });
  });

  it("forgets a corner's drag that is canceled", () => {
    choose("left");
    const before = content().places;
    mouse.down(300, 180);
    mouse.move(340, 220);
    expect(useSketch.getState().sketch).toMatchObject({ kind: "quad" });
    expect(hand.cancel()).toBe(true);
    mouse.up(340, 220);
    expect(content().places).toEqual(before);
  });

  it("moves the active box by arrow keys, with Shift ten times as far", () => {
    choose("left");
    expect(press("ArrowRight")).toBe(true);
    expect(press("ArrowDown", true)).toBe(true);
    expect(content().places[0]).toMatchObject({ quad: { 0: { x: 101, y: 110 } } });
  });

  it("leaves arrow keys alone when no box is active", () => {
    expect(press("ArrowRight")).toBe(false);
  });
});

describe("quad", () => {
  beforeEach(() => take("quad"));

  it("makes a box of four clicks, in whatever order", () => {
    for (const [x, y] of [
      [600, 420],
      [200, 400],
      [590, 300],
      [210, 310],
    ] as const) {
      mouse.click(x, y);
    }
    expect(content().places).toMatchObject([
      {
        kind: "quad",
        quad: [
          { x: 210, y: 310 },
          { x: 590, y: 300 },
          { x: 600, y: 420 },
          { x: 200, y: 400 },
        ],
      },
    ]);
  });

  it("keeps the reading direction of a tall box that was clicked from its text's own top left", () => {
    for (const [x, y] of [
      [300, 200],
      [300, 600],
      [220, 600],
      [220, 200],
    ] as const) {
      mouse.click(x, y);
    }
    expect(content().places).toMatchObject([{ quad: [{ x: 300, y: 200 }, { x: 300, y: 600 }, {}, {}] }]);
  });

  it("makes an upright box of one drag, cut off at the picture's border", () => {
    mouse.drag([
      [900, 700],
      [950, 750],
      [1200, 900],
    ]);
    expect(content().places).toMatchObject([{ quad: [{ x: 900, y: 700 }, {}, { x: 1000, y: 800 }, {}] }]);
  });

  it("moves the whole box when it is dragged inside, and stays in the picture", () => {
    documentActions.addQuad(quadOf({ x: 300, y: 400, width: 200, height: 100 }));
    mouse.drag([
      [400, 450],
      [410, 460],
      [1400, 470],
    ]);
    expect(content().places).toMatchObject([{ quad: [{ x: 800, y: 420 }, {}, { x: 1000, y: 520 }, {}] }]);
  });

  it("takes the last corner back with Backspace and everything with cancel", () => {
    mouse.click(200, 400);
    mouse.click(600, 400);
    expect(press("Backspace")).toBe(true);
    expect(useSketch.getState().sketch).toMatchObject({ points: [{ x: 200, y: 400 }] });
    expect(hand.cancel()).toBe(true);
    expect(useSketch.getState().sketch).toBeNull();
    expect(content().places).toEqual([]);
  });

  it("waits for another corner when the fourth makes no box", () => {
    for (const [x, y] of [
      [200, 300],
      [400, 300],
      [600, 300],
      [500, 300],
    ] as const) {
      mouse.click(x, y);
    }
    expect(content().places).toEqual([]);
    mouse.click(400, 500);
    expect(content().places).toEqual([]);
  });
});
