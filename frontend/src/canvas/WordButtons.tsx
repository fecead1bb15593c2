/** A button over each word, seen only by its focus ring: so Tab, screen readers and tests reach the words of a canvas. */

import { memo } from "react";
import { useTranslation } from "react-i18next";
import { isReadWithDoubt } from "../document/edits";
import { documentActions, useDocument } from "../document/store";
import type { Word } from "../document/types";
import { center, charHeight, lineWidth } from "../geometry/quad";
import { inReadingOrder } from "../geometry/reading";

import styles from "./stage.module.css";

export function WordButtons({ isLocked }: { readonly isLocked: boolean }) {
  const found = useDocument((state) => state.words);
  const words = found.status === "found" ? found.words : [];
  const places = useDocument((state) => state.places);
  const placeIds = new Set(places.map((place) => place.id));
  return inReadingOrder(words, (word) => word.quad).map((word) => (
    <WordButton key={word.regionId} word={word} isChosen={placeIds.has(word.regionId)} isLocked={isLocked} />
  ));
}

interface WordButtonProps {
  readonly word: Word;
  readonly isChosen: boolean;
  readonly isLocked: boolean;
}

const WordButton = memo(function WordButton({ word, isChosen, isLocked }: WordButtonProps) {
  const { t } = useTranslation();
  const { x, y } = center(word.quad);
  const [topLeft, topRight] = word.quad;
  const width = lineWidth(word.quad);
  const height = charHeight(word.quad);
  const angle = Math.atan2(topRight.y - topLeft.y, topRight.x - topLeft.x);
  return (
    <button
      type="button"
      className={styles.word}
      aria-label={isReadWithDoubt(word) ? `${word.text} (${t("words.low")})` : word.text}
      aria-pressed={isChosen}
      disabled={isLocked}
      style={{
        width,
        height,
        transform: `translate(${x - width / 2}px, ${y - height / 2}px) rotate(${angle}rad)`,
      }}
      // The pointer's clicks are the stage's and its tool's; the ones without a pointer are keys and screen readers.
      onClick={(event) => {
        if (event.detail === 0) documentActions.chooseWord(word.regionId, { add: event.shiftKey });
      }}
    />
  );
});
