import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createEdit, fetchFile, getModels, isKeyTaken, uploadImage } from "./client";
import { giveKey, socketProtocols, useKey } from "./key";
import type { EditRequest } from "./types";

const RIGHT = "a/right+key=of-some-length";
const REQUEST = { image_id: "img_1", edits: [] } as unknown as EditRequest;

let server: Server;
let taken: string;
let asked: string[];
let bodies: string[];

/** Answers nothing but refusals to who doesn't have the key. */
beforeEach(async () => {
  [taken, asked, bodies] = [RIGHT, [], []];
  server = createServer(
    (request, response) =>
      void answer(request).then(([status, body]) => {
        response.writeHead(status, { "Content-Type": "application/json" });
        response.end(JSON.stringify(body));
      }),
  );
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const page = window as unknown as { happyDOM: { setURL(url: string): void } };
  page.happyDOM.setURL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  sessionStorage.clear();
  localStorage.clear();
  useKey.setState({ key: null, isAsked: false, wasRefused: false });
});

afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

async function answer(request: IncomingMessage): Promise<[number, unknown]> {
  asked.push(request.url ?? "");
  let body = "";
  for await (const chunk of request) body += String(chunk);
  if (request.headers.authorization !== `Bearer ${taken}`)
    return [401, { code: "unauthorized", detail: "a key is needed" }];
  bodies.push(body);
  return [200, { models: [], image_id: "img_1", edit_id: "edit_1" }];
}

const isAsked = () => vi.waitFor(() => expect(useKey.getState().isAsked).toBe(true));

describe("a server that needs a key", () => {
  it("is asked again with it: what waited goes on, bodies and uploads too", async () => {
    const calls = Promise.all([
      getModels(),
      createEdit(REQUEST, "once"),
      uploadImage(new Blob(["pixels"])),
      fetchFile("/v1/images/img_1"),
    ]);
    await isAsked();
    await vi.waitFor(() => expect(asked).toHaveLength(4));
    giveKey(RIGHT, false);
    const [models, edit, image] = await calls;
    expect([models, edit.edit_id, image.image_id]).toEqual([[], "edit_1", "img_1"]);
    expect(bodies).toContain(JSON.stringify(REQUEST));
    expect(bodies.some((body) => body.includes("pixels"))).toBe(true);
    expect(useKey.getState()).toEqual({ key: RIGHT, isAsked: false, wasRefused: false });
  });

  it("tells which key it takes, whatever is typed", async () => {
    expect(await isKeyTaken(RIGHT)).toBe(true);
    expect(await isKeyTaken("another-key-of-some-length")).toBe(false);
    expect(await isKeyTaken("Schlüssel\n鍵")).toBe(false);
    expect(useKey.getState().isAsked).toBe(false);
  });

  it("has it asked for again when it doesn't take the one that was kept any more", async () => {
    giveKey(RIGHT, true);
    expect(localStorage.length).toBe(1);
    taken = "the-next-key-of-this-server";
    const models = getModels();
    await isAsked();
    expect(useKey.getState()).toEqual({ key: null, isAsked: true, wasRefused: true });
    expect(localStorage.length).toBe(0);
    giveKey(taken, false);
    expect(await models).toEqual([]);
    expect([sessionStorage.length, localStorage.length]).toEqual([1, 0]);
  });

  it("is not waited for by who has gone", async () => {
    const leaving = new AbortController();
    const models = getModels(leaving.signal);
    await isAsked();
    leaving.abort();
    await expect(models).rejects.toThrow("abort");
    expect(asked).toHaveLength(1);
  });
});

it("goes with a websocket in letters that its protocols may have", () => {
  expect(socketProtocols()).toEqual([]);
  giveKey(RIGHT, false);
  expect(socketProtocols()).toEqual(["respell.v1", "respell.key.a%2Fright+key%3Dof-some-length"]);
});
