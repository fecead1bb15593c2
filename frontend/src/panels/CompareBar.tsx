/** How the drawn picture is shown beside the one before; it stands above the picture while a result is judged. */

import { useTranslation } from "react-i18next";
import { useDocument } from "../document/store";
import { reviewActions, useReview } from "../jobs/review";
import { useJob } from "../jobs/store";
import { Icon } from "./Icon";
import styles from "./MaskBar.module.css";

const MODES = ["off", "slider", "side", "difference"] as const;

export function CompareBar() {
  const { t } = useTranslation();
  const isDrawn = useJob(({ job }) => job.status === "succeeded");
  const isKept = useDocument((state) => state.accepted.length > 0);
  const { compare, isHoldingOriginal } = useReview();
  if (!isDrawn && !(isKept && compare !== "off")) return null;
  return (
    <div className={styles.bar} data-at="bottom" role="toolbar" aria-label={t("compare.bar")}>
      <span className={styles.choice}>
        {MODES.map((mode) => (
          <button
            key={mode}
            type="button"
            className="button small quiet"
            aria-pressed={mode === compare}
            onClick={() => reviewActions.setCompare(mode)}
          >
            {t(`compare.${mode}`)}
          </button>
        ))}
      </span>
      {isDrawn && <LettersButton isOn={compare === "letters"} />}
      <button
        type="button"
        className={`button small quiet ${styles.hold}`}
        aria-pressed={isHoldingOriginal}
        aria-keyshortcuts="O"
        onPointerDown={() => reviewActions.holdOriginal(true)}
        onPointerUp={() => reviewActions.holdOriginal(false)}
        onPointerLeave={() => reviewActions.holdOriginal(false)}
        onPointerCancel={() => reviewActions.holdOriginal(false)}
        onContextMenu={(event) => event.preventDefault()}
        onKeyDown={({ key }) => {
          if (key === " " || key === "Enter") reviewActions.holdOriginal(true);
        }}
        onKeyUp={() => reviewActions.holdOriginal(false)}
        onBlur={() => reviewActions.holdOriginal(false)}
      >
        <Icon name="eye" size={17} />
        <span>{t("compare.hold")}</span> <kbd>O</kbd>
      </button>
    </div>
  );
}

function LettersButton({ isOn }: { readonly isOn: boolean }) {
  const { t } = useTranslation();
  return (
    <button
      type="button"
      className={`button small quiet ${styles.letters}`}
      aria-pressed={isOn}
      aria-keyshortcuts="W"
      title={t("letters.hint")}
      onClick={reviewActions.toggleLetters}
    >
      <Icon name="letters" size={17} />
      <span>{t("letters.show")}</span> <kbd>W</kbd>
    </button>
  );
}
