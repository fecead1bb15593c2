/** What each key of the map does, here and now. A handler that has nothing to do leaves the key to the browser. */

import { maskOps } from "../document/edits";
import { documentActions, useDocument } from "../document/store";
import { nthOfEach } from "../jobs/choices";
import { copyPicture } from "../jobs/keepFile";
import { detectAgain } from "../jobs/open";
import { isActive } from "../jobs/reducer";
import { reviewActions, useReview } from "../jobs/review";
import { jobActions, useJob } from "../jobs/store";
import { hand } from "../tools/hand";
import { useTools } from "../tools/state";
import type { ToolName } from "../tools/types";
import type { KeyAction, KeyHandler, KeyHandlers } from "./keys";
import { growStepPx } from "./MaskBar";
import { type ViewControls, ZOOM_STEP } from "./StatusBar";
import { stopsInOrder } from "./stops";
import { openTextBox } from "./textBox";
import { uiActions, useUi } from "./ui";

export interface KeyContext {
  readonly view: ViewControls;
  readonly canDraw: boolean;
}

const BRUSH_STEP = 1.25;
/** These work without a picture, too. */
const ALWAYS: readonly KeyAction[] = ["open", "help"];

export function keyHandlers({ view, canDraw }: KeyContext): KeyHandlers {
  const handlers: KeyHandlers = {
    nextWord: () => toNeighbour(1),
    previousWord: () => toNeighbour(-1),
    text: openText,
    detect: done(() => void detectAgain()),
    drop,
    ...toolHandlers,
    ...maskHandlers,
    ...reviewHandlers,
    run: done(() => {
      if (canDraw) void jobActions.draw();
    }),
    escape: leave,
    fit: done(view.fit),
    actual: done(view.zoom100),
    zoomIn: done(() => view.zoomBy(ZOOM_STEP)),
    zoomOut: done(() => view.zoomBy(1 / ZOOM_STEP)),
    open: () => press("[data-open-picture]"),
    undo: done(documentActions.undo),
    redo: done(documentActions.redo),
    download: done(() => uiActions.openDialog("download")),
    copy: () => (String(window.getSelection()) === "" ? done(() => void copyPicture())() : false),
    help: done(() => uiActions.openDialog("keys")),
  };
  return onlyWithPicture(handlers);
}

/** A key that was held is let go. */
export function keyReleased(action: KeyAction): void {
  if (action === "original") reviewActions.holdOriginal(false);
}

function onlyWithPicture(handlers: KeyHandlers): KeyHandlers {
  const guarded = (action: KeyAction): KeyHandler => {
    if (ALWAYS.includes(action)) return handlers[action];
    return (event) => useDocument.getState().picture !== null && handlers[action](event);
  };
  const all = { ...handlers };
  for (const action of keysOf(handlers)) all[action] = guarded(action);
  return all;
}

function keysOf<K extends string>(record: Readonly<Record<K, unknown>>): K[] {
  const keys: K[] = [];
  for (const key in record) keys.push(key);
  return keys;
}

/** A handler that always has something to do. */
function done(act: () => void): () => true {
  return () => {
    act();
    return true;
  };
}

/** Beyond the last word, Tab goes on through the page: nobody is caught among the words. */
function toNeighbour(step: 1 | -1): boolean {
  const state = useDocument.getState();
  const stops = stopsInOrder(state);
  const at = stops.findIndex(({ id }) => id === state.activePlaceId);
  const next = at === -1 && step === 1 ? 0 : at + step;
  if (isBusy() || (at === -1 && step === -1) || stops[next] === undefined) return false;
  documentActions.activateNext(step);
  uiActions.openTextBox();
  return true;
}

function openText(): boolean {
  if (isBusy()) return false;
  openTextBox();
  return true;
}

function drop(): boolean {
  const { activePlaceId } = useDocument.getState();
  if (activePlaceId === null || isBusy()) return false;
  documentActions.removePlace(activePlaceId);
  return true;
}

/** One thing at a time: what the tool has begun, the drawing, the text box, the comparison, the history, the choice, the tool. */
function leave(): boolean {
  if (hand.cancel()) return true;
  if (isBusy()) void jobActions.cancel();
  else if (useUi.getState().isTextBoxOpen && useDocument.getState().activePlaceId !== null) leaveText();
  else if (useReview.getState().compare !== "off") reviewActions.setCompare("off");
  else if (useUi.getState().showsHistory) uiActions.toggleHistory();
  else if (useDocument.getState().activePlaceId !== null) documentActions.activate(null);
  else if (useTools.getState().tool !== "select") useTools.getState().setTool("select");
  else return false;
  return true;
}

function leaveText(): void {
  uiActions.closeTextBox();
  document.querySelector<HTMLElement>("#picture > section")?.focus();
}

const tool = (name: ToolName) => done(() => useTools.getState().setTool(name));

const toolHandlers = {
  select: tool("select"),
  quad: tool("quad"),
  brush: tool("brush"),
  eraser: tool("eraser"),
  rectangle: tool("rectangle"),
  lasso: tool("lasso"),
  polygon: tool("polygon"),
  pan: tool("pan"),
} as const;

const maskHandlers = {
  smaller: done(() => scaleBrush(1 / BRUSH_STEP)),
  larger: done(() => scaleBrush(BRUSH_STEP)),
  grow: () => resizeMask("grow"),
  shrink: () => resizeMask("shrink"),
  invert: () => {
    if (maskOps(useDocument.getState()).length === 0) return false;
    documentActions.editMask({ kind: "invert" });
    return true;
  },
} as const;

/** By whole pixels, at least one. */
function scaleBrush(factor: number): void {
  const { brushRadiusPx, setBrushRadius } = useTools.getState();
  const scaled = Math.round(brushRadiusPx * factor);
  setBrushRadius(scaled === brushRadiusPx ? brushRadiusPx + Math.sign(factor - 1) : scaled);
}

function resizeMask(kind: "grow" | "shrink"): boolean {
  const state = useDocument.getState();
  if (state.picture === null || maskOps(state).length === 0) return false;
  documentActions.editMask({ kind, px: growStepPx(state.picture) });
  return true;
}

const reviewHandlers = {
  accept: () => whenDrawn(() => void jobActions.accept()) || openText(),
  redraw: () => whenDrawn(() => void jobActions.redraw()),
  cancel: () => isBusy() && done(() => void jobActions.cancel())(),
  candidate: ({ key }: KeyboardEvent) => {
    const { job } = useJob.getState();
    const choices = job.status === "succeeded" ? nthOfEach(job.candidates, Number(key) - 1) : null;
    if (choices !== null) reviewActions.choose(choices);
    return choices !== null;
  },
  compare: () => whenComparable(reviewActions.cycleCompare),
  letters: () => whenDrawn(reviewActions.toggleLetters),
  original: () => whenComparable(() => reviewActions.holdOriginal(true)),
} as const;

function whenDrawn(act: () => void): boolean {
  const isDrawn = useJob.getState().job.status === "succeeded";
  if (isDrawn) act();
  return isDrawn;
}

/** With what was drawn, or with what the picture was before its last edit. */
function whenComparable(act: () => void): boolean {
  const isComparable =
    useJob.getState().job.status === "succeeded" || useDocument.getState().accepted.length > 0;
  if (isComparable) act();
  return isComparable;
}

function isBusy(): boolean {
  const { job } = useJob.getState();
  return job.status === "sending" || isActive(job);
}

function press(selector: string): boolean {
  const button = document.querySelector<HTMLElement>(selector);
  button?.click();
  return button !== null;
}
