import { beforeEach, expect, it } from "vitest";
import { documentActions, useDocument } from "../document/store";
import type { AcceptedEdit } from "../document/types";
import { allEdits, goTo } from "./editHistory";

const picture = (imageId: string) => ({ imageId, name: "sign.png", width: 100, height: 80 });

function kept(before: string, after: string): AcceptedEdit {
  return {
    editId: `edit ${after}`,
    choices: [0],
    before: picture(before),
    after: picture(after),
    texts: [],
    acceptedAt: 1,
  };
}

beforeEach(() => {
  documentActions.reset();
  documentActions.openPicture(picture("a"));
  documentActions.accept(kept("a", "b"));
  documentActions.accept(kept("b", "c"));
});

it("goes back to a kept edit, and to the picture that was opened", () => {
  goTo(1);
  expect(useDocument.getState().picture?.imageId).toBe("b");
  goTo(0);
  expect(useDocument.getState().picture?.imageId).toBe("a");
});

it("still knows the edits after it, and goes forward to them", () => {
  goTo(0);
  expect(allEdits(useDocument.getState()).map(({ after }) => after.imageId)).toEqual(["b", "c"]);
  goTo(2);
  expect(useDocument.getState().picture?.imageId).toBe("c");
});

it("forgets them when something else is done instead", () => {
  goTo(0);
  documentActions.accept(kept("a", "d"));
  expect(allEdits(useDocument.getState()).map(({ after }) => after.imageId)).toEqual(["d"]);
});
