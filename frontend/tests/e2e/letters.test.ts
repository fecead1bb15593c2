/** Seeing inside: where each letter of a drawing was attended to, over the picture. */

import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { CAFE, clickWord, drawOnly, dropFile, isDrawn, wordOnPicture } from "./acts";
import { look, openPage, REFUSAL, startBrowser } from "./browser";

let browser: Browser;

beforeAll(async () => {
  browser = await startBrowser();
});

afterAll(async () => {
  await browser?.close();
});

async function drawBusy(page: Page): Promise<void> {
  await dropFile(page, CAFE);
  await wordOnPicture(page, "OPEN").waitFor();
  await drawOnly(page, 1);
  await clickWord(page, "OPEN");
  await page.keyboard.type("BUSY");
  await page.keyboard.press("Enter");
  await isDrawn(page, 1);
}

/** How much bluer than red the overlay is over each quarter of the word, 0 where nothing lies over the picture. */
async function bluePerQuarter(page: Page): Promise<readonly number[]> {
  const box = await wordOnPicture(page, "OPEN").boundingBox();
  if (box === null) throw new Error("the word is not in sight");
  return await page
    .locator("#picture canvas")
    .nth(1)
    .evaluate((element, word) => {
      const canvas = element as HTMLCanvasElement;
      const stage = canvas.getBoundingClientRect();
      const ratio = canvas.width / stage.width;
      return [0, 1, 2, 3].map((quarter) => {
        const x = (word.x - stage.x + ((quarter + 0.5) * word.width) / 4) * ratio;
        const y = (word.y - stage.y + word.height / 2) * ratio;
        const [red = 0, , blue = 0] = canvas.getContext("2d")?.getImageData(x, y, 1, 1).data ?? [];
        return blue - red;
      });
    }, box);
}

test("each letter has its heat and its colour, together and alone, by keys", async () => {
  const page = await openPage(browser, inject("url"));
  await drawBusy(page);
  const button = page.getByRole("button", { name: "Letters" });
  await page.keyboard.press("w");
  expect(await button.getAttribute("aria-pressed")).toBe("true");
  const letters = page.getByRole("listbox", { name: "Letters of BUSY" });
  await letters.waitFor();
  expect(await letters.getByRole("option").allTextContents()).toEqual(["B", "U", "S", "Y"]);
  // Orange, blue, yellow, violet.
  await expect.poll(async () => (await bluePerQuarter(page)).map(Math.sign)).toEqual([-1, 1, -1, 1]);
  await look(page, "letters-1-all");

  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("ArrowRight");
  expect(await letters.getByRole("option", { selected: true }).allTextContents()).toEqual(["U"]);
  await expect
    .poll(async () => (await bluePerQuarter(page)).map((blue) => blue > 60))
    .toEqual([false, true, false, false]);
  await look(page, "letters-2-alone");
  await page.keyboard.press("Escape");
  expect(await letters.getByRole("option", { selected: true }).count()).toBe(0);
  await letters.getByRole("option", { name: "Y" }).hover();
  expect(await letters.getByRole("option", { selected: true }).allTextContents()).toEqual(["Y"]);
  await page.keyboard.press("Escape");
  await page.keyboard.press("Escape");
  await letters.waitFor({ state: "detached" });
  expect(await button.getAttribute("aria-pressed")).toBe("false");
});

test("maps that the service doesn't keep any more are said to be gone", async () => {
  const page = await openPage(browser, inject("url"), undefined, REFUSAL);
  const accepted = page.waitForResponse((response) => response.url().endsWith("/v1/edits") && response.ok());
  await drawBusy(page);
  const { links } = (await (await accepted).json()) as { links: { self: string } };
  expect((await page.request.delete(new URL(links.self, inject("url")).href)).status()).toBe(204);
  await page.getByRole("button", { name: "Letters" }).click();
  await page.getByRole("alert").getByText("doesn't keep the letters' places", { exact: false }).waitFor();
  await look(page, "letters-3-gone");
});
