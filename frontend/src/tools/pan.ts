/** The hand. A drag that no tool takes pans, so this one takes none. */

import type { Tool } from "./types";

export function panTool(): Tool {
  return {
    name: "pan",
    cursor: () => "grab",
    down: () => false,
    move: () => undefined,
    up: () => undefined,
    hover: () => undefined,
    key: () => false,
    cancel: () => false,
    sketch: () => null,
  };
}
