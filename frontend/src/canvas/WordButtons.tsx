/** A button over each word: clicked, tapped, or come to by Tab. It is seen only by its focus ring. */

import { memo } from "react";
import { useTranslation } from "react-i18next";
import { isReadWithDoubt } from "../document/edits";
import { documentActions, useDocument } from "../document/store";
import type { Word } from "../document/types";
import { rectToQuad } from "../geometry/homography";
import { boundingBox, center, charHeight, lineWidth } from "../geometry/quad";
import { inReadingOrder } from "../geometry/reading";
import type { Quad } from "../geometry/types";
import { drawnPlaceAt } from "../tools/hit";
import { useTools } from "../tools/state";
import styles from "./stage.module.css";

export function WordButtons({ isLocked }: { readonly isLocked: boolean }) {
  const found = useDocument((state) => state.words);
  const words = found.status === "found" ? found.words : [];
  const places = useDocument((state) => state.places);
  const isSelecting = useTools(({ tool }) => tool === "select");
  return inReadingOrder(words, (word) => word.quad).map((word) => {
    const place = places.find(({ id }) => id === word.regionId);
    return (
      <WordButton
        key={word.regionId}
        word={word}
        isChosen={place !== undefined}
        isUntyped={place?.text === null}
        isLocked={isLocked}
        // Other tools draw over words, and a box that a person drew over a word is what is meant there.
        isClickable={isSelecting && !isLocked && drawnPlaceAt(places, center(word.quad)) === null}
      />
    );
  });
}

interface WordButtonProps {
  readonly word: Word;
  readonly isChosen: boolean;
  readonly isUntyped: boolean;
  readonly isLocked: boolean;
  readonly isClickable: boolean;
}

const WordButton = memo(function WordButton({
  word,
  isChosen,
  isUntyped,
  isLocked,
  isClickable,
}: WordButtonProps) {
  const { t } = useTranslation();
  return (
    <button
      type="button"
      className={styles.word}
      aria-label={isReadWithDoubt(word) ? `${word.text} (${t("words.low")})` : word.text}
      aria-pressed={isChosen}
      disabled={isLocked}
      style={{ ...laidOn(word.quad), pointerEvents: isClickable ? "auto" : "none" }}
      onClick={(event) => {
        if (event.shiftKey && isUntyped) documentActions.removePlace(word.regionId);
        else documentActions.chooseWord(word.regionId, { add: event.shiftKey });
      }}
    />
  );
});

/** Above a word of 1 px lies nothing. */
const TOP_LAYER = 2 ** 30;

/** The style by which a button lies on the quad, exactly; a smaller one above a larger one, so that it can be reached. */
function laidOn(quad: Quad) {
  const width = lineWidth(quad);
  const height = charHeight(quad);
  const [a, b, c, d, e, f, g, h, i] = rectToQuad(width, height, quad);
  const box = boundingBox(quad);
  return {
    width,
    height,
    transform: `matrix3d(${[a, d, 0, g, b, e, 0, h, 0, 0, 1, 0, c, f, 0, i].join()})`,
    zIndex: Math.round(TOP_LAYER / Math.max(1, box.width * box.height)),
  };
}
