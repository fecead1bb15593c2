/**
 * What an event, or the whole state, makes of a job: pure functions. An event that is late, of another edit or known
 * already changes nothing, so a job that has ended stays ended.
 */

import type { ApiError } from "../api/errors";
import type { EditEvent, EditState } from "../api/types";
import { quadAt } from "../geometry/quad";
import { bestsOf } from "./choices";
import type { CandidateRead, Connection, Job, JobOrigin, Preview } from "./types";

type Queued = Extract<Job, { status: "queued" }>;
type Running = Extract<Job, { status: "running" }>;
type Active = Queued | Running;
type Told<T extends EditEvent["type"]> = Extract<EditEvent, { type: T }>;

export function queuedJob(
  editId: string,
  origin: JobOrigin,
  told: { readonly position: number; readonly etaS: number | null },
): Queued {
  return { status: "queued", editId, origin, seq: 0, ...told, connection: "live", isCanceling: false };
}

export function isActive(job: Job): job is Active {
  return job.status === "queued" || job.status === "running";
}

export function onEvent(job: Job, event: EditEvent): Job {
  if (!isActive(job) || event.edit_id !== job.editId || event.seq <= job.seq) return job;
  switch (event.type) {
    case "queued":
      if (job.status === "running") return { ...job, seq: event.seq };
      return { ...job, seq: event.seq, position: event.position, etaS: event.eta_s };
    case "started":
      return running(job, event.seq, { attempt: event.attempt });
    case "stage":
      return onStage(running(job, event.seq), event);
    case "progress":
      return onProgress(running(job, event.seq), event);
    case "candidate":
      return onCandidate(running(job, event.seq), event);
    case "retrying":
      return { ...fresh(job), seq: event.seq, attempt: event.attempt };
    case "completed":
      return { ...job, seq: event.seq }; // what it has given is in the state, which comes next
    case "failed": {
      const { code, message, retryable } = event;
      return { status: "failed", editId: job.editId, origin: job.origin, code, message, retryable };
    }
    case "canceled":
      return { status: "canceled", editId: job.editId, origin: job.origin };
  }
}

/** The state as the service has it; it may be older than the events that have come. */
export function onState(job: Job, state: EditState): Job {
  if (!isActive(job) || state.edit_id !== job.editId || state.seq < job.seq) return job;
  const { editId, origin } = job;
  switch (state.status) {
    case "queued":
      if (job.status === "running") return job;
      return { ...job, position: state.queue_position ?? job.position, etaS: state.eta_s ?? null };
    case "running":
      return { ...withProgress(running(job, job.seq, { attempt: state.attempt }), state) };
    case "succeeded":
      return succeeded(editId, origin, state) ?? job;
    case "failed":
      return {
        status: "failed",
        editId,
        origin,
        code: state.error?.code ?? "internal_error",
        message: state.error?.message ?? "",
        retryable: state.error?.retryable ?? false,
      };
    case "canceled":
      return { status: "canceled", editId, origin };
  }
}

export function onConnection(job: Job, connection: Connection): Job {
  return isActive(job) && job.connection !== connection ? { ...job, connection } : job;
}

/** At once on the screen, whenever the worker hears of it. */
export function onCancel(job: Job): Job {
  return isActive(job) ? { ...job, isCanceling: true } : job;
}

/** The service could not be asked to cancel. */
export function onCancelFailed(job: Job): Job {
  return isActive(job) ? { ...job, isCanceling: false } : job;
}

/** It can't be sent, or isn't known to the service any more. */
export function onError(job: Job, error: Pick<ApiError, "code" | "detail" | "retryable">): Job {
  if (job.status !== "sending" && !isActive(job)) return job;
  return {
    status: "failed",
    editId: job.status === "sending" ? null : job.editId,
    origin: job.origin,
    code: error.code,
    message: error.detail,
    retryable: error.retryable,
  };
}

/** An event that only a running edit gives says that it runs, whether or not its beginning was heard. */
function running(job: Active, seq: number, known: { readonly attempt?: number } = {}): Running {
  if (job.status === "running" && (known.attempt ?? job.attempt) === job.attempt) return { ...job, seq };
  return { ...fresh(job), seq, ...known };
}

function fresh(job: Active): Running {
  const { editId, origin, seq, connection, isCanceling } = job;
  return {
    status: "running",
    editId,
    origin,
    seq,
    attempt: job.status === "running" ? job.attempt : 1,
    stage: null,
    item: 0,
    candidate: null,
    step: 0,
    totalSteps: 0,
    etaS: null,
    preview: null,
    read: [],
    connection,
    isCanceling,
  };
}

function onStage(job: Running, event: Told<"stage">): Running {
  const preview = event.item === job.item ? job.preview : null;
  return { ...job, stage: event.name, item: event.item, preview };
}

function onProgress(job: Running, event: Told<"progress">): Running {
  const kept = event.item === job.item && event.candidate === job.candidate ? job.preview : null;
  return {
    ...job,
    item: event.item,
    candidate: event.candidate,
    step: event.step,
    totalSteps: event.total,
    etaS: event.eta_s,
    preview: previewIn(event) ?? kept,
  };
}

function previewIn({ preview, preview_quad_px }: Told<"progress">): Preview | null {
  if (!preview) return null;
  return { url: `data:image/jpeg;base64,${preview}`, quad: preview_quad_px && quadAt(preview_quad_px) };
}

function onCandidate(job: Running, event: Told<"candidate">): Running {
  const read: CandidateRead = {
    index: event.index,
    item: event.item,
    ocrText: event.ocr_text,
    verified: event.verified,
    charErrors: event.char_errors,
  };
  return { ...job, read: [...job.read.filter(({ index }) => index !== read.index), read] };
}

function withProgress(job: Running, { progress }: EditState): Running {
  if (!progress) return job;
  return {
    ...job,
    stage: progress.stage ?? job.stage,
    item: progress.item,
    candidate: progress.candidate ?? null,
    step: progress.step ?? 0,
    totalSteps: progress.total ?? 0,
    etaS: progress.eta_s ?? null,
  };
}

function succeeded(editId: string, origin: JobOrigin, state: EditState): Job | null {
  const { result, started_at, finished_at } = state;
  if (!result) return null;
  return {
    status: "succeeded",
    editId,
    origin,
    candidates: result.candidates,
    bests: bestsOf(result),
    changedOutsideMaskPx: result.changed_outside_mask_px,
    verified: result.verified,
    model: result.model,
    seed: result.seed,
    runS: started_at && finished_at ? finished_at - started_at : null,
  };
}
