/** What is painted over something in the photo is what the mask holds: at any zoom, however the camera was held. */

import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { type Picked, pickFile, saved } from "./acts";
import { openPage, startBrowser } from "./browser";

/** The photo as it is seen, and a red field in it. */
const WIDTH = 480;
const HEIGHT = 320;
const FIELD = { x: 96, y: 48, width: 160, height: 64 } as const;
const ORIENTATIONS = [1, 2, 3, 4, 5, 6, 7, 8] as const;
/** Keys that zoom, and how far off a border may then be: a pixel of the screen, or half a pixel of the photo. */
const ZOOMS = [
  { keys: ["Control+0"], tolerancePx: 0 },
  { keys: ["Control+1", "-", "-"], tolerancePx: 2 },
  { keys: ["Control+0", "+", "+"], tolerancePx: 0 },
] as const;

let browser: Browser;

beforeAll(async () => {
  browser = await startBrowser();
});

afterAll(async () => {
  await browser?.close();
});

test.each(ORIENTATIONS)("a field painted over, EXIF orientation %i", async (orientation) => {
  const page = await openPage(browser, inject("url"));
  await pickFile(page, await photo(page, orientation));
  await page.getByText(`${WIDTH} × ${HEIGHT}`).waitFor();
  await page.keyboard.press("r");
  for (const { keys, tolerancePx } of ZOOMS) {
    for (const key of keys) await page.keyboard.press(key);
    await page.mouse.move(20, 300);
    const seen = await redOn(page);
    await page.mouse.move(seen.left, seen.top);
    await page.mouse.down();
    await page.mouse.move(seen.right, seen.bottom, { steps: 5 });
    await page.mouse.up();
    const file = await saved(page, () => page.getByRole("button", { name: "Save the mask" }).click());
    const { width, height, white } = await decoded(page, file.bytes);
    expect([width, height]).toEqual([WIDTH, HEIGHT]);
    const wrong = white.filter(
      (isWhite, at) => isWhite !== isInField(at, isWhite ? tolerancePx : -tolerancePx),
    );
    expect(wrong.length, `at ${keys.join(" ")}`).toBe(0);
    await page.getByRole("button", { name: "Clear" }).click();
  }
});

/** Whether a pixel lies in the field, made larger by so many pixels. */
function isInField(at: number, by: number): boolean {
  const [x, y] = [at % WIDTH, Math.floor(at / WIDTH)];
  const isAcross = x >= FIELD.x - by && x < FIELD.x + FIELD.width + by;
  return isAcross && y >= FIELD.y - by && y < FIELD.y + FIELD.height + by;
}

/** Where the screen shows red, in CSS pixels. */
async function redOn(page: Page): Promise<{ left: number; top: number; right: number; bottom: number }> {
  const { width, height, pixels } = await pixelsOf(page, await page.screenshot());
  const red = Array.from({ length: width * height }, (_, at) => at).filter(
    (at) => (pixels[at * 4] ?? 0) > 200 && (pixels[at * 4 + 1] ?? 0) < 60 && (pixels[at * 4 + 2] ?? 0) < 60,
  );
  if (red.length === 0) return await redOn(page); // it isn't painted yet
  const columns = red.map((at) => at % width);
  const rows = red.map((at) => Math.floor(at / width));
  const ends = (of: readonly number[]) =>
    [of.reduce((low, one) => Math.min(low, one)), of.reduce((high, one) => Math.max(high, one))] as const;
  const [left, right] = ends(columns);
  const [top, bottom] = ends(rows);
  return { left, top, right: right + 1, bottom: bottom + 1 };
}

async function decoded(page: Page, png: Buffer) {
  const { width, height, pixels } = await pixelsOf(page, png);
  return { width, height, white: Array.from({ length: width * height }, (_, at) => pixels[at * 4] === 255) };
}

async function pixelsOf(page: Page, png: Buffer): Promise<{ width: number; height: number; pixels: Buffer }> {
  const { width, height, base64 } = await page.evaluate(async (file) => {
    const bytes = Uint8Array.from(atob(file), (character) => character.charCodeAt(0));
    const bitmap = await createImageBitmap(new Blob([bytes]));
    const ctx = new OffscreenCanvas(bitmap.width, bitmap.height).getContext("2d");
    if (!ctx) throw new Error("there is no canvas");
    ctx.drawImage(bitmap, 0, 0);
    const { data } = ctx.getImageData(0, 0, bitmap.width, bitmap.height);
    let text = "";
    for (let i = 0; i < data.length; i += 32_768)
      text += String.fromCharCode(...data.subarray(i, i + 32_768));
    return { width: bitmap.width, height: bitmap.height, base64: btoa(text) };
  }, png.toString("base64"));
  return { width, height, pixels: Buffer.from(base64, "base64") };
}

/** As a camera writes it: turned or mirrored, and a note of how it is to be shown. */
async function photo(page: Page, orientation: number): Promise<Picked> {
  const base64 = await page.evaluate(
    ({ orientation, width, height, field }) => {
      const isTurned = orientation > 4;
      const canvas = document.createElement("canvas");
      canvas.width = isTurned ? height : width;
      canvas.height = isTurned ? width : height;
      const ctx = canvas.getContext("2d");
      if (!ctx) throw new Error("there is no canvas");
      const { width: w, height: h } = canvas;
      // From the photo as it is seen to how it is stored.
      const turns: Readonly<Record<number, [number, number, number, number, number, number]>> = {
        1: [1, 0, 0, 1, 0, 0],
        2: [-1, 0, 0, 1, w, 0],
        3: [-1, 0, 0, -1, w, h],
        4: [1, 0, 0, -1, 0, h],
        5: [0, 1, 1, 0, 0, 0],
        6: [0, -1, 1, 0, 0, h],
        7: [0, -1, -1, 0, w, h],
        8: [0, 1, -1, 0, w, 0],
      };
      ctx.setTransform(...(turns[orientation] ?? [1, 0, 0, 1, 0, 0]));
      ctx.fillStyle = "#7a8a99";
      ctx.fillRect(0, 0, width, height);
      ctx.fillStyle = "#ff0000";
      ctx.fillRect(field.x, field.y, field.width, field.height);
      return canvas.toDataURL("image/jpeg", 1).split(",")[1] ?? "";
    },
    { orientation, width: WIDTH, height: HEIGHT, field: FIELD },
  );
  const jpeg = Buffer.from(base64, "base64");
  const buffer = Buffer.concat([jpeg.subarray(0, 2), exif(orientation), jpeg.subarray(2)]);
  return { name: `orientation-${orientation}.jpg`, mimeType: "image/jpeg", buffer };
}

/** An APP1 segment that holds nothing but the orientation. */
function exif(orientation: number): Buffer {
  const body = Buffer.from(
    "457869660000" + "4d4d002a00000008" + "0001" + "011200030000000100000000" + "00000000",
    "hex",
  );
  body.writeUInt16BE(orientation, 6 + 8 + 2 + 8);
  const head = Buffer.from([0xff, 0xe1, 0, 0]);
  head.writeUInt16BE(body.length + 2, 2);
  return Buffer.concat([head, body]);
}
