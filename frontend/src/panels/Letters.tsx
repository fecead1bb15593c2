/** A word as it was read, its wrong letters in red in their place; colour isn't the only mark. */

import { useTranslation } from "react-i18next";
import styles from "./Letters.module.css";
import { compareLetters, type Letter } from "./letters";

interface LettersProps {
  readonly read: string;
  readonly wanted: string;
}

export function Letters({ read, wanted }: LettersProps) {
  const { t } = useTranslation();
  const letters = compareLetters(read, wanted);
  return (
    <>
      <span aria-hidden="true" className={styles.word}>
        {letters.map((letter, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a letter is what it is by its place in the word
          <span key={index} className={styles[letter.kind]}>
            {shown(letter)}
          </span>
        ))}
      </span>
      <span className="visually-hidden">{t("candidates.readAs", { read, wanted })}</span>
    </>
  );
}

function shown({ kind, text }: Letter): string {
  if (kind === "missing") return "_";
  return text === " " ? "\u00a0" : text;
}
