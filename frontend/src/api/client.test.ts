import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ApiError, cancelEdit, createEdit, fetchFile, getModels, uploadImage } from "./client";
import { candidateUrl, drawnUrl, imageUrl } from "./pictures";
import type { EditRequest } from "./types";

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

let server: Server;
let answers: Answer[];
let asked: { readonly path: string; readonly key: string | undefined }[];

beforeEach(async () => {
  answers = [];
  asked = [];
  server = createServer((request, response) => {
    asked.push({ path: request.url ?? "", key: request.headers["idempotency-key"]?.toString() });
    request.resume();
    request.on("end", () => (answers.shift() ?? refusing(500, "internal_error"))(request, response));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const page = window as unknown as { happyDOM: { setURL(url: string): void } };
  page.happyDOM.setURL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
});

afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

function giving(body: unknown, status = 200): Answer {
  return (_, response) => {
    response.writeHead(status, { "Content-Type": "application/json" });
    response.end(JSON.stringify(body));
  };
}

function refusing(status: number, code: string, headers: Record<string, string> = {}): Answer {
  return (_, response) => {
    response.writeHead(status, { "Content-Type": "application/problem+json", ...headers });
    response.end(JSON.stringify({ code, detail: `of ${code}`, status, title: "" }));
  };
}

const dropping: Answer = (_, response) => response.destroy();

async function thrown(call: Promise<unknown>): Promise<ApiError> {
  const error: unknown = await call.then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(ApiError);
  return error as ApiError;
}

describe("a call of the service", () => {
  it("gives what was asked for", async () => {
    const model = { name: "m", charset: "AB", max_chars: 24, min_char_height_px: 8, default: true };
    answers = [giving({ models: [model] })];
    expect(await getModels()).toEqual([model]);
  });

  it("throws the service's own refusal", async () => {
    answers = [refusing(429, "queue_full", { "Retry-After": "7" })];
    const error = await thrown(getModels());
    expect(error).toMatchObject({ code: "queue_full", status: 429, detail: "of queue_full", retryAfterS: 7 });
    expect(error.retryable).toBe(true);
  });

  it("knows a refusal that is none of the service's", async () => {
    answers = [(_, response) => response.writeHead(413).end("<h1>too large</h1>")];
    expect(await thrown(fetchFile("/v1/images/x"))).toMatchObject({ code: "http_413", retryable: false });
  });

  it("says when nobody answers", async () => {
    answers = [dropping];
    expect(await thrown(getModels())).toMatchObject({ code: "network", status: 0, retryable: true });
  });
});

describe("an edit that is sent", () => {
  const request = { image_id: "img_1", edits: [] } as unknown as EditRequest;

  it("is sent again under the same key until it is taken", async () => {
    const accepted = { edit_id: "edit_1", status: "queued", queue_position: 1, eta_s: null, links: {} };
    answers = [dropping, refusing(503, "queue_unavailable"), giving(accepted, 202)];
    expect(await createEdit(request, "key-1")).toEqual(accepted);
    expect(asked.map(({ key }) => key)).toEqual(["key-1", "key-1", "key-1"]);
  });

  it("is not sent again when it can't be done or the queue is full", async () => {
    for (const answer of [refusing(422, "bad_target"), refusing(429, "queue_full")]) {
      answers = [answer];
      asked = [];
      await thrown(createEdit(request, "key-2"));
      expect(asked).toHaveLength(1);
    }
  });

  it("can be canceled", async () => {
    answers = [giving({ cancelled: true })];
    expect(await cancelEdit("edit_1")).toBe(true);
    expect(asked[0]?.path).toBe("/v1/edits/edit_1/cancel");
  });
});

describe("an upload", () => {
  it("gives the picture, or the refusal", async () => {
    const info = { image_id: "img_1", width: 2, height: 3, mode: "RGB", orientation_applied: false };
    answers = [giving(info, 201), refusing(415, "unsupported_image")];
    expect(await uploadImage(new Blob(["x"]))).toEqual(info);
    expect(await thrown(uploadImage(new Blob(["x"])))).toMatchObject({
      code: "unsupported_image",
      status: 415,
    });
  });
});

describe("addresses of pictures", () => {
  it("name a part, a size and a format", () => {
    expect(imageUrl("img_1")).toBe("/v1/images/img_1");
    const box = { x: 1, y: 2, width: 30, height: 40 };
    expect(candidateUrl("edit_1", 2, { box, maxSide: 320, format: "webp", quality: 80 })).toBe(
      "/v1/edits/edit_1/candidates/2?box=1,2,30,40&max_side=320&format=webp&quality=80",
    );
    expect(drawnUrl("edit_1", [1, 6])).toBe("/v1/edits/edit_1/result?choices=1,6");
    expect(drawnUrl("edit_1", [2], { format: "png" })).toBe("/v1/edits/edit_1/result?choices=2&format=png");
  });
});
