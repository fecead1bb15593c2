import { describe, expect, it } from "vitest";
import { wheelMove } from "./wheel";

/** `wheelDeltaY` as Chromium and Safari tell it; happy-dom knows neither that nor a wheel's held keys. */
function wheel(
  { ctrlKey = false, shiftKey = false, ...init }: WheelEventInit,
  wheelDeltaY?: number,
): WheelEvent {
  return Object.defineProperties(new WheelEvent("wheel", init), {
    ctrlKey: { value: ctrlKey },
    shiftKey: { value: shiftKey },
    wheelDeltaY: { value: wheelDeltaY },
  });
}

describe("wheelMove", () => {
  it("zooms in by a fifth with a mouse's notch away from one, and out again", () => {
    expect(wheelMove(wheel({ deltaY: -100 }, 120))).toEqual({ kind: "zoom", factor: expect.closeTo(1.2) });
    expect(wheelMove(wheel({ deltaY: 100 }, -120))).toEqual({
      kind: "zoom",
      factor: expect.closeTo(1 / 1.2),
    });
  });

  it("counts a notch in lines as one in pixels", () => {
    const lines = wheelMove(wheel({ deltaY: -3, deltaMode: 1 }));
    expect(lines).toEqual({ kind: "zoom", factor: expect.closeTo(1.2, 1) });
  });

  it("pans with two fingers on a trackpad", () => {
    expect(wheelMove(wheel({ deltaY: 4 }, -12))).toEqual({ kind: "pan", dx: -0, dy: -4 });
    expect(wheelMove(wheel({ deltaX: 6, deltaY: 1 }))).toEqual({ kind: "pan", dx: -6, dy: -1 });
  });

  it("zooms with a trackpad's pinch, which comes with Ctrl", () => {
    expect(wheelMove(wheel({ deltaY: -10, ctrlKey: true }))).toEqual({
      kind: "zoom",
      factor: expect.closeTo(1.105, 2),
    });
  });

  it("pans sideways with Shift", () => {
    expect(wheelMove(wheel({ deltaY: 100, shiftKey: true }))).toEqual({ kind: "pan", dx: -100, dy: 0 });
  });

  it("never jumps, however fast the wheel is turned", () => {
    const move = wheelMove(wheel({ deltaY: -5000 }, 6000));
    expect(move.kind === "zoom" && move.factor).toBeLessThan(1.6);
  });
});
