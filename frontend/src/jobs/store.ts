/** The one drawing of this tab: sent, followed, canceled, drawn again, taken on. */

import { create } from "zustand";
import { ApiError, cancelEdit, createEdit, getEdit, imageFromEdit } from "../api/client";
import { asApiError } from "../api/errors";
import { watchEdit } from "../api/events";
import { placeQuad } from "../document/edits";
import { MaskError } from "../document/mask";
import { documentActions, useDocument } from "../document/store";
import { freshId } from "../document/tab";
import type { AcceptedEdit, Choices, DrawSettings } from "../document/types";
import { fitting } from "./choices";
import { notify } from "./notices";
import {
  isActive,
  onCancel,
  onCancelFailed,
  onConnection,
  onError,
  onEvent,
  onState,
  queuedJob,
} from "./reducer";
import { randomSeed, requestFor } from "./request";
import { reviewActions, useReview } from "./review";
import { forgetJob, keepJob, keptJob } from "./tab";
import type { Job, JobOrigin, JobTarget } from "./types";
import { lookForWords } from "./words";

const IDLE: Job = { status: "idle" };

export const useJob = create<{ readonly job: Job }>(() => ({ job: IDLE }));

/** The number of the latest drawing: what an earlier one still brings is dropped. */
let latest = 0;
let stopWatching = (): void => undefined;
let isAccepting = false;

export const jobActions = {
  /**
   * Draws all places that have a text, and then shows these `choices`; nothing while another drawing goes on. `redraw`:
   * how often it was drawn before.
   */
  async draw(choices: Choices | null = null, redraw = 0): Promise<void> {
    const { picture, places, settings } = useDocument.getState();
    const written = places.filter(({ text }) => text !== null);
    const { job } = useJob.getState();
    if (picture === null || written.length === 0 || job.status === "sending" || isActive(job)) return;
    await start({ picture, places: written }, settings, redraw, choices);
  },

  /** The same once more, with a new seed; if there were drawings to look at, in other typefaces than those. */
  async redraw(): Promise<void> {
    const { job } = useJob.getState();
    if (job.status !== "succeeded" && job.status !== "failed" && job.status !== "canceled") return;
    const { picture, places } = job.origin;
    const before = "request" in job.origin ? job.origin.request.options.redraw : 0;
    const redraw = job.status === "succeeded" ? before + 1 : before;
    await start({ picture, places }, { ...useDocument.getState().settings, seed: randomSeed() }, redraw);
  },

  /** Seen at once; the worker stops at its next step. */
  async cancel(): Promise<void> {
    const { job } = useJob.getState();
    if (job.status === "sending") return end();
    if (!isActive(job) || job.isCanceling) return;
    change(onCancel);
    try {
      await cancelEdit(job.editId);
    } catch (error) {
      tell(error);
      if (isCurrent(job.editId)) change(onCancelFailed);
    }
  },

  /** What is looked at, or the best drawings, becomes the picture. */
  async accept(): Promise<void> {
    const { job } = useJob.getState();
    if (job.status !== "succeeded" || isAccepting) return;
    isAccepting = true;
    try {
      const choices = useReview.getState().choices ?? job.bests;
      const edit = await acceptedEdit(job.editId, job.origin, choices);
      if (!isCurrent(job.editId)) return;
      end();
      documentActions.accept(edit);
      void lookForWords();
    } catch (error) {
      tell(error);
    } finally {
      isAccepting = false;
    }
  },

  /** Back to the text; what was drawn is let go. */
  dismiss(): void {
    const { job } = useJob.getState();
    if (job.status !== "sending" && !isActive(job)) end();
  },

  /** What this tab was drawing, or looking for, before a reload; the document must be back already. */
  async resume(): Promise<void> {
    const { words } = useDocument.getState();
    // What was kept last may be from the moment before the search began.
    if (words.status === "looking" || words.status === "none") void lookForWords();
    const kept = await keptJob();
    if (kept === null || useJob.getState().job !== IDLE) return;
    const { editId, origin } = kept;
    if (useDocument.getState().picture?.imageId !== origin.picture.imageId) return forgetJob();
    latest += 1;
    set(queuedJob(editId, origin, { position: 1, etaS: null }));
    try {
      const state = await getEdit(editId);
      if (isCurrent(editId)) change((job) => onState(job, state));
    } catch (error) {
      const refused = asApiError(error);
      if (refused.status === 404) end();
      if (!refused.retryable) return tell(refused);
    }
    if (isCurrent(editId) && isActive(useJob.getState().job)) follow(editId);
  },
} as const;

