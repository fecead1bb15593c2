/** Fingers and pen, as the browser itself hears them: pinching, panning with two, drawing, a palm beside the pen. */

import type { Browser, CDPSession, Page } from "playwright-core";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { CAFE, pickFile, wordOnPicture } from "./acts";
import { openPage, PHONE, shoot, startBrowser } from "./browser";

let browser: Browser;

beforeAll(async () => {
  browser = await startBrowser();
});

afterAll(async () => {
  await browser?.close();
});

interface Finger {
  readonly x: number;
  readonly y: number;
}

async function opened(): Promise<{ readonly page: Page; readonly hand: CDPSession }> {
  const page = await openPage(browser, inject("url"), PHONE);
  await pickFile(page, CAFE);
  await wordOnPicture(page, "OPEN").waitFor();
  return { page, hand: await page.context().newCDPSession(page) };
}

async function touch(hand: CDPSession, type: "touchStart" | "touchMove" | "touchEnd", ...fingers: Finger[]) {
  const touchPoints = fingers.map(({ x, y }, id) => ({ x, y, id }));
  await hand.send("Input.dispatchTouchEvent", { type, touchPoints });
}

/** From one place to another, finger by finger, in steps. */
async function glide(hand: CDPSession, from: readonly Finger[], to: readonly Finger[]): Promise<void> {
  for (let step = 1; step <= 8; step += 1) {
    const share = step / 8;
    const between = from.map(({ x, y }, i) => ({
      x: x + ((to[i]?.x ?? x) - x) * share,
      y: y + ((to[i]?.y ?? y) - y) * share,
    }));
    await touch(hand, "touchMove", ...between);
  }
}

async function boxOf(page: Page) {
  const box = await wordOnPicture(page, "OPEN").boundingBox();
  if (box === null) throw new Error("the word is not in sight");
  return { ...box, centerX: box.x + box.width / 2, centerY: box.y + box.height / 2 };
}

test("two fingers apart zoom about their middle, two fingers along pan", async () => {
  const { page, hand } = await opened();
  const before = await boxOf(page);
  const { centerX: x, centerY: y } = before;
  const near = [
    { x: x - 30, y },
    { x: x + 30, y },
  ];
  const far = [
    { x: x - 60, y },
    { x: x + 60, y },
  ];
  await touch(hand, "touchStart", ...near);
  await glide(hand, near, far);
  // The last move may still be on its way to the page.
  await expect.poll(async () => (await boxOf(page)).width / before.width).toBeCloseTo(2, 1);
  const zoomed = await boxOf(page);
  expect(Math.abs(zoomed.centerX - x) + Math.abs(zoomed.centerY - y)).toBeLessThan(3);
  const along = far.map((finger) => ({ x: finger.x - 20, y: finger.y + 50 }));
  await glide(hand, far, along);
  await touch(hand, "touchEnd");
  await expect.poll(async () => (await boxOf(page)).centerX - zoomed.centerX).toBeCloseTo(-20, 0);
  const panned = await boxOf(page);
  expect(panned.width).toBeCloseTo(zoomed.width, 0);
  expect(panned.centerY - zoomed.centerY).toBeCloseTo(50, 0);
  await shoot(page, "hands-1-pinched");
});

test("one finger paints with the brush; a second one takes that back and pinches", async () => {
  const { page, hand } = await opened();
  await page.getByRole("button", { name: "Brush", exact: true }).tap();
  const { x, y, width, height } = await boxOf(page);
  const start = { x: x + 10, y: y + height / 2 };
  const end = { x: x + width - 10, y: y + height / 2 };
  await touch(hand, "touchStart", start);
  await glide(hand, [start], [end]);
  await touch(hand, "touchStart", end, { x: end.x, y: end.y + 80 });
  await touch(hand, "touchEnd");
  const clear = page.getByRole("button", { name: "Clear" });
  expect(await clear.isDisabled()).toBe(true);
  await touch(hand, "touchStart", start);
  await glide(hand, [start], [end]);
  await touch(hand, "touchEnd");
  expect(await clear.isEnabled()).toBe(true);
  await shoot(page, "hands-2-finger-painted");
});

test("the pen draws while the palm rests on the screen", async () => {
  const { page, hand } = await opened();
  await page.getByRole("button", { name: "Lasso" }).tap();
  const { x, y, width, height } = await boxOf(page);
  const pen = async (type: "mousePressed" | "mouseMoved" | "mouseReleased", at: Finger) =>
    await hand.send("Input.dispatchMouseEvent", {
      type,
      ...at,
      button: "left",
      buttons: type === "mouseReleased" ? 0 : 1,
      clickCount: 1,
      pointerType: "pen",
      force: 0.5,
    });
  const corners = [
    { x, y },
    { x: x + width, y },
    { x: x + width, y: y + height },
    { x, y: y + height },
  ];
  const before = await boxOf(page);
  await pen("mousePressed", { x, y });
  for (const corner of corners) await pen("mouseMoved", corner);
  await touch(hand, "touchStart", { x: x + 40, y: y + 120 });
  await glide(hand, [{ x: x + 40, y: y + 120 }], [{ x: x + 60, y: y + 140 }]);
  await touch(hand, "touchEnd");
  await shoot(page, "hands-3-pen-drawing");
  expect(await boxOf(page)).toEqual(before);
  await pen("mouseReleased", corners[3] ?? { x, y });
  expect(await page.getByRole("button", { name: "Clear" }).isEnabled()).toBe(true);
  await shoot(page, "hands-4-pen-drawn");
});
