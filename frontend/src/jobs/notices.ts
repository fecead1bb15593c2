/** What a person must be told: refusals, lost connections, that something was copied. */

import { create } from "zustand";

export interface Notice {
  readonly id: string;
  readonly kind: "problem" | "info";
  /** A stable code of the service or of this page; its words are the panels'. */
  readonly code: string;
  /** What the service said itself, for codes without words. */
  readonly detail: string;
  readonly retryAfterS: number | null;
}

interface Given {
  readonly code: string;
  readonly kind?: Notice["kind"];
  readonly detail?: string;
  readonly retryAfterS?: number | null;
}

const MAX_NOTICES = 4;
const INFO_MS = 5000;

let numNotices = 0;

export const useNotices = create<{ readonly notices: readonly Notice[] }>(() => ({ notices: [] }));

/** The same code again takes the place of the notice that is there. Mere information goes by itself. → its id. */
export function notify({ code, kind = "problem", detail = "", retryAfterS = null }: Given): string {
  numNotices += 1;
  const notice: Notice = { id: `notice-${numNotices}`, kind, code, detail, retryAfterS };
  useNotices.setState(({ notices }) => ({
    notices: [...notices.filter((other) => other.code !== code), notice].slice(-MAX_NOTICES),
  }));
  if (kind === "info") setTimeout(() => dismissNotice(notice.id), INFO_MS);
  return notice.id;
}

export function dismissNotice(id: string): void {
  useNotices.setState(({ notices }) => ({ notices: notices.filter((notice) => notice.id !== id) }));
}

/** A problem that has passed, such as having been offline. */
export function dismissCode(code: string): void {
  useNotices.setState(({ notices }) => ({ notices: notices.filter((notice) => notice.code !== code) }));
}
