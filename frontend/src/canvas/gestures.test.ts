import { describe, expect, it } from "vitest";
import { screenPoint } from "../geometry/types";
import { createGestures, type GestureTarget, type PointerInput } from "./gestures";

function setUp({ toolTakesDrags = true } = {}) {
  const heard: string[] = [];
  const target: GestureTarget = {
    toolDown: (at) => {
      heard.push(`down ${at.screen.x},${at.screen.y} button ${at.button}`);
      return toolTakesDrags;
    },
    toolMove: (at) => heard.push(`move ${at.screen.x},${at.screen.y}`),
    toolUp: (at) => heard.push(`up ${at.screen.x},${at.screen.y} button ${at.button}`),
    toolCancel: () => heard.push("cancel"),
    hover: (at) => at && heard.push(`hover ${at.screen.x},${at.screen.y}`),
    panBy: (dx, dy) => heard.push(`pan ${dx},${dy}`),
    zoomAt: (at, factor) => heard.push(`zoom ${at.x},${at.y} by ${factor}`),
  };
  return { gestures: createGestures(target), heard };
}

function pointer(x: number, y: number, more: Partial<PointerInput> = {}): PointerInput {
  return {
    id: 1,
    kind: "mouse",
    screen: screenPoint(x, y),
    button: 0,
    shift: false,
    alt: false,
    mod: false,
    ...more,
  };
}
const finger = (id: number, x: number, y: number) => pointer(x, y, { id, kind: "touch" });

describe("gestures", () => {
  it("gives a drag to the tool that takes it", () => {
    const { gestures, heard } = setUp();
    gestures.down(pointer(10, 10));
    gestures.move(pointer(11, 10, { button: -1 }));
    gestures.up(pointer(12, 10));
    expect(heard).toEqual(["down 10,10 button 0", "move 11,10", "up 12,10 button 0"]);
  });

  it("tells the tool of the right button until the end", () => {
    const { gestures, heard } = setUp();
    gestures.down(pointer(10, 10, { button: 2 }));
    gestures.up(pointer(10, 10, { button: 2 }));
    expect(heard).toEqual(["down 10,10 button 2", "up 10,10 button 2"]);
  });

  it("holds a pointer that draws or pans, not one that may only tap", () => {
    const { gestures, heard } = setUp({ toolTakesDrags: false });
    gestures.down(pointer(10, 10));
    expect(gestures.isHolding()).toBe(false);
    gestures.move(pointer(30, 10));
    expect(gestures.isHolding()).toBe(true);
    gestures.up(pointer(30, 10));
    heard.length = 0;
    gestures.down(pointer(10, 10));
    gestures.leave();
    expect(heard).toEqual(["down 10,10 button 0", "cancel"]);
    expect(gestures.mode()).toBe("idle");
    const drawing = setUp().gestures;
    drawing.down(pointer(10, 10));
    expect(drawing.isHolding()).toBe(true);
  });

  it("pans with a drag that the tool doesn't take, and still taps", () => {
    const { gestures, heard } = setUp({ toolTakesDrags: false });
    gestures.down(pointer(10, 10));
    gestures.move(pointer(12, 10));
    gestures.up(pointer(12, 10));
    expect(heard).toEqual(["down 10,10 button 0", "up 12,10 button 0"]);
    heard.length = 0;
    gestures.down(pointer(10, 10));
    gestures.move(pointer(30, 10));
    gestures.move(pointer(35, 12));
    gestures.up(pointer(35, 12));
    expect(heard).toEqual(["down 10,10 button 0", "cancel", "pan 20,0", "pan 5,2"]);
  });

  it.each([
    ["the middle button", pointer(10, 10, { button: 1 }), false],
    ["Space held", pointer(10, 10), true],
  ])("pans with %s whatever the tool", (_name, down, holdsSpace) => {
    const { gestures, heard } = setUp();
    gestures.holdPan(holdsSpace);
    gestures.down(down);
    gestures.move({ ...down, screen: screenPoint(15, 18) });
    gestures.up({ ...down, screen: screenPoint(15, 18) });
    expect(heard).toEqual(["pan 5,8"]);
    expect(gestures.mode()).toBe("idle");
  });

  it("zooms about the middle of two fingers, and cancels what the first had begun", () => {
    const { gestures, heard } = setUp();
    gestures.down(finger(1, 100, 100));
    gestures.move(finger(1, 104, 100));
    gestures.down(finger(2, 200, 100));
    gestures.move(finger(2, 300, 100));
    expect(heard).toEqual([
      "down 100,100 button 0",
      "move 104,100",
      "cancel",
      "pan 50,0",
      "zoom 200,100 by 2",
    ]);
  });

  it("goes on panning with the finger that stays, and draws no more with it", () => {
    const { gestures, heard } = setUp();
    gestures.down(finger(1, 100, 100));
    gestures.down(finger(2, 200, 100));
    gestures.up(finger(1, 100, 100));
    heard.length = 0;
    gestures.move(finger(2, 210, 105));
    gestures.up(finger(2, 210, 105));
    expect(heard).toEqual(["pan 10,5"]);
  });

  it("draws with the pen while the hand rests beside it", () => {
    const { gestures, heard } = setUp();
    gestures.down(pointer(10, 10, { id: 7, kind: "pen" }));
    gestures.down(finger(1, 300, 300));
    gestures.move(finger(1, 310, 300));
    gestures.move(pointer(12, 10, { id: 7, kind: "pen" }));
    gestures.up(finger(1, 310, 300));
    gestures.up(pointer(12, 10, { id: 7, kind: "pen" }));
    expect(heard).toEqual(["down 10,10 button 0", "move 12,10", "up 12,10 button 0"]);
  });

  it("cancels the tool when the browser takes the pointer away", () => {
    const { gestures, heard } = setUp();
    gestures.down(finger(1, 10, 10));
    gestures.cancel(1);
    gestures.up(finger(1, 10, 10));
    expect(heard).toEqual(["down 10,10 button 0", "cancel"]);
  });
});
