/** Going to one of the picture's kept edits is undoing, or redoing, until it is the last one. */

import { type DocumentState, documentActions, useDocument } from "../document/store";
import type { AcceptedEdit } from "../document/types";

/** With those that were undone and can still be gone forward to. */
export function allEdits({ accepted, history }: DocumentState): readonly AcceptedEdit[] {
  return history.future.reduce((longest, { accepted: later }) => {
    const continues = accepted.every((edit, index) => later[index] === edit);
    return continues && later.length > longest.length ? later : longest;
  }, accepted);
}

export function goTo(depth: number): void {
  const now = () => useDocument.getState();
  while (now().accepted.length > depth && now().canUndo) documentActions.undo();
  while (now().accepted.length < depth && now().canRedo) documentActions.redo();
}
