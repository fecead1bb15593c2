import { join } from "node:path";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { CAFE, candidates, clickWord, dropFile, textBox, wordOnPicture } from "./acts";
import { DESK, look, openPage, REFUSAL, startBrowser } from "./browser";
import { childPid, frozen, ROOT, type Stack, startStack } from "./stack";

/** Its words are looked for by no other test: what was found once is known. */
const STATION = join(ROOT, "examples/station_sign.jpg");
/** A drawing of 4 seconds, step by step, in which nothing is drawn. */
const SLEEPS = { RESPELL_FAKE_MODEL_STEPS: "80", RESPELL_FAKE_STEP_MS: "50" };

let browser: Browser;
let stack: Stack;

beforeAll(async () => {
  [browser, stack] = await Promise.all([startBrowser(), startStack(SLEEPS)]);
});

afterAll(async () => {
  await browser?.close();
  await stack?.stop();
});

async function beginDrawing(page: Page): Promise<void> {
  await dropFile(page, CAFE);
  await clickWord(page, "OPEN");
  await textBox(page, "OPEN").fill("BUSY");
  await page.keyboard.press("Enter");
  await atStep(page);
}

/** The number of the step that is shown. */
async function atStep(page: Page): Promise<number> {
  const text = await page
    .getByText(/step \d+ \/ 80/)
    .first()
    .textContent();
  return Number(/step (\d+)/.exec(text ?? "")?.[1]);
}

test("a reload in the middle comes back to the same drawing, and to its end", async () => {
  const page = await openPage(browser, stack.url);
  await beginDrawing(page);
  await page.reload();
  expect(await atStep(page)).toBeGreaterThan(0);
  await page.getByRole("main").getByRole("button", { name: "OPEN", exact: true }).waitFor();
  await look(page, "jobs-reloaded");
  await candidates(page).first().waitFor();
  await page.reload();
  await candidates(page).first().waitFor();
});

test("a killed connection goes on where it was: no step comes twice, none goes back", async () => {
  const page = await openPage(browser, stack.url);
  let numSockets = 0;
  const seqs: number[] = [];
  await page.routeWebSocket(/\/ws\?after=/, (socket) => {
    numSockets += 1;
    let isCut = false;
    socket.connectToServer().onMessage((message) => {
      if (isCut) return;
      if (typeof message === "string") seqs.push(JSON.parse(message).seq);
      socket.send(message);
    });
    const cut = () => {
      isCut = true;
      void socket.close({ code: 4999 });
    };
    if (numSockets < 4) setTimeout(cut, 600);
  });
  await beginDrawing(page);
  await candidates(page).first().waitFor();
  expect(numSockets).toBe(4);
  expect(seqs).toEqual(Array.from({ length: seqs.length }, (_, index) => index + 1));
});

test("canceling shows at once and leaves the text to go on with", async () => {
  const page = await openPage(browser, stack.url);
  await beginDrawing(page);
  const clickedAt = Date.now();
  await page.getByRole("button", { name: /^Cancel/ }).click();
  await page.getByRole("complementary").getByText("Canceled. Nothing was changed.").waitFor();
  expect(Date.now() - clickedAt).toBeLessThan(2000);
  expect(await textBox(page, "OPEN").inputValue()).toBe("BUSY");
  await look(page, "jobs-canceled");
});

test("two tabs never see each other's progress", async () => {
  const page = await openPage(browser, stack.url);
  const other = await secondTab(page.context(), stack.url);
  await beginDrawing(page);
  expect(await other.getByRole("progressbar").count()).toBe(0);
  await other.reload();
  await other.getByRole("heading", { name: "Change the words in a photo" }).waitFor();
  await candidates(page).first().waitFor();
  expect(await candidates(other).count()).toBe(0);
});

test("a drawing that ended while the page was shut is there when it is opened again", async () => {
  const page = await openPage(browser, stack.url, DESK);
  await beginDrawing(page);
  await page.goto("about:blank");
  await new Promise((later) => setTimeout(later, 5000));
  await page.goBack();
  await candidates(page).first().waitFor();
});

test("a picture that the service has let go is said to be gone, and opened again", async () => {
  const page = await openPage(browser, stack.url, DESK, REFUSAL);
  await dropFile(page, CAFE);
  await wordOnPicture(page, "OPEN").waitFor();
  await page.route(/\/v1\/images\/img_\w+$/, (route) => route.fulfill({ status: 404, json: {} }));
  await page.reload();
  await page.getByRole("alert").getByText("The server no longer has this picture.").waitFor();
  await look(page, "jobs-gone");
  await page.unroute(/\/v1\/images\/img_\w+$/);
  const [chooser] = await Promise.all([
    page.waitForEvent("filechooser"),
    page.getByRole("button", { name: "Open it again" }).click(),
  ]);
  await chooser.setFiles(CAFE);
  await page.getByRole("alert").waitFor({ state: "detached" });
  await wordOnPicture(page, "OPEN").waitFor();
});

const OUT_OF_REACH = /Failed to load resource|WebSocket connection/;

test("what is out of reach is said to be, and found again", async () => {
  const page = await openPage(browser, stack.url, DESK, OUT_OF_REACH);
  await beginDrawing(page);
  await withDead("api", async () => {
    await page.getByText("Connection lost.", { exact: false }).first().waitFor();
    await look(page, "jobs-reconnecting");
  });
  await candidates(page).first().waitFor();
  await page.getByRole("button", { name: "Discard all" }).click();

  await page.context().setOffline(true);
  await page.getByText("No connection to the server.", { exact: false }).waitFor();
  await look(page, "jobs-offline");
  await page.context().setOffline(false);

  await withDead("api", async () => {
    await page.keyboard.press("t");
    await page.keyboard.press("Enter");
    await page.getByRole("alert").getByText("The server can't be reached.", { exact: false }).waitFor();
    await look(page, "jobs-unreachable");
  });
});

test("words are found as soon as a model is loaded, without being asked for again", async () => {
  let page: Page | undefined;
  await withDead("worker-1", async () => {
    await expect.poll(numModels, { timeout: 30_000, interval: 200 }).toBe(0);
    page = await openPage(browser, stack.url, DESK, OUT_OF_REACH);
    await dropFile(page, STATION);
    await page.getByText("The model is being loaded", { exact: false }).waitFor();
    await page.getByText("Opening the picture", { exact: false }).waitFor({ state: "detached" });
    await look(page, "jobs-model-loads");
    expect(await page.getByText("The model is being loaded", { exact: false }).count()).toBe(1);
  });
  if (page === undefined) throw new Error("the page was never opened");
  await wordOnPicture(page, "ASHFORD").waitFor();
});

async function numModels(): Promise<number> {
  const { models } = (await (await fetch(`${stack.url}/v1/models`)).json()) as { models: unknown[] };
  return models.length;
}

/** One of the service's processes dies; only when `act` is over, it is brought back. */
async function withDead(name: "api" | "worker-1", act: () => Promise<void>): Promise<void> {
  await frozen(stack.pid, async () => {
    process.kill(childPid(stack.log(), name), "SIGKILL");
    await act();
  });
  const isReady = async () => (await fetch(`${stack.url}/readyz`).catch(() => null))?.ok ?? false;
  await expect.poll(isReady, { timeout: 60_000, interval: 200 }).toBe(true);
}

async function secondTab(context: BrowserContext, url: string): Promise<Page> {
  const page = await context.newPage();
  await page.goto(url);
  await page.getByRole("heading", { name: "Change the words in a photo" }).waitFor();
  return page;
}
