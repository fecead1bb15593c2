/** Light or dark: as the system has it, until a person chooses. */

import { create } from "zustand";

export const THEMES = ["system", "light", "dark"] as const;
export type Theme = (typeof THEMES)[number];

const STORAGE_KEY = "respell.theme";
const darkSystem = window.matchMedia("(prefers-color-scheme: dark)");

function keptTheme(): Theme {
  const kept = localStorage.getItem(STORAGE_KEY);
  return THEMES.find((theme) => theme === kept) ?? "system";
}

export const useTheme = create<{ readonly theme: Theme }>(() => ({ theme: keptTheme() }));

function show(): void {
  const { theme } = useTheme.getState();
  const shown = theme === "system" ? (darkSystem.matches ? "dark" : "light") : theme;
  document.documentElement.dataset.theme = shown;
}

export function startTheme(): void {
  darkSystem.addEventListener("change", show);
  show();
}

export function nextTheme(): void {
  const { theme } = useTheme.getState();
  const next = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length] ?? "system";
  localStorage.setItem(STORAGE_KEY, next);
  useTheme.setState({ theme: next });
  show();
}
