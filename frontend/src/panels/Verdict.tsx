/** What was read in a candidate: a tick if it is right, else the wrong letters in their places. */

import { useTranslation } from "react-i18next";
import type { CandidateState } from "../api/types";
import type { CandidateRead } from "../jobs/types";
import styles from "./Candidates.module.css";
import { Icon } from "./Icon";
import { Letters } from "./Letters";
import { compareLetters, countWrong } from "./letters";

interface VerdictProps extends Pick<CandidateRead, "ocrText" | "verified" | "charErrors"> {
  readonly wanted: string;
  readonly kind: CandidateState["kind"];
  /** Where room is short, the tick alone says that it is right. */
  readonly isBrief?: boolean;
}

export function Verdict({ ocrText, verified, charErrors, wanted, kind, isBrief = false }: VerdictProps) {
  const { t } = useTranslation();
  const isRemoval = wanted === "";
  const read = ocrText ?? "";
  return (
    <span className={styles.verdict}>
      {verified ? (
        <span className={styles.right}>
          <Icon name="check" size={15} />
          <span className={styles.read}>{isRemoval ? t("words.removed") : read}</span>
        </span>
      ) : (
        <span className={styles.read}>
          {read === "" ? <em>{t("candidates.nothing")}</em> : <Letters read={read} wanted={wanted} />}
        </span>
      )}
      <span className={isBrief && verified && kind === "model" ? "visually-hidden" : styles.note}>
        {verdictNote(verified, isRemoval, charErrors ?? countWrong(compareLetters(read, wanted)), t)}
        {kind === "typeset" && ` · ${t("candidates.typeset")}`}
      </span>
    </span>
  );
}

function verdictNote(
  verified: boolean,
  isRemoval: boolean,
  wrong: number,
  t: ReturnType<typeof useTranslation>["t"],
): string {
  if (isRemoval) return verified ? t("candidates.gone") : t("candidates.stillThere");
  if (verified) return t("candidates.right");
  return wrong === 0 ? t("candidates.unchecked") : t("candidates.wrong", { count: wrong });
}
