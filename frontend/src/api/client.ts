/** Every call of the service but its event stream. What fails throws an ApiError. */

import createClient from "openapi-fetch";
import { ApiError, networkError, refusal } from "./errors";
import { keyHeaders, withKey } from "./key";
import type { paths } from "./schema";
import type {
  CancelAnswer,
  DetectResult,
  EditAccepted,
  EditRequest,
  EditState,
  ImageInfo,
  MaskInfo,
  ModelInfo,
} from "./types";

export { ApiError } from "./errors";

/** What the service takes; checked before a byte is sent. */
export const MAX_UPLOAD_BYTES = 40_000_000;
export const MAX_PIXELS = 50_000_000;
export const MAX_SIDE_PX = 12_000;

const MAX_TRIES = 5;
const FIRST_WAIT_MS = 400;

const client = createClient<paths>({
  baseUrl: "", // where the page comes from
  fetch: (request) =>
    withKey((headers) => {
      const again = request.clone(); // a body is read once
      for (const [name, value] of Object.entries(headers)) again.headers.set(name, value);
      return reached(fetch(again), request.signal);
    }, request.signal),
});

interface Answer {
  readonly data?: unknown;
  readonly error?: unknown;
  readonly response: Response;
}

/** The client's own result types take tuples for arrays, so each call names the contract's type instead. */
async function answered<T>(call: Promise<Answer>): Promise<T> {
  const { data, error, response } = await call;
  if (data === undefined) throw refusal(response.status, error, response.headers.get("Retry-After"));
  return data as T;
}

/** The models that are ready to draw; none while none is loaded. */
export async function getModels(signal?: AbortSignal): Promise<readonly ModelInfo[]> {
  const call = client.GET("/v1/models", { signal: signal ?? null });
  return (await answered<{ models: readonly ModelInfo[] }>(call)).models;
}

/** The service fetches the picture itself. */
export async function imageFromUrl(url: string): Promise<ImageInfo> {
  return await answered<ImageInfo>(client.POST("/v1/images", { body: { url } }));
}

/** The picture with one candidate for each word becomes one to edit, without its bytes travelling. */
export async function imageFromEdit(editId: string, choices: readonly number[]): Promise<ImageInfo> {
  const body = { edit_id: editId, choices: [...choices] };
  return await answered<ImageInfo>(client.POST("/v1/images", { body }));
}

/** The words of a picture; may take as long as the first worker needs. */
export async function detectWords(imageId: string, signal?: AbortSignal): Promise<DetectResult> {
  const params = { path: { image_id: imageId } };
  return await answered<DetectResult>(
    client.POST("/v1/images/{image_id}/detect", { params, signal: signal ?? null }),
  );
}

/** A mask as a PNG of the picture's size, white where to repaint. */
export async function sendMask(png: Blob): Promise<MaskInfo> {
  return await sendFile<MaskInfo>("/v1/masks", "mask", png);
}

/** Takes up an edit. With the same key it is taken up once, however often it must be sent. */
export async function createEdit(request: EditRequest, idempotencyKey: string): Promise<EditAccepted> {
  const headers = { "Idempotency-Key": idempotencyKey };
  return await patiently(() => answered<EditAccepted>(client.POST("/v1/edits", { body: request, headers })));
}

export async function getEdit(editId: string, signal?: AbortSignal): Promise<EditState> {
  const params = { path: { edit_id: editId } };
  return await answered<EditState>(client.GET("/v1/edits/{edit_id}", { params, signal: signal ?? null }));
}

/** → whether this stops it; not if it had ended already. */
export async function cancelEdit(editId: string): Promise<boolean> {
  const params = { path: { edit_id: editId } };
  const answer = await patiently(() =>
    answered<CancelAnswer>(client.POST("/v1/edits/{edit_id}/cancel", { params })),
  );
  return answer.cancelled;
}

/** Sends a picture file; `onSent` is told the share that has gone, 0 to 1. */
export async function uploadImage(
  file: Blob,
  onSent?: (share: number) => void,
  signal?: AbortSignal,
): Promise<ImageInfo> {
  return await sendFile<ImageInfo>("/v1/images", "image", file, onSent, signal);
}

/** A file of the service, such as a picture to download. */
export async function fetchFile(path: string, signal?: AbortSignal): Promise<Blob> {
  const response = await withKey(
    (headers) => reached(fetch(path, { headers, signal: signal ?? null }), signal),
    signal,
  );
  if (response.ok) return await response.blob();
  const body: unknown = await response.json().catch(() => null);
  throw refusal(response.status, body, response.headers.get("Retry-After"));
}

/** Whether the service takes a key; a person can't send what a header can't hold. */
export async function isKeyTaken(key: string): Promise<boolean> {
  if (!/^[\x21-\x7e]+$/.test(key)) return false;
  return (await reached(fetch("/v1/models", { headers: keyHeaders(key) }))).status !== 401;
}

/** The browser doesn't say why nobody answered. */
async function reached(answer: Promise<Response>, signal?: AbortSignal): Promise<Response> {
  try {
    return await answer;
  } catch (error) {
    if (signal?.aborted) throw error;
    throw networkError();
  }
}

async function sendFile<T>(
  path: string,
  field: string,
  file: Blob,
  onSent?: (share: number) => void,
  signal?: AbortSignal,
): Promise<T> {
  const form = new FormData();
  form.append(field, file, field);
  const answer = await withKey((headers) => sendForm(path, form, { headers, onSent, signal }), signal);
  const body: unknown = answer.response;
  if (answer.status < 400) return body as T;
  throw refusal(answer.status, body, answer.getResponseHeader("Retry-After"));
}

interface Sending {
  readonly headers: Readonly<Record<string, string>>;
  readonly onSent: ((share: number) => void) | undefined;
  readonly signal: AbortSignal | undefined;
}

/** The browser's `fetch` doesn't say how much of an upload has gone; the older way does. */
function sendForm(
  path: string,
  form: FormData,
  { headers, onSent, signal }: Sending,
): Promise<XMLHttpRequest> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", new URL(path, location.origin));
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    request.responseType = "json";
    request.upload.onprogress = (event) => {
      if (event.lengthComputable) onSent?.(event.loaded / event.total);
    };
    request.onload = () => resolve(request);
    request.onerror = () => reject(networkError());
    request.onabort = () => reject(new DOMException("aborted", "AbortError"));
    signal?.addEventListener("abort", () => request.abort());
    request.send(form);
  });
}

/** Sends again what may be sent twice, while nobody answers or something is away. A full queue is for a person to know. */
async function patiently<T>(call: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await call();
    } catch (error) {
      const again =
        error instanceof ApiError && error.retryable && error.status !== 429 && error.status !== 507;
      if (!again || tries === MAX_TRIES) throw error;
      await new Promise((resolve) => setTimeout(resolve, FIRST_WAIT_MS * 2 ** (tries - 1)));
    }
  }
}
