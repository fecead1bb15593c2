/** A refusal of the service, or that it can't be reached, under one stable code. */

import type { Problem } from "./types";

interface Facts {
  readonly code: string;
  /** HTTP's; 0 if nothing answered. */
  readonly status: number;
  readonly detail: string;
  readonly retryAfterS: number | null;
}

/** Worth another try: nobody answered, too much to do, or something is away. */
const RETRYABLE = new Set([0, 408, 429, 502, 503, 504, 507]);

export class ApiError extends Error implements Facts {
  readonly code: string;
  readonly status: number;
  readonly detail: string;
  readonly retryAfterS: number | null;

  constructor({ code, status, detail, retryAfterS }: Facts) {
    super(`${code}: ${detail}`);
    this.name = "ApiError";
    this.code = code;
    this.status = status;
    this.detail = detail;
    this.retryAfterS = retryAfterS;
  }

  get retryable(): boolean {
    return RETRYABLE.has(this.status);
  }
}

export function networkError(): ApiError {
  return new ApiError({ code: "network", status: 0, detail: "", retryAfterS: null });
}

/** From a body that should be a Problem; whatever stands between us and the service may answer with something else. */
export function refusal(status: number, body: unknown, retryAfter: string | null): ApiError {
  const seconds = Number(retryAfter ?? "");
  return new ApiError({
    ...(isProblem(body) ? { code: body.code, detail: body.detail } : { code: `http_${status}`, detail: "" }),
    status,
    retryAfterS: retryAfter !== null && Number.isFinite(seconds) ? seconds : null,
  });
}

/** What was thrown, as one of ours; a person who aborted gets no message. */
export function asApiError(thrown: unknown): ApiError {
  if (thrown instanceof ApiError) return thrown;
  if (thrown instanceof TypeError) return networkError();
  throw thrown;
}

function isProblem(body: unknown): body is Pick<Problem, "code" | "detail"> {
  if (typeof body !== "object" || body === null) return false;
  return (
    "code" in body && typeof body.code === "string" && "detail" in body && typeof body.detail === "string"
  );
}
