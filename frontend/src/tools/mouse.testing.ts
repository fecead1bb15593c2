/** For tests: a mouse over a picture with two words, in picture pixels. */

import { documentActions, useDocument } from "../document/store";
import type { Word } from "../document/types";
import { quadOf } from "../geometry/quad";
import { screenPoint, type Viewport } from "../geometry/types";
import { toImage } from "../geometry/viewport";
import { hand } from "./hand";
import { useTools } from "./state";
import type { ToolName, ToolPointer } from "./types";

/** Two picture pixels a screen pixel. */
export const VIEWPORT: Viewport = { scale: 0.5, offsetX: 10, offsetY: 20 };
const PICTURE = { imageId: "img_1", name: "sign.png", width: 1000, height: 800 };
type Held = Partial<Pick<ToolPointer, "shift" | "alt" | "secondary" | "kind">>;

export function word(regionId: string, x: number, y: number, width = 200): Word {
  const quad = quadOf({ x, y, width, height: 80 });
  return { regionId, quad, text: regionId.toUpperCase(), confidence: 0.9, charHeightPx: 80 };
}

/** Positions are the picture's. */
export function at(x: number, y: number, held: Held = {}): ToolPointer {
  const screen = screenPoint(x * VIEWPORT.scale + VIEWPORT.offsetX, y * VIEWPORT.scale + VIEWPORT.offsetY);
  const image = toImage(VIEWPORT, screen);
  return { image, screen, kind: "mouse", secondary: false, shift: false, alt: false, mod: false, ...held };
}

export const mouse = {
  down: (x: number, y: number, held?: Held) => hand.down(at(x, y, held), VIEWPORT),
  move: (x: number, y: number, held?: Held) => hand.move(at(x, y, held), VIEWPORT),
  up: (x: number, y: number, held?: Held) => hand.up(at(x, y, held), VIEWPORT),
  click(x: number, y: number, held?: Held) {
    this.down(x, y, held);
    this.up(x, y, held);
  },
  drag(points: readonly (readonly [number, number])[], held?: Held) {
    const [first = [0, 0], ...rest] = points;
    const last = points.at(-1) ?? first;
    this.down(first[0], first[1], held);
    for (const [x, y] of rest) this.move(x, y, held);
    this.up(last[0], last[1], held);
  },
};

export const press = (key: string, shiftKey = false) =>
  hand.key(new KeyboardEvent("keydown", { key, shiftKey }));
export const content = () => useDocument.getState();
export const mask = () => content().places.find((place) => place.kind === "mask");
export const take = (tool: ToolName) => useTools.getState().setTool(tool);

export function openTestPicture(): void {
  hand.cancel();
  documentActions.reset();
  documentActions.openPicture(PICTURE);
  documentActions.setWords({ status: "found", words: [word("left", 100, 100), word("right", 400, 100)] });
  useTools.setState({ tool: "select", brushRadiusPx: 12 });
}
