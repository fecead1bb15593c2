/** The words of the picture as a list: the same choice as on the picture, for hands that don't use a pointer. */

import { useTranslation } from "react-i18next";
import { isReadWithDoubt } from "../document/edits";
import { documentActions, useDocument } from "../document/store";
import type { WordsState } from "../document/types";
import { detectAgain } from "../jobs/open";
import { useTools } from "../tools/state";
import { Icon } from "./Icon";
import { useModel } from "./models";
import { useProblemText } from "./problems";
import { Section } from "./Section";
import { type Stop, stopsInOrder } from "./stops";
import { uiActions } from "./ui";
import styles from "./Words.module.css";

export function Words() {
  const { t } = useTranslation();
  const words = useDocument((state) => state.words);
  const places = useDocument((state) => state.places);
  const stops = stopsInOrder({ words, places });
  return (
    <Section heading={t("words.heading")} aside={<WordsCount words={words} />}>
      <WordsMissing words={words} />
      {stops.length > 0 && places.length === 0 && <p className={styles.choose}>{t("words.choose")}</p>}
      {stops.length > 0 && (
        <ul className={styles.list}>
          {stops.map((stop) => (
            <StopRow key={stop.id} stop={stop} />
          ))}
        </ul>
      )}
    </Section>
  );
}

function WordsCount({ words }: { readonly words: WordsState }) {
  const count = words.status === "found" ? words.words.length : 0;
  return count === 0 ? null : <span className="label">{count}</span>;
}

function WordsMissing({ words }: { readonly words: WordsState }) {
  const { t } = useTranslation();
  const problemText = useProblemText();
  const setTool = useTools((state) => state.setTool);
  const model = useModel();
  if (words.status === "looking") {
    return (
      <p className={styles.looking} role="status">
        <span className={styles.pulse} />
        {model === null ? t("words.waiting") : t("words.looking")}
      </p>
    );
  }
  const isMissing = words.status === "failed" || (words.status === "found" && words.words.length === 0);
  if (!isMissing) return null;
  return (
    <div className={styles.missing}>
      <p>
        <strong>{words.status === "failed" ? t("words.failed") : t("words.none")}</strong>
      </p>
      <p className="label">
        {words.status === "failed" ? problemText(words.code, words.message) : null} {t("words.noneHelp")}
      </p>
      <div className={styles.buttons}>
        <button type="button" className="button small primary" onClick={() => setTool("quad")}>
          <Icon name="quad" size={16} />
          {t("words.drawBox")}
        </button>
        <button type="button" className="button small quiet" onClick={() => void detectAgain()}>
          <Icon name="search" size={16} />
          {t("words.lookAgain")}
        </button>
      </div>
    </div>
  );
}

function StopRow({ stop }: { readonly stop: Stop }) {
  const { t } = useTranslation();
  const isActive = useDocument((state) => state.activePlaceId === stop.id);
  const old = stop.word?.text ?? stop.place?.oldText;
  const name = old ?? (stop.place?.kind === "mask" ? t("words.paintedArea") : t("words.box"));
  const text = stop.place?.text ?? null;
  return (
    <li className={styles.row} data-active={isActive}>
      <button
        type="button"
        className={styles.word}
        aria-pressed={stop.place !== null}
        onClick={({ shiftKey, metaKey, ctrlKey }) => {
          if (stop.word === null) documentActions.activate(stop.id);
          else documentActions.chooseWord(stop.id, { add: shiftKey || metaKey || ctrlKey });
          uiActions.openTextBox();
        }}
      >
        <span className={text === null ? styles.name : styles.old}>{name}</span>
        {text !== null && <span className={styles.arrow}>→</span>}
        {text !== null &&
          (text === "" ? (
            <em className={styles.new}>{t("words.removed")}</em>
          ) : (
            <span className={styles.new}>{text}</span>
          ))}
        {isReadWithDoubt(stop.word) && (
          <span className={styles.low} title={t("words.low")}>
            ?<span className="visually-hidden">{t("words.low")}</span>
          </span>
        )}
      </button>
      {stop.place !== null && (
        <button
          type="button"
          className={styles.drop}
          aria-label={t("words.remove", { text: name })}
          title={t("words.remove", { text: name })}
          onClick={() => documentActions.removePlace(stop.id)}
        >
          <Icon name="cross" size={14} />
        </button>
      )}
    </li>
  );
}
