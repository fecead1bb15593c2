/** Says what happens to those who don't see it: the drawing's beginning, its quarters, what came of it. */

import { useTranslation } from "react-i18next";
import { useDocument } from "../document/store";
import { useJob } from "../jobs/store";
import type { Job } from "../jobs/types";
import { fractionDone } from "./progress";

export function Announcer() {
  const { t } = useTranslation();
  const job = useJob((state) => state.job);
  const words = useDocument((state) => state.words);
  const name = useDocument((state) => state.picture?.name);
  const opened = name === undefined ? "" : t("announce.opened", { name });
  const found = words.status === "found" ? t("words.found", { count: words.words.length }) : "";
  const kept = useDocument((state) => state.accepted.length);
  return (
    <div className="visually-hidden">
      <p role="status">{`${opened} ${found}`.trim()}</p>
      <p role="status">{kept > 0 && t("announce.kept", { count: kept })}</p>
      <p role="status">{jobText(t, job)}</p>
    </div>
  );
}

function jobText(t: ReturnType<typeof useTranslation>["t"], job: Job): string {
  switch (job.status) {
    case "queued":
      return t("announce.queued");
    case "running": {
      // Each quarter once: a live region that speaks at each step says nothing else.
      const quarter = Math.floor(fractionDone(job) * 4) * 25;
      return quarter === 0 ? t("announce.started") : t("announce.percent", { percent: quarter });
    }
    case "succeeded": {
      const right = job.candidates.filter((candidate) => candidate.verified).length;
      return t("candidates.readyRight", { right, count: job.candidates.length });
    }
    case "canceled":
      return t("job.canceled");
    default:
      return "";
  }
}
