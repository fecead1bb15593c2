/** The document, its undo history and how to draw: what every tool, panel and job reads and changes. */

import { create } from "zustand";
import type { Quad } from "../geometry/types";
import {
  EMPTY_DOCUMENT,
  maskOps,
  opened,
  withAccepted,
  withActive,
  withMaskOp,
  withNextActive,
  withOldText,
  withoutPlace,
  withPlaces,
  withQuad,
  withQuadAdded,
  withText,
  withWordChosen,
} from "./edits";
import { amended, begun, type History, joined, redone, rewritten, stepped, undone } from "./history";
import type {
  AcceptedEdit,
  DocumentContent,
  DrawSettings,
  MaskOp,
  Picture,
  Place,
  WordsState,
} from "./types";

/** Nudges with the arrow keys that follow each other this closely are one step. */
const NUDGE_PATIENCE_MS = 600;

export const DEFAULT_SETTINGS: DrawSettings = {
  seed: null,
  numInferenceSteps: null,
  guidanceScale: null,
  candidates: 4,
  searchCandidates: null,
  refine: null,
  featherPx: null,
  maxAttempts: 3,
};

export interface DocumentState extends DocumentContent {
  readonly canUndo: boolean;
  readonly canRedo: boolean;
  readonly settings: DrawSettings;
  /** What undo and redo go to; everyone but the keeper reads the content above. */
  readonly history: History<DocumentContent>;
}

export const useDocument = create<DocumentState>(() => stateOf(begun(EMPTY_DOCUMENT), DEFAULT_SETTINGS));

export const documentActions = {
  /** Another picture: the one before comes back with undo. */
  openPicture(picture: Picture): void {
    change((history) =>
      history.present.picture === null ? begun(opened(picture)) : stepped(history, opened(picture)),
    );
  },

  /** What is known of the words of a picture, by default the one in sight; undo never takes back what was found. */
  setWords(words: WordsState, imageId = useDocument.getState().picture?.imageId): void {
    change((history) =>
      rewritten(history, (content) =>
        content.picture?.imageId === imageId ? { ...content, words } : content,
      ),
    );
  },

  /** Selecting isn't a step; with `add` the words chosen before stay chosen. */
  chooseWord(regionId: string, { add }: { readonly add: boolean }): void {
    change((history) => amended(history, withWordChosen(history.present, regionId, add)));
  },

  addQuad(quad: Quad): void {
    change((history) => stepped(history, withQuadAdded(history.present, quad)));
  },

  setQuad(placeId: string, quad: Quad): void {
    const step = { gesture: `quad ${placeId}`, at: Date.now(), patienceMs: NUDGE_PATIENCE_MS };
    change((history) => joined(history, withQuad(history.present, placeId, quad), step));
  },

  /** A person has read it better. */
  setOldText(placeId: string, oldText: string): void {
    change((history) => stepped(history, withOldText(history.present, placeId, oldText)));
  },

  /** null: nothing typed; "": the word is to be removed. All typing at a place in a row is one step. */
  setText(placeId: string, text: string | null): void {
    const step = { gesture: `text ${placeId}`, at: Date.now(), patienceMs: Number.POSITIVE_INFINITY };
    change((history) => joined(history, withText(history.present, placeId, text), step));
  },

  activate(placeId: string | null): void {
    change((history) => amended(history, withActive(history.present, placeId)));
  },

  activateNext(step: 1 | -1): void {
    change((history) => amended(history, withNextActive(history.present, step)));
  },

  removePlace(placeId: string): void {
    change((history) => stepped(history, withoutPlace(history.present, placeId)));
  },

  /** All places at once, as a recipe has them. */
  setPlaces(places: readonly Place[]): void {
    change((history) => stepped(history, withPlaces(history.present, places)));
  },

  editMask(op: MaskOp): void {
    change((history) => stepped(history, withMaskOp(history.present, op)));
  },

  clearMask(): void {
    change((history) => stepped(history, withoutPlace(history.present, "mask")));
  },

  accept(edit: AcceptedEdit): void {
    change((history) => stepped(history, withAccepted(history.present, edit)));
  },

  undo(): void {
    change(undone);
  },

  redo(): void {
    change(redone);
  },

  setSettings(settings: Partial<DrawSettings>): void {
    useDocument.setState((state) => ({ settings: { ...state.settings, ...settings } }));
  },

  /** As it was kept before a reload. */
  restore(history: History<DocumentContent>, settings: DrawSettings): void {
    useDocument.setState(stateOf(history, settings));
  },

  reset(): void {
    useDocument.setState(stateOf(begun(EMPTY_DOCUMENT), DEFAULT_SETTINGS));
  },
} as const;

/** The mask as it stands. */
export function useMaskOps(): readonly MaskOp[] {
  return useDocument(maskOps);
}

function change(step: (history: History<DocumentContent>) => History<DocumentContent>): void {
  useDocument.setState((state) => {
    const history = step(state.history);
    return history === state.history ? state : stateOf(history, state.settings);
  });
}

function stateOf(history: History<DocumentContent>, settings: DrawSettings): DocumentState {
  return {
    ...history.present,
    canUndo: history.past.length > 0,
    canRedo: history.future.length > 0,
    settings,
    history,
  };
}
