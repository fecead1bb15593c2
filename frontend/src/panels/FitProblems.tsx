/** What speaks against the text at its place, and the one click that helps. */

import type { TFunction } from "i18next";
import { useTranslation } from "react-i18next";
import { placeQuad } from "../document/edits";
import { type Limit, widened } from "../document/limits";
import { documentActions, useDocument } from "../document/store";
import type { Place } from "../document/types";
import { isBlocking } from "./fit";
import { Icon } from "./Icon";
import { openTextBox } from "./textBox";
import styles from "./WordBox.module.css";

interface FitProblemsProps {
  readonly id: string;
  readonly place: Place;
  readonly limits: readonly Limit[];
}

export function FitProblems({ id, place, limits }: FitProblemsProps) {
  const { t } = useTranslation();
  const picture = useDocument((state) => state.picture);
  const factor = limits.find((limit) => limit.code === "too_narrow")?.factor ?? 1;
  return (
    <div id={id} className={styles.problems} data-blocking={limits.some(isBlocking)} role="status">
      {limits.map((limit) => (
        <p key={limit.code} className={styles.problem}>
          <Icon name="alert" size={16} />
          {limitText(t, limit)}
        </p>
      ))}
      {factor > 1 && picture !== null && (
        <button
          type="button"
          className={styles.widen}
          onClick={() => {
            documentActions.setQuad(place.id, widened(placeQuad(place), factor, picture));
            openTextBox();
          }}
        >
          {t("box.widen")}
        </button>
      )}
    </div>
  );
}

function limitText(t: TFunction, limit: Limit): string {
  switch (limit.code) {
    case "too_long":
      return t("box.too_long", { got: limit.got, max: limit.max });
    case "unknown_characters":
      return t("box.unknown", { count: limit.characters.length, characters: limit.characters.join(" ") });
    case "too_small":
      return t("box.too_small", { px: limit.px, min: limit.min });
    case "too_narrow":
      return t("box.too_narrow", { percent: limit.percent });
  }
}
