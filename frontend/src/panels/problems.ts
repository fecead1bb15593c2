/** What to tell a person about a refusal: by its code, in their language; else what the service itself said. */

import { useTranslation } from "react-i18next";
import en from "../i18n/en.json";

type KnownProblem = keyof typeof en.problem;

function isKnown(code: string): code is KnownProblem {
  return Object.hasOwn(en.problem, code);
}

export function useProblemText(): (code: string, detail: string) => string {
  const { t } = useTranslation();
  return (code, detail) => {
    if (isKnown(code)) return t(`problem.${code}`);
    return detail === "" ? t("problem.unknown") : detail;
  };
}
