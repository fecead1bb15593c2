/** The candidates as small pictures, each with what was read in it. */

import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import type { CandidateState } from "../api/types";
import { candidateThumbUrl } from "../jobs/pictures";
import { reviewActions, useReview } from "../jobs/review";
import { jobActions, useJob } from "../jobs/store";
import type { Job, JobOrigin } from "../jobs/types";
import styles from "./Candidates.module.css";
import { Icon } from "./Icon";
import { timeText } from "./progress";
import { ReadSoFar } from "./ReadSoFar";
import { Section } from "./Section";
import { ServedImage } from "./ServedImage";
import { openTextBox } from "./textBox";
import { Verdict } from "./Verdict";

export function Candidates() {
  const { t } = useTranslation();
  const job = useJob((state) => state.job);
  if (job.status === "running") {
    return (
      <Section heading={t("candidates.heading")}>
        <ReadSoFar job={job} />
      </Section>
    );
  }
  if (job.status !== "succeeded") return null;
  return (
    <Section
      heading={t("candidates.heading")}
      aside={
        job.runS !== null && <span className="label">{t("job.done", { time: timeText(t, job.runS) })}</span>
      }
    >
      {job.candidates.some((candidate) => candidate.verified) ? null : <NoneRight />}
      <Drawn job={job} />
      <JudgeButtons />
    </Section>
  );
}

function NoneRight() {
  const { t } = useTranslation();
  return (
    <div className={styles.none}>
      <Icon name="alert" size={18} />
      <p>
        <strong>{t("candidates.noneRight")}</strong> {t("candidates.noneRightHelp")}
      </p>
    </div>
  );
}

type DrawnJob = Extract<Job, { status: "succeeded" }>;

function Drawn({ job }: { readonly job: DrawnJob }) {
  const { t } = useTranslation();
  const { edits } = job.origin.request;
  return edits.map((edit, item) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: an edit is known by its place in the request
    <div key={item} className={styles.group}>
      {edits.length > 1 && (
        <h3 className={styles.for}>
          {t("candidates.of", {
            from: job.origin.places[item]?.oldText ?? "…",
            to: edit.text === "" ? t("words.removed") : edit.text,
          })}
        </h3>
      )}
      <ul className={styles.list}>
        {job.candidates
          .filter((candidate) => candidate.item === item)
          .map((candidate) => (
            <CandidateCard key={candidate.index} job={job} candidate={candidate} />
          ))}
      </ul>
    </div>
  ));
}

function CandidateCard({ job, candidate }: { readonly job: DrawnJob; readonly candidate: CandidateState }) {
  const { t } = useTranslation();
  const { index, seed } = candidate;
  const isChosen = useReview((state) => state.candidate === index);
  const card = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    // On a phone they are a strip, and the best one may lie beyond its end.
    if (isChosen) card.current?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }, [isChosen]);
  return (
    <li>
      <button
        ref={card}
        type="button"
        className={styles.card}
        aria-pressed={isChosen}
        aria-keyshortcuts={index < 8 ? String(index + 1) : undefined}
        title={typeof seed === "number" ? `${t("advanced.seed")} ${seed}` : undefined}
        onClick={() => reviewActions.choose(index)}
      >
        <span className="visually-hidden">{t("candidates.label", { index: index + 1 })}</span>
        {/* The words beside it say all that the picture shows. */}
        <ServedImage className={styles.thumb} src={candidateThumbUrl(job.editId, candidate, job.origin)} />
        <Verdict
          ocrText={candidate.ocr_text}
          verified={candidate.verified}
          charErrors={candidate.char_errors}
          wanted={wantedAt(job.origin, candidate.item)}
          kind={candidate.kind}
        />
        {index < 8 && <kbd className={styles.number}>{index + 1}</kbd>}
      </button>
    </li>
  );
}

function JudgeButtons() {
  const { t } = useTranslation();
  return (
    <div className={styles.buttons}>
      <button
        type="button"
        className="button small"
        aria-keyshortcuts="Enter"
        onClick={() => void jobActions.accept()}
      >
        {t("candidates.keep")} <kbd>↵</kbd>
      </button>
      <button
        type="button"
        className="button small"
        aria-keyshortcuts="Shift+R"
        onClick={() => void jobActions.redraw()}
      >
        <Icon name="refresh" size={16} />
        {t("candidates.redraw")}
      </button>
      <button type="button" className="button small quiet" aria-keyshortcuts="T" onClick={openTextBox}>
        <Icon name="pencil" size={16} />
        {t("box.edit")}
      </button>
      <button type="button" className="button small quiet" onClick={jobActions.dismiss}>
        {t("candidates.discard")}
      </button>
    </div>
  );
}

function wantedAt(origin: JobOrigin, item: number): string {
  return origin.request.edits[item]?.text ?? "";
}
