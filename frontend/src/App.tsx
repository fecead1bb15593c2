/** The editor page: the bars and panels around the stage. */

import { lazy, Suspense, useEffect } from "react";
import { useTranslation } from "react-i18next";
import styles from "./App.module.css";
import { useKey } from "./api/key";
import { usePictures } from "./canvas/pictures";
import { Stage } from "./canvas/Stage";
import { useView } from "./canvas/view";
import { useDocument } from "./document/store";
import { pictureUrl } from "./jobs/pictures";
import { Announcer } from "./panels/Announcer";
import { Banner } from "./panels/Banner";
import { CompareBar } from "./panels/CompareBar";
import { DropTarget } from "./panels/DropTarget";
import { EmptyState } from "./panels/EmptyState";
import { GonePicture } from "./panels/GonePicture";
import { MaskBar } from "./panels/MaskBar";
import { Notices } from "./panels/Notices";
import { SidePanel } from "./panels/SidePanel";
import { StatusBar, type ViewControls } from "./panels/StatusBar";
import { Toolbar } from "./panels/Toolbar";
import { TopBar } from "./panels/TopBar";
import { useUi } from "./panels/ui";
import { useKeys } from "./panels/useKeys";
import { useTextBoxOpening } from "./panels/useTextBoxOpening";
import { WordBox } from "./panels/WordBox";

const KeyDialog = lazy(async () => ({ default: (await import("./panels/KeyDialog")).KeyDialog }));
const KeysDialog = lazy(async () => ({ default: (await import("./panels/KeysDialog")).KeysDialog }));
const DownloadDialog = lazy(async () => ({
  default: (await import("./panels/DownloadDialog")).DownloadDialog,
}));

const { fit, zoom100, zoomBy } = useView.getState();
const VIEW: ViewControls = { fit, zoom100, zoomBy };

export function App() {
  const { t } = useTranslation();
  const hasPicture = useDocument((state) => state.picture !== null);
  useKeys(VIEW);
  useTextBoxOpening();
  useKeyboardInset();
  return (
    <div className={styles.app} data-empty={!hasPicture}>
      <a href="#picture" className={styles.skip}>
        {t("app.skip")}
      </a>
      <TopBar />
      {hasPicture && <Toolbar />}
      <main id="picture" className={styles.main} tabIndex={-1}>
        {hasPicture ? (
          <>
            <Stage />
            <MaskBar />
            <CompareBar />
            <WordBoxInView />
            <Gone />
          </>
        ) : (
          <EmptyState />
        )}
        <Banner />
        <Notices />
      </main>
      {hasPicture && <SidePanel />}
      {hasPicture && <StatusBarInView />}
      <DropTarget />
      <Announcer />
      <Suspense fallback={null}>
        <Dialogs />
        <KeyGate />
      </Suspense>
    </div>
  );
}

/** These two follow each frame of zooming; nothing else on the page may. */
function WordBoxInView() {
  const viewport = useView((state) => state.viewport);
  const stageSize = useView((state) => state.stageSize);
  return <WordBox viewport={viewport} stageSize={stageSize} />;
}

function StatusBarInView() {
  const scale = useView((state) => state.viewport.scale);
  return <StatusBar view={VIEW} scale={scale} />;
}

function Gone() {
  const picture = useDocument((state) => state.picture);
  const shown = usePictures(({ pictures }) =>
    picture === null ? undefined : pictures.get(pictureUrl(picture)),
  );
  const isGone = shown?.status === "failed" && shown.isGone;
  return picture !== null && isGone ? <GonePicture name={picture.name} /> : null;
}

function Dialogs() {
  const dialog = useUi((state) => state.dialog);
  if (dialog === "keys") return <KeysDialog />;
  return dialog === "download" ? <DownloadDialog /> : null;
}

function KeyGate() {
  const isAsked = useKey((state) => state.isAsked);
  return isAsked ? <KeyDialog /> : null;
}

/** How much of the page a phone's keyboard hides, for what is docked at the bottom. */
function useKeyboardInset(): void {
  useEffect(() => {
    const seen = window.visualViewport;
    if (seen === null) return;
    const measure = () => {
      const hidden = Math.max(0, window.innerHeight - seen.height - seen.offsetTop);
      document.documentElement.style.setProperty("--keyboard-inset", `${hidden}px`);
    };
    seen.addEventListener("resize", measure);
    seen.addEventListener("scroll", measure);
    return () => {
      seen.removeEventListener("resize", measure);
      seen.removeEventListener("scroll", measure);
    };
  }, []);
}