/** Another picture has come: what is drawn into the one before can't be taken on any more. */
useDocument.subscribe(({ picture }) => {
  const { job } = useJob.getState();
  if (job.status === "idle" || job.origin.picture.imageId === picture?.imageId) return;
  if (isActive(job)) cancelEdit(job.editId).catch(tell);
  end();
});

/** What is chosen is there again after a reload. */
useReview.subscribe(({ choices }, before) => {
  const { job } = useJob.getState();
  if (job.status !== "succeeded" || choices === null || choices === before.choices) return;
  keepJob({ editId: job.editId, origin: { ...job.origin, choices } });
});

async function start(
  target: JobTarget,
  settings: DrawSettings,
  redraw: number,
  choices: Choices | null = null,
): Promise<void> {
  end();
  const own = latest;
  set({ status: "sending", origin: target });
  try {
    const request = await requestFor(target, settings, redraw);
    if (own !== latest) return;
    const accepted = await createEdit(request, freshId());
    const { edit_id, queue_position, eta_s } = accepted;
    if (own !== latest) {
      await cancelEdit(edit_id);
      return;
    }
    const origin = { ...target, request, choices };
    keepJob({ editId: edit_id, origin });
    set(queuedJob(edit_id, origin, { position: queue_position, etaS: eta_s }));
    follow(edit_id);
  } catch (error) {
    const failure =
      error instanceof MaskError
        ? { code: error.code, detail: error.message, retryable: false }
        : asApiError(error);
    if (own === latest) change((job) => onError(job, failure));
  }
}

/** From the first event on: a page that was reloaded hears again what has been read back so far. */
function follow(editId: string): void {
  stopWatching();
  stopWatching = watchEdit(editId, 0, {
    event: (event) => change((job) => onEvent(job, event)),
    state: (state) => change((job) => onState(job, state)),
    connection: (connection) => change((job) => onConnection(job, connection)),
    gone: (error) => change((job) => onError(job, error)),
  });
}

async function acceptedEdit(editId: string, origin: JobOrigin, choices: Choices): Promise<AcceptedEdit> {
  const info = await imageFromEdit(editId, choices);
  const { width, height } = info;
  return {
    editId,
    choices,
    before: origin.picture,
    after: { imageId: info.image_id, name: origin.picture.name, width, height },
    texts: origin.places.map((place) => ({
      from: place.oldText,
      to: place.text ?? "",
      quad: placeQuad(place),
    })),
    acceptedAt: Date.now(),
  };
}

function change(step: (job: Job) => Job): void {
  const before = useJob.getState().job;
  const after = step(before);
  if (after !== before) set(after);
  if (after !== before && after.status === "succeeded")
    reviewActions.choose(fitting(after.origin.choices, after.candidates) ?? after.bests);
}

function set(job: Job): void {
  useJob.setState({ job });
}

function end(): void {
  latest += 1;
  stopWatching();
  forgetJob();
  reviewActions.reset();
  set(IDLE);
}

function isCurrent(editId: string): boolean {
  const { job } = useJob.getState();
  return "editId" in job && job.editId === editId;
}

function tell(error: unknown): void {
  if (!(error instanceof ApiError)) throw error;
  notify({ code: error.code, detail: error.detail, retryAfterS: error.retryAfterS });
}
