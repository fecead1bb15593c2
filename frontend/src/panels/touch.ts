/** Whether a finger is the way to point: then no text speaks of keys. */

export const HAS_TOUCH = window.matchMedia("(pointer: coarse)").matches;
