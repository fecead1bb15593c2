/** The panel at the side: what is happening, and what came of it. */

import { useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { useJob } from "../jobs/store";
import { Advanced } from "./Advanced";
import { Candidates } from "./Candidates";
import { HistoryList } from "./HistoryList";
import { JobStatus } from "./JobStatus";
import { Proof } from "./Proof";
import styles from "./SidePanel.module.css";
import { useUi } from "./ui";
import { Words } from "./Words";

export function SidePanel() {
  const { t } = useTranslation();
  const showsHistory = useUi((state) => state.showsHistory);
  const status = useJob(({ job }) => job.status);
  const panel = useRef<HTMLElement>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: what happens next stands at the top
  useEffect(() => {
    if (panel.current !== null) panel.current.scrollTop = 0;
  }, [status]);
  const hasCandidates = status === "running" || status === "succeeded";
  return (
    <aside ref={panel} className={styles.panel} data-status={status} aria-label={t("app.side")}>
      {showsHistory ? (
        <HistoryList />
      ) : (
        <>
          {status !== "idle" && <JobStatus />}
          {hasCandidates && <Candidates />}
          {status === "succeeded" && <Proof />}
          {!hasCandidates && <Words />}
          <Advanced />
        </>
      )}
    </aside>
  );
}
