import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { documentActions, useDocument } from "../document/store";
import { useNotices } from "./notices";
import { openFile, openTransfer, openUrl, useOpening } from "./open";

let server: Server;
let asked: string[];

/** Takes any picture, and finds one word in it. */
beforeEach(async () => {
  asked = [];
  documentActions.reset();
  useNotices.setState({ notices: [] });
  server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    request.resume();
    request.on("end", () => {
      const quad_px = [
        [1, 2],
        [11, 2],
        [11, 7],
        [1, 7],
      ];
      const regions = [{ region_id: "r0", quad_px, text: "OPEN", confidence: 0.9, char_height_px: 5 }];
      const info = { image_id: "img_1", width: 64, height: 48, mode: "RGB", orientation_applied: false };
      const isDetect = request.url?.endsWith("/detect");
      response.writeHead(isDetect ? 200 : 201, { "Content-Type": "application/json" });
      response.end(JSON.stringify(isDetect ? { image_id: "img_1", regions } : info));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const page = window as unknown as { happyDOM: { setURL(url: string): void } };
  page.happyDOM.setURL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
});

afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

function codes(): string[] {
  return useNotices.getState().notices.map(({ code }) => code);
}

describe("what is opened", () => {
  it("is refused before a byte is sent if it can't be taken", async () => {
    const huge = new File(["x"], "huge.png", { type: "image/png" });
    Object.defineProperty(huge, "size", { value: 40_000_001 });
    await openFile(new File([], "empty.png", { type: "image/png" }));
    await openFile(new File(["hello"], "letter.txt", { type: "text/plain" }));
    await openFile(huge);
    await openUrl("file:///etc/passwd");
    expect(codes()).toEqual(["empty_image", "not_a_picture", "upload_too_large", "bad_url"]);
    expect(asked).toEqual([]);
    expect(useDocument.getState().picture).toBeNull();
  });

  it("comes from an address, and its words are looked for", async () => {
    await openUrl("https://example.org/photos/caf%C3%A9.jpg?size=1");
    expect(useDocument.getState().picture).toEqual({
      imageId: "img_1",
      name: "café.jpg",
      width: 64,
      height: 48,
    });
    expect(useOpening.getState().opening).toBeNull();
    await vi.waitFor(() => expect(useDocument.getState().words.status).toBe("found"));
    expect(useDocument.getState().words).toMatchObject({
      words: [{ regionId: "r0", text: "OPEN", charHeightPx: 5 }],
    });
    expect(asked).toEqual(["POST /v1/images", "POST /v1/images/img_1/detect"]);
  });

  it("is found in what was pasted: an address, but no mere text", async () => {
    const pasted = (text: string) => {
      const data = new DataTransfer();
      data.setData("text/plain", text);
      return openTransfer(data);
    };
    expect(pasted("just words")).toBe(false);
    expect(pasted("https://example.org/a.png")).toBe(true);
    await vi.waitFor(() => expect(useDocument.getState().picture?.name).toBe("a.png"));
  });
});
