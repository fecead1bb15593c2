/** What a person is working on: the picture, its words, the places to write at. Everything here can be undone. */

import type { Box, ImagePoint, Quad } from "../geometry/types";

/** The picture that edits start from; accepting a result makes that the picture. */
export interface Picture {
  readonly imageId: string;
  readonly name: string;
  readonly width: number;
  readonly height: number;
}

/** A word that was found in the picture. */
export interface Word {
  readonly regionId: string;
  readonly quad: Quad;
  readonly text: string;
  readonly confidence: number;
  readonly charHeightPx: number;
}

export type WordsState =
  | { readonly status: "none" }
  | { readonly status: "looking" }
  | { readonly status: "found"; readonly words: readonly Word[] }
  | { readonly status: "failed"; readonly code: string; readonly message: string };

/** A mask is the list of what was done to it; it becomes pixels on the screen coarsely, and exactly when it is sent. */
export type MaskOp =
  | {
      readonly kind: "stroke";
      readonly erase: boolean;
      readonly radiusPx: number;
      readonly points: readonly ImagePoint[];
    }
  | { readonly kind: "polygon"; readonly erase: boolean; readonly points: readonly ImagePoint[] }
  | { readonly kind: "grow"; readonly px: number }
  | { readonly kind: "shrink"; readonly px: number }
  | { readonly kind: "invert" }
  | { readonly kind: "import"; readonly bitmapId: string };

/** Where to write, and what. `text` null: nothing was typed yet; "": the old word is removed. */
export type Place =
  | {
      readonly kind: "word";
      readonly id: string;
      readonly regionId: string;
      readonly quad: Quad;
      readonly oldText: string;
      readonly text: string | null;
    }
  | {
      readonly kind: "quad";
      readonly id: string;
      readonly quad: Quad;
      readonly oldText: string | null;
      /** Width a height of the old word as it was found: how wide its face is, whatever becomes of the quad. */
      readonly oldAspect: number | null;
      readonly text: string | null;
    }
  | {
      readonly kind: "mask";
      readonly id: "mask";
      readonly ops: readonly MaskOp[];
      readonly box: Box;
      readonly oldText: null;
      readonly text: string | null;
    };

/** For each word that was drawn the index of one of its candidates. */
export type Choices = readonly number[];

/** A picture that was drawn and taken on. */
export interface AcceptedEdit {
  readonly editId: string;
  readonly choices: Choices;
  readonly before: Picture;
  readonly after: Picture;
  readonly texts: readonly { readonly from: string | null; readonly to: string; readonly quad: Quad }[];
  readonly acceptedAt: number;
}

/** How to draw; null leaves it to the model. */
export interface DrawSettings {
  readonly seed: number | null;
  readonly numInferenceSteps: number | null;
  readonly guidanceScale: number | null;
  readonly candidates: number;
  readonly searchCandidates: number | null;
  readonly refine: boolean | null;
  /** null: what surrounds the letters, its edge as soft as suits them. */
  readonly featherPx: number | null;
  readonly maxAttempts: number;
}

/** One state that undo and redo go to. */
export interface DocumentContent {
  readonly picture: Picture | null;
  readonly words: WordsState;
  readonly places: readonly Place[];
  readonly activePlaceId: string | null;
  readonly accepted: readonly AcceptedEdit[];
}
