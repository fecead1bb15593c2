import { describe, expect, it } from "vitest";
import { DEFAULT_SETTINGS } from "../document/store";
import type { Picture, Place } from "../document/types";
import { imagePoint, type Quad } from "../geometry/types";
import { boxAround } from "./pictures";
import { randomSeed, requestFor } from "./request";

const PICTURE: Picture = { imageId: "img_1", name: "a.jpg", width: 200, height: 100 };
const QUAD: Quad = [imagePoint(10, 20.5), imagePoint(110, 20), imagePoint(110, 60), imagePoint(10, 60)];
const WORD: Place = { kind: "word", id: "r3", regionId: "r3", quad: QUAD, oldText: "OPEN", text: "BUSY" };
const BOX: Place = { kind: "quad", id: "quad-1", quad: QUAD, oldText: null, oldAspect: null, text: "" };

describe("a request", () => {
  it("names words by their region and boxes by their corners, in the places' order", async () => {
    const request = await requestFor({ picture: PICTURE, places: [BOX, WORD] }, DEFAULT_SETTINGS, 0);
    const quad_px = [
      [10, 20.5],
      [110, 20],
      [110, 60],
      [10, 60],
    ];
    expect(request.image_id).toBe("img_1");
    expect(request.edits).toEqual([
      { target: { quad_px }, text: "", old_text: null, style_from: null },
      { target: { region_id: "r3" }, text: "BUSY", old_text: "OPEN", style_from: null },
    ]);
  });

  it("leaves to the model what is not set, and asks for previews", async () => {
    const settings = {
      ...DEFAULT_SETTINGS,
      seed: 7,
      candidates: 2,
      numInferenceSteps: 5,
      refine: false,
      featherPx: 4,
    };
    const request = await requestFor({ picture: PICTURE, places: [WORD] }, settings, 2);
    expect(request).toMatchObject({ n: 2, seed: 7, output: { format: "png" }, priority: "interactive" });
    expect(request.options).toMatchObject({
      num_inference_steps: 5,
      guidance_scale: null,
      refine: false,
      feather_px: 4,
      redraw: 2,
      previews: true,
    });
  });

  it("can be drawn again with another seed that the service takes", () => {
    for (let round = 0; round < 100; round += 1) {
      const seed = randomSeed();
      expect(Number.isInteger(seed) && seed >= 0 && seed < 2 ** 31).toBe(true);
    }
  });
});

describe("a thumbnail's box", () => {
  it("has whole pixels of the picture and its own shape, with a little around the word", () => {
    expect(boxAround(QUAD, PICTURE)).toEqual({ x: 0, y: 5, width: 128, height: 69 });
    expect(boxAround(QUAD, { width: 112, height: 62 })).toEqual({ x: 0, y: 0, width: 112, height: 62 });
  });
});
