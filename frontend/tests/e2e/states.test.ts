/** The states that the stories don't pass through, or only for a moment: each is made to happen, and looked at. */

import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { CAFE, candidates, clickWord, DRAWN_MS, dropFile, pickFile, wordOnPicture } from "./acts";
import { look, openPage, PHONE, shoot, startBrowser } from "./browser";
import { frozen, ROOT } from "./stack";

const BLURRED = join(ROOT, "../shared/photos/metro_gate.jpg");
const LANGUAGES = ["de-DE", "fr-FR", "es-ES", "ja-JP", "zh-CN"];

let browser: Browser;

beforeAll(async () => {
  browser = await startBrowser();
});

afterAll(async () => {
  await browser?.close();
});

async function cafe(): Promise<Page> {
  const page = await openPage(browser, inject("url"));
  await dropFile(page, CAFE);
  await wordOnPicture(page, "OPEN").waitFor();
  return page;
}

test("a picture on its way, words that are looked for, none found", async () => {
  const page = await openPage(browser, inject("url"));
  await frozen(inject("pids").api, async () => {
    await pickFile(page, await wall(page));
    await page.getByText("Opening wall.png", { exact: false }).waitFor();
    await look(page, "states-1-loading");
  });
  await frozen(inject("pids").worker, async () => {
    await page.getByText("Looking for words", { exact: false }).waitFor();
    await look(page, "states-2-looking");
  });
  await page.getByText("No words found").waitFor();
  await look(page, "states-3-no-words");
});

test("texts that can't be drawn", async () => {
  const page = await cafe();
  await clickWord(page, "OPEN");
  await page.keyboard.type("OPEN FROM EIGHT TO MIDNIGHT");
  await page.getByText("at most 24", { exact: false }).waitFor();
  await look(page, "states-4-too-long");
  await page.keyboard.press("Escape");
  await drag(page, "q", [0.05, 0.05], [0.12, 0.06]);
  await page.keyboard.type("BUSY");
  await page.getByText("they need at least", { exact: false }).waitFor();
  await look(page, "states-5-too-small");
});

test("every tool that marks a place, in the middle of it", async () => {
  const page = await cafe();
  const ends = [
    [0.3, 0.45],
    [0.72, 0.62],
  ] as const;
  for (const [key, tool] of [
    ["q", "quad"],
    ["b", "brush"],
    ["r", "rectangle"],
    ["l", "lasso"],
  ] as const) {
    await drag(page, key, ...ends, () => look(page, `states-6-${tool}`));
    await page.keyboard.press("Escape");
    await page.keyboard.press("Control+z");
  }
  await page.keyboard.press("p");
  for (const at of [ends[0], [0.5, 0.4], ends[1]] as const) {
    const { x, y } = await onPicture(page, at);
    await page.mouse.click(x, y);
  }
  await look(page, "states-6-polygon");
});

test("the keys, and all that can be set", async () => {
  const page = await cafe();
  await page.keyboard.press("?");
  await page.getByRole("dialog", { name: "Keys" }).waitFor();
  await look(page, "states-7-keys");
  await page.keyboard.press("Escape");
  await page.getByText("Advanced").click();
  await look(page, "states-8-advanced");
});

test("number three in the queue, drawing, canceling, canceled", async () => {
  const page = await cafe();
  await page.getByText("Advanced").click();
  await page.getByRole("spinbutton", { name: "Steps" }).fill("60");
  await page.getByRole("spinbutton", { name: "Noise search" }).fill("1");
  await page.getByText("Advanced").click();
  await clickWord(page, "OPEN");
  await page.keyboard.type("BUSY");
  const asked = page.waitForRequest((request) => request.url().endsWith("/v1/edits"));
  const others: string[] = [];
  await frozen(inject("pids").worker, async () => {
    const image = await page.request.post(`${inject("url")}/v1/images`, {
      multipart: { image: { name: "cafe.jpg", mimeType: "image/jpeg", buffer: await readFile(CAFE) } },
    });
    const { image_id } = await image.json();
    for (const text of ["FULL", "SHUT", "BACK"]) {
      const edits = [
        {
          target: {
            quad_px: [
              [260, 278],
              [647, 281],
              [646, 410],
              [259, 408],
            ],
          },
          text,
        },
      ];
      const answer = await page.request.post(`${inject("url")}/v1/edits`, { data: { image_id, edits } });
      others.push((await answer.json()).edit_id);
    }
    await page.keyboard.press("Enter");
    await asked;
    await page.getByText(/Number \d in the queue/).waitFor();
    await look(page, "states-9-queued");
  });
  for (const id of others) await page.request.post(`${inject("url")}/v1/edits/${id}/cancel`);
  await page.getByText(/step \d\d \/ 60/).waitFor({ timeout: DRAWN_MS });
  await frozen(inject("pids").worker, async () => {
    await look(page, "states-10-drawing");
    await page.getByRole("button", { name: /^Cancel/ }).click();
    await page.getByRole("button", { name: "Canceling" }).waitFor();
    await look(page, "states-11-canceling");
  });
  await page.getByRole("complementary").getByText("Canceled. Nothing was changed.").waitFor();
  await look(page, "states-12-canceled");
});

