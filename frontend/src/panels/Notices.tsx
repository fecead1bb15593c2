/** What a person must be told, each with what to do; and that the server is out of reach. */

import { useEffect } from "react";
import { useTranslation } from "react-i18next";
import { useDocument } from "../document/store";
import en from "../i18n/en.json";
import { dismissNotice, type Notice, useNotices } from "../jobs/notices";
import { Icon } from "./Icon";
import styles from "./Notices.module.css";
import { useProblemText } from "./problems";

export function Notices() {
  const { t } = useTranslation();
  const notices = useNotices((state) => state.notices);
  const imageId = useDocument((state) => state.picture?.imageId);
  // biome-ignore lint/correctness/useExhaustiveDependencies: what was wrong before is settled by another picture
  useEffect(dismissProblems, [imageId]);
  return (
    <section className={styles.list} aria-label={t("notice.list")}>
      {notices.map((notice) => (
        <NoticeCard key={notice.id} notice={notice} />
      ))}
    </section>
  );
}

function NoticeCard({ notice: { id, kind, code, detail, retryAfterS } }: { readonly notice: Notice }) {
  const { t } = useTranslation();
  const problemText = useProblemText();
  const isOffline = code === "network" || code === "offline";
  return (
    <div className={styles.notice} data-kind={kind} role={kind === "problem" ? "alert" : "status"}>
      <Icon name={isOffline ? "offline" : kind === "problem" ? "alert" : "check"} size={18} />
      <p>
        {isInfo(code) ? t(`info.${code}`) : problemText(code, detail)}
        {retryAfterS !== null && <> {t("notice.retryIn", { count: retryAfterS })}</>}
      </p>
      <button
        type="button"
        className={styles.dismiss}
        aria-label={t("notice.dismiss")}
        onClick={() => dismissNotice(id)}
      >
        <Icon name="cross" size={16} />
      </button>
    </div>
  );
}

function dismissProblems(): void {
  for (const { id, kind } of useNotices.getState().notices) if (kind === "problem") dismissNotice(id);
}

function isInfo(code: string): code is keyof typeof en.info {
  return Object.hasOwn(en.info, code);
}
