/** One drawing, from Enter to its end. A state holds just what is known in it, so a late event can't un-finish a job. */

import type { CandidateState, EditRequest, StageName } from "../api/types";
import type { Choices, Picture, Place } from "../document/types";
import type { Quad } from "../geometry/types";

/** Where it is drawn and what; kept, so that undo or further typing doesn't change what it is judged against. */
export interface JobTarget {
  readonly picture: Picture;
  /** One for each item of the request, in its order; each has a text. */
  readonly places: readonly Place[];
}

export interface JobOrigin extends JobTarget {
  readonly request: EditRequest;
  /** What to look at first, as before a reload or in a recipe; null: the best drawings. */
  readonly choices: Choices | null;
}

export interface CandidateRead {
  readonly index: number;
  readonly item: number;
  readonly ocrText: string | null;
  readonly verified: boolean;
  readonly charErrors: number | null;
}

/** A picture of a drawing (a data URL), and where its text stands; null: in the place's own quad. */
export interface Preview {
  readonly url: string;
  readonly quad: Quad | null;
}

export type Connection = "live" | "reconnecting";

export type Job =
  | { readonly status: "idle" }
  | { readonly status: "sending"; readonly origin: JobTarget }
  | {
      readonly status: "queued";
      readonly editId: string;
      readonly origin: JobOrigin;
      readonly seq: number;
      readonly position: number;
      readonly etaS: number | null;
      readonly connection: Connection;
      readonly isCanceling: boolean;
    }
  | {
      readonly status: "running";
      readonly editId: string;
      readonly origin: JobOrigin;
      readonly seq: number;
      readonly attempt: number;
      readonly stage: StageName | null;
      readonly item: number;
      readonly candidate: number | null;
      readonly step: number;
      readonly totalSteps: number;
      readonly etaS: number | null;
      /** The drawing as it stands, for the place `item`. */
      readonly preview: Preview | null;
      readonly read: readonly CandidateRead[];
      readonly connection: Connection;
      readonly isCanceling: boolean;
    }
  | {
      readonly status: "succeeded";
      readonly editId: string;
      readonly origin: JobOrigin;
      readonly candidates: readonly CandidateState[];
      /** What the result shows: the best drawing of each word. */
      readonly bests: Choices;
      readonly changedOutsideMaskPx: number;
      readonly verified: boolean;
      readonly model: string;
      readonly seed: number;
      readonly runS: number | null;
    }
  | {
      readonly status: "failed";
      readonly editId: string | null;
      readonly origin: JobTarget;
      readonly code: string;
      readonly message: string;
      readonly retryable: boolean;
    }
  | { readonly status: "canceled"; readonly editId: string; readonly origin: JobOrigin };
