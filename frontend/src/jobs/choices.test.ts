import { describe, expect, it } from "vitest";
import type { CandidateState } from "../api/types";
import { bestsOf, drawingsOf, fitting, nthOfEach } from "./choices";

function drawing(index: number, item: number, image_sha256: string | null): CandidateState {
  const read = { ocr_text: "BUSY", score: 1, verified: true, char_errors: 0 };
  return { index, item, kind: "model", seed: index, image_sha256, ...read };
}

/** Two words of three drawings; of the second word's first one no picture was kept. */
const CANDIDATES = [
  drawing(0, 0, "a"),
  drawing(1, 0, "final"),
  drawing(2, 0, "b"),
  drawing(3, 1, null),
  drawing(4, 1, "c"),
  drawing(5, 1, "final"),
];
const OUTCOME = { best: 5, image_sha256: "final", candidates: CANDIDATES };

describe("the drawings of several words", () => {
  it("are those that there are pictures of", () => {
    expect(drawingsOf(CANDIDATES, 1).map(({ index }) => index)).toEqual([4, 5]);
    expect(drawingsOf(CANDIDATES, 2)).toEqual([]);
  });

  it("are at their best in the result", () => {
    expect(bestsOf(OUTCOME)).toEqual([1, 5]);
    const alike = CANDIDATES.map((candidate) => ({ ...candidate, image_sha256: "final" }));
    expect(bestsOf({ ...OUTCOME, candidates: alike })).toEqual([0, 5]);
  });

  it("are chosen by their number for all words at once", () => {
    expect(nthOfEach(CANDIDATES, 0)).toEqual([0, 4]);
    expect(nthOfEach(CANDIDATES, 1)).toEqual([1, 5]);
    expect(nthOfEach(CANDIDATES, 2)).toBeNull();
    expect(nthOfEach([], 0)).toBeNull();
  });

  it("are chosen again if they are of just these words", () => {
    expect(fitting([2, 4], CANDIDATES)).toEqual([2, 4]);
    for (const wrong of [null, [], [2], [2, 3], [4, 2], [2, 4, 5]])
      expect(fitting(wrong, CANDIDATES)).toBeNull();
  });
});