test("none of the candidates reads right", async () => {
  const page = await cafe();
  await page.getByText("Advanced").click();
  await page.getByRole("combobox", { name: "Candidates" }).selectOption("2");
  await page.getByRole("combobox", { name: "Attempts" }).selectOption("1");
  await page.getByRole("spinbutton", { name: "Noise search" }).fill("1");
  await page.getByText("Advanced").click();
  await clickWord(page, "OPEN");
  await page.keyboard.type("Il1|O0");
  await page.keyboard.press("Enter");
  await page.getByText("None of them reads right.").waitFor({ timeout: DRAWN_MS });
  await candidates(page).nth(1).waitFor(); // those that were drawn, and perhaps one set from a typeface
  await look(page, "states-13-none-right");
});

test("what was read with doubt is said to be, and put right", async () => {
  if (!existsSync(BLURRED)) return void console.warn(`skipped: there is no ${BLURRED}`);
  const page = await openPage(browser, inject("url"));
  await dropFile(page, BLURRED);
  const words = page.getByRole("complementary");
  await words.getByRole("button", { name: /grester.*uncertain reading/ }).click();
  await look(page, "states-14-doubtful");
  await page.getByRole("button", { name: /Correct it/ }).click();
  await page.keyboard.type("Earn greater savings");
  await look(page, "states-15-correcting");
  await page.keyboard.press("Enter");
  await words.getByRole("button", { name: "Earn greater savings", exact: true }).waitFor();
  await page.getByRole("textbox", { name: "New text for Earn greater savings" }).fill("Earn more");
  await look(page, "states-16-corrected");
});

test.each(LANGUAGES)("in %s nothing is cut off or falls out of its place", async (locale) => {
  const page = await openPage(browser, inject("url"), { locale });
  await dropFile(page, CAFE);
  await wordOnPicture(page, "OPEN").waitFor();
  await clickWord(page, "OPEN");
  await page.keyboard.type("OPENING SOON");
  await page.locator("summary").click();
  await fits(page);
  await shoot(page, `language-${locale}-desk`);
  await page.setViewportSize(PHONE.viewport);
  await fits(page);
  await shoot(page, `language-${locale}-phone`);
});

/** No text is wider than the button or the label that holds it, and nothing makes the page wider than the screen. */
async function fits(page: Page): Promise<void> {
  const cut = await page.evaluate(() => {
    const seen = [...document.querySelectorAll<HTMLElement>("button, label, select, summary, h2, p")];
    const wide = seen.filter((one) => one.scrollWidth > one.clientWidth + 1 && one.clientWidth > 1);
    // A tool's button holds its tip, which opens beside it.
    return wide
      .filter((one) => one.closest("nav") === null)
      .map((one) => `${one.tagName} ${one.textContent}`);
  });
  expect(cut).toEqual([]);
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(page.viewportSize()?.width);
}

type Share = readonly [x: number, y: number];

/** A point of the picture, which is 960 × 640, on the page. */
async function onPicture(page: Page, [x, y]: Share): Promise<{ x: number; y: number }> {
  const stage = await page.locator("#picture > section").first().boundingBox();
  if (stage === null) throw new Error("the picture is not in sight");
  const width = Math.min(stage.width, stage.height * 1.5) - 48;
  const height = width / 1.5;
  return {
    x: stage.x + stage.width / 2 + (x - 0.5) * width,
    y: stage.y + stage.height / 2 + (y - 0.5) * height,
  };
}

/** With the tool of a key, by an arc from one point to another; `midway` before the button is let go. */
async function drag(
  page: Page,
  key: string,
  from: Share,
  to: Share,
  midway?: () => Promise<void>,
): Promise<void> {
  await page.keyboard.press(key);
  const start = await onPicture(page, from);
  const end = await onPicture(page, to);
  await page.mouse.move(start.x, start.y);
  await page.mouse.down();
  for (let i = 1; i <= 16; i += 1) {
    const share = i / 16;
    const bend = key === "l" ? 90 * Math.sin(share * Math.PI) : 0;
    await page.mouse.move(start.x + (end.x - start.x) * share, start.y + (end.y - start.y) * share - bend);
  }
  await midway?.();
  await page.mouse.up();
}

/** Nothing but a wall. */
async function wall(page: Page): Promise<{ name: string; mimeType: string; buffer: Buffer }> {
  const base64 = await page.evaluate(() => {
    const canvas = document.createElement("canvas");
    canvas.width = 900;
    canvas.height = 600;
    const ctx = canvas.getContext("2d");
    if (!ctx) throw new Error("there is no canvas");
    const light = ctx.createLinearGradient(0, 0, 900, 600);
    light.addColorStop(0, "#c9b59a");
    light.addColorStop(1, "#8a765c");
    ctx.fillStyle = light;
    ctx.fillRect(0, 0, 900, 600);
    return canvas.toDataURL("image/png").split(",")[1] ?? "";
  });
  return { name: "wall.png", mimeType: "image/png", buffer: Buffer.from(base64, "base64") };
}
