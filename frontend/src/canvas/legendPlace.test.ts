import { describe, expect, it } from "vitest";
import { legendPlace, nextLetter } from "./legendPlace";

const STAGE = { width: 400, height: 300 };
const VIEWPORT = { scale: 0.5, offsetX: 0, offsetY: 0 };
const LEGEND = { width: 100, height: 40 };

describe("legendPlace", () => {
  it("stands over the middle of the word", () => {
    const word = { x: 300, y: 300, width: 200, height: 60 };
    expect(legendPlace(word, LEGEND, VIEWPORT, STAGE)).toEqual({ x: 150, y: 100 });
  });

  it("stands under a word at the top", () => {
    const word = { x: 300, y: 20, width: 200, height: 60 };
    expect(legendPlace(word, LEGEND, VIEWPORT, STAGE).y).toBe(50);
  });

  it("stays in sight when the word isn't", () => {
    const word = { x: -900, y: 2000, width: 200, height: 60 };
    expect(legendPlace(word, LEGEND, VIEWPORT, STAGE)).toEqual({ x: 8, y: 252 });
  });
});

describe("nextLetter", () => {
  it("walks from all letters to the first and on to the last", () => {
    expect([nextLetter("ArrowRight", null, 4), nextLetter("ArrowRight", 0, 4)]).toEqual([0, 1]);
    expect(nextLetter("ArrowRight", 3, 4)).toBe(3);
    expect([nextLetter("ArrowLeft", null, 4), nextLetter("ArrowLeft", 3, 4)]).toEqual([3, 2]);
    expect([nextLetter("Home", 2, 4), nextLetter("End", 2, 4)]).toEqual([0, 3]);
  });

  it("goes back to all letters, and then leaves Escape to the page", () => {
    expect(nextLetter("Escape", 2, 4)).toBeNull();
    expect(nextLetter("Escape", null, 4)).toBeUndefined();
    expect(nextLetter("w", 2, 4)).toBeUndefined();
  });
});
