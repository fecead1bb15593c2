/** When the text box opens by itself, and when it stands aside: while painting, and while a result is judged. */

import { useEffect } from "react";
import { documentActions, useDocument } from "../document/store";
import { useJob } from "../jobs/store";
import { useTools } from "../tools/state";
import type { ToolName } from "../tools/types";
import { openTextBox } from "./textBox";
import { uiActions } from "./ui";

const POINTING: readonly ToolName[] = ["select", "quad"];

/** A click on the word that is chosen already changes nothing in the document, but asks for its text all the same. */
function openAtWord({ target }: MouseEvent): void {
  const isOnStage = target instanceof HTMLElement && target.closest("#picture > section") !== null;
  const isJudging = useJob.getState().job.status === "succeeded";
  if (isOnStage && !isJudging && POINTING.includes(useTools.getState().tool)) uiActions.openTextBox();
}

export function useTextBoxOpening(): void {
  useEffect(() => {
    const stops = [
      useDocument.subscribe((state, before) => {
        const isNew = state.activePlaceId !== null && state.activePlaceId !== before.activePlaceId;
        if (isNew && POINTING.includes(useTools.getState().tool)) uiActions.openTextBox();
      }),
      useTools.subscribe(({ tool }, before) => {
        if (tool !== before.tool && !POINTING.includes(tool)) uiActions.closeTextBox();
      }),
      useJob.subscribe(({ job }, before) => {
        if (job.status === before.job.status) return;
        // The drawing and its result are looked at bare, without a box or corners over them.
        if (job.status === "sending") documentActions.activate(null);
        // Nothing was drawn: the text is what to go on with.
        if (job.status === "canceled" || job.status === "failed") openTextBox();
      }),
    ];
    window.addEventListener("click", openAtWord);
    return () => {
      window.removeEventListener("click", openAtWord);
      for (const stop of stops) stop();
    };
  }, []);
}
