/** The bar at the top: which picture it is, and what can be done with it as a whole. */

import { useTranslation } from "react-i18next";
import { useDocument } from "../document/store";
import { reviewActions, useReview } from "../jobs/review";
import { useJob } from "../jobs/store";
import { Icon } from "./Icon";
import { PickButton } from "./PickButton";
import { Preferences } from "./Preferences";
import styles from "./TopBar.module.css";
import { uiActions, useUi } from "./ui";

export function TopBar() {
  const { t } = useTranslation();
  const picture = useDocument((state) => state.picture);
  return (
    <header className={styles.bar}>
      <h1 className={styles.brand}>
        Re<span>spell</span>
      </h1>
      {picture !== null && (
        <p className={styles.picture}>
          <span className={styles.name} title={picture.name}>
            {picture.name}
          </span>
          <span className={styles.size}>
            {t("top.size", { width: picture.width, height: picture.height })}
          </span>
        </p>
      )}
      <div className={styles.actions}>
        {picture !== null && <PictureActions />}
        <div className={styles.wide}>
          <Preferences />
        </div>
        <button
          type="button"
          className={`button icon ${styles.narrow}`}
          popoverTarget="more-menu"
          aria-label={t("top.more")}
          title={t("top.more")}
        >
          <Icon name="more" />
        </button>
        {picture !== null && <DownloadButton />}
      </div>
      <div id="more-menu" popover="auto" className={styles.menu}>
        {picture !== null && (
          <>
            <PickButton className="button quiet">
              <Icon name="picture" />
              {t("top.openAnother")}
            </PickButton>
            <HistoryButton />
          </>
        )}
        <Preferences />
      </div>
    </header>
  );
}

function PictureActions() {
  const { t } = useTranslation();
  const isDrawn = useJob(({ job }) => job.status === "succeeded");
  const isKept = useDocument((state) => state.accepted.length > 0);
  const isComparing = useReview(({ compare }) => compare !== "off" && compare !== "letters");
  return (
    <>
      <div className={styles.wide}>
        <PickButton className="button quiet">{t("top.open")}</PickButton>
      </div>
      <button
        type="button"
        className={`button ${styles.compare}`}
        aria-pressed={isComparing}
        aria-keyshortcuts="M"
        disabled={!isDrawn && !isKept}
        onClick={reviewActions.cycleCompare}
      >
        <span className={styles.narrow}>
          <Icon name="compare" />
        </span>
        <span className={styles.label}>{t("top.compare")}</span>
        <kbd className={styles.wide}>M</kbd>
      </button>
      <div className={styles.wide}>
        <HistoryButton />
      </div>
    </>
  );
}

function HistoryButton() {
  const { t } = useTranslation();
  const showsHistory = useUi((state) => state.showsHistory);
  return (
    <button type="button" className="button" aria-pressed={showsHistory} onClick={uiActions.toggleHistory}>
      {t("top.history")}
    </button>
  );
}

function DownloadButton() {
  const { t } = useTranslation();
  // Download is what to do next only when something was drawn.
  const isNext = useDocument((state) => state.accepted.length > 0 && state.places.length === 0);
  const isDrawn = useJob(({ job }) => job.status === "succeeded");
  return (
    <button
      type="button"
      className={`button ${isNext || isDrawn ? "primary" : ""} ${styles.download}`}
      aria-keyshortcuts="Control+S"
      onClick={() => uiActions.openDialog("download")}
    >
      <span className={styles.narrow}>
        <Icon name="download" />
      </span>
      <span className={styles.label}>{t("top.download")}</span>
    </button>
  );
}
