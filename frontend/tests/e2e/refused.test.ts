/** What can't be opened is refused in words that say what to do instead. */

import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { CAFE, dropFile, type Picked, pickFile, wordOnPicture } from "./acts";
import { look, openPage, REFUSAL, startBrowser } from "./browser";

/** Two frames of one pixel. */
const ANIMATED_GIF =
  "R0lGODlhAQABAPAAAP8AAAAAACH5BAAKAAAALAAAAAABAAEAAAICRAEAIfkEAAoAAAAsAAAAAAEAAQAAAgJEAQA7";
const PNG_HEAD = Buffer.from("89504e470d0a1a0a", "hex");

let browser: Browser;
let page: Page;

beforeAll(async () => {
  browser = await startBrowser();
});

afterAll(async () => {
  await browser?.close();
});

async function says(text: RegExp): Promise<void> {
  await page.getByRole("alert").filter({ hasText: text }).waitFor();
  expect(await page.getByRole("heading", { name: "Change the words in a photo" }).isVisible()).toBe(true);
}

const gif: Picked = {
  name: "moving.gif",
  mimeType: "image/gif",
  buffer: Buffer.from(ANIMATED_GIF, "base64"),
};
const FILES: readonly { readonly what: string; readonly file: Picked; readonly words: RegExp }[] = [
  {
    what: "a letter",
    file: { name: "letter.txt", mimeType: "text/plain", buffer: Buffer.from("Dear Sir") },
    words: /This isn't a picture. Open a PNG, JPEG or WebP./,
  },
  {
    what: "an empty file",
    file: { name: "empty.png", mimeType: "image/png", buffer: Buffer.alloc(0) },
    words: /The file is empty. Choose another one./,
  },
  {
    what: "a damaged picture",
    file: {
      name: "torn.png",
      mimeType: "image/png",
      buffer: Buffer.concat([PNG_HEAD, Buffer.alloc(500, 7)]),
    },
    words: /isn't a readable picture, or it is damaged/,
  },
  { what: "a moving picture", file: gif, words: /This file type isn't supported|several pictures in it/ },
];

test.each(FILES)("$what", async ({ what, file, words }) => {
  page = await openPage(browser, inject("url"), undefined, REFUSAL);
  await pickFile(page, file);
  await says(words);
  if (what === "a damaged picture") await look(page, "refused-damaged");
});

test("a file of 41 MB", async () => {
  page = await openPage(browser, inject("url"));
  await page.evaluate(() => {
    const dataTransfer = new DataTransfer();
    dataTransfer.items.add(new File([new Uint8Array(41_000_000)], "huge.png", { type: "image/png" }));
    document.body.dispatchEvent(new DragEvent("drop", { dataTransfer, bubbles: true }));
  });
  await says(/The file is too large. Save it as JPEG or make it smaller./);
});

test("an address that isn't public, and one that is none", async () => {
  page = await openPage(browser, inject("url"), undefined, REFUSAL);
  const field = page.getByRole("textbox", { name: "Address of a picture" });
  await field.fill("ftp://example.org/a.png");
  await page.getByRole("button", { name: "Open", exact: true }).click();
  await says(/An address starts with https:\/\/ or http:\/\/./);
  await field.fill("http://127.0.0.1:9/a.png");
  await page.getByRole("button", { name: "Open", exact: true }).click();
  await says(/The address can't be opened. It must be public/);
});

test("a refusal doesn't cost the picture that is open, and passes with the next one", async () => {
  page = await openPage(browser, inject("url"), undefined, REFUSAL);
  await dropFile(page, CAFE);
  await wordOnPicture(page, "OPEN").waitFor();
  await pickFile(page, gif);
  await page.getByRole("alert").waitFor();
  expect(await wordOnPicture(page, "OPEN").isVisible()).toBe(true);
  await look(page, "refused-beside-picture");
});
