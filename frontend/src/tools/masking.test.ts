/** Moves the mouse: painting, erasing and marking areas of the mask. */

import { beforeEach, describe, expect, it } from "vitest";
import { documentActions, useDocument } from "../document/store";
import { imagePoint } from "../geometry/types";
import { hand, useSketch } from "./hand";
import { mask, mouse, openTestPicture, press, take } from "./mouse.testing";

beforeEach(openTestPicture);

describe("brush and eraser", () => {
  it("makes one operation of one stroke, in picture pixels", () => {
    take("brush");
    mouse.drag([
      [100, 300],
      [110, 300],
      [200, 340],
    ]);
    expect(mask()).toMatchObject({
      ops: [
        {
          kind: "stroke",
          erase: false,
          radiusPx: 12,
          points: [imagePoint(100, 300), imagePoint(110, 300), imagePoint(200, 340)],
        },
      ],
    });
    documentActions.undo();
    expect(mask()).toBeUndefined();
  });

  it("makes a dot of a tap", () => {
    take("brush");
    mouse.click(100, 300);
    expect(mask()).toMatchObject({ ops: [{ points: [{ x: 100, y: 300 }] }] });
  });

  it.each([
    ["brush", {}, false],
    ["brush", { secondary: true }, true],
    ["brush", { alt: true }, true],
    ["eraser", {}, true],
    ["eraser", { alt: true }, false],
  ] as const)("%s with %o erases: %s", (tool, held, erase) => {
    take(tool);
    mouse.down(100, 300, held);
    expect(useSketch.getState().sketch).toMatchObject({ kind: "stroke", erase });
  });

  it("leaves the document as it was when a stroke is canceled or the tool is changed", () => {
    take("brush");
    const before = useDocument.getState();
    mouse.down(100, 300);
    mouse.move(200, 300);
    expect(hand.cancel()).toBe(true);
    mouse.up(200, 300);
    mouse.down(100, 300);
    mouse.move(200, 300);
    take("lasso");
    hand.change();
    expect(useSketch.getState().sketch).toBeNull();
    expect(useDocument.getState()).toBe(before);
  });
});

describe("areas", () => {
  it("marks a rectangle, a square with Shift", () => {
    take("rectangle");
    mouse.drag([
      [100, 300],
      [180, 340],
    ]);
    mouse.drag(
      [
        [100, 300],
        [180, 340],
      ],
      { shift: true, alt: true },
    );
    expect(mask()).toMatchObject({
      ops: [
        { kind: "polygon", erase: false, points: [{ x: 100, y: 300 }, {}, { x: 180, y: 340 }, {}] },
        { kind: "polygon", erase: true, points: [{ x: 100, y: 300 }, {}, { x: 180, y: 380 }, {}] },
      ],
    });
  });

  it.each(["rectangle", "lasso", "polygon"] as const)("%s: a single click marks nothing", (tool) => {
    take(tool);
    mouse.click(100, 300);
    expect(mask()).toBeUndefined();
  });

  it("marks what a lasso goes around", () => {
    take("lasso");
    mouse.drag([
      [100, 300],
      [200, 300],
      [200, 400],
    ]);
    expect(mask()).toMatchObject({ ops: [{ points: [{}, {}, { x: 200, y: 400 }] }] });
  });

  it.each([
    ["a click on the first corner", () => mouse.click(102, 302)],
    ["Enter", () => press("Enter")],
    ["a double click", () => mouse.click(201, 401)],
  ])("closes a polygon with %s", (_name, close) => {
    take("polygon");
    mouse.click(100, 300);
    mouse.click(200, 300);
    mouse.click(200, 400);
    expect(mask()).toBeUndefined();
    close();
    expect(mask()).toMatchObject({ ops: [{ kind: "polygon", points: { length: 3 } }] });
    expect(useSketch.getState().sketch).toBeNull();
  });

  it("leaves the document as it was when a polygon is canceled", () => {
    take("polygon");
    mouse.click(100, 300);
    mouse.click(200, 300);
    expect(hand.cancel()).toBe(true);
    expect(press("Enter")).toBe(false);
    expect(mask()).toBeUndefined();
  });
});
