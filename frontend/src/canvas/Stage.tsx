/** The stage: the picture, what is drawn over it, and the hand that works on it. It fills the box that it is put in. */

import { type KeyboardEvent, useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { useDocument } from "../document/store";
import { pictureUrl } from "../jobs/pictures";
import { useReview } from "../jobs/review";
import { useJob } from "../jobs/store";
import { hand } from "../tools/hand";
import { useTools } from "../tools/state";
import { BrushRing } from "./BrushRing";
import { BeforeAfter, DifferenceCounts, PictureStatus } from "./Captions";
import { CompareSlider } from "./CompareSlider";
import { forgetDifference, wantDifference } from "./difference";
import { LetterLegends } from "./LetterLegend";
import { OverPicture } from "./OverPicture";
import { startPainting } from "./painter";
import { panesOf } from "./panes";
import { retryPicture, wantPictures } from "./pictures";
import { QuadHandles } from "./QuadHandles";
import { comparisonOf, type Shown, shownPictures } from "./shown";
import styles from "./stage.module.css";
import { bindStageInput } from "./stageInput";
import { useView, viewActions } from "./view";
import { WordButtons } from "./WordButtons";

export function Stage() {
  const { t } = useTranslation();
  const stage = useRef<HTMLElement>(null);
  const canvases = { picture: useRef<HTMLCanvasElement>(null), overlay: useRef<HTMLCanvasElement>(null) };
  const { shown, compare } = useShown();
  const picture = useDocument((state) => state.picture);
  const isHolding = useReview((state) => state.isHoldingOriginal);
  const isLocked = compare !== "off" || isHolding;

  useMeasuredStage(stage, compare === "side");
  usePainting(canvases.picture, canvases.overlay);
  useStageInput(stage, isLocked);
  useSettledTool(picture);

  return (
    <section
      ref={stage}
      className={styles.stage}
      aria-label={t("canvas.label")}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: arrow keys move the active box from here
      tabIndex={0}
      onKeyDown={(event) => giveKey(event, isLocked)}
    >
      {picture && (
        <OverPicture>
          <div className={styles.checks} style={{ width: picture.width, height: picture.height }} />
        </OverPicture>
      )}
      <canvas ref={canvases.picture} className={styles.canvas} />
      <canvas ref={canvases.overlay} className={styles.canvas} />
      {picture && (
        <OverPicture>
          <WordButtons isLocked={isLocked} />
          {!isLocked && <QuadHandles />}
        </OverPicture>
      )}
      {!isLocked && <BrushRing />}
      {picture && compare === "slider" && <CompareSlider picture={picture} />}
      <BeforeAfter compare={isHolding ? "off" : compare} />
      {compare === "difference" && <DifferenceCounts />}
      {compare === "letters" && !isHolding && <LetterLegends />}
      {shown && <PictureStatus url={shown.url} />}
    </section>
  );
}

/** What is on the stage; has it loaded. */
function useShown() {
  const picture = useDocument((state) => state.picture);
  const accepted = useDocument((state) => state.accepted);
  const job = useJob((state) => state.job);
  const review = useReview();
  const shown = shownPictures({ picture, accepted }, job, review);
  const compare = comparisonOf(shown, review);
  const urls = neededUrls(shown, compare !== "off" || review.isHoldingOriginal);
  const needed = urls.join(" ");
  useEffect(() => wantPictures(needed.split(" ").filter(Boolean)), [needed]);
  useEffect(
    () => viewActions.setImage(picture && { width: picture.width, height: picture.height }),
    [picture],
  );
  // Opened again, a picture that the service had lost is there once more, under the same address.
  useEffect(() => {
    if (picture) retryPicture(pictureUrl(picture));
  }, [picture]);
  const isDifference = compare === "difference";
  useEffect(() => {
    if (!isDifference || !shown || !picture) forgetDifference();
    else wantDifference(shown, picture);
  });
  return { shown, compare };
}

/** A candidate lies over the picture that it came from; a kept picture's original only when it is asked for. */
function neededUrls(shown: Shown | null, isComparing: boolean): readonly string[] {
  if (!shown) return [];
  const { url, beforeUrl, isCandidate } = shown;
  return beforeUrl !== null && (isCandidate || isComparing) ? [url, beforeUrl] : [url];
}

function useMeasuredStage(stage: React.RefObject<HTMLElement | null>, isSideBySide: boolean): void {
  useEffect(() => {
    const element = stage.current;
    if (!element) return;
    const measure = () => {
      const size = { width: element.clientWidth, height: element.clientHeight };
      const [pane] = panesOf(size, isSideBySide);
      viewActions.setStage(size, { width: pane.width, height: pane.height });
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, [stage, isSideBySide]);
}

type CanvasRef = React.RefObject<HTMLCanvasElement | null>;

function usePainting(picture: CanvasRef, overlay: CanvasRef): void {
  useEffect(() => {
    if (!picture.current || !overlay.current) return;
    return startPainting(picture.current, overlay.current);
  }, [picture, overlay]);
}

function useStageInput(stage: React.RefObject<HTMLElement | null>, isLocked: boolean): void {
  const locked = useRef(isLocked);
  useEffect(() => {
    locked.current = isLocked;
    if (isLocked) hand.cancel();
  }, [isLocked]);
  useEffect(() => {
    if (!stage.current) return;
    return bindStageInput(stage.current, {
      panes: () => panesOf(useView.getState().stageSize, useReview.getState().compare === "side"),
      isLocked: () => locked.current,
    });
  }, [stage]);
}

/** A share of the picture's shorter side that suits letters on a sign. */
const BRUSH_SHARE = 0.02;

function useSettledTool(picture: { readonly width: number; readonly height: number } | null): void {
  const tool = useTools((state) => state.tool);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the hand itself looks up which tool it has
  useEffect(() => hand.change(), [tool]);
  const shortSide = picture ? Math.min(picture.width, picture.height) : null;
  useEffect(() => {
    if (shortSide !== null) useTools.getState().setBrushRadius(shortSide * BRUSH_SHARE);
  }, [shortSide]);
}

function giveKey(event: KeyboardEvent, isLocked: boolean): void {
  if (event.defaultPrevented || isLocked) return;
  const isButton = event.target instanceof HTMLButtonElement;
  // Enter and Space press the button that has the focus.
  if (isButton && (event.key === "Enter" || event.key === " ")) return;
  if (hand.key(event.nativeEvent)) event.preventDefault();
}
