/** Several words in one go: of each word's drawings one is chosen, or the same one of every word. */

import { useTranslation } from "react-i18next";
import type { CandidateState } from "../api/types";
import type { Choices } from "../document/types";
import { drawingsOf, nthOfEach } from "../jobs/choices";
import { candidateThumbUrl } from "../jobs/pictures";
import { reviewActions, useReview } from "../jobs/review";
import type { Job } from "../jobs/types";
import styles from "./Candidates.module.css";
import { ServedImage } from "./ServedImage";
import { useInSight } from "./useInSight";
import { Verdict } from "./Verdict";

type DrawnJob = Extract<Job, { status: "succeeded" }>;

export function WordChoices({ job }: { readonly job: DrawnJob }) {
  return (
    <>
      <AllWords job={job} />
      {job.origin.request.edits.map((_, item) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a word is known by its place in the request
        <WordChoice key={item} job={job} item={item} />
      ))}
    </>
  );
}

function AllWords({ job }: { readonly job: DrawnJob }) {
  const { t } = useTranslation();
  const { candidates, bests } = job;
  const numbered = candidates.flatMap((_, n) => {
    const choices = nthOfEach(candidates, n);
    return choices === null ? [] : [choices];
  });
  return (
    // biome-ignore lint/a11y/useSemanticElements: buttons that are pressed, no field of a form
    <div className={styles.all} role="group" aria-label={t("candidates.allWords")}>
      <span className="label">{t("candidates.allWords")}</span>
      <AllButton choices={bests} label={t("candidates.bestOfEach")}>
        {t("candidates.best")}
      </AllButton>
      {numbered.map((choices, n) => (
        <AllButton key={choices.join()} choices={choices} label={t("candidates.nthOfEach", { index: n + 1 })}>
          {n + 1}
        </AllButton>
      ))}
    </div>
  );
}

interface AllButtonProps {
  readonly choices: Choices;
  readonly label: string;
  readonly children: string | number;
}

function AllButton({ choices, label, children }: AllButtonProps) {
  const isChosen = useReview((state) => state.choices?.join() === choices.join());
  return (
    <button
      type="button"
      className="button small"
      aria-label={label}
      aria-pressed={isChosen}
      onClick={() => reviewActions.choose(choices)}
    >
      {children}
    </button>
  );
}

interface WordChoiceProps {
  readonly job: DrawnJob;
  readonly item: number;
}

function WordChoice({ job, item }: WordChoiceProps) {
  const { t } = useTranslation();
  const wanted = job.origin.request.edits[item]?.text ?? "";
  return (
    <fieldset className={styles.group}>
      <legend>
        <h3 className={styles.for}>
          {t("candidates.of", {
            from: job.origin.places[item]?.oldText ?? "…",
            to: wanted === "" ? t("words.removed") : wanted,
          })}
        </h3>
      </legend>
      <div className={styles.choices}>
        {drawingsOf(job.candidates, item).map((drawing, n) => (
          <Drawing key={drawing.index} job={job} drawing={drawing} number={n + 1} wanted={wanted} />
        ))}
      </div>
    </fieldset>
  );
}

interface DrawingProps {
  readonly job: DrawnJob;
  readonly drawing: CandidateState;
  readonly number: number;
  readonly wanted: string;
}

function Drawing({ job, drawing, number, wanted }: DrawingProps) {
  const { t } = useTranslation();
  const { index, item } = drawing;
  const isChosen = useReview(({ choices }) => choices?.[item] === index);
  const label = useInSight<HTMLLabelElement>(isChosen);
  return (
    <label ref={label} className={styles.drawing}>
      <input
        type="radio"
        className="visually-hidden"
        name={`drawing-of-${item}`}
        checked={isChosen}
        onChange={() => reviewActions.chooseDrawing(item, index)}
      />
      <span className="visually-hidden">{t("candidates.label", { index: number })}</span>
      {/* The words beside it say all that the picture shows. */}
      <ServedImage className={styles.thumb} src={candidateThumbUrl(job.editId, drawing, job.origin)} />
      <Verdict
        ocrText={drawing.ocr_text}
        verified={drawing.verified}
        charErrors={drawing.char_errors}
        wanted={wanted}
        kind={drawing.kind}
        isBrief
      />
      <span className={styles.which} aria-hidden="true">
        {number}
      </span>
    </label>
  );
}
