import { describe, expect, it } from "vitest";
import type { CandidateState } from "../api/types";
import { shownDrawings } from "./drawings";
import type { Job, JobOrigin } from "./types";

const FINAL = "f".repeat(64);

function candidate(index: number, item: number, image: string): CandidateState {
  return {
    index,
    item,
    kind: "model",
    ocr_text: null,
    score: 1,
    verified: true,
    char_errors: 0,
    image_sha256: image,
  };
}

const ORIGIN = {
  places: [],
  request: { edits: [{ text: "BAR" }, { text: "SHUT" }] },
} as unknown as JobOrigin;
const JOB: Extract<Job, { status: "succeeded" }> = {
  status: "succeeded",
  editId: `edit_${"0".repeat(32)}`,
  origin: ORIGIN,
  candidates: [
    candidate(0, 0, "0".repeat(64)),
    candidate(1, 0, FINAL),
    candidate(2, 1, FINAL),
    candidate(3, 1, "3".repeat(64)),
  ],
  best: 2,
  changedOutsideMaskPx: 0,
  verified: true,
  model: "m",
  seed: 1,
  runS: null,
};

const shown = (chosen: number | null) => shownDrawings(JOB, chosen).map(({ index }) => index);

describe("shownDrawings", () => {
  it("is the best drawing of each word", () => expect(shown(null)).toEqual([1, 2]));
  it("is the chosen one of its own word, and the best of the others", () => {
    expect(shown(0)).toEqual([0, 2]);
    expect(shown(3)).toEqual([1, 3]);
  });
});
