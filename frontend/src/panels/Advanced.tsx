/** How to draw, folded away: everything empty is left to the model. */

import { type ReactNode, useId } from "react";
import { useTranslation } from "react-i18next";
import { DEFAULT_SETTINGS, documentActions, useDocument } from "../document/store";
import styles from "./Advanced.module.css";
import { FileButton } from "./FileButton";
import { useModel } from "./models";
import { replayRecipe } from "./recipeFiles";

type NumberSetting = "seed" | "numInferenceSteps" | "guidanceScale" | "searchCandidates" | "featherPx";

/** What the service's contract allows. */
const RANGES: Record<NumberSetting, { readonly min: number; readonly max: number; readonly step: number }> = {
  seed: { min: 0, max: 2 ** 32 - 1, step: 1 },
  numInferenceSteps: { min: 1, max: 200, step: 1 },
  guidanceScale: { min: 0, max: 30, step: 0.1 },
  searchCandidates: { min: 1, max: 32, step: 1 },
  featherPx: { min: 0, max: 32, step: 1 },
};

export function Advanced() {
  const { t } = useTranslation();
  const settings = useDocument((state) => state.settings);
  return (
    <details className={styles.advanced}>
      <summary className="heading">{t("advanced.heading")}</summary>
      <div className={styles.fields}>
        <ModelField />
        <ChoiceField
          label={t("advanced.candidates")}
          value={settings.candidates}
          choices={[1, 2, 3, 4, 6, 8]}
          onChoose={(candidates) => documentActions.setSettings({ candidates })}
        />
        <NumberField setting="seed" label={t("advanced.seed")} empty={t("advanced.seedRandom")} />
        <NumberField setting="numInferenceSteps" label={t("advanced.steps")} empty={t("advanced.auto")} />
        <NumberField setting="guidanceScale" label={t("advanced.guidance")} empty={t("advanced.auto")} />
        <NumberField setting="searchCandidates" label={t("advanced.search")} empty={t("advanced.auto")} />
        <RefineField refine={settings.refine} />
        <NumberField setting="featherPx" label={t("advanced.feather")} empty={t("advanced.featherAuto")} />
        <ChoiceField
          label={t("advanced.attempts")}
          value={settings.maxAttempts}
          choices={[1, 2, 3, 5]}
          onChoose={(maxAttempts) => documentActions.setSettings({ maxAttempts })}
        />
        <button
          type="button"
          className="button small quiet"
          onClick={() => documentActions.setSettings(DEFAULT_SETTINGS)}
        >
          {t("advanced.reset")}
        </button>
        <ReplayButton />
      </div>
    </details>
  );
}

function ReplayButton() {
  const { t } = useTranslation();
  return (
    <FileButton
      className="button small quiet"
      accept="application/json,.json"
      onPick={(file) => void replayRecipe(file)}
    >
      {t("advanced.replay")}
    </FileButton>
  );
}

function Field({
  id,
  label,
  children,
}: {
  readonly id: string;
  readonly label: string;
  readonly children: ReactNode;
}) {
  return (
    <div className={styles.field}>
      <label htmlFor={id}>{label}</label>
      {children}
    </div>
  );
}

/** The service draws with the one that it was started with. */
function ModelField() {
  const { t } = useTranslation();
  const model = useModel();
  return (
    <div className={styles.field}>
      <span>{t("advanced.model")}</span>
      <span className="label">{model?.name ?? t("stage.loading_model")}</span>
    </div>
  );
}

interface NumberFieldProps {
  readonly setting: NumberSetting;
  readonly label: string;
  /** What an empty field means. */
  readonly empty: string;
}

function NumberField({ setting, label, empty }: NumberFieldProps) {
  const id = useId();
  const value = useDocument((state) => state.settings[setting]);
  const { min, max, step } = RANGES[setting];
  return (
    <Field id={id} label={label}>
      <input
        id={id}
        className="field"
        type="number"
        inputMode={step < 1 ? "decimal" : "numeric"}
        min={min}
        max={max}
        step={step}
        value={value ?? ""}
        placeholder={empty}
        onChange={({ currentTarget }) => {
          const typed = currentTarget.valueAsNumber;
          const isAllowed = typed >= min && typed <= max;
          if (currentTarget.value === "" || isAllowed) {
            documentActions.setSettings({ [setting]: currentTarget.value === "" ? null : typed });
          }
        }}
      />
    </Field>
  );
}

interface ChoiceFieldProps {
  readonly label: string;
  readonly value: number;
  readonly choices: readonly number[];
  readonly onChoose: (value: number) => void;
}

function ChoiceField({ label, value, choices, onChoose }: ChoiceFieldProps) {
  const id = useId();
  return (
    <Field id={id} label={label}>
      <select
        id={id}
        className="field"
        value={value}
        onChange={({ currentTarget }) => onChoose(Number(currentTarget.value))}
      >
        {choices.map((choice) => (
          <option key={choice} value={choice}>
            {choice}
          </option>
        ))}
      </select>
    </Field>
  );
}

function RefineField({ refine }: { readonly refine: boolean | null }) {
  const { t } = useTranslation();
  const id = useId();
  return (
    <Field id={id} label={t("advanced.refine")}>
      <select
        id={id}
        className="field"
        value={refine === null ? "" : String(refine)}
        onChange={({ currentTarget: { value } }) =>
          documentActions.setSettings({ refine: value === "" ? null : value === "true" })
        }
      >
        <option value="">{t("advanced.auto")}</option>
        <option value="true">{t("advanced.on")}</option>
        <option value="false">{t("advanced.off")}</option>
      </select>
    </Field>
  );
}
