import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type WebSocket as Peer, WebSocketServer } from "ws";
import { type EditWatcher, watchEdit } from "./events";
import type { EditEvent, EditState } from "./types";

const EDIT = `edit_${"0".repeat(32)}`;

/** A real server that plays the service: events after any seq, and the state. */
class Service {
  readonly asked: string[] = [];
  readonly peers = new Set<Peer>();
  readonly events: EditEvent[] = [];
  status: EditState["status"] = "running";
  isSilent = false;
  isKnown = true;
  numStates = 0;
  private readonly http: Server;
  private readonly sockets = new WebSocketServer({ noServer: true });

  constructor() {
    this.http = createServer((request, response) => this.answer(request, response));
    this.http.on("upgrade", (request, socket, head) => {
      this.asked.push(request.url ?? "");
      this.sockets.handleUpgrade(request, socket, head, (peer) => this.greet(peer, request.url ?? ""));
    });
  }

  async open(): Promise<string> {
    await new Promise<void>((resolve) => this.http.listen(0, "127.0.0.1", resolve));
    return `http://127.0.0.1:${(this.http.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.cut();
    this.http.closeAllConnections();
    await new Promise((resolve) => this.http.close(resolve));
  }

  tell(...types: ("progress" | "canceled")[]): void {
    for (const type of types) {
      const event = { type, edit_id: EDIT, seq: this.events.length + 1, ts: 0 } as EditEvent;
      this.events.push(event);
      if (type === "canceled") this.status = "canceled";
      if (!this.isSilent) for (const peer of this.peers) peer.send(JSON.stringify(event));
    }
  }

  cut(): void {
    for (const peer of this.peers) peer.terminate();
  }

  private greet(peer: Peer, url: string): void {
    if (!this.isKnown) {
      peer.close(4404, "edit_not_found");
      return;
    }
    this.peers.add(peer);
    peer.on("close", () => this.peers.delete(peer));
    const after = Number(new URL(url, "http://localhost").searchParams.get("after"));
    for (const event of this.events.slice(after)) peer.send(JSON.stringify(event));
  }

  private answer(request: IncomingMessage, response: ServerResponse): void {
    this.numStates += 1;
    response.setHeader("Access-Control-Allow-Origin", "*");
    response.setHeader("Content-Type", this.isKnown ? "application/json" : "application/problem+json");
    response.statusCode = this.isKnown ? 200 : 404;
    const state = { edit_id: EDIT, status: this.status, seq: this.events.length };
    response.end(JSON.stringify(this.isKnown ? state : { code: "edit_not_found", detail: request.url }));
  }
}

let service: Service;
let stop = (): void => undefined;
const seen = {
  seqs: [] as number[],
  states: [] as string[],
  connections: [] as string[],
  gone: [] as string[],
};
const watcher: EditWatcher = {
  event: ({ seq }) => seen.seqs.push(seq),
  state: ({ status }) => seen.states.push(status),
  connection: (connection) => seen.connections.push(connection),
  gone: ({ code }) => seen.gone.push(code),
};

beforeEach(async () => {
  for (const list of Object.values(seen)) list.length = 0;
  service = new Service();
  (window as unknown as { happyDOM: { setURL(url: string): void } }).happyDOM.setURL(await service.open());
});

afterEach(async () => {
  stop();
  await service.close();
});

const upTo = (last: number) => Array.from({ length: last }, (_, index) => index + 1);

describe("following an edit", () => {
  it("tells each event once, then the state, and lets go", async () => {
    service.tell("progress", "progress");
    stop = watchEdit(EDIT, 0, watcher);
    await vi.waitFor(() => expect(seen.seqs).toEqual([1, 2]));
    service.tell("progress", "canceled");
    await vi.waitFor(() => expect(seen.states).toEqual(["canceled"]));
    expect(seen.seqs).toEqual([1, 2, 3, 4]);
    await vi.waitFor(() => expect(service.peers.size).toBe(0));
    expect(service.asked).toHaveLength(1);
  });

  it("goes on after the last event when the connection is cut, again and again", async () => {
    stop = watchEdit(EDIT, 0, watcher);
    for (let round = 1; round <= 6; round += 1) {
      await vi.waitFor(() => expect(service.peers.size).toBe(1), { timeout: 5000 });
      service.tell("progress", "progress", "progress");
      if (round % 2 === 0) await vi.waitFor(() => expect(seen.seqs).toHaveLength(4 * round - 1));
      service.cut();
      service.tell("progress"); // while nobody listens
    }
    await vi.waitFor(() => expect(seen.seqs).toEqual(upTo(24)), { timeout: 5000 });
    expect(service.asked.length).toBeGreaterThan(1);
    expect(seen.connections).toContain("reconnecting");
    expect(seen.connections.at(-1)).toBe("live");
  });

  it("begins where it is told to", async () => {
    service.tell("progress", "progress", "progress");
    stop = watchEdit(EDIT, 2, watcher);
    await vi.waitFor(() => expect(seen.seqs).toEqual([3]));
    expect(service.asked[0]).toContain("after=2");
  });

  it("tells nothing after it was stopped", async () => {
    stop = watchEdit(EDIT, 0, watcher);
    await vi.waitFor(() => expect(service.peers.size).toBe(1));
    stop();
    service.tell("progress");
    await vi.waitFor(() => expect(service.peers.size).toBe(0));
    expect(seen.seqs).toEqual([]);
    window.dispatchEvent(new Event("online"));
    expect(service.asked).toHaveLength(1);
  });

  it("says that there is no such edit", async () => {
    service.isKnown = false;
    stop = watchEdit(EDIT, 0, watcher);
    await vi.waitFor(() => expect(seen.gone).toEqual(["edit_not_found"]));
    expect(seen.states).toEqual([]);
  });

  it("learns from the state what a dead socket doesn't tell", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"], shouldAdvanceTime: true });
    service.isSilent = true;
    stop = watchEdit(EDIT, 0, watcher);
    await vi.waitFor(() => expect(service.peers.size).toBe(1));
    service.tell("progress", "progress");
    await vi.advanceTimersByTimeAsync(10_100);
    await vi.waitFor(() => expect(seen.seqs).toEqual([1, 2]));
    service.tell("canceled");
    await vi.advanceTimersByTimeAsync(10_100);
    await vi.waitFor(() => expect(seen.states.at(-1)).toBe("canceled"));
    vi.useRealTimers();
  });

  it("does not wait out its patience when the network is back", async () => {
    stop = watchEdit(EDIT, 0, watcher);
    await vi.waitFor(() => expect(service.peers.size).toBe(1));
    service.cut();
    await vi.waitFor(() => expect(seen.connections).toContain("reconnecting"));
    window.dispatchEvent(new Event("online"));
    await vi.waitFor(() => expect(service.asked).toHaveLength(2), { timeout: 200 });
  });
});
