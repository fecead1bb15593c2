/** Longer work: one edit after another, several words, painting, removing, recipes, files. */

import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, beforeEach, expect, inject, test } from "vitest";
import {
  CAFE,
  candidates,
  clickWord,
  drawOnly,
  dropFile,
  isDrawn,
  pngSize,
  saved,
  textBox,
  wordOnPicture,
} from "./acts";
import { look, openPage, startBrowser } from "./browser";

/** An O beside a zero: the reader takes one for the other, however well they are drawn. */
const MISREAD = "O0";

let browser: Browser;
let page: Page;

beforeAll(async () => {
  browser = await startBrowser();
});

beforeEach(async () => {
  page = await openPage(browser, inject("url"));
  await dropFile(page, CAFE);
  await wordOnPicture(page, "OPEN").waitFor();
  await drawOnly(page, 1);
});

afterAll(async () => {
  await browser?.close();
});

const download = async (format: "PNG" | "JPEG") => {
  await page.getByRole("button", { name: "Download" }).click();
  await page.getByRole("radio", { name: new RegExp(format) }).check();
  return await saved(page, () => page.getByRole("button", { name: `Download ${format}` }).click());
};

test("what is kept is the picture of the next edit, and undo takes it back", async () => {
  await clickWord(page, "OPEN");
  await page.keyboard.type("BUSY");
  await page.keyboard.press("Enter");
  await isDrawn(page, 1);
  await page.getByRole("button", { name: "Keep this one" }).click();
  await clickWord(page, "BUSY");
  await textBox(page, "BUSY").press("Escape");
  await clickWord(page, "CAFE");
  await page.getByRole("button", { name: "Remove the word" }).click();
  await look(page, "work-1-removing");
  await textBox(page, "CAFE").press("Enter");
  await isDrawn(page, 1);
  await page.getByText("nothing left of the word").waitFor();
  await look(page, "work-2-removed");
  await page.getByRole("button", { name: "Keep this one" }).click();
  await page.getByRole("button", { name: "History" }).click();
  await page.getByRole("button", { name: /removed CAFE/ }).waitFor();
  await look(page, "work-3-history");
  await page.getByRole("button", { name: "Undo" }).click();
  await wordOnPicture(page, "CAFE").waitFor();
  expect(await wordOnPicture(page, "BUSY").count()).toBe(1);
  await page.getByRole("button", { name: /Opened picture/ }).click();
  await wordOnPicture(page, "OPEN").waitFor();
  await page.getByRole("button", { name: "Redo" }).isEnabled();

  const jpeg = await download("JPEG");
  expect(jpeg.name).toBe("cafe_sign-respelled.jpg");
  expect(jpeg.bytes.subarray(0, 3).toString("hex")).toBe("ffd8ff");
});

test("several words in one go, each with its own text", async () => {
  await clickWord(page, "CAFE");
  await page.keyboard.type("BAR");
  await page.keyboard.press("Tab");
  await textBox(page, "OPEN").waitFor();
  await page.keyboard.type(MISREAD);
  await page.getByText("Enter draws all 2.", { exact: false }).waitFor();
  await look(page, "work-4-several");
  await page.keyboard.press("Enter");
  await isDrawn(page, 2);
  await page.getByRole("heading", { name: "CAFE → BAR" }).waitFor();
  await page.getByRole("heading", { name: `OPEN → ${MISREAD}` }).waitFor();
  await look(page, "work-5-several-some-wrong");
});

test("a painted place is sent as it was painted, at the photo's own size, and drawn", async () => {
  const box = await wordOnPicture(page, "OPEN").boundingBox();
  if (box === null) throw new Error("the word is not in sight");
  await page.keyboard.press("b");
  await page.mouse.move(box.x, box.y + box.height / 2);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width, box.y + box.height / 2, { steps: 12 });
  await page.mouse.up();
  await page.getByRole("button", { name: "Grow" }).click();
  await page.getByRole("button", { name: "Grow" }).click();
  await look(page, "work-6-painted");
  const exported = await saved(page, () => page.getByRole("button", { name: "Save the mask" }).click());
  expect(pngSize(exported.bytes)).toEqual([960, 640]);

  await page.keyboard.press("t");
  await page.getByRole("textbox", { name: "New text" }).fill("BUSY");
  await look(page, "work-7-painted-typed");
  const [answer] = await Promise.all([
    page.waitForResponse((response) => response.url().endsWith("/v1/masks")),
    page.keyboard.press("Enter"),
  ]);
  // The service names a mask by its pixels.
  const file = { name: exported.name, mimeType: "image/png", buffer: exported.bytes };
  const uploaded = await page.request.post(answer.url(), { multipart: { mask: file } });
  expect(await answer.json()).toEqual(await uploaded.json());
  await isDrawn(page, 1);
  await look(page, "work-8-painted-drawn");
});

test("a recipe that is replayed makes the same bytes, also drawn again and after a reload", async () => {
  await clickWord(page, "OPEN");
  await page.keyboard.type("BUSY");
  await page.keyboard.press("Enter");
  await isDrawn(page, 1);
  await Promise.all([
    page.waitForResponse((response) => response.url().endsWith("/v1/edits")),
    page.getByRole("button", { name: "Draw again" }).click(),
  ]);
  await isDrawn(page, 1);
  const first = await download("PNG");
  // What is set afterwards is no part of what was drawn.
  await page.getByText("Advanced").click();
  await page.getByRole("combobox", { name: "Candidates" }).selectOption("2");
  await page.reload();
  await isDrawn(page, 1);
  await page.getByRole("button", { name: "Download" }).click();
  const recipe = await saved(page, () => page.getByRole("button", { name: "Recipe file" }).click());
  expect(recipe.name).toBe("cafe_sign-recipe.json");
  expect(JSON.parse(recipe.bytes.toString())).toMatchObject({
    n: 1,
    options: { redraw: 1 },
    edits: [{ text: "BUSY" }],
  });
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Discard all" }).click();
  await textBox(page, "OPEN").waitFor({ state: "detached" });

  await page.getByText("Advanced").click();
  await page
    .locator("input[type=file][accept*=json]")
    .setInputFiles({ name: recipe.name, mimeType: "application/json", buffer: recipe.bytes });
  await isDrawn(page, 1);
  const again = await download("PNG");
  expect(again.bytes.equals(first.bytes)).toBe(true);
  expect(await candidates(page).count()).toBe(1);
});

test("what wouldn't fit is said before anything is sent, and a click widens the box", async () => {
  await clickWord(page, "OPEN");
  await page.keyboard.type("OPENING SOON");
  await page.getByRole("button", { name: "Widen the box" }).waitFor();
  await look(page, "work-9-too-narrow");
  await page.getByRole("button", { name: "Widen the box" }).click();
  await textBox(page, "OPEN").fill("日本");
  await page.getByText(/doesn't have the characters/).waitFor();
  expect(await textBox(page, "OPEN").getAttribute("aria-invalid")).toBe("true");
  await look(page, "work-10-unknown-characters");
});
