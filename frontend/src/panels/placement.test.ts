import { describe, expect, it } from "vitest";
import { placeBeside } from "./placement";

const stage = { width: 1000, height: 800 };
const box = { width: 300, height: 120 };

describe("placeBeside", () => {
  it("opens below the word, in its middle", () =>
    expect(placeBeside({ x: 400, y: 200, width: 200, height: 50 }, box, stage)).toEqual({
      x: 350,
      y: 264,
      side: "below",
    }));
  it("opens above a word at the bottom", () =>
    expect(placeBeside({ x: 400, y: 700, width: 200, height: 50 }, box, stage)).toEqual({
      x: 350,
      y: 566,
      side: "above",
    }));
  it("stays whole on the stage beside its edges", () => {
    expect(placeBeside({ x: -90, y: 200, width: 100, height: 50 }, box, stage).x).toBe(8);
    expect(placeBeside({ x: 980, y: 200, width: 100, height: 50 }, box, stage).x).toBe(692);
  });
  it("lies over a word that fills the stage", () =>
    expect(placeBeside({ x: 0, y: 0, width: 1000, height: 800 }, box, stage)).toEqual({
      x: 350,
      y: 672,
      side: "over",
    }));
  it("stays on the stage when the word is panned out of it", () =>
    expect(placeBeside({ x: 400, y: -900, width: 200, height: 50 }, box, stage).y).toBe(8));
});
