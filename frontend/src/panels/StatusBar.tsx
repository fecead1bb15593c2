/** The bar at the bottom: the keys that help right now, the zoom, and who draws. */

import { useTranslation } from "react-i18next";
import { Icon } from "./Icon";
import { useModel } from "./models";
import styles from "./StatusBar.module.css";
import { uiActions } from "./ui";

export interface ViewControls {
  readonly fit: () => void;
  readonly zoom100: () => void;
  readonly zoomBy: (factor: number) => void;
}

export const ZOOM_STEP = 1.25;

interface StatusBarProps {
  readonly view: ViewControls;
  readonly scale: number;
}

export function StatusBar({ view, scale }: StatusBarProps) {
  const { t } = useTranslation();
  return (
    <footer className={styles.bar}>
      <ul className={styles.keys}>
        <Hint keyName={t("keys.tab")} text={t("keys.nextWord")} />
        <Hint keyName="B" text={t("tool.brush")} />
        <Hint keyName="Q" text={t("tool.quad")} />
        <Hint keyName={t("keys.space")} text={t("tool.pan")} />
        <li>
          <button type="button" className={styles.all} onClick={() => uiActions.openDialog("keys")}>
            <kbd>?</kbd> {t("top.keys")}
          </button>
        </li>
      </ul>
      <ModelName />
      <ZoomControls view={view} scale={scale} />
    </footer>
  );
}

function ModelName() {
  const { t } = useTranslation();
  const model = useModel();
  return (
    <span className={styles.model} title={t("status.model")}>
      {model?.name ?? t("stage.loading_model")}
    </span>
  );
}

function Hint({ keyName, text }: { readonly keyName: string; readonly text: string }) {
  return (
    <li>
      <kbd>{keyName}</kbd> {text}
    </li>
  );
}

function ZoomControls({ view, scale }: StatusBarProps) {
  const { t } = useTranslation();
  return (
    <fieldset className={styles.zoom}>
      <legend className="visually-hidden">{t("view.bar")}</legend>
      <button type="button" aria-label={t("view.out")} onClick={() => view.zoomBy(1 / ZOOM_STEP)}>
        <Icon name="minus" size={16} />
      </button>
      <button type="button" className={styles.percent} title={t("view.actual")} onClick={view.zoom100}>
        {Math.round(scale * 100)} %
      </button>
      <button type="button" aria-label={t("view.in")} onClick={() => view.zoomBy(ZOOM_STEP)}>
        <Icon name="plus" size={16} />
      </button>
      <button type="button" onClick={view.fit}>
        <Icon name="fit" size={16} /> {t("view.fit")}
      </button>
    </fieldset>
  );
}
