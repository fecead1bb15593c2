import { describe, expect, it } from "vitest";
import { placeBeside } from "./placement";

const stage = { width: 1000, height: 800 };
const box = { width: 300, height: 120 };
const word = { x: 400, y: 300, width: 200, height: 50 };

describe("the text box", () => {
  it("opens below the word, in its middle", () =>
    expect(placeBeside(word, box, stage, [])).toEqual({ x: 350, y: 364 }));

  it("opens above a word at the bottom", () =>
    expect(placeBeside({ ...word, y: 700 }, box, stage, [])).toEqual({ x: 350, y: 566 }));

  it("stays whole on the stage beside its edges", () => {
    expect(placeBeside({ x: -90, y: 200, width: 100, height: 50 }, box, stage, []).x).toBe(8);
    expect(placeBeside({ x: 980, y: 200, width: 100, height: 50 }, box, stage, []).x).toBe(692);
  });

  it("leaves the word below in sight where there is room above", () =>
    expect(placeBeside(word, box, stage, [{ ...word, y: 370 }])).toEqual({ x: 350, y: 166 }));

  it("goes to the side between two lines", () =>
    expect(
      placeBeside(word, box, stage, [
        { x: 100, y: 370, width: 600, height: 50 },
        { x: 100, y: 200, width: 600, height: 50 },
      ]),
    ).toEqual({ x: 614, y: 265 }));

  it("goes below the next line where the sides are full", () => {
    const line = { x: 0, y: 300, width: 1000, height: 50 };
    const around = [
      { ...line, y: 240 },
      { ...line, y: 360 },
    ];
    expect(placeBeside(line, box, { width: 1000, height: 600 }, around)).toMatchObject({ y: 424 });
  });

  it("never gives up its own word for another one", () => {
    const wide = { x: 0, y: 0, width: 1000, height: 50 };
    expect(placeBeside(wide, box, stage, [{ x: 0, y: 60, width: 1000, height: 700 }]).y).toBe(64);
  });

  it("lies over a word that fills the stage", () =>
    expect(placeBeside({ x: 0, y: 0, width: 1000, height: 800 }, box, stage, [])).toEqual({
      x: 350,
      y: 672,
    }));

  it("stays on the stage when the word is panned out of it", () =>
    expect(placeBeside({ ...word, y: -900 }, box, stage, []).y).toBe(8));
});
