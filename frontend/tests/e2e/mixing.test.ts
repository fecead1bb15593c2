/** Several words in one go, of each the drawing that is liked best: on the picture, in the file, in what is kept. */

import { createHash } from "node:crypto";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { CAFE, clickWord, drawOnly, dropFile, isDrawn, saved, textBox, wordOnPicture } from "./acts";
import { look, openPage, PHONE, startBrowser } from "./browser";

const WORDS = ["CAFE → BAR", "OPEN → SHUT"];

let browser: Browser;

beforeAll(async () => {
  browser = await startBrowser();
});

afterAll(async () => {
  await browser?.close();
});

/** CAFE → BAR and OPEN → SHUT, two drawings each → the edit's id. */
async function drawTwoWords(page: Page): Promise<string> {
  await drawOnly(page, 2);
  await clickWord(page, "CAFE");
  await page.keyboard.type("BAR");
  await page.keyboard.press("Tab");
  await textBox(page, "OPEN").waitFor();
  await page.keyboard.type("SHUT");
  const [accepted] = await Promise.all([
    page.waitForResponse((response) => response.url().endsWith("/v1/edits")),
    page.keyboard.press("Enter"),
  ]);
  const { edit_id } = (await accepted.json()) as { edit_id: string };
  await isDrawn(page, 4);
  return edit_id;
}

function sha256(bytes: Buffer): string {
  return createHash("sha256").update(bytes).digest("hex");
}

const drawing = (page: Page, word: string, number: number) =>
  page.getByRole("group", { name: word }).getByRole("radio", { name: new RegExp(`^Candidate ${number}`) });

interface Drawn {
  readonly request: { readonly image_id: string };
  readonly result: {
    readonly image_sha256: string;
    readonly boxes_px: readonly (readonly number[])[];
    readonly candidates: readonly {
      readonly index: number;
      readonly item: number;
      readonly image_sha256: string | null;
    }[];
  };
}

interface Compared {
  readonly mixture: Buffer;
  readonly photo: Buffer;
  /** Of each word the picture that its pixels are to be from, and where they are. */
  readonly words: readonly { readonly picture: Buffer; readonly box: readonly number[] }[];
}

/** How many pixels of the mixture aren't those of their word's candidate, and elsewhere not those of the photo. */
async function countWrongPixels({ mixture, photo, words }: Compared): Promise<number> {
  // Not on the page itself, which may load from nowhere but its service.
  const page = await browser.newPage();
  const files = [mixture, photo, ...words.map(({ picture }) => picture)];
  const given = { files: files.map((file) => file.toString("base64")), boxes: words.map(({ box }) => box) };
  const wrong = await page.evaluate(async ({ files, boxes }) => {
    const [made, before, ...drawn] = await Promise.all(
      files.map(async (base64) => {
        const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
        const picture = await createImageBitmap(new Blob([bytes]), { colorSpaceConversion: "none" });
        const context = new OffscreenCanvas(picture.width, picture.height).getContext("2d");
        context?.drawImage(picture, 0, 0);
        return context?.getImageData(0, 0, picture.width, picture.height);
      }),
    );
    if (!made || !before) throw new Error("the pictures can't be read");
    let count = 0;
    for (let at = 0; at < made.width * made.height; at += 1) {
      const [x, y] = [at % made.width, Math.floor(at / made.width)];
      const word = boxes.findIndex(([left = 0, top = 0, width = 0, height = 0]) => {
        return x >= left && x < left + width && y >= top && y < top + height;
      });
      const wanted = drawn[word] ?? before;
      if ([0, 1, 2, 3].some((c) => made.data[4 * at + c] !== wanted.data[4 * at + c])) count += 1;
    }
    return count;
  }, given);
  await page.close();
  return wrong;
}

