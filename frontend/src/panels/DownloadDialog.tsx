/** Takes the picture away: in which format, how good, or by the clipboard; and the recipe that draws it again. */

import { useId, useState } from "react";
import { useTranslation } from "react-i18next";
import type { FileFormat } from "../api/pictures";
import { copyPicture, downloadPicture } from "../jobs/keepFile";
import { useJob } from "../jobs/store";
import { DialogFrame } from "./DialogFrame";
import styles from "./DownloadDialog.module.css";
import { Icon } from "./Icon";
import { saveRecipe } from "./recipeFiles";
import { uiActions } from "./ui";

const FORMATS: readonly FileFormat[] = ["png", "jpeg", "webp"];
const NAMES: Record<FileFormat, string> = { png: "PNG", jpeg: "JPEG", webp: "WebP" };
const GOOD_QUALITY = 92;

export function DownloadDialog() {
  const { t } = useTranslation();
  const [format, setFormat] = useState<FileFormat>("png");
  const [quality, setQuality] = useState(GOOD_QUALITY);
  const [isWorking, setIsWorking] = useState(false);
  const download = async () => {
    setIsWorking(true);
    const isSaved = await downloadPicture(format, quality);
    setIsWorking(false);
    if (isSaved) uiActions.closeDialog();
  };
  return (
    <DialogFrame title={t("download.title")} closeLabel={t("download.close")}>
      <form
        className={styles.form}
        onSubmit={(event) => {
          event.preventDefault();
          void download();
        }}
      >
        <FormatChoice format={format} onChoose={setFormat} />
        {format !== "png" && <QualityField quality={quality} onChange={setQuality} />}
        <p className="label">{t("download.profile")}</p>
        <button type="submit" className="button primary" disabled={isWorking}>
          {isWorking ? t("download.working") : t("download.save", { format: NAMES[format] })}
        </button>
        <button type="button" className="button" onClick={() => void copyPicture()}>
          <Icon name="copy" size={18} />
          {t("download.copy")}
        </button>
        <RecipeButton />
      </form>
    </DialogFrame>
  );
}

function RecipeButton() {
  const { t } = useTranslation();
  const job = useJob((state) => state.job);
  if (job.status !== "succeeded") return null;
  return (
    <div className={styles.recipe}>
      <p className="label">{t("download.recipeHelp")}</p>
      <button type="button" className="button small" onClick={() => void saveRecipe(job)}>
        {t("download.recipe")}
      </button>
    </div>
  );
}

interface FormatChoiceProps {
  readonly format: FileFormat;
  readonly onChoose: (format: FileFormat) => void;
}

function FormatChoice({ format, onChoose }: FormatChoiceProps) {
  const { t } = useTranslation();
  return (
    <fieldset className={styles.formats}>
      <legend className="label">{t("download.format")}</legend>
      {FORMATS.map((choice) => (
        <label key={choice} className={styles.format}>
          <input type="radio" name="format" checked={choice === format} onChange={() => onChoose(choice)} />
          {t(`download.${choice}`)}
        </label>
      ))}
    </fieldset>
  );
}

function QualityField({
  quality,
  onChange,
}: {
  readonly quality: number;
  readonly onChange: (quality: number) => void;
}) {
  const { t } = useTranslation();
  const id = useId();
  return (
    <div className={styles.quality}>
      <label htmlFor={id}>{t("download.quality")}</label>
      <input
        id={id}
        className="range"
        type="range"
        min={40}
        max={100}
        value={quality}
        onChange={({ currentTarget }) => onChange(currentTarget.valueAsNumber)}
      />
      <output htmlFor={id}>{quality}</output>
    </div>
  );
}
