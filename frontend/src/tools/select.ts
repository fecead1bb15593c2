/** Drags the corners of the active place, and chooses boxes that were drawn. A word that is clicked is chosen by its own button. */

import { foundWords } from "../document/edits";
import { documentActions, useDocument } from "../document/store";
import { drawnPlaceAt, wordAt } from "./hit";
import { createQuadEdit, nudgeByKey } from "./quadEdit";
import type { Tool, ToolPointer, ToolSketch } from "./types";

export function selectTool(): Tool {
  // A word is clicked, or the picture is panned over it; only a box that was drawn is moved as a whole.
  const edit = createQuadEdit((place, at) => place.kind === "quad" && at.kind !== "touch");
  let hovered: string | null = null;
  /** What is canceled while the button is down doesn't end as a click. */
  let isPressed = false;

  return {
    name: "select",
    cursor(at, viewport) {
      if (!at) return "default";
      const grip = edit.gripAt(at, viewport);
      if (grip !== null) return grip === "whole" ? "move" : "grab";
      return hovered !== null || drawnPlaceAt(useDocument.getState().places, at.image)
        ? "pointer"
        : "default";
    },
    down(at, viewport) {
      isPressed = true;
      return edit.down(at, viewport);
    },
    move: (at, viewport) => edit.move(at, viewport),
    up(at) {
      if (isPressed && !edit.up()) choose(at);
      isPressed = false;
    },
    hover(at) {
      hovered = at ? (wordAt(foundWords(useDocument.getState()), at.image)?.regionId ?? null) : null;
    },
    key: (event) => nudgeByKey(event, "whole"),
    cancel() {
      isPressed = false;
      return edit.cancel();
    },
    sketch: (): ToolSketch =>
      edit.sketch() ?? (hovered === null ? null : { kind: "hover", regionId: hovered }),
  };
}

function choose(at: ToolPointer): void {
  const content = useDocument.getState();
  const drawn = drawnPlaceAt(content.places, at.image);
  if (drawn) documentActions.activate(drawn.id);
  // What was typed stays: an accidental click into the open may not cost it.
  else if (!at.shift && wordAt(foundWords(content), at.image) === null) documentActions.activate(null);
}
