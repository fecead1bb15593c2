/** Where the pointer is over the stage; for what follows it without being drawn anew, such as the brush's ring. */

import { create } from "zustand";
import type { ScreenPoint } from "../geometry/types";

/** null: it isn't over the stage, or it is a finger. */
export const usePointer = create<{ readonly at: ScreenPoint | null }>(() => ({ at: null }));
