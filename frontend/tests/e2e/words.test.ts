/** The words on the picture under a real mouse: chosen by a click, added by Shift, panned over, painted over. */

import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { CAFE, clickWord, pickFile, textBox, wordOnPicture } from "./acts";
import { openPage, startBrowser } from "./browser";

let browser: Browser;

beforeAll(async () => {
  browser = await startBrowser();
});

afterAll(async () => {
  await browser?.close();
});

async function opened(): Promise<{ readonly page: Page; readonly words: readonly [string, string] }> {
  const page = await openPage(browser, inject("url"));
  await pickFile(page, CAFE);
  await wordOnPicture(page, "OPEN").waitFor();
  const pressed = page.locator("main button[aria-pressed][aria-label]");
  const names = await pressed.evaluateAll((all) => all.map((one) => one.getAttribute("aria-label") ?? ""));
  const other = names.find((name) => name !== "OPEN" && /^\w+$/.test(name));
  if (other === undefined) throw new Error(`no second word in ${names.join()}`);
  return { page, words: ["OPEN", other] };
}

async function isPressed(page: Page, name: string): Promise<boolean> {
  return (await wordOnPicture(page, name).getAttribute("aria-pressed")) === "true";
}

test("a click chooses a word, another click another one, Shift adds it and lets it go", async () => {
  const { page, words } = await opened();
  const [first, second] = words;
  await clickWord(page, first);
  await textBox(page, first).waitFor();
  await clickWord(page, second);
  expect([await isPressed(page, first), await isPressed(page, second)]).toEqual([false, true]);
  await page.keyboard.down("Shift");
  await clickWord(page, first);
  expect([await isPressed(page, first), await isPressed(page, second)]).toEqual([true, true]);
  await clickWord(page, first);
  expect([await isPressed(page, first), await isPressed(page, second)]).toEqual([false, true]);
});

test("a drag that begins on a word pans, and a brush paints over it: neither chooses it", async () => {
  const { page } = await opened();
  const before = await wordOnPicture(page, "OPEN").boundingBox();
  if (before === null) throw new Error("the word is not in sight");
  const x = before.x + before.width / 2;
  const y = before.y + before.height / 2;
  await page.mouse.move(x, y);
  await page.mouse.down();
  await page.mouse.move(x + 30, y + 20, { steps: 4 });
  await page.mouse.up();
  expect(await isPressed(page, "OPEN")).toBe(false);
  const after = await wordOnPicture(page, "OPEN").boundingBox();
  expect(after?.x).toBeCloseTo(before.x + 30, 0);
  await page.keyboard.press("b");
  await page.mouse.move(x + 30, y + 20);
  await page.mouse.down();
  await page.mouse.move(x + 60, y + 20, { steps: 4 });
  await page.mouse.up();
  expect(await isPressed(page, "OPEN")).toBe(false);
  expect(await page.getByRole("button", { name: "Clear" }).isEnabled()).toBe(true);
});
