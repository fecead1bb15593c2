import { afterEach, describe, expect, it } from "vitest";
import en from "../i18n/en.json";
import { bindingFor, KEY_BINDINGS, type KeyAction, type KeyHandlers, listenToKeys, matches } from "./keys";

function press(
  key: string,
  init: KeyboardEventInit = {},
  target: EventTarget = document.body,
): KeyboardEvent {
  const event = new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true, ...init });
  target.dispatchEvent(event);
  return event;
}

function actionOf(key: string, init: KeyboardEventInit = {}, target: EventTarget = document.body) {
  let found: string | null = null;
  const note = (event: KeyboardEvent) => {
    found = bindingFor(event)?.action ?? null;
  };
  window.addEventListener("keydown", note);
  press(key, init, target);
  window.removeEventListener("keydown", note);
  return found;
}

function added<T extends HTMLElement>(element: T): T {
  document.body.append(element);
  return element;
}

afterEach(() => document.body.replaceChildren());

describe("the keyboard map", () => {
  it("has no key twice", () => {
    const combos: string[] = KEY_BINDINGS.flatMap((binding) => [...binding.combos]);
    expect(new Set(combos).size).toBe(combos.length);
  });

  it("has a name for every key in the help sheet", () => {
    const names: Record<string, unknown> = {
      ...en.keys,
      ...en.tool,
      ...en.mask,
      ...en.view,
      zoomIn: 1,
      zoomOut: 1,
    };
    for (const { action } of KEY_BINDINGS) expect(names).toHaveProperty(action.replace("download", "copy"));
  });

  it("tells Ctrl and Shift apart", () => {
    expect(actionOf("z", { ctrlKey: true })).toBe("undo");
    expect(actionOf("Z", { ctrlKey: true, shiftKey: true })).toBe("redo");
    expect(actionOf("z")).toBeNull();
    expect(actionOf("V", { shiftKey: true })).toBe("invert");
  });

  it("takes ? and + on keyboards where they need Shift and where they don't", () => {
    expect(actionOf("?", { shiftKey: true })).toBe("help");
    expect(actionOf("+", { shiftKey: true })).toBe("zoomIn");
    expect(actionOf("+")).toBe("zoomIn");
  });

  it("takes the key in the place of a bracket on keyboards without one", () => {
    expect(actionOf("ü", { code: "BracketLeft" })).toBe("smaller");
    expect(actionOf("}", { code: "BracketRight", shiftKey: true })).toBe("grow");
  });
});

describe("while typing", () => {
  it("fires nothing in a field", () => {
    const field = added(document.createElement("input"));
    for (const key of ["b", "1", "?", "Tab", "Enter"]) expect(actionOf(key, {}, field)).toBeNull();
    expect(actionOf("z", { ctrlKey: true }, field)).toBeNull();
  });

  it("keeps Tab, Esc and the Ctrl keys of the drawing in the word's text box", () => {
    const field = added(document.createElement("input"));
    field.dataset.wordText = "";
    expect(actionOf("b", {}, field)).toBeNull();
    expect(actionOf("Tab", {}, field)).toBe("nextWord");
    expect(actionOf("Escape", {}, field)).toBe("escape");
    expect(actionOf("Enter", { ctrlKey: true }, field)).toBe("run");
  });

  it("leaves Enter and Tab to a button that has the focus", () => {
    const button = added(document.createElement("button"));
    expect(actionOf("Enter", {}, button)).toBeNull();
    expect(actionOf("Tab", {}, button)).toBeNull();
    expect(actionOf("b", {}, button)).toBe("brush");
  });

  it("leaves the arrows to one of several choices, but not Enter, which does nothing there", () => {
    const choice = added(Object.assign(document.createElement("input"), { type: "radio" }));
    expect(actionOf("ArrowDown", {}, choice)).toBeNull();
    expect(actionOf("2", {}, choice)).toBe("candidate");
    expect(actionOf("Enter", {}, choice)).toBe("accept");
  });

  it("fires nothing while an input method composes", () =>
    expect(actionOf("b", { isComposing: true })).toBeNull());
});

describe("listenToKeys", () => {
  const heard: string[] = [];
  const note = (action: KeyAction) => () => heard.push(action) > 0;
  const actions = KEY_BINDINGS.filter((binding) => !("shownOnly" in binding)).map(
    ({ action }) => action as KeyAction,
  );
  const handlers = Object.fromEntries(
    actions.map((action) => [action, note(action)]),
  ) as unknown as KeyHandlers;

  afterEach(() => heard.splice(0));

  it("holds a key until it is let go, however often it repeats", () => {
    const stop = listenToKeys(
      handlers,
      (action) => heard.push(`-${action}`),
      () => false,
    );
    press("o");
    press("o", { repeat: true });
    window.dispatchEvent(new KeyboardEvent("keyup", { key: "o" }));
    stop();
    expect(heard).toEqual(["original", "-original"]);
  });

  it("lets go when the window loses the focus", () => {
    const stop = listenToKeys(
      handlers,
      (action) => heard.push(`-${action}`),
      () => false,
    );
    press("o");
    window.dispatchEvent(new Event("blur"));
    stop();
    expect(heard).toEqual(["original", "-original"]);
  });

  it("is silent behind a dialog", () => {
    const stop = listenToKeys(
      handlers,
      () => undefined,
      () => true,
    );
    expect(press("b").defaultPrevented).toBe(false);
    stop();
    expect(heard).toEqual([]);
  });

  it("leaves the browser what a handler declines", () => {
    const stop = listenToKeys(
      { ...handlers, copy: () => false },
      () => undefined,
      () => false,
    );
    expect(press("c", { ctrlKey: true }).defaultPrevented).toBe(false);
    expect(press("s", { ctrlKey: true }).defaultPrevented).toBe(true);
    stop();
  });
});

it("doesn't take one combination for another", () => {
  const event = new KeyboardEvent("keydown", { key: "1", ctrlKey: true });
  expect(matches("1", event)).toBe(false);
  expect(matches("mod+1", event)).toBe(true);
});
