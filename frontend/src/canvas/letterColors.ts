/** A colour for each letter of a word. Warm and cold ones take turns: neighbours differ for the colour-blind, too. */

import type { RgbBytes } from "./colors";

const ORANGE: RgbBytes = [250, 170, 40];

/** Light enough to be read on the legend's dark ground, and strong enough to be seen on a photo. */
export const LETTER_COLORS: readonly RgbBytes[] = [
  ORANGE,
  [92, 186, 250],
  [250, 230, 105],
  [188, 148, 255],
  [255, 128, 88],
  [64, 214, 190],
];

export function letterColor(at: number): RgbBytes {
  return LETTER_COLORS[at % LETTER_COLORS.length] ?? ORANGE;
}

export function cssColor([red, green, blue]: RgbBytes): string {
  return `rgb(${red} ${green} ${blue})`;
}
