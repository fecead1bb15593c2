/** The keyboard map: the one table that both the handlers and the help sheet are made from. */

export type KeyGroup = "groupWords" | "groupTools" | "groupMask" | "groupDraw" | "groupView" | "groupFile";

interface Binding {
  readonly action: string;
  /** `mod` is Ctrl, on a Mac the command key; the last part is the key as it is printed on it. */
  readonly combos: readonly string[];
  readonly group: KeyGroup;
  /** Works in the word's text box, too; every other key is left to what is being typed. */
  readonly inTextBox?: true;
  /** Acts while it is held and ends when it is let go. */
  readonly hold?: true;
  /** The stage or the browser does it; the sheet only tells of it. */
  readonly shownOnly?: true;
}

export const KEY_BINDINGS = [
  { action: "nextWord", combos: ["tab"], group: "groupWords", inTextBox: true },
  { action: "previousWord", combos: ["shift+tab"], group: "groupWords", inTextBox: true },
  { action: "text", combos: ["t"], group: "groupWords" },
  { action: "detect", combos: ["d"], group: "groupWords" },
  { action: "drop", combos: ["delete", "backspace"], group: "groupWords" },
  { action: "nudge", combos: ["arrows"], group: "groupWords", shownOnly: true },
  { action: "select", combos: ["v"], group: "groupTools" },
  { action: "quad", combos: ["q"], group: "groupTools" },
  { action: "brush", combos: ["b"], group: "groupTools" },
  { action: "eraser", combos: ["e"], group: "groupTools" },
  { action: "rectangle", combos: ["r"], group: "groupTools" },
  { action: "lasso", combos: ["l"], group: "groupTools" },
  { action: "polygon", combos: ["p"], group: "groupTools" },
  { action: "pan", combos: ["h"], group: "groupTools" },
  { action: "smaller", combos: ["["], group: "groupMask" },
  { action: "larger", combos: ["]"], group: "groupMask" },
  { action: "shrink", combos: ["shift+["], group: "groupMask" },
  { action: "grow", combos: ["shift+]"], group: "groupMask" },
  { action: "invert", combos: ["shift+v"], group: "groupMask" },
  { action: "run", combos: ["mod+enter"], group: "groupDraw", inTextBox: true },
  { action: "accept", combos: ["enter"], group: "groupDraw" },
  { action: "redraw", combos: ["shift+r"], group: "groupDraw" },
  { action: "cancel", combos: ["shift+x"], group: "groupDraw" },
  { action: "escape", combos: ["escape"], group: "groupDraw", inTextBox: true },
  { action: "candidate", combos: ["1", "2", "3", "4", "5", "6", "7", "8"], group: "groupDraw" },
  { action: "compare", combos: ["m"], group: "groupDraw" },
  { action: "letters", combos: ["w"], group: "groupDraw" },
  { action: "original", combos: ["o"], group: "groupDraw", hold: true },
  { action: "fit", combos: ["mod+0"], group: "groupView", inTextBox: true },
  { action: "actual", combos: ["mod+1"], group: "groupView", inTextBox: true },
  { action: "zoomIn", combos: ["+"], group: "groupView" },
  { action: "zoomOut", combos: ["-"], group: "groupView" },
  { action: "wheel", combos: ["wheel"], group: "groupView", shownOnly: true },
  { action: "space", combos: ["space"], group: "groupView", hold: true, shownOnly: true },
  { action: "open", combos: ["mod+o"], group: "groupFile" },
  { action: "paste", combos: ["mod+v"], group: "groupFile", shownOnly: true },
  { action: "undo", combos: ["mod+z"], group: "groupFile", inTextBox: true },
  { action: "redo", combos: ["mod+shift+z", "mod+y"], group: "groupFile", inTextBox: true },
  { action: "download", combos: ["mod+s"], group: "groupFile", inTextBox: true },
  { action: "copy", combos: ["mod+c"], group: "groupFile" },
  { action: "help", combos: ["?"], group: "groupFile" },
] as const satisfies readonly Binding[];

