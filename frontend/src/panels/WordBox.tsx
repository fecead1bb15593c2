/** The text box at the word: what stood there, what shall stand there, and whether that fits. */

import { type RefObject, useEffect, useId, useLayoutEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { isReadWithDoubt, placeQuad, wordOf } from "../document/edits";
import type { Limit } from "../document/limits";
import { documentActions, useDocument } from "../document/store";
import type { Place } from "../document/types";
import { boundingBox, charHeight } from "../geometry/quad";
import { type Box, imagePoint, type Quad, type Size, type Viewport } from "../geometry/types";
import { toScreen } from "../geometry/viewport";
import { jobActions, useJob } from "../jobs/store";
import { FitProblems } from "./FitProblems";
import { isBlocking, useCanDraw, useLimits } from "./fit";
import { Icon } from "./Icon";
import { OldText } from "./OldText";
import { type Placement, placeBeside } from "./placement";
import { stopsInOrder } from "./stops";
import { openTextBox } from "./textBox";
import { HAS_TOUCH } from "./touch";
import { uiActions, useUi } from "./ui";
import styles from "./WordBox.module.css";

interface WordBoxProps {
  readonly viewport: Viewport;
  readonly stageSize: Size;
}

const BUSY = new Set(["sending", "queued", "running"]);

export function WordBox({ viewport, stageSize }: WordBoxProps) {
  const places = useDocument((state) => state.places);
  const activeId = useDocument((state) => state.activePlaceId);
  const isBusy = useJob(({ job }) => BUSY.has(job.status));
  const isOpen = useUi((state) => state.isTextBoxOpen);
  const box = useRef<HTMLFormElement & HTMLButtonElement>(null);
  const place = places.find(({ id }) => id === activeId);
  const at = usePlacement(box, place, viewport, stageSize);
  if (place === undefined || isBusy) return null;
  if (!isOpen) return <Chip chipRef={box} place={place} at={at} />;
  return <OpenBox key={place.id} boxRef={box} place={place} at={at} />;
}

interface OpenBoxProps {
  readonly boxRef: RefObject<HTMLFormElement | null>;
  readonly place: Place;
  readonly at: Placement;
}

function OpenBox({ boxRef, place, at }: OpenBoxProps) {
  const { t } = useTranslation();
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  const canDraw = useCanDraw();
  const limits = useLimits().get(place.id) ?? [];
  const says = place.text === null ? [] : limits;
  useEffect(() => input.current?.focus({ preventScroll: true }), []);
  return (
    <form
      ref={boxRef}
      className={styles.box}
      style={{ "--x": `${at.x}px`, "--y": `${at.y}px` }}
      onSubmit={(event) => {
        event.preventDefault();
        if (canDraw) void jobActions.draw();
      }}
    >
      <Head place={place} limits={says} />
      <input
        ref={input}
        className={`field ${styles.input}`}
        data-word-text=""
        type="text"
        value={place.text ?? ""}
        placeholder={place.text === "" ? t("words.removed") : t("box.placeholder")}
        aria-label={place.oldText === null ? t("box.labelPlain") : t("box.label", { text: place.oldText })}
        aria-invalid={says.some(isBlocking)}
        aria-describedby={`${id}-hint${says.length > 0 ? ` ${id}-problems` : ""}`}
        autoCapitalize="off"
        autoComplete="off"
        autoCorrect="off"
        spellCheck={false}
        enterKeyHint="go"
        onChange={({ currentTarget }) => documentActions.setText(place.id, currentTarget.value)}
      />
      {says.length > 0 && <FitProblems id={`${id}-problems`} place={place} limits={says} />}
      <Foot hintId={`${id}-hint`} place={place} canDraw={canDraw} />
    </form>
  );
}

function Head({ place, limits }: { readonly place: Place; readonly limits: readonly Limit[] }) {
  const { t } = useTranslation();
  const isDoubtful = useDocument((state) => isReadWithDoubt(wordOf(state, place.id)));
  const px = Math.round(charHeight(placeQuad(place)));
  return (
    <div className={styles.head}>
      {place.oldText === null ? (
        <span className={styles.from}>{t("box.newText")}</span>
      ) : (
        <OldText placeId={place.id} text={place.oldText} isDoubtful={isDoubtful} />
      )}
      <span className={styles.spacer} />
      {place.text !== null && place.text !== "" && limits.length === 0 && (
        <span className={styles.fits}>{t("box.fits", { px })}</span>
      )}
      <button
        type="button"
        className={styles.drop}
        aria-label={t("box.dropPlace")}
        title={t("box.dropPlace")}
        onClick={() => documentActions.removePlace(place.id)}
      >
        <Icon name="cross" size={16} />
      </button>
    </div>
  );
}

interface FootProps {
  readonly hintId: string;
  readonly place: Place;
  readonly canDraw: boolean;
}

function Foot({ hintId, place, canDraw }: FootProps) {
  const { t } = useTranslation();
  const written = useDocument((state) => state.places.filter(({ text }) => text !== null).length);
  const canRemove = place.text === null && place.oldText !== null;
  return (
    <div className={styles.foot}>
      <p id={hintId} className={styles.hint}>
        {hintText(t, place, written)}
        {canRemove && (
          <>
            {" "}
            <button
              type="button"
              className="link"
              onClick={() => {
                documentActions.setText(place.id, "");
                // This button goes with the click; what comes next is Enter.
                openTextBox();
              }}
            >
              {t("box.removeInstead")}
            </button>
          </>
        )}
      </p>
      <button type="submit" className="button primary" aria-disabled={!canDraw}>
        {place.text === "" && written === 1 ? t("box.removeWord") : t("box.draw")} <kbd>↵</kbd>
      </button>
    </div>
  );
}

function hintText(t: ReturnType<typeof useTranslation>["t"], place: Place, written: number): string {
  if (written > 1) return t(HAS_TOUCH ? "box.hintSeveralTouch" : "box.hintSeveral", { count: written });
  if (place.text === null) return t(HAS_TOUCH ? "box.hintAddTouch" : "box.hintAdd");
  if (place.text === "") return t("box.hintRemove");
  return t(HAS_TOUCH ? "box.hintTouch" : "box.hint");
}

interface ChipProps {
  readonly chipRef: RefObject<HTMLButtonElement | null>;
  readonly place: Place;
  readonly at: Placement;
}

/** The text box, put aside: while painting, and while a result is judged, so that it hides nothing. */
function Chip({ chipRef, place, at }: ChipProps) {
  const { t } = useTranslation();
  return (
    <button
      ref={chipRef}
      type="button"
      className={`button small ${styles.chip}`}
      style={{ "--x": `${at.x}px`, "--y": `${at.y}px` }}
      aria-keyshortcuts="T"
      onClick={uiActions.openTextBox}
    >
      <Icon name="pencil" size={15} />
      {place.text === null ? t("box.newText") : t("box.edit")}
      <kbd>T</kbd>
    </button>
  );
}

function onScreen(quad: Quad, viewport: Viewport): Box {
  const { x, y, width, height } = boundingBox(quad);
  const start = toScreen(viewport, imagePoint(x, y));
  const end = toScreen(viewport, imagePoint(x + width, y + height));
  return { x: start.x, y: start.y, width: end.x - start.x, height: end.y - start.y };
}

const ANYWHERE: Placement = { x: 0, y: 0 };
/** Before it is measured. */
const LIKELY: Size = { width: 332, height: 140 };

function usePlacement(
  box: RefObject<HTMLElement | null>,
  place: Place | undefined,
  viewport: Viewport,
  stage: Size,
): Placement {
  const [size, setSize] = useState(LIKELY);
  const words = useDocument((state) => state.words);
  const places = useDocument((state) => state.places);
  const isThere = place !== undefined;
  useLayoutEffect(() => {
    const element = box.current;
    if (!isThere || element === null) return;
    const measure = () => {
      const { offsetWidth: width, offsetHeight: height } = element;
      setSize((before) => (before.width === width && before.height === height ? before : { width, height }));
    };
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    measure();
    return () => observer.disconnect();
  });
  if (place === undefined) return ANYWHERE;
  const others = stopsInOrder({ words, places }).filter(({ id }) => id !== place.id);
  const covered = others.map(({ quad }) => onScreen(quad, viewport));
  return placeBeside(onScreen(placeQuad(place), viewport), size, stage, covered);
}
