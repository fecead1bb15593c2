/** Gathers what must be drawn anew until the browser draws: at most once a frame, and nothing if nothing changed. */

/** What of the overlay is out of date; "stroke": only where the stroke being drawn went on. */
export type OverlayDirt = "all" | "stroke";

export interface FrameWork {
  readonly picture: boolean;
  readonly overlay: OverlayDirt | null;
}

export interface Frames {
  picture(): void;
  overlay(dirt: OverlayDirt): void;
  stop(): void;
}

const NO_WORK: FrameWork = { picture: false, overlay: null };

export function createFrames(paint: (work: FrameWork) => void): Frames {
  let work = NO_WORK;
  let request: number | null = null;

  function frame(): void {
    const due = work;
    work = NO_WORK;
    request = null;
    paint(due);
  }
  function ask(more: Partial<FrameWork>): void {
    work = { ...work, ...more };
    request ??= requestAnimationFrame(frame);
  }

  return {
    picture: () => ask({ picture: true }),
    overlay: (dirt) => ask({ overlay: work.overlay === "all" ? "all" : dirt }),
    stop() {
      if (request !== null) cancelAnimationFrame(request);
      request = null;
    },
  };
}
