/** The editor page: the bars and panels around the stage. */

import { lazy, Suspense, useEffect } from "react";
import { useTranslation } from "react-i18next";
import styles from "./App.module.css";
import { Stage } from "./canvas/Stage";
import { useView } from "./canvas/view";
import { useDocument } from "./document/store";
import { Announcer } from "./panels/Announcer";
import { Banner } from "./panels/Banner";
import { CompareBar } from "./panels/CompareBar";
import { DropTarget } from "./panels/DropTarget";
import { EmptyState } from "./panels/EmptyState";
import { MaskBar } from "./panels/MaskBar";
import { Notices } from "./panels/Notices";
import { SidePanel } from "./panels/SidePanel";
import { StatusBar } from "./panels/StatusBar";
import { Toolbar } from "./panels/Toolbar";
import { TopBar } from "./panels/TopBar";
import { useUi } from "./panels/ui";
import { useKeys } from "./panels/useKeys";
import { useTextBoxOpening } from "./panels/useTextBoxOpening";
import { WordBox } from "./panels/WordBox";

const KeysDialog = lazy(async () => ({ default: (await import("./panels/KeysDialog")).KeysDialog }));
const DownloadDialog = lazy(async () => ({
  default: (await import("./panels/DownloadDialog")).DownloadDialog,
}));

export function App() {
  const { t } = useTranslation();
  const hasPicture = useDocument((state) => state.picture !== null);
  const { viewport, stageSize, fit, zoom100, zoomBy } = useView();
  const view = { scale: viewport.scale, fit, zoom100, zoomBy };
  useKeys(view);
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
            <WordBox viewport={viewport} stageSize={stageSize} />
          </>
        ) : (
          <EmptyState />
        )}
        <Banner />
        <Notices />
      </main>
      {hasPicture && <SidePanel />}
      {hasPicture && <StatusBar view={view} />}
      <DropTarget />
      <Announcer />
      <Suspense fallback={null}>
        <Dialogs />
      </Suspense>
    </div>
  );
}

function Dialogs() {
  const dialog = useUi((state) => state.dialog);
  if (dialog === "keys") return <KeysDialog />;
  return dialog === "download" ? <DownloadDialog /> : null;
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
