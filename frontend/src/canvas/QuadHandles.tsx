/** The corners of the active box, as buttons: dragged by the stage's tool, moved by arrow keys when focused. */

import type { CSSProperties } from "react";
import { useTranslation } from "react-i18next";
import { placeQuad } from "../document/edits";
import { useDocument } from "../document/store";
import { charHeight } from "../geometry/quad";
import { useReview } from "../jobs/review";
import { useJob } from "../jobs/store";
import { useSketch } from "../tools/hand";
import { nudgeByKey } from "../tools/quadEdit";
import { isBusy, isDrawn } from "./overlayScene";
import styles from "./stage.module.css";

const CORNERS = [
  "canvas.cornerTopLeft",
  "canvas.cornerTopRight",
  "canvas.cornerBottomRight",
  "canvas.cornerBottomLeft",
] as const;

/** A small word may not be hidden by its own corners; the grip is wider than what is seen. */
const SHARE_OF_WORD = 0.35;

export function QuadHandles() {
  const { t } = useTranslation();
  const place = useDocument(({ places, activePlaceId }) => places.find((one) => one.id === activePlaceId));
  const dragged = useSketch(({ sketch }) => (sketch?.kind === "quad" ? sketch.quad : null));
  const job = useJob((state) => state.job);
  const isReviewing = useReview((state) => state.choices !== null);
  if (!place || place.kind === "mask" || isBusy(job) || isDrawn(place, { job, isReviewing })) return null;
  const quad = dragged ?? placeQuad(place);
  const size: CSSProperties & Record<"--word-size", string> = {
    "--word-size": `${charHeight(quad) * SHARE_OF_WORD}px`,
  };
  return CORNERS.map((name, index) => {
    const corner = quad[index];
    return (
      corner && (
        <button
          key={name}
          type="button"
          className={styles.corner}
          aria-label={t(name)}
          title={t("canvas.cornerHelp")}
          style={{ left: corner.x, top: corner.y, ...size }}
          onKeyDown={(event) => {
            if (isCorner(index) && nudgeByKey(event.nativeEvent, index)) event.preventDefault();
          }}
        />
      )
    );
  });
}

function isCorner(index: number): index is 0 | 1 | 2 | 3 {
  return index >= 0 && index <= 3;
}
