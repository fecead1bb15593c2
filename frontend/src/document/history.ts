/** Undo and redo over any immutable content: pure functions, ignorant of what the content is. */

export interface History<T> {
  readonly past: readonly T[];
  readonly present: T;
  readonly future: readonly T[];
  /** What the last step did, if the next one may join it: typing into one box is one step. */
  readonly open: { readonly gesture: string; readonly at: number } | null;
}

/** States share nearly everything, so that many cost little. */
const MAX_STEPS = 500;

export function begun<T>(present: T): History<T> {
  return { past: [], present, future: [], open: null };
}

/** One more step that undo takes back. */
export function stepped<T>(history: History<T>, present: T): History<T> {
  if (present === history.present) return history;
  return { past: [...history.past, history.present].slice(-MAX_STEPS), present, future: [], open: null };
}

/** A step that joins the one before if that was the same gesture, at most `patienceMs` ago. */
export function joined<T>(
  history: History<T>,
  present: T,
  step: { readonly gesture: string; readonly at: number; readonly patienceMs: number },
): History<T> {
  if (present === history.present) return history;
  const { open } = history;
  const joins = open !== null && open.gesture === step.gesture && step.at - open.at <= step.patienceMs;
  const after = joins ? { ...history, present } : stepped(history, present);
  return { ...after, open: { gesture: step.gesture, at: step.at } };
}

/** A change that undo passes over, such as what is selected. */
export function amended<T>(history: History<T>, present: T): History<T> {
  return present === history.present ? history : { ...history, present, open: null };
}

/** A change to all that has been and will be, such as words that were found in the meantime. */
export function rewritten<T>(history: History<T>, change: (content: T) => T): History<T> {
  return {
    ...history,
    past: history.past.map(change),
    present: change(history.present),
    future: history.future.map(change),
  };
}

export function undone<T>(history: History<T>): History<T> {
  const before = history.past.at(-1);
  if (before === undefined) return history;
  return {
    past: history.past.slice(0, -1),
    present: before,
    future: [history.present, ...history.future],
    open: null,
  };
}

export function redone<T>(history: History<T>): History<T> {
  const [next, ...future] = history.future;
  if (next === undefined) return history;
  return { past: [...history.past, history.present], present: next, future, open: null };
}