type Bound = (typeof KEY_BINDINGS)[number];
export type KeyAction = Exclude<Bound, { readonly shownOnly: true }>["action"];
/** False: not now; the key goes on to the browser. */
export type KeyHandler = (event: KeyboardEvent) => boolean;
export type KeyHandlers = Readonly<Record<KeyAction, KeyHandler>>;

/** Brackets lie elsewhere on many keyboards; there the keys in their place do the same. */
const CODES: Readonly<Record<string, string>> = { "[": "BracketLeft", "]": "BracketRight" };
/** Keys whose letter already says whether Shift is held. */
const SHIFT_IN_KEY = new Set(["?", "+", "-"]);

export function matches(combo: string, event: KeyboardEvent): boolean {
  const parts = combo.split(/\+(?=.)/);
  const key = parts.at(-1) ?? "";
  // AltGr comes as Ctrl + Alt, and is how some keyboards write brackets.
  const isAltGraph = event.getModifierState("AltGraph");
  const mod = !isAltGraph && (event.ctrlKey || event.metaKey);
  if (mod !== parts.includes("mod")) return false;
  if (event.altKey && !isAltGraph) return false;
  if (!SHIFT_IN_KEY.has(key) && event.shiftKey !== parts.includes("shift")) return false;
  return event.key.toLowerCase() === key || (CODES[key] !== undefined && event.code === CODES[key]);
}

type Focus = "textBox" | "otherField" | "control" | "elsewhere";

function focusOf(target: EventTarget | null): Focus {
  if (!(target instanceof HTMLElement)) return "elsewhere";
  if (target.closest("[data-word-text]") !== null) return "textBox";
  if (target.closest("select, textarea, [contenteditable='true']") !== null) return "otherField";
  if (target instanceof HTMLInputElement) {
    return ["range", "checkbox", "radio", "button", "file"].includes(target.type) ? "control" : "otherField";
  }
  return target.closest("button, a, summary, [role='slider']") === null ? "elsewhere" : "control";
}

/** Keys by which a control that has the focus is itself worked. */
const CONTROL_KEYS = new Set(["enter", " ", "arrowleft", "arrowright", "arrowup", "arrowdown", "tab"]);

/** Enter does nothing to one of several choices. */
function isControls({ key, target }: KeyboardEvent): boolean {
  const isChoice = target instanceof HTMLInputElement && target.type === "radio";
  return CONTROL_KEYS.has(key.toLowerCase()) && !(isChoice && key === "Enter");
}

export function bindingFor(event: KeyboardEvent): Bound | null {
  if (event.isComposing || event.defaultPrevented) return null;
  const focus = focusOf(event.target);
  if (focus === "otherField") return null;
  const isPlain = !event.ctrlKey && !event.metaKey;
  if (focus === "control" && isPlain && isControls(event)) return null;
  const bindings: readonly (Bound & Binding)[] = KEY_BINDINGS;
  return (
    bindings.find(
      (binding) =>
        (focus !== "textBox" || binding.inTextBox) && binding.combos.some((combo) => matches(combo, event)),
    ) ?? null
  );
}

/** Listens on the whole page. `isBlocked`: a dialog is open. → stops listening. */
export function listenToKeys(
  handlers: KeyHandlers,
  released: (action: KeyAction) => void,
  isBlocked: () => boolean,
): () => void {
  let held: { readonly action: KeyAction; readonly key: string } | null = null;
  const release = () => {
    if (held !== null) released(held.action);
    held = null;
  };
  const down = (event: KeyboardEvent) => {
    if (isBlocked()) return;
    const binding = bindingFor(event);
    if (binding === null || "shownOnly" in binding) return;
    if ("hold" in binding) {
      if (held !== null) return event.preventDefault();
      held = { action: binding.action, key: event.key.toLowerCase() };
    }
    if (handlers[binding.action](event)) event.preventDefault();
  };
  const up = (event: KeyboardEvent) => {
    if (held?.key === event.key.toLowerCase()) release();
  };
  window.addEventListener("keydown", down);
  window.addEventListener("keyup", up);
  window.addEventListener("blur", release);
  return () => {
    window.removeEventListener("keydown", down);
    window.removeEventListener("keyup", up);
    window.removeEventListener("blur", release);
  };
}
