import { beforeEach, expect, test } from "vitest";
import { reviewActions, useReview } from "./review";

beforeEach(reviewActions.reset);

test("choosing a drawing of one word leaves those of the others", () => {
  reviewActions.chooseDrawing(1, 6);
  expect(useReview.getState().choices).toBeNull();
  reviewActions.choose([0, 4, 8]);
  reviewActions.chooseDrawing(1, 6);
  expect(useReview.getState().choices).toEqual([0, 6, 8]);
});
