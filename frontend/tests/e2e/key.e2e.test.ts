import { createServer, type IncomingMessage, request, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import type { Browser, Locator, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { CAFE, candidates, clickWord, dropFile, pngSize, saved, textBox, wordOnPicture } from "./acts";
import { DARK_DESK, DESK, look, openPage, PHONE, REFUSAL, shoot, startBrowser } from "./browser";
import { type Stack, startStack } from "./stack";

const KEY = "a-key-of-the-tests-42";
const SLEEPS = { RESPELL_FAKE_MODEL_STEPS: "20", RESPELL_FAKE_STEP_MS: "50" };

let browser: Browser;
let stack: Stack;
let proxy: Server;
let url: string;

beforeAll(async () => {
  [browser, stack] = await Promise.all([startBrowser(), startStack({ ...SLEEPS, RESPELL_API_KEYS: KEY })]);
  proxy = proxyOf(stack.url);
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
});

afterAll(async () => {
  await browser?.close();
  proxy?.closeAllConnections();
  proxy?.close();
  await stack?.stop();
});

/** As in front of a service that others use: who comes through it isn't on this machine, and so needs a key. */
function proxyOf(target: string): Server {
  const passedOn = (incoming: IncomingMessage) =>
    request(new URL(incoming.url ?? "/", target), {
      method: incoming.method ?? "GET",
      headers: { ...incoming.headers, "x-forwarded-for": "203.0.113.7" },
    });
  const server = createServer((incoming, outgoing) => {
    const passed = passedOn(incoming);
    passed.on("response", (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    passed.on("error", () => outgoing.destroy());
    outgoing.on("close", () => passed.destroy());
    incoming.pipe(passed);
  });
  server.on("upgrade", (incoming: IncomingMessage, socket: Duplex) => {
    const passed = passedOn(incoming);
    passed.on("upgrade", (answer, peer, head) => {
      socket.write(headOf(answer));
      socket.write(head);
      peer.pipe(socket).pipe(peer);
      for (const end of [peer, socket]) end.on("error", () => [peer, socket].map((each) => each.destroy()));
    });
    passed.on("response", (answer) => socket.end(headOf(answer)));
    passed.on("error", () => socket.destroy());
    passed.end();
  });
  return server;
}

function headOf({ statusCode, statusMessage, rawHeaders }: IncomingMessage): string {
  const lines = rawHeaders.flatMap((name, i) => (i % 2 === 0 ? [`${name}: ${rawHeaders[i + 1]}`] : []));
  return [`HTTP/1.1 ${statusCode} ${statusMessage}`, ...lines, "", ""].join("\r\n");
}

function dialog(page: Page): Locator {
  return page.getByRole("dialog", { name: "This server needs a key" });
}

async function enter(page: Page, key: string): Promise<void> {
  await page.getByLabel("Key", { exact: true }).fill(key);
  await page.keyboard.press("Enter");
}

async function isLoaded(image: Locator): Promise<void> {
  await expect.poll(() => image.evaluate((shown: HTMLImageElement) => shown.naturalWidth)).toBeGreaterThan(0);
}

test("the page asks for the key, and with it all works: pictures, drawing, events, keeping, files", async () => {
  const page = await openPage(browser, url, DESK, REFUSAL);
  let numMessages = 0;
  page.on("websocket", (socket) => socket.on("framereceived", () => (numMessages += 1)));
  await dialog(page).waitFor();
  await look(page, "key-1-asked");
  await page.keyboard.press("Escape");
  await enter(page, "a-key-of-another-server");
  await page.getByRole("alert").getByText("doesn't know this key").waitFor();
  await look(page, "key-2-wrong");
  await enter(page, KEY);
  await dialog(page).waitFor({ state: "hidden" });

  await dropFile(page, CAFE);
  await clickWord(page, "OPEN");
  await textBox(page, "OPEN").fill("BUSY");
  await page.keyboard.press("Enter");
  await candidates(page).first().waitFor();
  expect(numMessages).toBeGreaterThan(3);
  await isLoaded(candidates(page).first().locator("img"));
  await page.getByRole("button", { name: "Difference", exact: true }).click();
  await page.getByText("0 pixels changed outside", { exact: true }).waitFor();
  await shoot(page, "key-3-drawn");

  await page.getByRole("button", { name: "Download" }).click();
  const { bytes } = await saved(page, () => page.getByRole("button", { name: "Download PNG" }).click());
  expect(pngSize(bytes)).toEqual([960, 640]);

  await page.getByRole("button", { name: /^Keep this one/ }).click();
  await page.getByRole("button", { name: "History" }).click();
  await isLoaded(page.getByRole("complementary").getByRole("listitem").locator("img").first());

  await page.reload();
  await wordOnPicture(page, "OPEN").waitFor();
  expect(await dialog(page).count()).toBe(0);
  expect(await page.getByText("The picture could not be shown.").count()).toBe(0);
});

test("a key that is remembered opens the next tab; one that isn't taken any more is asked for again", async () => {
  const page = await openPage(browser, url, PHONE, REFUSAL);
  await dialog(page).waitFor();
  await page.getByLabel("Remember it on this device").check();
  await look(page, "key-4-phone");
  await enter(page, KEY);
  await dialog(page).waitFor({ state: "hidden" });

  const next = await page.context().newPage();
  const models = next.waitForResponse(/\/v1\/models/);
  await next.goto(url);
  expect((await models).status()).toBe(200);

  await next.evaluate(() => localStorage.setItem("respell.key", "a-key-that-was-replaced"));
  await next.reload();
  await next.getByRole("alert").getByText("is no longer accepted").waitFor();
  await enter(next, KEY);
  await dialog(next).waitFor({ state: "hidden" });
});

test("the question in the dark", async () => {
  const page = await openPage(browser, url, DARK_DESK, REFUSAL);
  await dialog(page).waitFor();
  await look(page, "key-5-dark");
});
