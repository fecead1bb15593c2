import { readFile } from "node:fs/promises";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { CAFE, candidates, clickWord, DRAWN_MS, dropFile, textBox } from "./acts";
import { expectAccessible, openPage, shoot, startBrowser } from "./browser";

let browser: Browser;

beforeAll(async () => {
  browser = await startBrowser();
});

afterAll(async () => {
  await browser?.close();
});

test("a word in a photo is changed by mouse: drop, click, type, Enter, look, download", async () => {
  const { page, problems } = await openPage(browser, inject("url"));
  await page.getByRole("heading", { name: "Change the words in a photo" }).waitFor();
  await shoot(page, "story-1-empty");

  await dropFile(page, CAFE);
  await clickWord(page, "OPEN");
  await shoot(page, "story-2-chosen");
  await expect.poll(() => textBox(page, "OPEN").evaluate((box) => box === document.activeElement)).toBe(true);
  await page.keyboard.type("BUSY");
  await shoot(page, "story-3-typed");
  await page.keyboard.press("Enter");

  await page.getByRole("progressbar").first().waitFor();
  await shoot(page, "story-4-drawing");
  await candidates(page).first().waitFor({ timeout: DRAWN_MS });
  expect(await candidates(page).count()).toBe(4);
  await page.getByText("0 pixels changed outside the mask").waitFor();
  await shoot(page, "story-5-drawn");

  await page.getByRole("button", { name: "Download" }).click();
  await page.getByRole("dialog").waitFor();
  await shoot(page, "story-6-download");
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name: "Download PNG" }).click(),
  ]);
  expect(download.suggestedFilename()).toBe("cafe_sign-respelled.png");
  const file = await readFile(await download.path());
  expect(file.subarray(1, 4).toString()).toBe("PNG");
  expect([file.readUInt32BE(16), file.readUInt32BE(20)]).toEqual([960, 640]);
  expect(problems).toEqual([]);
});

test("the room before a picture, and the picture with its words, lock nobody out", async () => {
  const { page } = await openPage(browser, inject("url"));
  await page.getByRole("heading", { name: "Change the words in a photo" }).waitFor();
  await expectAccessible(page);
  await page.getByRole("button", { name: "Sample: Café sign" }).click();
  await page.getByRole("main").getByRole("button", { name: "CAFE", exact: true }).waitFor();
  await expectAccessible(page);
});
