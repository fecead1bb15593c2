/** The letters of each drawn word in the colours of their heat, over the word; one of them may be looked at alone. */

import { type KeyboardEvent, useEffect, useId, useLayoutEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { MappedCharacter } from "../api/types";
import { placeQuad } from "../document/edits";
import { boundingBox } from "../geometry/quad";
import type { Box } from "../geometry/types";
import { useReview } from "../jobs/review";
import { useJob } from "../jobs/store";
import styles from "./LetterLegend.module.css";
import { legendPlace, nextLetter } from "./legendPlace";
import { cssColor, letterColor } from "./letterColors";
import { letterWords } from "./letterScene";
import { letterActions, useLetterSheets } from "./letterSheets";
import { useView } from "./view";

export function LetterLegends() {
  const { t } = useTranslation();
  const job = useJob((state) => state.job);
  const words = letterWords(
    job,
    useReview(({ choices }) => choices),
  );
  const sheets = useLetterSheets((state) => state.sheets);
  const urls = words.filter(({ maps }) => maps !== null).map(({ url }) => url);
  const needed = urls.join(" ");
  useEffect(() => letterActions.want(needed.split(" ").filter(Boolean)), [needed]);
  const failed = urls.map((url) => sheets.get(url)).filter((sheet) => sheet?.status === "failed");
  const places = job.status === "succeeded" ? job.origin.places : [];
  return (
    <>
      {words.map(({ item, url, maps, kind }) => {
        const place = places[item];
        if (place === undefined || sheets.get(url)?.status === "failed") return null;
        const box = boundingBox(placeQuad(place));
        return (
          <Anchored key={url} box={box}>
            {maps !== null ? (
              <Legend item={item} characters={maps.characters} takesFocus={item === words[0]?.item} />
            ) : (
              <p className={styles.none}>{t(`letters.${kind}`)}</p>
            )}
          </Anchored>
        );
      })}
      <div className={styles.say} role={failed.length > 0 ? "alert" : "status"}>
        {failed.length === 0 && <p>{t("letters.lead")}</p>}
        {failed.length > 0 && (
          <p>{t(failed.some((sheet) => sheet?.isGone) ? "letters.gone" : "letters.failed")}</p>
        )}
        {failed.some((sheet) => !sheet?.isGone) && (
          <button
            type="button"
            className="button small"
            data-own-pointer=""
            onClick={() => letterActions.retry(urls)}
          >
            {t("job.again")}
          </button>
        )}
      </div>
    </>
  );
}

/** Over the box, or under it where there is no room; goes along when one zooms and pans. */
function Anchored({ box, children }: { readonly box: Box; readonly children: React.ReactNode }) {
  const viewport = useView((state) => state.viewport);
  const stageSize = useView((state) => state.stageSize);
  const anchored = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const element = anchored.current;
    if (element === null) return;
    const size = { width: element.offsetWidth, height: element.offsetHeight };
    const { x, y } = legendPlace(box, size, viewport, stageSize);
    element.style.transform = `translate(${x}px, ${y}px)`;
  });
  return (
    <div ref={anchored} className={styles.anchored} data-own-pointer="">
      {children}
    </div>
  );
}

interface LegendProps {
  readonly item: number;
  readonly characters: readonly MappedCharacter[];
  /** It is the first one: a person who came by a key goes on with keys. */
  readonly takesFocus: boolean;
}

function Legend({ item, characters, takesFocus }: LegendProps) {
  const { t } = useTranslation();
  const list = useRef<HTMLDivElement>(null);
  const id = useId();
  const [picked, setPicked] = useState<number | null>(null);
  const alone = useLetterSheets((state) => (state.alone?.item === item ? state.alone.at : null));
  useFocusByKey(list, takesFocus);
  useEffect(() => () => letterActions.show(item, null), [item]);

  function pick(at: number | null): void {
    setPicked(at);
    letterActions.show(item, at);
  }

  function onKeyDown(event: KeyboardEvent): void {
    const next = nextLetter(event.key, alone, characters.length);
    if (next === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    pick(next);
  }

  return (
    <div
      ref={list}
      className={styles.letters}
      role="listbox"
      tabIndex={0}
      aria-label={t("letters.list", { text: characters.map(({ character }) => character).join("") })}
      aria-orientation="horizontal"
      aria-activedescendant={alone === null ? undefined : `${id}-${alone}`}
      onKeyDown={onKeyDown}
      onPointerLeave={() => letterActions.show(item, picked)}
    >
      {characters.map(({ character }, at) => (
        // biome-ignore lint/a11y/useFocusableInteractive: the list has the focus and says which one is active
        // biome-ignore lint/a11y/useKeyWithClickEvents: the list has the keys
        <span
          // biome-ignore lint/suspicious/noArrayIndexKey: a letter is what it is by its place in the word
          key={at}
          id={`${id}-${at}`}
          role="option"
          aria-selected={at === alone}
          className={styles.letter}
          style={{ "--hue": cssColor(letterColor(at)) }}
          onPointerEnter={() => letterActions.show(item, at)}
          onClick={() => pick(at === picked ? null : at)}
        >
          {character === " " ? <span className="visually-hidden">{t("letters.space")}</span> : character}
        </span>
      ))}
    </div>
  );
}

/** From the page or the stage, as after a key; never away from a button that was clicked. Gives it back at the end. */
function useFocusByKey(list: React.RefObject<HTMLDivElement | null>, takesFocus: boolean): void {
  useLayoutEffect(() => {
    const element = list.current;
    const stage = element?.closest("section") ?? null;
    const at = document.activeElement;
    if (takesFocus && (at === document.body || at === stage)) element?.focus({ preventScroll: true });
    return () => {
      if (element !== null && document.activeElement === element) stage?.focus({ preventScroll: true });
    };
  }, [list, takesFocus]);
}
