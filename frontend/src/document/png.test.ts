import { inflateSync } from "node:zlib";
import { expect, test } from "vitest";
import { imagePoint } from "../geometry/types";
import { levelsOf } from "./maskLevels";
import { bytesPerRow, packed } from "./pixels";
import { pngOf } from "./png";
import { rasterized } from "./raster";

const SIZE = { width: 37, height: 21 };
const MASK = packed(
  rasterized(
    [{ kind: "polygon", erase: false, points: [imagePoint(3, 2), imagePoint(30, 5), imagePoint(12, 20)] }],
    SIZE,
    new Map(),
  ),
);

test("the file holds the mask's bits, row by row", async () => {
  const bytes = new Uint8Array(await (await pngOf(MASK)).arrayBuffer());
  expect([...bytes.subarray(0, 8)]).toEqual([137, 80, 78, 71, 13, 10, 26, 10]);
  const view = new DataView(bytes.buffer);
  expect([view.getUint32(16), view.getUint32(20), bytes[24], bytes[25]]).toEqual([37, 21, 1, 0]);
  const length = view.getUint32(33);
  const lines = inflateSync(bytes.subarray(41, 41 + length));
  const stride = bytesPerRow(37);
  for (let y = 0; y < SIZE.height; y += 1) {
    const line = lines.subarray(y * (stride + 1), (y + 1) * (stride + 1));
    expect([...line]).toEqual([0, ...MASK.bits.subarray(y * stride, (y + 1) * stride)]);
  }
});

test("checksums are those of the PNG specification", async () => {
  const bytes = new Uint8Array(await (await pngOf(MASK)).arrayBuffer());
  // Of an empty IEND chunk, which is the same in every PNG.
  expect([...bytes.slice(-4)]).toEqual([0xae, 0x42, 0x60, 0x82]);
});

function pixels(...values: (readonly [number, number, number, number])[]) {
  return { width: values.length, height: 1, data: new Uint8ClampedArray(values.flat()) };
}

test("bright pixels of a file are marked, dark ones aren't", () => {
  const { bits } = levelsOf(
    pixels([255, 255, 255, 255], [0, 0, 0, 255], [127, 127, 127, 255], [128, 128, 128, 255]),
  );
  expect([...bits]).toEqual([0b10010000]);
});

test("of a brush's layer in one colour alpha is the mask", () => {
  const { bits } = levelsOf(pixels([0, 0, 0, 0], [9, 9, 9, 255], [9, 9, 9, 127], [9, 8, 9, 128]));
  expect([...bits]).toEqual([0b01010000]);
});

test("a picture all of one colour without alpha is no layer", () => {
  expect([...levelsOf(pixels([0, 0, 0, 255], [0, 0, 0, 255])).bits]).toEqual([0]);
});
