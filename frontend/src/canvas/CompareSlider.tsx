/** The divider between before and after: dragged, or moved by the keys of a slider. */

import type { KeyboardEvent, PointerEvent } from "react";
import { useTranslation } from "react-i18next";
import type { Size } from "../geometry/types";
import { reviewActions, useReview } from "../jobs/review";
import { splitX, visibleX } from "./pictureScene";
import styles from "./stage.module.css";
import { useView } from "./view";

const STEP = 0.02;
const LARGE_STEP = 0.1;

export function CompareSlider({ picture }: { readonly picture: Size }) {
  const { t } = useTranslation();
  const split = useReview((state) => state.split);
  const viewport = useView((state) => state.viewport);
  const stageSize = useView((state) => state.stageSize);
  const percent = Math.round(split * 100);

  function drag(event: PointerEvent<HTMLDivElement>): void {
    const stage = event.currentTarget.parentElement;
    if (!event.currentTarget.hasPointerCapture(event.pointerId) || !stage) return;
    const [left, right] = visibleX(picture, viewport, stageSize);
    const x = event.clientX - stage.getBoundingClientRect().left;
    if (right > left) reviewActions.setSplit((x - left) / (right - left));
  }

  return (
    <div
      className={styles.split}
      style={{ transform: `translateX(${splitX(split, picture, viewport, stageSize)}px)` }}
      data-own-pointer=""
      role="slider"
      tabIndex={0}
      aria-label={t("compare.split")}
      aria-orientation="horizontal"
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={percent}
      aria-valuetext={`${percent} %`}
      onPointerDown={(event) => event.currentTarget.setPointerCapture(event.pointerId)}
      onPointerMove={drag}
      onKeyDown={(event) => {
        const next = splitByKey(event, split);
        if (next === null) return;
        event.preventDefault();
        event.stopPropagation();
        reviewActions.setSplit(next);
      }}
    >
      <span className={styles.grip} aria-hidden="true" />
    </div>
  );
}

function splitByKey(event: KeyboardEvent, split: number): number | null {
  const step = event.shiftKey ? LARGE_STEP : STEP;
  switch (event.key) {
    case "ArrowLeft":
    case "ArrowDown":
      return split - step;
    case "ArrowRight":
    case "ArrowUp":
      return split + step;
    case "PageDown":
      return split - LARGE_STEP;
    case "PageUp":
      return split + LARGE_STEP;
    case "Home":
      return 0;
    case "End":
      return 1;
    default:
      return null;
  }
}
