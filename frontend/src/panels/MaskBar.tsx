/** What can be done with the painted mask; it stands above the picture while a tool that paints is in the hand. */

import { useId } from "react";
import { useTranslation } from "react-i18next";
import { documentActions, useDocument, useMaskOps } from "../document/store";
import { useTools } from "../tools/state";
import type { ToolName } from "../tools/types";
import { FileButton } from "./FileButton";
import { Icon, type IconName } from "./Icon";
import styles from "./MaskBar.module.css";
import { exportMask, loadMask } from "./maskFiles";

export const MASK_TOOLS: readonly ToolName[] = ["brush", "eraser", "rectangle", "lasso", "polygon"];
/** How far one press grows or shrinks, as a share of the picture's longer side. */
const GROW_SHARE = 1 / 300;
const MAX_SLIDER_SHARE = 1 / 8;

export function growStepPx(size: { readonly width: number; readonly height: number }): number {
  return Math.max(1, Math.round(Math.max(size.width, size.height) * GROW_SHARE));
}

export function MaskBar() {
  const { t } = useTranslation();
  const picture = useDocument((state) => state.picture);
  const tool = useTools((state) => state.tool);
  const isEmpty = useMaskOps().length === 0;
  if (picture === null || !MASK_TOOLS.includes(tool)) return null;
  const px = growStepPx(picture);
  return (
    <div className={styles.bar} role="toolbar" aria-label={t("mask.bar")}>
      {(tool === "brush" || tool === "eraser") && (
        <BrushSize
          largest={Math.max(64, Math.round(Math.max(picture.width, picture.height) * MAX_SLIDER_SHARE))}
        />
      )}
      <MaskButton
        icon="shrink"
        label={t("mask.shrink")}
        isDisabled={isEmpty}
        onClick={() => documentActions.editMask({ kind: "shrink", px })}
      />
      <MaskButton
        icon="grow"
        label={t("mask.grow")}
        isDisabled={isEmpty}
        onClick={() => documentActions.editMask({ kind: "grow", px })}
      />
      <MaskButton
        icon="invert"
        label={t("mask.invert")}
        isDisabled={false}
        onClick={() => documentActions.editMask({ kind: "invert" })}
      />
      <MaskButton
        icon="trash"
        label={t("mask.clear")}
        isDisabled={isEmpty}
        onClick={documentActions.clearMask}
      />
      <LoadMask />
      <MaskButton
        icon="download"
        label={t("mask.export")}
        isDisabled={isEmpty}
        onClick={() => void exportMask()}
      />
    </div>
  );
}

function BrushSize({ largest }: { readonly largest: number }) {
  const { t } = useTranslation();
  const id = useId();
  const radius = useTools((state) => state.brushRadiusPx);
  const setRadius = useTools((state) => state.setBrushRadius);
  return (
    <span className={styles.size}>
      <label htmlFor={id} className="label">
        {t("mask.size")}
      </label>
      <input
        id={id}
        className="range"
        type="range"
        min={1}
        max={largest}
        value={Math.min(radius, largest)}
        onChange={({ currentTarget }) => setRadius(currentTarget.valueAsNumber)}
      />
      <output htmlFor={id}>{t("mask.sizePx", { px: radius * 2 })}</output>
    </span>
  );
}

interface MaskButtonProps {
  readonly icon: IconName;
  readonly label: string;
  readonly isDisabled: boolean;
  readonly onClick: () => void;
}

function MaskButton({ icon, label, isDisabled, onClick }: MaskButtonProps) {
  return (
    <button
      type="button"
      className="button small icon quiet"
      aria-label={label}
      title={label}
      disabled={isDisabled}
      onClick={onClick}
    >
      <Icon name={icon} size={18} />
    </button>
  );
}

function LoadMask() {
  const { t } = useTranslation();
  const label = t("mask.import");
  return (
    <FileButton
      className="button small icon quiet"
      aria-label={label}
      title={label}
      accept="image/png"
      onPick={(file) => void loadMask(file)}
    >
      <Icon name="upload" size={18} />
    </FileButton>
  );
}
