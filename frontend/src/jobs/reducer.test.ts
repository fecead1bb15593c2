import { describe, expect, it } from "vitest";
import type { EditEvent, EditState } from "../api/types";
import { onCancel, onConnection, onError, onEvent, onState, queuedJob } from "./reducer";
import type { Job, JobOrigin } from "./types";

const EDIT = "edit_1";
const ORIGIN = { picture: { imageId: "img_1" }, places: [], request: {} } as unknown as JobOrigin;
const QUEUED = queuedJob(EDIT, ORIGIN, { position: 3, etaS: 9 });

type Body = EditEvent extends infer E
  ? E extends EditEvent
    ? Omit<E, "edit_id" | "seq" | "ts">
    : never
  : never;

function numbered(bodies: readonly Body[]): EditEvent[] {
  return bodies.map((body, index) => ({ ...body, edit_id: EDIT, seq: index + 1, ts: 0 }) as EditEvent);
}

function progress(step: number, preview: string | null = null, candidate = 0, item = 0): Body {
  const preview_quad_px = preview === null ? null : CORNERS;
  return { type: "progress", candidate, step, total: 20, eta_s: 1, item, preview, preview_quad_px };
}

const CORNERS: [[number, number], [number, number], [number, number], [number, number]] = [
  [1, 2],
  [9, 2],
  [9, 5],
  [1, 5],
];

const STORY = numbered([
  { type: "queued", position: 2, eta_s: 5 },
  { type: "started", worker: "w", device: "cpu", attempt: 1 },
  { type: "stage", name: "loading_model", item: 0 },
  { type: "stage", name: "drawing", item: 0 },
  progress(1, "AAAA"),
  progress(2),
  { type: "candidate", index: 0, ocr_text: "BUSY", score: 1, verified: true, char_errors: 0, item: 0 },
  { type: "completed", best: 0, changed_outside_mask_px: 0 },
]);
const ENDS = {
  failed: { type: "failed", code: "bad_text", message: "no", retryable: false, image_id: null },
  canceled: { type: "canceled" },
} as const satisfies Record<string, Body>;

function stateOf(status: EditState["status"], seq: number, more: Partial<EditState> = {}): EditState {
  const links = { self: "", result: "", cancel: "", events: "", ws: "" };
  const request = ORIGIN.request;
  return {
    edit_id: EDIT,
    status,
    request,
    attempt: 1,
    seq,
    created_at: 0,
    cancel_requested: false,
    candidates: [],
    links,
    ...more,
  };
}

const DONE = stateOf("succeeded", 8, {
  started_at: 10,
  finished_at: 12.5,
  result: {
    best: 1,
    image_sha256: "0".repeat(64),
    content_type: "image/png",
    changed_outside_mask_px: 0,
    verified: true,
    candidates: [0, 1].map((index) => ({
      index,
      item: 0,
      kind: "model",
      seed: index,
      ocr_text: "BUSY",
      score: 1,
      verified: true,
      char_errors: 0,
      image_sha256: String(1 - index).repeat(64),
    })),
    boxes_px: [[1, 2, 3, 4]],
    model: "respell-base",
    seed: 7,
    timings_s: {},
  },
});

function told(job: Job, events: readonly EditEvent[]): Job {
  return events.reduce(onEvent, job);
}

/** Small numbers that look random, the same each time. */
function* numbers(seed: number): Generator<number, never> {
  for (let value = seed; ; ) {
    value = (value * 1103515245 + 12345) % 2 ** 31;
    yield value / 2 ** 31;
  }
}

function shuffled<T>(values: readonly T[], random: Iterator<number>): T[] {
  return values
    .map((value) => ({ value, key: Number(random.next().value) }))
    .sort((a, b) => a.key - b.key)
    .map(({ value }) => value);
}

