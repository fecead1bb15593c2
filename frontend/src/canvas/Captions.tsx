/** Short facts over the stage: which side is before, what the difference view counted, that a picture is coming. */

import { useTranslation } from "react-i18next";
import type { Compare } from "../jobs/review";
import { useDifference } from "./difference";
import { retryPicture, usePictures } from "./pictures";
import styles from "./stage.module.css";

export function BeforeAfter({ compare }: { readonly compare: Compare }) {
  const { t } = useTranslation();
  if (compare !== "slider" && compare !== "side") return null;
  return (
    <div className={styles.captions} data-compare={compare} aria-hidden="true">
      <span className={styles.caption}>{t("compare.before")}</span>
      <span className={styles.caption}>{t("compare.after")}</span>
    </div>
  );
}

export function DifferenceCounts() {
  const { t } = useTranslation();
  const difference = useDifference((state) => state.difference);
  if (!difference) return null;
  return (
    <div className={styles.counts} role="status">
      {difference.status === "comparing" && <span>{t("canvas.comparing")}</span>}
      {difference.status === "failed" && <span>{t("canvas.failed")}</span>}
      {difference.status === "ready" && (
        <>
          <span data-kind="outside">{t("canvas.outside", { count: difference.outsidePx })}</span>
          <span data-kind="inside">{t("canvas.inside", { count: difference.insidePx })}</span>
        </>
      )}
    </div>
  );
}

export function PictureStatus({ url }: { readonly url: string }) {
  const { t } = useTranslation();
  const picture = usePictures((state) => state.pictures.get(url));
  if (picture?.status === "failed" && picture.isGone) return null; // said by the page, which can open it again
  if (picture?.status === "failed") {
    return (
      <div className={styles.status} role="alert">
        <p>{t("canvas.failed")}</p>
        <button type="button" className="button" data-own-pointer="" onClick={() => retryPicture(url)}>
          {t("job.again")}
        </button>
      </div>
    );
  }
  if (picture && !(picture.status === "loading" && picture.levels === null)) return null;
  return (
    <p className={styles.status} role="status">
      {t("canvas.opening")}
    </p>
  );
}
