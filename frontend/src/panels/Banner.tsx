/** Above the picture: that the server is out of reach, or that another picture is on its way. */

import { useSyncExternalStore } from "react";
import { useTranslation } from "react-i18next";
import { useDocument } from "../document/store";
import { cancelOpening, useOpening } from "../jobs/open";
import { useJob } from "../jobs/store";
import styles from "./Banner.module.css";
import { Icon } from "./Icon";

export function Banner() {
  const { t } = useTranslation();
  const isOnline = useSyncExternalStore(hearOnline, () => navigator.onLine);
  const isReconnecting = useJob(({ job }) => "connection" in job && job.connection === "reconnecting");
  const opening = useOpening((state) => state.opening);
  const hasPicture = useDocument((state) => state.picture !== null);
  if (!isOnline || isReconnecting) {
    return (
      <p className={styles.banner} role="status">
        <Icon name="offline" size={18} />
        {isReconnecting ? t("job.reconnecting") : t("notice.offline")}
      </p>
    );
  }
  if (opening === null || !hasPicture) return null;
  return (
    <p className={styles.banner} role="status">
      {t("empty.opening", { name: opening.name })}
      <button type="button" className="link" onClick={cancelOpening}>
        {t("empty.cancel")}
      </button>
    </p>
  );
}

function hearOnline(changed: () => void): () => void {
  window.addEventListener("online", changed);
  window.addEventListener("offline", changed);
  return () => {
    window.removeEventListener("online", changed);
    window.removeEventListener("offline", changed);
  };
}