describe("a job", () => {
  it("goes through its story", () => {
    const position = told(QUEUED, STORY.slice(0, 1));
    expect(position).toMatchObject({ status: "queued", position: 2, etaS: 5 });
    expect(told(QUEUED, STORY.slice(0, 3))).toMatchObject({ status: "running", stage: "loading_model" });
    const drawing = told(QUEUED, STORY.slice(0, 6));
    expect(drawing).toMatchObject({ stage: "drawing", step: 2, totalSteps: 20, candidate: 0 });
    const all = told(QUEUED, STORY);
    expect(all).toMatchObject({
      status: "running",
      seq: 8,
      read: [{ index: 0, ocrText: "BUSY", verified: true }],
    });
    expect(onState(all, DONE)).toMatchObject({ status: "succeeded", bests: [1], seed: 7, runS: 2.5 });
  });

  it("keeps a preview until the next one of the same drawing", () => {
    const job = told(QUEUED, STORY.slice(0, 6));
    expect(job).toMatchObject({
      preview: { url: "data:image/jpeg;base64,AAAA", quad: [{ x: 1, y: 2 }, {}, {}, {}] },
    });
    const next = numbered([...STORY.slice(0, 6), progress(1, null, 1)]).slice(6);
    expect(told(job, next)).toMatchObject({ preview: null, candidate: 1 });
  });

  it("takes no event twice and none of another edit", () => {
    const job = told(QUEUED, STORY.slice(0, 7));
    for (const event of STORY.slice(0, 7)) expect(onEvent(job, event)).toBe(job);
    expect(onEvent(QUEUED, { ...STORY[1], edit_id: "edit_2" } as EditEvent)).toBe(QUEUED);
  });

  it("ends for good, whatever comes later in whatever order", () => {
    const random = numbers(1);
    const later = [...STORY, ...numbered([ENDS.failed, ENDS.canceled])].map((event, index) => ({
      ...event,
      seq: 100 + index,
    }));
    const ended: Job[] = [
      onState(QUEUED, DONE),
      told(QUEUED, numbered([ENDS.failed])),
      told(QUEUED, numbered([ENDS.canceled])),
      onError(QUEUED, { code: "edit_not_found", detail: "", retryable: false }),
      { status: "idle" },
    ];
    for (const job of ended) {
      for (let round = 0; round < 50; round += 1) expect(told(job, shuffled(later, random))).toBe(job);
      for (const status of ["queued", "running", "failed", "canceled"] as const)
        expect(onState(job, stateOf(status, 999))).toBe(job);
      expect(onConnection(onCancel(job), "reconnecting")).toBe(job);
    }
  });

  it("never goes back, in any order of its events", () => {
    const random = numbers(2);
    for (let round = 0; round < 200; round += 1) {
      let job: Job = QUEUED;
      let seq = 0;
      for (const event of shuffled(STORY, random)) {
        const before = job;
        job = onEvent(job, event);
        if (event.seq <= seq) expect(job).toBe(before);
        seq = Math.max(seq, event.seq);
        if (before.status === "running") expect(job.status).toBe("running");
      }
      expect(job).toMatchObject({ seq: 8 });
      expect(onState(job, DONE).status).toBe("succeeded");
    }
  });

  it("begins again when its worker was lost", () => {
    const lost = numbered([...STORY.slice(0, 7), { type: "retrying", attempt: 2, reason: "worker_lost" }]);
    const job = told(QUEUED, lost);
    expect(job).toMatchObject({
      status: "running",
      attempt: 2,
      read: [],
      preview: null,
      stage: null,
      step: 0,
    });
    const again = onEvent(job, {
      type: "started",
      worker: "v",
      device: "cpu",
      attempt: 2,
      edit_id: EDIT,
      seq: 9,
      ts: 0,
    });
    expect(again).toMatchObject({ attempt: 2, seq: 9 });
  });

  it("shows canceling at once and until its end", () => {
    const canceling = onCancel(told(QUEUED, STORY.slice(0, 4)));
    expect(canceling).toMatchObject({ isCanceling: true });
    expect(told(canceling, STORY.slice(4, 7))).toMatchObject({ isCanceling: true });
    const [end] = numbered([...STORY.slice(0, 7), ENDS.canceled]).slice(7);
    expect(onEvent(canceling, end as EditEvent)).toEqual({
      status: "canceled",
      editId: EDIT,
      origin: ORIGIN,
    });
  });

  it("takes an older state for what it is", () => {
    const job = told(QUEUED, STORY.slice(0, 6));
    expect(onState(job, stateOf("running", 3))).toBe(job);
    expect(onState(job, stateOf("queued", 6))).toBe(job);
    const known = onState(
      QUEUED,
      stateOf("running", 6, { progress: { stage: "drawing", item: 0, candidate: 1, step: 4, total: 20 } }),
    );
    expect(known).toMatchObject({
      status: "running",
      stage: "drawing",
      candidate: 1,
      step: 4,
      totalSteps: 20,
    });
  });

  it("says why it failed, also when it never was sent", () => {
    const sending: Job = { status: "sending", origin: ORIGIN };
    expect(onError(sending, { code: "queue_full", detail: "1000 wait", retryable: true })).toMatchObject({
      status: "failed",
      editId: null,
      code: "queue_full",
      retryable: true,
    });
    expect(
      onState(
        QUEUED,
        stateOf("failed", 5, { error: { code: "bad_target", message: "m", retryable: false } }),
      ),
    ).toMatchObject({
      status: "failed",
      code: "bad_target",
    });
  });
});
