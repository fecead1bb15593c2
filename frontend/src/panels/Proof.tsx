/** That nothing else was touched: a count, and the way to see it. */

import { useTranslation } from "react-i18next";
import { reviewActions, useReview } from "../jobs/review";
import { useJob } from "../jobs/store";
import { Icon } from "./Icon";
import styles from "./Proof.module.css";
import { Section } from "./Section";

export function Proof() {
  const { t } = useTranslation();
  const changed = useJob(({ job }) => (job.status === "succeeded" ? job.changedOutsideMaskPx : null));
  const isShown = useReview(({ compare }) => compare === "difference");
  if (changed === null) return null;
  return (
    <Section heading={t("proof.heading")}>
      <p className={styles.line} data-good={changed === 0}>
        <Icon name={changed === 0 ? "check" : "alert"} size={16} />
        <span>
          {t("proof.unchanged", { count: changed })}{" "}
          <button
            type="button"
            className="link"
            onClick={() => reviewActions.setCompare(isShown ? "off" : "difference")}
          >
            {isShown ? t("proof.hide") : t("proof.show")}
          </button>
        </span>
      </p>
    </Section>
  );
}
