/** A real Chromium, pages in it, pictures of them for people to look at, and what axe has to say. */

import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { AxeBuilder } from "@axe-core/playwright";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { expect, onTestFinished } from "vitest";
import { ROOT } from "./stack";

/** RESPELL_SHOTS, or out/e2e. */
const SHOTS = process.env.RESPELL_SHOTS ?? join(ROOT, "out/e2e");
const DEBIANS_OWN = "/usr/bin/chromium";
const QUIET = [
  "--disable-gpu",
  "--disable-quic",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

export const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true } as const;
export const DESK = { viewport: { width: 1440, height: 900 } } as const;
export const DARK_DESK = { ...DESK, colorScheme: "dark" } as const;

/** RESPELL_CHROMIUM, or Debian's, or the one that playwright knows; null: there is none. */
export function chromiumPath(): string | null {
  const given = process.env.RESPELL_CHROMIUM;
  return [given, DEBIANS_OWN, chromium.executablePath()].find((path) => path && existsSync(path)) ?? null;
}

export async function startBrowser(): Promise<Browser> {
  const path = chromiumPath();
  const isRoot = process.getuid?.() === 0;
  return await chromium.launch({
    ...(path === null ? {} : { executablePath: path }),
    args: isRoot ? [...QUIET, "--no-sandbox"] : QUIET,
  });
}

/** What Chromium itself says of an answer that refuses; the page says it in words. */
export const REFUSAL = /^Failed to load resource: the server responded with a status of 4/;

/**
 * A person's own browser: nothing of another's is in it. Closed with the test; one that failed leaves a picture. An
 * exception or an error in the console, among them a breach of the content policy, fails the test if not `expected`.
 */
export async function openPage(
  browser: Browser,
  url: string,
  options: BrowserContextOptions = DESK,
  expected?: RegExp,
): Promise<Page> {
  const context = await browser.newContext({ locale: "en-US", acceptDownloads: true, ...options });
  const page = await context.newPage();
  const problems: string[] = [];
  page.on("pageerror", (error) => problems.push(String(error)));
  page.on("console", (message) => {
    if (message.type() === "error" && !expected?.test(message.text())) problems.push(message.text());
  });
  onTestFinished(async ({ task }) => {
    if (task.result?.state === "fail") {
      await shoot(page, `failed-${task.name.slice(0, 40).replaceAll(/\W+/g, "-")}`);
    }
    await context.close();
    expect(problems).toEqual([]);
  });
  await page.goto(url);
  await page.getByRole("main").waitFor();
  // Another test's page may have taken the focus with it: without it no key opens a file picker.
  await page.bringToFront();
  return page;
}

/** One state of the page, light, dark and on a phone: kept as pictures for people to look at, and locking nobody out. */
export async function look(page: Page, name: string): Promise<void> {
  await shoot(page, `${name}-light`);
  await expectAccessible(page);
  await page.emulateMedia({ colorScheme: "dark" });
  await shoot(page, `${name}-dark`);
  await expectAccessible(page, COLOURS);
  await page.emulateMedia({ colorScheme: "light" });
  if (page.viewportSize()?.width === DESK.viewport.width) await shootOnPhone(page, name);
}

/** The canvases follow the theme and the size a frame later. */
function twoFrames(): Promise<void> {
  return new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(() => drawn())));
}

/** The rest of what axe knows is the same in the dark. */
const COLOURS = ["color-contrast", "link-in-text-block"];

async function shootOnPhone(page: Page, name: string): Promise<void> {
  const session = await page.context().newCDPSession(page);
  await session.send("Emulation.setTouchEmulationEnabled", { enabled: true });
  await page.setViewportSize(PHONE.viewport);
  await shoot(page, `${name}-phone`);
  await page.setViewportSize(DESK.viewport);
  await session.send("Emulation.setTouchEmulationEnabled", { enabled: false });
  await session.detach();
}

/** On a screen of 3840 × 2160, none of its pixels doubled. */
export async function shootOn4K(page: Page, name: string): Promise<void> {
  await page.setViewportSize({ width: 3840, height: 2160 });
  await shoot(page, `${name}-4k`);
  await page.setViewportSize(DESK.viewport);
}

/** Keeps a picture of the page as `name.png`. */
export async function shoot(page: Page, name: string): Promise<void> {
  await mkdir(SHOTS, { recursive: true });
  await page.waitForFunction(() => [...document.images].every(({ complete }) => complete));
  await page.evaluate(twoFrames);
  await page.screenshot({ path: join(SHOTS, `${name}.png`), animations: "disabled" });
}

/** Nobody is locked out: no violation that axe knows. */
async function expectAccessible(page: Page, rules?: string[]): Promise<void> {
  const axe = new AxeBuilder({ page });
  const { violations } = await (rules ? axe.withRules(rules) : axe).analyze();
  const found = violations.map(({ id, help, nodes }) => ({
    id,
    help,
    at: nodes.map(({ html }) => html.slice(0, 160)),
  }));
  expect(found).toEqual([]);
}
