import "fake-indexeddb/auto";
import { IDBFactory } from "fake-indexeddb";
import { beforeEach, expect, test, vi } from "vitest";
import { quadOf } from "../geometry/quad";
import { imagePoint } from "../geometry/types";
import type { MaskOp, Picture } from "./types";

const PICTURE: Picture = { imageId: "img_a", name: "sign.jpg", width: 1000, height: 600 };
const STROKE: MaskOp = {
  kind: "stroke",
  erase: false,
  radiusPx: 12.5,
  points: [imagePoint(1 / 3, 50), imagePoint(70.1, 2)],
};

/** The page's modules as they are after a reload: everything is new but what the browser kept. */
async function page() {
  vi.resetModules();
  const [keep, store, bitmaps] = await Promise.all([
    import("./keep"),
    import("./store"),
    import("./bitmaps"),
  ]);
  const failures: unknown[] = [];
  const isRestored = await keep.keepDocument((error) => failures.push(error));
  return { ...keep, ...store, ...bitmaps, failures, isRestored };
}

/** As long as it takes until what changed has been written. */
const written = () => new Promise((resolve) => setTimeout(resolve, 400));

beforeEach(() => {
  vi.stubGlobal("indexedDB", new IDBFactory());
  sessionStorage.clear();
});

test("the first visit finds nothing", async () => {
  const { isRestored, failures, useDocument } = await page();
  expect(isRestored).toBe(false);
  expect(useDocument.getState().picture).toBeNull();
  expect(failures).toEqual([]);
});

test("document, undo history and settings survive a reload", async () => {
  const before = await page();
  before.documentActions.openPicture(PICTURE);
  before.documentActions.addQuad(quadOf({ x: 1, y: 2, width: 30, height: 9 }));
  before.documentActions.setText("quad-1", "HELLO");
  before.documentActions.editMask(STROKE);
  before.documentActions.editMask({ kind: "grow", px: 4 });
  before.documentActions.undo();
  before.documentActions.setSettings({ seed: 5 });
  await written();

  const after = await page();
  expect(after.isRestored).toBe(true);
  const [was, is] = [before.useDocument.getState(), after.useDocument.getState()];
  expect(is).toEqual({ ...was, history: { ...was.history, open: null } });
  after.documentActions.redo();
  expect(after.useDocument.getState().places.at(-1)).toMatchObject({
    ops: [STROKE, { kind: "grow", px: 4 }],
  });
  for (let step = 0; step < 4; step += 1) after.documentActions.undo();
  expect(after.useDocument.getState().places).toEqual([]);
});

test("operations of a mask that were the same in two states are the same after a reload", async () => {
  const before = await page();
  before.documentActions.openPicture(PICTURE);
  before.documentActions.editMask(STROKE);
  before.documentActions.editMask({ kind: "invert" });
  await written();
  const { useDocument } = await page();
  const { past, present } = useDocument.getState().history;
  const opsOf = (content: typeof present | undefined) =>
    content?.places.flatMap((place) => (place.kind === "mask" ? place.ops : [])) ?? [];
  expect(opsOf(past.at(-1))[0]).toBe(opsOf(present)[0]);
});

test("imported masks survive a reload", async () => {
  const bitmap = { width: 9, height: 2, bits: new Uint8Array([1, 128, 255, 0]) };
  const before = await page();
  before.documentActions.openPicture(PICTURE);
  const bitmapId = before.addBitmap(bitmap);
  before.documentActions.editMask({ kind: "import", bitmapId });
  await written();
  const after = await page();
  expect(after.maskBitmaps.get(bitmapId)).toEqual(bitmap);
});

test("what is changed right before a reload is written when the page goes", async () => {
  const before = await page();
  before.documentActions.openPicture(PICTURE);
  dispatchEvent(new Event("pagehide"));
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect((await page()).isRestored).toBe(true);
});

test("another tab has its own shelves", async () => {
  const first = await page();
  await first.shelf<string>("job", 1).save("edit_1");
  sessionStorage.clear();
  const second = await page();
  expect(await second.shelf<string>("job", 1).load()).toBeNull();
  expect(await first.shelf<string>("job", 1).load()).toBe("edit_1");
});

test("a shelf of another version is empty, and so is a cleared one", async () => {
  const { shelf } = await page();
  await shelf<string>("job", 1).save("edit_1");
  expect(await shelf<string>("job", 2).load()).toBeNull();
  await shelf<string>("job", 1).clear();
  expect(await shelf<string>("job", 1).load()).toBeNull();
});

test("a browser that keeps nothing is said to, and the page works on", async () => {
  vi.spyOn(indexedDB, "open").mockImplementation(() => {
    throw new DOMException("no storage here", "SecurityError");
  });
  const { failures, isRestored, documentActions, useDocument } = await page();
  expect(isRestored).toBe(false);
  documentActions.openPicture(PICTURE);
  await written();
  expect(failures).toHaveLength(1);
  expect(useDocument.getState().picture).toEqual(PICTURE);
});
