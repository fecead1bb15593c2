/** How the candidates are looked at: which ones, against what. Forgotten with the drawing. */

import { create } from "zustand";
import type { Choices } from "../document/types";

/** The last one compares the drawing with its text: where each letter of it is. */
export type Compare = "off" | "slider" | "side" | "difference" | "letters";

export interface Review {
  /** The drawing of each word; null: none is looked at. */
  readonly choices: Choices | null;
  readonly compare: Compare;
  /** Where the slider stands, 0 to 1 of the picture's width. */
  readonly split: number;
  readonly isHoldingOriginal: boolean;
}

const CYCLE: readonly Compare[] = ["off", "slider", "side", "difference"];
const BEGINNING: Review = {
  choices: null,
  compare: "off",
  split: 0.5,
  isHoldingOriginal: false,
};

export const useReview = create<Review>(() => BEGINNING);

export const reviewActions = {
  choose(choices: Choices): void {
    useReview.setState({ choices });
  },

  /** This drawing of one word; those of the others stay. */
  chooseDrawing(item: number, index: number): void {
    useReview.setState(({ choices }) => ({ choices: choices?.with(item, index) ?? null }));
  },

  setCompare(compare: Compare): void {
    useReview.setState({ compare });
  },

  cycleCompare(): void {
    useReview.setState(({ compare }) => ({
      compare: CYCLE[(Math.max(CYCLE.indexOf(compare), 0) + 1) % CYCLE.length] ?? "off",
    }));
  },

  toggleLetters(): void {
    useReview.setState(({ compare }) => ({ compare: compare === "letters" ? "off" : "letters" }));
  },

  setSplit(split: number): void {
    useReview.setState({ split: Math.min(Math.max(split, 0), 1) });
  },

  holdOriginal(isHoldingOriginal: boolean): void {
    useReview.setState({ isHoldingOriginal });
  },

  reset(): void {
    useReview.setState(BEGINNING);
  },
} as const;
