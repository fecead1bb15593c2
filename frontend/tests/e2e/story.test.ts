/** The first-paragraph story: drop, click, type, Enter, look, compare, download. By mouse, by keyboard, by touch. */

import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import {
  CAFE,
  candidates,
  clickWord,
  dropFile,
  isDrawn,
  pickFile,
  pngSize,
  saved,
  textBox,
  wordOnPicture,
} from "./acts";
import { DARK_DESK, look, openPage, PHONE, shoot, shootOn4K, startBrowser } from "./browser";
import { ROOT } from "./stack";

const PHOTOS = join(ROOT, "../shared/photos");

let browser: Browser;

beforeAll(async () => {
  browser = await startBrowser();
});

afterAll(async () => {
  await browser?.close();
});

async function isFocused(page: Page, oldText: string): Promise<void> {
  await expect
    .poll(() => textBox(page, oldText).evaluate((box) => box === document.activeElement))
    .toBe(true);
}

test("by mouse", async () => {
  const page = await openPage(browser, inject("url"));
  await page.getByRole("heading", { name: "Change the words in a photo" }).waitFor();
  await look(page, "mouse-1-empty");
  await shootOn4K(page, "mouse-1-empty");
  await dropFile(page, CAFE);
  await wordOnPicture(page, "OPEN").waitFor();
  await look(page, "mouse-2-found");
  await clickWord(page, "OPEN");
  await isFocused(page, "OPEN");
  await look(page, "mouse-3-chosen");
  await page.keyboard.type("BUSY");
  await look(page, "mouse-4-typed");
  await shootOn4K(page, "mouse-4-typed");
  await page.keyboard.press("Enter");
  await page.getByText(/step \d+ \/ \d+/).waitFor();
  await shoot(page, "mouse-5-drawing");
  await isDrawn(page, 4);
  expect(await page.getByText("0 pixels changed outside the mask").count()).toBe(1);
  await look(page, "mouse-6-drawn");
  await shootOn4K(page, "mouse-6-drawn");
  const compare = page.getByRole("toolbar", { name: "Comparison" });
  for (const mode of ["Slider", "Side by side", "Difference"]) {
    await compare.getByRole("button", { name: mode }).click();
    if (mode === "Difference") await page.getByText("0 pixels changed outside", { exact: true }).waitFor();
    await look(page, `mouse-7-compare-${mode.toLowerCase().replaceAll(" ", "-")}`);
  }
  await compare.getByRole("button", { name: "Off" }).click();
  await candidates(page).nth(1).click();
  expect(await candidates(page).nth(1).getAttribute("aria-pressed")).toBe("true");

  await page.getByRole("button", { name: "Download" }).click();
  await page.getByRole("dialog").waitFor();
  await look(page, "mouse-8-download");
  const file = await saved(page, () => page.getByRole("button", { name: "Download PNG" }).click());
  expect(file.name).toBe("cafe_sign-respelled.png");
  expect(pngSize(file.bytes)).toEqual([960, 640]);
});

test("by keyboard alone, in the dark", async () => {
  const page = await openPage(browser, inject("url"), DARK_DESK);
  const { keyboard } = page;
  await page.getByRole("heading", { name: "Change the words in a photo" }).waitFor();
  await shoot(page, "keys-1-empty");
  const [chooser] = await Promise.all([page.waitForEvent("filechooser"), keyboard.press("Control+o")]);
  await chooser.setFiles(CAFE);
  await wordOnPicture(page, "OPEN").waitFor();
  await keyboard.press("?");
  await page.getByRole("dialog", { name: "Keys" }).waitFor();
  await shoot(page, "keys-2-help");
  await keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "detached" });

  await keyboard.press("Tab");
  await isFocused(page, "CAFE");
  await keyboard.press("Tab");
  await isFocused(page, "OPEN");
  await keyboard.type("BUSY");
  await shoot(page, "keys-3-typed");
  await keyboard.press("Enter");
  await page.getByText(/step \d+ \/ \d+/).waitFor();
  await shoot(page, "keys-4-drawing");
  await isDrawn(page, 4);
  await keyboard.press("2");
  expect(await candidates(page).nth(1).getAttribute("aria-pressed")).toBe("true");
  await keyboard.press("m");
  await shoot(page, "keys-5-slider");
  await keyboard.press("Escape");
  await keyboard.down("o");
  await shoot(page, "keys-6-original-held");
  await keyboard.up("o");
  await shoot(page, "keys-7-drawn");
  await keyboard.press("Enter");
  await wordOnPicture(page, "BUSY").waitFor();
  await shoot(page, "keys-8-kept");

  await keyboard.press("Control+s");
  await page.getByRole("dialog", { name: "Download" }).waitFor();
  await shoot(page, "keys-9-download");
  const file = await saved(page, () => keyboard.press("Enter"));
  expect(pngSize(file.bytes)).toEqual([960, 640]);
});

test("by touch, on a phone", async () => {
  const page = await openPage(browser, inject("url"), PHONE);
  await page.getByRole("heading", { name: "Change the words in a photo" }).waitFor();
  await look(page, "phone-1-empty");
  await pickFile(page, CAFE);
  await wordOnPicture(page, "OPEN").waitFor();
  await look(page, "phone-2-found");
  const box = await wordOnPicture(page, "OPEN").boundingBox();
  if (box === null) throw new Error("the word is not in sight");
  await page.touchscreen.tap(box.x + box.width / 2, box.y + box.height / 2);
  await isFocused(page, "OPEN");
  await page.keyboard.type("BUSY");
  await look(page, "phone-3-typed");
  await page.getByRole("button", { name: "Draw", exact: false }).first().tap();
  await page.getByText(/step \d+ \/ \d+/).waitFor();
  await shoot(page, "phone-4-drawing");
  await isDrawn(page, 4);
  await look(page, "phone-5-drawn");
  await candidates(page).nth(1).tap();
  expect(await candidates(page).nth(1).getAttribute("aria-pressed")).toBe("true");
  await page.getByRole("button", { name: "Slider" }).tap();
  await look(page, "phone-6-slider");
  await page.getByRole("button", { name: "Download" }).tap();
  await page.getByRole("dialog").waitFor();
  await look(page, "phone-7-download");
  const file = await saved(page, () => page.getByRole("button", { name: "Download PNG" }).tap());
  expect(pngSize(file.bytes)).toEqual([960, 640]);
});

const REAL = [
  { file: "freeway_sign.png", word: "ENGINE", text: "RADIO" },
  { file: "no_litter.jpg", word: "NO LITTER", text: "NO FISHING" },
  { file: "street_nameplate.png", word: "YEW TREE RD", text: "ELM GROVE RD" },
];

test.each(REAL)("on a real photo, $file", async ({ file, word, text }) => {
  const path = join(PHOTOS, file);
  const name = file.replace(/\..*/, "");
  if (!existsSync(path)) return void console.warn(`skipped: there is no ${path}`);
  const page = await openPage(browser, inject("url"));
  await dropFile(page, path);
  await wordOnPicture(page, word).waitFor();
  await shoot(page, `photo-${name}-1-found`);
  await clickWord(page, word);
  await isFocused(page, word);
  await page.keyboard.type(text);
  await shoot(page, `photo-${name}-2-typed`);
  await page.keyboard.press("Enter");
  await isDrawn(page, 4);
  expect(await page.getByText("0 pixels changed outside the mask").count()).toBe(1);
  await shoot(page, `photo-${name}-3-drawn`);
});
