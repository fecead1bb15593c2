import i18next from "i18next";
import { describe, expect, it } from "vitest";
import de from "./de.json";
import en from "./en.json";
import es from "./es.json";
import fr from "./fr.json";
import { LANGUAGES as OFFERED, preferredLanguage, setLanguage, startI18n } from "./index";
import ja from "./ja.json";
import zh from "./zh.json";

const LANGUAGES = { de, fr, es, ja, zh };
const PLURAL = /_(zero|one|two|few|many|other)$/;

/** "box.draw" → "Draw" */
function flat(strings: object, path = ""): [string, string][] {
  return Object.entries(strings).flatMap(([key, value]) =>
    typeof value === "string" ? [[`${path}${key}`, value]] : flat(value, `${path}${key}.`),
  );
}

/** As English has them; each counted one in all the forms that the language needs. */
function expectedKeys(language: string): string[] {
  const forms = new Intl.PluralRules(language).resolvedOptions().pluralCategories;
  const keys = flat(en).flatMap(([key]) =>
    PLURAL.test(key) ? forms.map((form) => key.replace(PLURAL, `_${form}`)) : [key],
  );
  return [...new Set(keys)].sort();
}

const slots = (text: string) => [...text.matchAll(/\{\{(\w+)/g)].map(([, name]) => name).sort();

describe.each(Object.entries(LANGUAGES))("%s", (language, strings) => {
  it("has all strings of the page, and no others", () =>
    expect(
      flat(strings)
        .map(([key]) => key)
        .sort(),
    ).toEqual(expectedKeys(language)));

  it("leaves out none of the facts that a string is filled with", () => {
    const english = new Map(flat(en));
    for (const [key, text] of flat(strings)) {
      const source = english.get(key) ?? english.get(key.replace(PLURAL, "_other")) ?? "";
      expect([key, slots(text)]).toEqual([key, slots(source)]);
    }
  });

  it("is translated", () => {
    const english = new Map(flat(en));
    const same = flat(strings).filter(
      ([key, text]) => text === english.get(key) && /[a-z]{4}/i.test(text.replace(/\{\{.*?\}\}/g, "")),
    );
    expect(same.length).toBeLessThan(25);
  });
});

it("loads each language when it is chosen", async () => {
  await startI18n();
  for (const language of Object.keys(LANGUAGES) as (keyof typeof LANGUAGES)[]) {
    await setLanguage(language);
    expect(i18next.t("box.draw")).toBe(LANGUAGES[language].box.draw);
  }
  expect(Object.keys(OFFERED).sort()).toEqual(["en", ...Object.keys(LANGUAGES)].sort());
});

describe("preferredLanguage", () => {
  it("takes the first of the browser's languages that there is", () =>
    expect(preferredLanguage(["pt-BR", "de-AT", "fr"], null)).toBe("de"));
  it("takes what was chosen before", () => expect(preferredLanguage(["de"], "ja")).toBe("ja"));
  it("falls back to English", () => expect(preferredLanguage(["pt"], "xx")).toBe("en"));
});
