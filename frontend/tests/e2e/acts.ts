/** What a person does, by the roles and names that the page gives its things. */

import { readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import type { Download, Locator, Page } from "playwright-core";
import { ROOT } from "./stack";

export const CAFE = join(ROOT, "examples/cafe_sign.jpg");
/** A drawing on two busy cores. */
export const DRAWN_MS = 150_000;

const TYPES: Readonly<Record<string, string>> = { jpg: "image/jpeg", png: "image/png", webp: "image/webp" };

/** As dragged in from the desktop. */
export async function dropFile(page: Page, path: string): Promise<void> {
  const name = basename(path);
  const file = {
    name,
    type: TYPES[name.split(".").at(-1) ?? ""] ?? "",
    base64: (await readFile(path)).toString("base64"),
  };
  const data = await page.evaluateHandle(({ name, type, base64 }) => {
    const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
    const transfer = new DataTransfer();
    transfer.items.add(new File([bytes], name, { type }));
    return transfer;
  }, file);
  for (const event of ["dragenter", "dragover", "drop"]) {
    await page.dispatchEvent("body", event, { dataTransfer: data });
  }
}

/** A word that was found, on the picture itself. */
export function wordOnPicture(page: Page, text: string): Locator {
  return page.getByRole("main").getByRole("button", { name: text, exact: true });
}

/** With the mouse, where the word stands: the picture itself is clicked, not the button for other hands. */
export async function clickWord(page: Page, text: string): Promise<void> {
  const word = wordOnPicture(page, text);
  await word.waitFor();
  const box = await word.boundingBox();
  if (box === null) throw new Error(`the word ${text} is not in sight`);
  await page.mouse.click(box.x + box.width / 2, box.y + box.height / 2);
}

export function textBox(page: Page, oldText: string): Locator {
  return page.getByRole("textbox", { name: `New text for ${oldText}` });
}

/** The small pictures of what was drawn, of all words; there are none before the drawing has succeeded. */
export function candidates(page: Page): Locator {
  const name = /^Candidate \d/;
  return page.getByRole("button", { name }).or(page.getByRole("radio", { name }));
}

/** Opens a picture as the file picker would give it. */
export async function pickFile(page: Page, file: string | Picked): Promise<void> {
  await page.locator("input[type=file][accept^='image/png,']").first().setInputFiles(file);
}

export interface Picked {
  readonly name: string;
  readonly mimeType: string;
  readonly buffer: Buffer;
}

/** For the stories in which fewer drawings are as good as four. */
export async function drawOnly(page: Page, count: 1 | 2): Promise<void> {
  await page.getByText("Advanced").click();
  await page.getByRole("combobox", { name: "Candidates" }).selectOption(String(count));
  await page.getByText("Advanced").click();
}

export async function isDrawn(page: Page, count: number): Promise<void> {
  await candidates(page).first().waitFor({ timeout: DRAWN_MS });
  await page.getByText(/pixels? changed outside the mask/).waitFor();
  const shown = await candidates(page).count();
  if (shown !== count) throw new Error(`${shown} candidates are shown, ${count} were wanted`);
}

/** The file that a click saves. */
export async function saved(
  page: Page,
  click: () => Promise<void>,
): Promise<{ name: string; bytes: Buffer }> {
  const [download] = await Promise.all([page.waitForEvent("download"), click()]);
  return { name: download.suggestedFilename(), bytes: await bytesOf(download) };
}

async function bytesOf(download: Download): Promise<Buffer> {
  return await readFile(await download.path());
}

/** Width and height, as a PNG's head has them. */
export function pngSize(bytes: Buffer): readonly [number, number] {
  if (bytes.subarray(1, 4).toString() !== "PNG") throw new Error("this isn't a PNG");
  return [bytes.readUInt32BE(16), bytes.readUInt32BE(20)];
}
