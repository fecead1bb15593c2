/** The maps of letters that are looked at, decoded, and which letter is looked at alone. A few kilobytes a drawing. */

import { create } from "zustand";
import { ApiError, fetchFile } from "../api/client";
import type { SheetLevels } from "./letterHeat";

export type SheetState =
  | { readonly status: "loading" }
  | { readonly status: "ready"; readonly levels: SheetLevels }
  /** `isGone`: the service doesn't keep them any more; trying again won't help. */
  | { readonly status: "failed"; readonly isGone: boolean };

interface LetterSheetsState {
  /** By their addresses. */
  readonly sheets: ReadonlyMap<string, SheetState>;
  /** The word's place in the request, and the letter's in the word; null: all letters of all words. */
  readonly alone: { readonly item: number; readonly at: number } | null;
}

export const useLetterSheets = create<LetterSheetsState>(() => ({ sheets: new Map(), alone: null }));

export const letterActions = {
  show(item: number, at: number | null): void {
    useLetterSheets.setState({ alone: at === null ? null : { item, at } });
  },

  /** Loads what isn't there; what failed is tried again only when a person says so. */
  want(urls: readonly string[]): void {
    for (const url of urls) if (!useLetterSheets.getState().sheets.has(url)) load(url);
  },

  retry(urls: readonly string[]): void {
    for (const url of urls) if (useLetterSheets.getState().sheets.get(url)?.status === "failed") load(url);
  },
} as const;

function load(url: string): void {
  set(url, { status: "loading" });
  fetchFile(url)
    .then(decoded)
    .then(
      (levels) => set(url, { status: "ready", levels }),
      (error: unknown) => {
        const isGone = error instanceof ApiError && (error.status === 404 || error.status === 410);
        set(url, { status: "failed", isGone });
      },
    );
}

async function decoded(file: Blob): Promise<SheetLevels> {
  const image = await createImageBitmap(file);
  const canvas = document.createElement("canvas");
  canvas.width = image.width;
  canvas.height = image.height;
  const ctx = canvas.getContext("2d", { willReadFrequently: true });
  if (!ctx) throw new Error("the browser gives no canvas to read a picture with");
  ctx.drawImage(image, 0, 0);
  const { data } = ctx.getImageData(0, 0, image.width, image.height);
  image.close();
  return data.filter((_, i) => i % 4 === 0);
}

function set(url: string, state: SheetState): void {
  useLetterSheets.setState(({ sheets }) => ({ sheets: new Map(sheets).set(url, state) }));
}
