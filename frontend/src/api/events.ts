/**
 * Follows one edit over the websocket until its end. A lost connection goes on after the last event that came, so that
 * none is missed and none comes twice; when nothing comes for long, the edit's state is asked for as well.
 */

import { getEdit } from "./client";
import { ApiError } from "./errors";
import { socketProtocols } from "./key";
import type { EditEvent, EditState } from "./types";

export interface EditWatcher {
  /** Each event once, in order. */
  event(event: EditEvent): void;
  /** The whole state, asked for because nothing was heard, or because the events are over. */
  state(state: EditState): void;
  connection(connection: "live" | "reconnecting"): void;
  /** There is no such edit any more: nothing will come. */
  gone(error: ApiError): void;
}

const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 8000;
const SILENCE_MS = 10_000;
const NO_EDIT = 4404;
const BAD_AFTER = 4400;
const TERMINAL: ReadonlySet<EditEvent["type"]> = new Set(["completed", "failed", "canceled"]);

/** → stops it; nothing is told afterwards. */
export function watchEdit(editId: string, afterSeq: number, watcher: EditWatcher): () => void {
  const watch = new Watch(editId, afterSeq, watcher);
  watch.start();
  return () => watch.stop();
}

class Watch {
  private socket: WebSocket | null = null;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private silence: ReturnType<typeof setTimeout> | undefined;
  private failures = 0;
  /** The last event has come; what it doesn't tell is in the state, which is asked for. */
  private hasHeardAll = false;
  private isOver = false;
  private readonly asking = new AbortController();

  constructor(
    private readonly editId: string,
    private seq: number,
    private readonly watcher: EditWatcher,
  ) {}

  start(): void {
    window.addEventListener("online", this.connectNow);
    window.addEventListener("offline", this.ask);
    document.addEventListener("visibilitychange", this.connectNow);
    this.connect();
  }

  stop(): void {
    if (this.isOver) return;
    this.isOver = true;
    window.removeEventListener("online", this.connectNow);
    window.removeEventListener("offline", this.ask);
    document.removeEventListener("visibilitychange", this.connectNow);
    clearTimeout(this.timer);
    clearTimeout(this.silence);
    this.asking.abort();
    this.drop();
  }

  private readonly connect = (): void => {
    clearTimeout(this.timer);
    this.drop();
    const address = new URL(`/v1/edits/${this.editId}/ws?after=${this.seq}`, location.origin);
    address.protocol = address.protocol === "https:" ? "wss:" : "ws:";
    const socket = new WebSocket(address, socketProtocols());
    socket.binaryType = "blob"; // the picture at the end; it is fetched where it is needed
    this.socket = socket;
    this.listen();
    socket.onopen = () => {
      if (socket !== this.socket) return;
      this.watcher.connection("live");
      this.listen();
    };
    socket.onmessage = ({ data }) => {
      if (socket === this.socket && typeof data === "string") this.heard(data);
    };
    socket.onclose = ({ code }) => {
      if (socket === this.socket) this.closed(code);
    };
  };

  private heard(text: string): void {
    this.failures = 0;
    this.listen();
    const event: EditEvent = JSON.parse(text);
    if (event.seq <= this.seq) return;
    this.seq = event.seq;
    this.hasHeardAll = TERMINAL.has(event.type);
    if (this.hasHeardAll) this.drop();
    this.watcher.event(event);
    if (this.hasHeardAll && !this.isOver) void this.ask();
  }

  private closed(code: number): void {
    this.socket = null;
    if (code === BAD_AFTER) this.seq = 0;
    this.watcher.connection("reconnecting");
    this.later();
    if (code === NO_EDIT || this.failures % 3 === 0) void this.ask();
  }

  /** Many clients whose service has come back should not all come at once. */
  private later(): void {
    const longest = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** this.failures);
    this.failures += 1;
    clearTimeout(this.timer);
    this.timer = setTimeout(this.again, longest * (0.5 + Math.random() / 2));
  }

  private readonly again = (): void => {
    if (this.hasHeardAll) void this.ask();
    else this.connect();
  };

  /** Something has changed for the better: no more waiting. */
  private readonly connectNow = (): void => {
    if (document.visibilityState === "hidden" || this.socket !== null) return;
    this.failures = 0;
    this.again();
  };

  private listen(): void {
    clearTimeout(this.silence);
    this.silence = setTimeout(this.ask, SILENCE_MS);
  }

  /** A socket may look open and be dead; the state knows. */
  private readonly ask = async (): Promise<void> => {
    this.listen();
    const seq = this.seq;
    try {
      const state = await getEdit(this.editId, this.asking.signal);
      if (this.isOver) return;
      if (isTerminal(state)) return this.end(state);
      this.watcher.state(state);
      if (this.socket !== null && state.seq > seq && this.seq === seq) this.connect();
    } catch (error) {
      if (this.isOver) return;
      if (!(error instanceof ApiError)) throw error;
      this.refused(error);
    }
  };

  private refused(error: ApiError): void {
    if (error.status === 404) {
      this.stop();
      this.watcher.gone(error);
    } else if (this.hasHeardAll) {
      this.later();
    } else if (error.status === 0 && this.socket !== null) {
      this.drop();
      this.closed(0);
    }
  }

  private end(state: EditState): void {
    this.stop();
    this.watcher.state(state);
  }

  private drop(): void {
    const socket = this.socket;
    this.socket = null;
    socket?.close();
  }
}

function isTerminal({ status }: EditState): boolean {
  return status !== "queued" && status !== "running";
}
