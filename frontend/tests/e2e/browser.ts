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

/** RESPELL_CHROMIUM, or Debian's, or the one that playwright knows. */
export async function startBrowser(): Promise<Browser> {
  const path = process.env.RESPELL_CHROMIUM ?? (existsSync(DEBIANS_OWN) ? DEBIANS_OWN : null);
  const isRoot = process.getuid?.() === 0;
  return await chromium.launch({
    ...(path === null ? {} : { executablePath: path }),
    args: isRoot ? [...QUIET, "--no-sandbox"] : QUIET,
  });
}

export interface OpenPage {
  readonly page: Page;
  /** What went wrong in it: exceptions, errors in the console, among them breaches of the content policy. */
  readonly problems: string[];
}

/** A person's own browser: nothing of another's is in it. Closed with the test; one that failed leaves a picture. */
export async function openPage(
  browser: Browser,
  url: string,
  options: BrowserContextOptions = DESK,
): Promise<OpenPage> {
  const context = await browser.newContext({ locale: "en-US", acceptDownloads: true, ...options });
  const page = await context.newPage();
  const problems: string[] = [];
  page.on("pageerror", (error) => problems.push(String(error)));
  page.on("console", (message) => {
    if (message.type() === "error") problems.push(message.text());
  });
  onTestFinished(async ({ task }) => {
    if (task.result?.state === "fail") {
      await shoot(page, `failed-${task.name.slice(0, 40).replaceAll(/\W+/g, "-")}`);
      console.error(problems);
    }
    await context.close();
  });
  await page.goto(url);
  return { page, problems };
}

/** Keeps a picture of the page as `name.png`. */
export async function shoot(page: Page, name: string): Promise<void> {
  await mkdir(SHOTS, { recursive: true });
  await page.screenshot({ path: join(SHOTS, `${name}.png`) });
}

/** Nobody is locked out: no violation that axe knows. */
export async function expectAccessible(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  const found = violations.map(({ id, help, nodes }) => ({
    id,
    help,
    at: nodes.map(({ html }) => html.slice(0, 160)),
  }));
  expect(found).toEqual([]);
}
