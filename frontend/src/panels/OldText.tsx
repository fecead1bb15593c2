/** What stood there, as it was read; a click corrects it, for the model finds the typeface by it. */

import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { documentActions } from "../document/store";
import { Icon } from "./Icon";
import styles from "./OldText.module.css";
import { openTextBox } from "./textBox";

interface OldTextProps {
  readonly placeId: string;
  readonly text: string;
  readonly isDoubtful: boolean;
}

export function OldText({ placeId, text, isDoubtful }: OldTextProps) {
  const { t } = useTranslation();
  const [isCorrecting, setIsCorrecting] = useState(false);
  if (isCorrecting) return <Correction placeId={placeId} text={text} onEnd={() => setIsCorrecting(false)} />;
  const help = isDoubtful ? `${t("words.low")}. ${t("box.correct")}` : t("box.correct");
  return (
    <>
      <button
        type="button"
        className={styles.read}
        title={help}
        aria-label={`${text}. ${help}`}
        onClick={() => setIsCorrecting(true)}
      >
        <span className={styles.text}>{text}</span>
        {isDoubtful && <span className={styles.doubt}>?</span>}
        <Icon name="pencil" size={14} />
      </button>
      <span className={styles.arrow} aria-hidden="true">
        →
      </span>
    </>
  );
}

interface CorrectionProps {
  readonly placeId: string;
  readonly text: string;
  readonly onEnd: () => void;
}

function Correction({ placeId, text, onEnd }: CorrectionProps) {
  const { t } = useTranslation();
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => field.current?.select(), []);
  const take = (typed: string) => {
    if (typed.trim() !== "") documentActions.setOldText(placeId, typed.trim());
    onEnd();
  };
  return (
    <input
      ref={field}
      className={`field ${styles.field}`}
      type="text"
      defaultValue={text}
      maxLength={MAX_OLD_CHARS}
      aria-label={t("box.oldText")}
      autoCapitalize="off"
      autoComplete="off"
      autoCorrect="off"
      spellCheck={false}
      enterKeyHint="done"
      onBlur={({ currentTarget }) => take(currentTarget.value)}
      onKeyDown={(event) => {
        if (event.key !== "Enter" && event.key !== "Escape") return;
        event.preventDefault();
        if (event.key === "Escape") event.currentTarget.value = text;
        openTextBox(); // which blurs this field
      }}
    />
  );
}

/** What the service takes. */
const MAX_OLD_CHARS = 200;
