/** What the drawing is doing: its place in the queue, its stages and steps, and the way out. */

import type { TFunction } from "i18next";
import { useTranslation } from "react-i18next";
import { jobActions, useJob } from "../jobs/store";
import type { Job } from "../jobs/types";
import { Icon } from "./Icon";
import styles from "./JobStatus.module.css";
import { useProblemText } from "./problems";
import { candidateCount, fractionDone, type RunningJob, STAGES, timeText } from "./progress";
import { Section } from "./Section";

export function JobStatus() {
  const { t } = useTranslation();
  const job = useJob((state) => state.job);
  switch (job.status) {
    case "idle":
      return null;
    case "sending":
    case "queued":
    case "running":
      return (
        <Section heading={t("job.heading")}>
          <Underway job={job} />
        </Section>
      );
    case "failed":
      return (
        <Section heading={t("job.failed")}>
          <Failed job={job} />
        </Section>
      );
    case "canceled":
      return (
        <Section heading={t("job.heading")}>
          <p className="label">{t("job.canceled")}</p>
        </Section>
      );
    case "succeeded":
      return null;
  }
}

type UnderwayJob = Extract<Job, { status: "sending" | "queued" | "running" }>;

function Underway({ job }: { readonly job: UnderwayJob }) {
  const { t } = useTranslation();
  const isCanceling = job.status !== "sending" && job.isCanceling;
  const eta = job.status === "sending" ? null : job.etaS;
  return (
    <>
      <div className={styles.line}>
        <span>{headline(t, job)}</span>
        {eta !== null && <span className="label">{t("job.left", { time: timeText(t, eta) })}</span>}
      </div>
      <ProgressBar value={job.status === "running" && job.totalSteps > 0 ? fractionDone(job) : null} />
      {job.status === "running" && <Stages job={job} />}
      <button
        type="button"
        className="button"
        aria-keyshortcuts="Escape"
        disabled={isCanceling}
        onClick={() => void jobActions.cancel()}
      >
        {isCanceling ? t("job.canceling") : t("job.cancel")} {!isCanceling && <kbd>Esc</kbd>}
      </button>
    </>
  );
}

function headline(t: TFunction, job: UnderwayJob): string {
  if (job.status === "sending") return t("job.sending");
  if (job.status === "queued") {
    return job.position <= 1 ? t("job.queuedFirst") : t("job.queued", { position: job.position });
  }
  const { edits } = job.origin.request;
  const at = candidateCount(job);
  const parts = [
    job.attempt > 1 ? t("job.attempt", { attempt: job.attempt }) : null,
    at === null ? null : t("job.candidate", { index: at.index + 1, count: at.count }),
    edits.length > 1 ? t("job.word", { index: job.item + 1, count: edits.length }) : null,
    job.totalSteps === 0 ? null : t("job.step", { step: job.step, total: job.totalSteps }),
  ].filter((part) => part !== null);
  if (parts.length > 0) return parts.join(" · ");
  return job.stage === null ? t("job.begun") : t(`stage.${job.stage}`);
}

function ProgressBar({ value }: { readonly value: number | null }) {
  const { t } = useTranslation();
  const percent = value === null ? undefined : Math.round(value * 100);
  return (
    <div
      className={styles.track}
      role="progressbar"
      aria-label={t("job.progress")}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={percent}
    >
      <div
        className={value === null ? styles.waiting : styles.done}
        style={value === null ? undefined : { transform: `scaleX(${value})` }}
      />
    </div>
  );
}

function Stages({ job }: { readonly job: RunningJob }) {
  const { t } = useTranslation();
  if (job.stage === "loading_model" || job.stage === "making_picture" || job.stage === "detecting") {
    return <p className="label">{t(`stage.${job.stage}`)}</p>;
  }
  const at = job.stage === null ? -1 : STAGES.indexOf(job.stage);
  return (
    <ol className={styles.stages} aria-label={t("job.stages")}>
      {STAGES.map((stage, index) => (
        <li key={stage} aria-current={index === at ? "step" : undefined}>
          {t(`stage.${stage}`)}
          {index < at && (
            <>
              <Icon name="check" size={13} />
              <span className="visually-hidden">{t("job.stageDone")}</span>
            </>
          )}
        </li>
      ))}
    </ol>
  );
}

function Failed({ job }: { readonly job: Extract<Job, { status: "failed" }> }) {
  const { t } = useTranslation();
  const problemText = useProblemText();
  return (
    <>
      <p className={styles.failed} role="alert">
        <Icon name="alert" size={18} />
        <span>{problemText(job.code, job.message)}</span>
      </p>
      <details className={styles.details}>
        <summary>{t("notice.details")}</summary>
        <p>
          {job.code}: {job.message}
        </p>
      </details>
      <div className={styles.buttons}>
        {job.retryable && (
          <button type="button" className="button small" onClick={() => void jobActions.draw()}>
            {t("job.again")}
          </button>
        )}
        <button type="button" className="button small quiet" onClick={jobActions.dismiss}>
          {t("notice.dismiss")}
        </button>
      </div>
    </>
  );
}
