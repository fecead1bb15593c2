/** The candidates as small pictures, each with what was read in it. */

import { useTranslation } from "react-i18next";
import type { CandidateState } from "../api/types";
import { drawingsOf } from "../jobs/choices";
import { candidateThumbUrl } from "../jobs/pictures";
import { reviewActions, useReview } from "../jobs/review";
import { jobActions, useJob } from "../jobs/store";
import type { Job } from "../jobs/types";
import styles from "./Candidates.module.css";
import { Icon } from "./Icon";
import { timeText } from "./progress";
import { ReadSoFar } from "./ReadSoFar";
import { Section } from "./Section";
import { ServedImage } from "./ServedImage";
import { openTextBox } from "./textBox";
import { useInSight } from "./useInSight";
import { Verdict } from "./Verdict";
import { WordChoices } from "./WordChoices";

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
      {isOneWord(job) ? <Cards job={job} /> : <WordChoices job={job} />}
      <JudgeButtons keepLabel={t(isOneWord(job) ? "candidates.keep" : "candidates.keepThese")} />
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

function isOneWord(job: DrawnJob): boolean {
  return job.origin.request.edits.length === 1;
}

function Cards({ job }: { readonly job: DrawnJob }) {
  return (
    <ul className={styles.list}>
      {drawingsOf(job.candidates, 0).map((candidate, n) => (
        <CandidateCard key={candidate.index} job={job} candidate={candidate} number={n + 1} />
      ))}
    </ul>
  );
}

interface CandidateCardProps {
  readonly job: DrawnJob;
  readonly candidate: CandidateState;
  readonly number: number;
}

function CandidateCard({ job, candidate, number }: CandidateCardProps) {
  const { t } = useTranslation();
  const { index, seed } = candidate;
  const isChosen = useReview(({ choices }) => choices?.[0] === index);
  const card = useInSight<HTMLButtonElement>(isChosen);
  return (
    <li>
      <button
        ref={card}
        type="button"
        className={styles.card}
        aria-pressed={isChosen}
        aria-keyshortcuts={number <= 8 ? String(number) : undefined}
        title={typeof seed === "number" ? `${t("advanced.seed")} ${seed}` : undefined}
        onClick={() => reviewActions.choose([index])}
      >
        <span className="visually-hidden">{t("candidates.label", { index: number })}</span>
        {/* The words beside it say all that the picture shows. */}
        <ServedImage className={styles.thumb} src={candidateThumbUrl(job.editId, candidate, job.origin)} />
        <Verdict
          ocrText={candidate.ocr_text}
          verified={candidate.verified}
          charErrors={candidate.char_errors}
          wanted={job.origin.request.edits[0]?.text ?? ""}
          kind={candidate.kind}
        />
        {number <= 8 && <kbd className={styles.number}>{number}</kbd>}
      </button>
    </li>
  );
}

function JudgeButtons({ keepLabel }: { readonly keepLabel: string }) {
  const { t } = useTranslation();
  return (
    <div className={styles.buttons}>
      <button
        type="button"
        className="button small"
        aria-keyshortcuts="Enter"
        onClick={() => void jobActions.accept()}
      >
        {keepLabel} <kbd>↵</kbd>
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