test("of each word the drawing that ranks second: seen, kept over a reload, downloaded, taken on", async () => {
  const page = await openPage(browser, inject("url"));
  const bytesAt = async (path: string) => await (await page.request.get(inject("url") + path)).body();
  await dropFile(page, CAFE);
  await wordOnPicture(page, "OPEN").waitFor();
  const editId = await drawTwoWords(page);
  await look(page, "mixing-1-best");
  const best = page.getByRole("button", { name: "Every word: its best candidate" });
  expect(await best.getAttribute("aria-pressed")).toBe("true");
  const { request, result } = JSON.parse((await bytesAt(`/v1/edits/${editId}`)).toString()) as Drawn;
  const chosen = WORDS.map((word, item) => {
    const drawings = result.candidates.filter((one) => one.item === item && one.image_sha256 !== null);
    const at = drawings.findIndex(({ image_sha256 }) => image_sha256 !== result.image_sha256);
    return { word, number: at + 1, index: drawings[at]?.index ?? -1, box: result.boxes_px[item] ?? [] };
  });
  for (const { word, number } of chosen) await drawing(page, word, number).locator("..").click();
  expect(await best.getAttribute("aria-pressed")).toBe("false");
  await page.reload();
  await isDrawn(page, 4);
  for (const { word, number } of chosen) expect(await drawing(page, word, number).isChecked()).toBe(true);
  await page.getByText("Opening the picture …").waitFor({ state: "detached" });
  await look(page, "mixing-2-mixed");

  await page.getByRole("button", { name: "Download" }).click();
  const recipe = await saved(page, () => page.getByRole("button", { name: "Recipe file" }).click());
  expect(JSON.parse(recipe.bytes.toString())).toMatchObject({ choices: chosen.map(({ index }) => index) });
  const file = await saved(page, () => page.getByRole("button", { name: "Download PNG" }).click());
  const wrong = await countWrongPixels({
    mixture: file.bytes,
    photo: await bytesAt(`/v1/images/${request.image_id}`),
    words: await Promise.all(
      chosen.map(async ({ index, box }) => ({
        picture: await bytesAt(`/v1/edits/${editId}/candidates/${index}`),
        box,
      })),
    ),
  });
  expect(wrong).toBe(0);
  expect(result.candidates.map(({ image_sha256 }) => image_sha256)).not.toContain(sha256(file.bytes));

  const [kept] = await Promise.all([
    page.waitForResponse((response) => response.url().endsWith("/v1/images")),
    page.getByRole("button", { name: "Keep these" }).click(),
  ]);
  expect(await kept.json()).toMatchObject({ image_id: `img_${sha256(file.bytes)}` });
  await wordOnPicture(page, "SHUT").waitFor();
  await look(page, "mixing-3-kept");
  await page.keyboard.press("Control+z");
  await wordOnPicture(page, "OPEN").waitFor();
  await page.keyboard.press("Control+y");
  await wordOnPicture(page, "SHUT").waitFor();
});

test("by keyboard: arrows for one word, numbers for all", async () => {
  const page = await openPage(browser, inject("url"));
  await dropFile(page, CAFE);
  await wordOnPicture(page, "OPEN").waitFor();
  await drawTwoWords(page);
  await page.keyboard.press("1");
  for (const word of WORDS) expect(await drawing(page, word, 1).isChecked()).toBe(true);
  await drawing(page, "OPEN → SHUT", 1).focus();
  await page.keyboard.press("ArrowRight");
  expect(await drawing(page, "OPEN → SHUT", 2).isChecked()).toBe(true);
  expect(await drawing(page, "CAFE → BAR", 1).isChecked()).toBe(true);
  await page.getByText("Opening the picture …").waitFor({ state: "detached" });
  await look(page, "mixing-4-keys");
  await page.keyboard.press("2");
  for (const word of WORDS) expect(await drawing(page, word, 2).isChecked()).toBe(true);
  expect(
    await page.getByRole("button", { name: "Every word: candidate 2" }).getAttribute("aria-pressed"),
  ).toBe("true");
});

test("on a phone", async () => {
  const page = await openPage(browser, inject("url"), { ...PHONE, colorScheme: "dark" });
  await dropFile(page, CAFE);
  await wordOnPicture(page, "OPEN").waitFor();
  await drawTwoWords(page);
  await look(page, "mixing-5-phone");
});
