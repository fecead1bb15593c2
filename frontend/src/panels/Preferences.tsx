/** Theme, language and the help sheet: they stand in the top bar, on a phone in its menu. */

import { useTranslation } from "react-i18next";
import { isLanguage, LANGUAGES, setLanguage } from "../i18n";
import { Icon, type IconName } from "./Icon";
import styles from "./Preferences.module.css";
import { nextTheme, type Theme, useTheme } from "./theme";
import { uiActions } from "./ui";

const THEME_ICONS: Record<Theme, IconName> = { system: "screen", light: "sun", dark: "moon" };

export function Preferences() {
  const { t, i18n } = useTranslation();
  const theme = useTheme((state) => state.theme);
  const themeName = { system: t("top.themeSystem"), light: t("top.themeLight"), dark: t("top.themeDark") }[
    theme
  ];
  const themeLabel = `${t("top.theme")}: ${themeName}`;
  return (
    <>
      <label className={styles.language}>
        <span className="visually-hidden">{t("top.language")}</span>
        <Icon name="globe" />
        <select
          value={i18n.resolvedLanguage}
          onChange={({ currentTarget: { value } }) => {
            if (isLanguage(value)) void setLanguage(value);
          }}
        >
          {Object.entries(LANGUAGES).map(([tag, name]) => (
            <option key={tag} value={tag} lang={tag}>
              {name}
            </option>
          ))}
        </select>
      </label>
      <button
        type="button"
        className="button icon"
        aria-label={themeLabel}
        title={themeLabel}
        onClick={nextTheme}
      >
        <Icon name={THEME_ICONS[theme]} />
      </button>
      <button
        type="button"
        className="button icon"
        aria-label={t("top.keys")}
        title={t("top.keys")}
        aria-keyshortcuts="?"
        onClick={() => uiActions.openDialog("keys")}
      >
        <span aria-hidden="true">?</span>
      </button>
    </>
  );
}
