/** The candidates while they are drawn: each as it was last seen, with what was read in it as soon as that is known. */

import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { imageUrl } from "../api/pictures";
import { placeQuad } from "../document/edits";
import { boxAround } from "../jobs/pictures";
import styles from "./Candidates.module.css";
import { candidateCount, firstCandidate, type RunningJob } from "./progress";
import { ServedImage } from "./ServedImage";
import { Verdict } from "./Verdict";

export function ReadSoFar({ job }: { readonly job: RunningJob }) {
  const { t } = useTranslation();
  const previews = useLastPreviews(job);
  const { n, edits } = job.origin.request;
  const wanted = edits[job.item]?.text ?? "";
  const read = job.read.filter(({ item }) => item === job.item);
  const first = firstCandidate(job);
  const slots = Array.from({ length: candidateCount(job)?.count ?? n }, (_, index) => index);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: on a phone the strip scrolls, also by keys
    <ul className={styles.list} tabIndex={0} aria-label={t("candidates.heading")}>
      {slots.map((index) => {
        const candidate = read[index];
        const isDrawn = candidate !== undefined;
        return (
          <li key={index} className={styles.card}>
            <LastSeen job={job} preview={previews.get(first + index) ?? null} />
            {isDrawn ? (
              <Verdict {...candidate} wanted={wanted} kind="model" />
            ) : (
              <span className={`${styles.verdict} ${styles.note}`}>
                {first + index === job.candidate ? t("candidates.drawing") : t("candidates.waiting")}
              </span>
            )}
          </li>
        );
      })}
    </ul>
  );
}

/** What the picture shows there now, dimmed, until there is something of the new word. */
function LastSeen({ job, preview }: { readonly job: RunningJob; readonly preview: string | null }) {
  const { picture, places } = job.origin;
  const place = places[job.item];
  if (place === undefined) return null;
  const box = boxAround(placeQuad(place), picture);
  const before = imageUrl(picture.imageId, { box, maxSide: 240, format: "webp", quality: 85 });
  return <ServedImage className={styles.thumb} data-waiting={preview === null} src={preview ?? before} />;
}

/** The service sends one picture at a time; those of the candidates before are kept here. */
function useLastPreviews(job: RunningJob): ReadonlyMap<number, string> {
  const [previews, setPreviews] = useState<ReadonlyMap<number, string>>(new Map());
  const { preview, candidate } = job;
  useEffect(() => {
    if (preview === null || candidate === null) return;
    setPreviews((before) => new Map(before).set(candidate, preview.url));
  }, [preview, candidate]);
  return previews;
}
