/** How far a drawing is, of all its words and candidates. */

import type { TFunction } from "i18next";
import type { StageName } from "../api/types";
import type { Job } from "../jobs/types";

export type RunningJob = Extract<Job, { status: "running" }>;

/** The stages that a person hears of, in the order in which they come. */
export const STAGES: readonly StageName[] = ["searching_noise", "drawing", "blending", "checking"];

/** Candidates are numbered through all words of a drawing; → the number of this word's first one. */
export function firstCandidate(job: RunningJob): number {
  return job.read.filter(({ item }) => item < job.item).length;
}

/** Which candidate of its word is being drawn, and of how many: another attempt brings as many again. */
export function candidateCount(job: RunningJob): { readonly index: number; readonly count: number } | null {
  if (job.candidate === null) return null;
  const { n } = job.origin.request;
  const index = Math.max(0, job.candidate - firstCandidate(job));
  return { index, count: n * (Math.floor(index / n) + 1) };
}

export function fractionDone(job: RunningJob): number {
  const at = candidateCount(job);
  if (at === null || job.totalSteps === 0) return 0;
  const ofWord = (at.index + job.step / job.totalSteps) / at.count;
  return (job.item + Math.min(1, ofWord)) / job.origin.request.edits.length;
}

/** Seconds as a person says them: whole ones, from two minutes on minutes. */
export function timeText(t: TFunction, seconds: number): string {
  if (seconds >= 120) return t("job.minutes", { count: Math.round(seconds / 60) });
  return t("job.seconds", { count: Math.max(1, Math.round(seconds)) });
}
