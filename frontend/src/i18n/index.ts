/** The page's languages. English is bundled; another one is loaded when it is asked for. */

import i18next, { type BackendModule } from "i18next";
import { initReactI18next } from "react-i18next";
import en from "./en.json";

export const LANGUAGES = {
  en: "English",
  de: "Deutsch",
  fr: "Français",
  es: "Español",
  ja: "日本語",
  zh: "简体中文",
} as const;

export type Language = keyof typeof LANGUAGES;

const STORAGE_KEY = "respell.language";

const LOADERS: Record<Exclude<Language, "en">, () => Promise<{ default: object }>> = {
  de: () => import("./de.json"),
  fr: () => import("./fr.json"),
  es: () => import("./es.json"),
  ja: () => import("./ja.json"),
  zh: () => import("./zh.json"),
};

const lazyStrings: BackendModule = {
  type: "backend",
  init: () => undefined,
  // i18next waits for the promise only of a reader with two parameters.
  read: async (language, _namespace) => {
    if (!isLanguage(language) || language === "en") throw new Error(`no strings in ${language}`);
    return (await LOADERS[language]()).default;
  },
};

export function isLanguage(tag: string): tag is Language {
  return tag in LANGUAGES;
}

/** The first of the person's languages that the page has; "pt-BR, de-AT" → "de". */
export function preferredLanguage(tags: readonly string[], kept: string | null): Language {
  if (kept !== null && isLanguage(kept)) return kept;
  const known = tags.map((tag) => tag.toLowerCase().split("-")[0] ?? "").find(isLanguage);
  return known ?? "en";
}

export async function startI18n(): Promise<void> {
  i18next.on("languageChanged", (language) => {
    document.documentElement.lang = language === "zh" ? "zh-Hans" : language;
  });
  await i18next
    .use(lazyStrings)
    .use(initReactI18next)
    .init({
      lng: preferredLanguage(navigator.languages, localStorage.getItem(STORAGE_KEY)),
      fallbackLng: "en",
      supportedLngs: Object.keys(LANGUAGES),
      load: "languageOnly",
      partialBundledLanguages: true,
      resources: { en: { translation: en } },
      interpolation: { escapeValue: false },
      returnNull: false,
    });
}

export async function setLanguage(language: Language): Promise<void> {
  localStorage.setItem(STORAGE_KEY, language);
  await i18next.changeLanguage(language);
}
